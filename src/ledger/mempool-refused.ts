// Ids that are not worth fetching again, in bounded memory: two generations, the older forgotten as a whole.
import type { Hex } from '../wire/index.ts'

export class RefusedIds {
  readonly #max: number
  #young = new Set<Hex>()
  #old = new Set<Hex>()
  /** Judged by the head as it was: forgotten with the next block. */
  readonly #untilNextHead = new Set<Hex>()

  /** Remembers the last `max` ids at least, twice as many at most. */
  constructor(max: number) {
    this.#max = max
  }

  has(id: Hex): boolean {
    return this.#young.has(id) || this.#old.has(id) || this.#untilNextHead.has(id)
  }

  add(id: Hex): void {
    if (this.#young.size >= this.#max) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(id)
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
    yield* this.#young
    yield* this.#old
    yield* this.#untilNextHead
  }

  nextHead(): void {
    this.#untilNextHead.clear()
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#untilNextHead.clear()
  }
}
