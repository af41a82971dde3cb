// The transactions that the mempool holds, by id: their bytes together, who expires when, and who is told of changes.
import type { Hex, Transaction } from '../wire/index.ts'
import type { MempoolWatcher, RemovedReason } from './mempool-types.ts'

export class Contents {
  readonly #byId = new Map<Hex, Transaction>()
  /** Those with a last height, by it. */
  readonly #expiring = new Map<number, Set<Transaction>>()
  readonly #watchers = new Set<MempoolWatcher>()
  #bytes = 0

  get size(): number {
    return this.#byId.size
  }

  /** Of the encoded transactions together. */
  get bytes(): number {
    return this.#bytes
  }

  has(id: Hex): boolean {
    return this.#byId.has(id)
  }

  get(id: Hex): Transaction | undefined {
    return this.#byId.get(id)
  }

  values(): IteratorObject<Transaction> {
    return this.#byId.values()
  }

  /** Those that no block above `height` may include. They may be removed meanwhile. */
  *expired(height: number): Generator<Transaction> {
    for (const [last, transactions] of this.#expiring) if (last <= height) yield* [...transactions]
  }

  /** Returns the function that unsubscribes. */
  watch(watcher: MempoolWatcher): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  add(transaction: Transaction): void {
    const { id, bytes, validUntil } = transaction
    this.#byId.set(id, transaction)
    this.#bytes += bytes.length
    if (validUntil !== 0) {
      const sameHeight = this.#expiring.get(validUntil)
      if (sameHeight === undefined) this.#expiring.set(validUntil, new Set([transaction]))
      else sameHeight.add(transaction)
    }
    for (const watcher of this.#watchers) watcher.added?.(transaction)
  }

  /** No effect for one that is not here. */
  remove(transaction: Transaction, reason: RemovedReason): void {
    const { id, bytes, validUntil } = transaction
    if (!this.#byId.delete(id)) return
    this.#bytes -= bytes.length
    const sameHeight = this.#expiring.get(validUntil)
    sameHeight?.delete(transaction)
    if (sameHeight?.size === 0) this.#expiring.delete(validUntil)
    for (const watcher of this.#watchers) watcher.removed?.(transaction, reason)
  }
}
