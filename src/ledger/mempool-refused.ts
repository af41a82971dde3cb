// Ids that are not worth fetching again, in bounded memory: two generations, the older forgotten as a whole.
import type { Hex } from '../wire/index.ts'
import type { RefusedCode } from './mempool-types.ts'

/**
 * From so many on, ids that come together stay together: nodes of one process that include the same block hold its ids
 * once. Smaller: more sets to look into. Larger: more copies.
 */
const KEPT_TOGETHER_FROM = 1024

class Generation {
  readonly #single = new Set<Hex>()
  /** Sets that others hold, too. */
  readonly #together: ReadonlySet<Hex>[] = []
  #togetherCount = 0

  get size(): number {
    return this.#single.size + this.#togetherCount
  }

  has(id: Hex): boolean {
    return this.#single.has(id) || this.#together.some((ids) => ids.has(id))
  }

  add(id: Hex): void {
    this.#single.add(id)
  }

  addTogether(ids: ReadonlySet<Hex>): void {
    this.#together.push(ids)
    this.#togetherCount += ids.size
  }

  delete(id: Hex): void {
    this.#single.delete(id)
    const at = this.#together.findIndex((ids) => ids.has(id))
    const [found] = at < 0 ? [] : this.#together.splice(at, 1)
    if (found === undefined) return
    this.#togetherCount -= found.size
    for (const other of found) this.#single.add(other)
    this.delete(id)
  }

  *ids(): Generator<Hex> {
    yield* this.#single
    for (const ids of this.#together) yield* ids
  }
}

export class RefusedIds {
  readonly #max: number
  #young = new Generation()
  #old = new Generation()
  /** Judged by the head as it was: forgotten with the next block. */
  readonly #untilNextHead = new Set<Hex>()

  /** Remembers the last `max` ids at least, twice as many (and one set of ids) at most. */
  constructor(max: number) {
    this.#max = max
  }

  /** Ids that are remembered, some counted twice. */
  get size(): number {
    return this.#young.size + this.#old.size + this.#untilNextHead.size
  }

  has(id: Hex): boolean {
    return this.#young.has(id) || this.#old.has(id) || this.#untilNextHead.has(id)
  }

  /** A refusal for good is remembered, one that the next block may lift until then. */
  addFor(id: Hex, code: RefusedCode): void {
    switch (code) {
      case 'wrong-network':
      case 'expired':
      case 'nonce-used':
      case 'outbid':
        this.add(id)
        break
      case 'insufficient-funds':
      case 'below-min-fee':
      case 'mempool-full':
        this.addUntilNextHead(id)
        break
      case 'nonce-gap':
        // The next arrival may fill it.
        break
      default:
        code satisfies never
    }
  }

  add(id: Hex): void {
    this.#makeRoom()
    this.#young.add(id)
  }

  /** Nobody changes the set from now on. */
  addAll(ids: ReadonlySet<Hex>): void {
    if (ids.size < KEPT_TOGETHER_FROM) {
      for (const id of ids) this.add(id)
      return
    }
    this.#makeRoom()
    this.#young.addTogether(ids)
  }

  /** At the limit it remembers no more: they are judged again. */
  addUntilNextHead(id: Hex): void {
    if (this.#untilNextHead.size < this.#max) this.#untilNextHead.add(id)
  }

  delete(id: Hex): void {
    this.#young.delete(id)
    this.#old.delete(id)
    this.#untilNextHead.delete(id)
  }

  *ids(): Generator<Hex> {
    yield* this.#young.ids()
    yield* this.#old.ids()
    yield* this.#untilNextHead
  }

  nextHead(): void {
    this.#untilNextHead.clear()
  }

  clear(): void {
    this.#young = new Generation()
    this.#old = new Generation()
    this.#untilNextHead.clear()
  }

  #makeRoom(): void {
    if (this.#young.size < this.#max) return
    this.#old = this.#young
    this.#young = new Generation()
  }
}
