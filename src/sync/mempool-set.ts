// The mempool as one of two sets that are compared: its sketches, one for each peer, brought up to date when they are
// asked for; its symbols as of a moment; and what it does not want, so that a settled pair of nodes sends nothing.
import { reconcileDefaults } from '../config/index.ts'
import { type SipKey, sipKey } from '../crypto/index.ts'
import type { Mempool } from '../ledger/index.ts'
import { type Cells, Sketch, SymbolTable } from '../reconcile/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'

export interface MempoolSetComponents {
  readonly mempool: Mempool
  readonly runtime: Runtime
  /** Transactions that came less than this ago, ms, are probably still on their way by gossip. 0: there is no gossip. */
  readonly settleMs?: number
}

/** Both salts of 8 bytes, the lower one first: the same key on both sides. */
export function pairKey(ours: Uint8Array, theirs: Uint8Array): SipKey {
  const [first, second] = Buffer.compare(ours, theirs) <= 0 ? [ours, theirs] : [theirs, ours]
  return sipKey(Buffer.concat([first, second]))
}

/** A sketch, and how many changes of the mempool it has followed. */
interface Followed {
  readonly sketch: Sketch
  changes: number
}

export class MempoolSet {
  readonly settleMs: number
  readonly #mempool: Mempool
  readonly #runtime: Runtime
  /** Least recently used first. */
  readonly #sketches = new Map<string, Followed>()
  /** Ids that came or went, in order, after the first `forgotten`: most go before their sketch is asked for again. */
  #changed: Hex[] = []
  #forgotten = 0
  /** Sketches being made: they need the changes too. */
  #making = 0
  /** What came lately and when, in that order. */
  readonly #arrivals = new Map<Hex, number>()
  #sweptAt = 0
  /** Offered to us, not taken, and not remembered by the mempool itself: too far beyond their sender's next nonce. */
  readonly #declined = new Map<Hex, Set<Hex>>()
  #declinedCount = 0
  readonly #unwatch: () => void

  constructor({ mempool, runtime, settleMs = reconcileDefaults.settleMs }: MempoolSetComponents) {
    this.settleMs = settleMs
    this.#mempool = mempool
    this.#runtime = runtime
    this.#unwatch = mempool.watch({
      added: ({ id, sender }) => {
        this.#change(id)
        this.#wantAgain(sender)
        const now = runtime.clock.now()
        this.#forgetSettled(now)
        this.#arrivals.set(id, now)
      },
      removed: ({ id }) => {
        this.#change(id)
        this.#arrivals.delete(id)
      }
    })
  }

  stop(): void {
    this.#unwatch()
    this.#sketches.clear()
  }

  get minFee(): number {
    return this.#mempool.minFee
  }

  get size(): number {
    return this.#mempool.size
  }

  /** The first cells of all that pays `minFee` a kilobyte, under the key of a pair. */
  async firstCells(peer: string, key: SipKey, minFee: number, length: number): Promise<Cells> {
    if (!this.#isOfAll(minFee)) return this.run((await this.table(key, minFee)).cells(0, length))
    return (await this.#sketchOf(peer, key)).first(length)
  }

  /** Whether `firstCells` has them at hand, and need not compute them. */
  hasFirstCells(peer: string, key: SipKey, minFee: number): boolean {
    return this.#isOfAll(minFee) && this.#followed(peer, key) !== undefined
  }

  /** All symbols of what pays `minFee`, as of now. */
  table(key: SipKey, minFee: number): Promise<SymbolTable> {
    const ids: Hex[] = []
    for (const transaction of this.#mempool.values()) {
      if (this.#isOfAll(minFee) || this.#mempool.pays(transaction, minFee)) ids.push(transaction.id)
    }
    return this.run(SymbolTable.of(key, ids))
  }

  /** How many ids `unwanted` has to hash, at the most. */
  get unwantedCount(): number {
    return this.#mempool.refusedCount + this.#declinedCount
  }

  /** Symbols of ids that are known and not wanted. */
  unwanted(key: SipKey): Promise<SymbolTable> {
    return this.run(SymbolTable.of(key, [...new Set([...this.#mempool.refusedIds(), ...this.#declinedIds()])]))
  }

  /** A transaction that is here, and not so new that gossip is probably still bringing it to everyone. */
  settled(id: Hex): Transaction | undefined {
    const arrivedAt = this.#arrivals.get(id) ?? Number.NEGATIVE_INFINITY
    return arrivedAt > this.#runtime.clock.now() - this.settleMs ? undefined : this.#mempool.get(id)
  }

  /** Remembers an id until the next block, or until another transaction of its sender comes and may lead up to it. */
  decline({ id, sender }: Pick<Transaction, 'id' | 'sender'>): void {
    if (this.#declinedCount >= reconcileDefaults.declinedMax) return
    const ids = this.#declined.get(sender)
    if (ids?.has(id) === true) return
    if (ids === undefined) this.#declined.set(sender, new Set([id]))
    else ids.add(id)
    this.#declinedCount++
  }

  /** The chain moved: what was not wanted may be. */
  onHead(): void {
    this.#declined.clear()
    this.#declinedCount = 0
  }

  onDisconnected(peer: string): void {
    this.#sketches.delete(peer)
  }

  /** Drives work that yields between slices, a turn of the loop for each. */
  async run<T>(work: Generator<void, T>): Promise<T> {
    for (let step = work.next(); ; step = work.next()) {
      if (step.done) return step.value
      await this.#runtime.yield()
    }
  }

  #wantAgain(sender: Hex): void {
    if (this.#declinedCount === 0) return
    this.#declinedCount -= this.#declined.get(sender)?.size ?? 0
    this.#declined.delete(sender)
  }

  *#declinedIds(): Generator<Hex> {
    for (const ids of this.#declined.values()) yield* ids
  }

  #change(id: Hex): void {
    if (this.#sketches.size + this.#making === 0) return
    this.#changed.push(id)
    // To follow more changes than there are transactions costs more than to begin anew.
    if (this.#changed.length <= Math.max(reconcileDefaults.changesKeptMin, this.#mempool.size)) return
    this.#forgotten += this.#changed.length
    this.#changed = []
    this.#sketches.clear()
  }

  /** Everything here pays it. */
  #isOfAll(minFee: number): boolean {
    return minFee <= this.#mempool.minFeeFloor
  }

  #followed(peer: string, key: SipKey): Followed | undefined {
    const followed = this.#sketches.get(peer)
    return followed !== undefined && isSame(followed.sketch.key, key) ? followed : undefined
  }

  async #sketchOf(peer: string, key: SipKey): Promise<Sketch> {
    // Until it is put where changes are followed for.
    this.#making++
    try {
      for (;;) {
        const current = this.#followed(peer, key) ?? (await this.#newSketch(key))
        // Unless more has changed meanwhile than is remembered.
        if (current.changes >= this.#forgotten) return this.#keep(peer, current)
      }
    } finally {
      this.#making--
    }
  }

  /** Brings a sketch up to date, as the one that was used last. */
  #keep(peer: string, current: Followed): Sketch {
    const changes = this.#forgotten + this.#changed.length
    current.sketch.toggle(oddlyOften(this.#changed, current.changes - this.#forgotten))
    current.changes = changes
    this.#sketches.delete(peer)
    this.#sketches.set(peer, current)
    if (this.#sketches.size > reconcileDefaults.sketchesMax) {
      const oldest = this.#sketches.keys().next()
      if (!oldest.done) this.#sketches.delete(oldest.value)
    }
    return current.sketch
  }

  /** Of everything, as of now, in slices; what changes meanwhile is remembered and followed afterwards. */
  async #newSketch(key: SipKey): Promise<Followed> {
    const followed = {
      sketch: new Sketch(key, reconcileDefaults.keptCells),
      changes: this.#forgotten + this.#changed.length
    }
    const ids = [...this.#mempool.values()].map(({ id }) => id)
    await this.run(followed.sketch.fill(ids))
    return followed
  }

  /** Many at once: to find the oldest again for each arrival would cost more than all else about it. */
  #forgetSettled(now: number): void {
    if (now - this.#sweptAt < this.settleMs) return
    this.#sweptAt = now
    for (const [id, at] of this.#arrivals) {
      if (at > now - this.settleMs) return
      this.#arrivals.delete(id)
    }
  }
}

/** Ids that are there an odd number of times from `start` on: what came and went has changed nothing. */
function oddlyOften(ids: readonly Hex[], start: number): Hex[] {
  const odd = new Set<Hex>()
  for (let i = start; i < ids.length; i++) {
    const id = ids[i] as Hex
    if (!odd.delete(id)) odd.add(id)
  }
  return [...odd]
}

function isSame(a: SipKey, b: SipKey): boolean {
  return a.k0Low === b.k0Low && a.k0High === b.k0High && a.k1Low === b.k1Low && a.k1High === b.k1High
}
