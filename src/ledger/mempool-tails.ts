// Who goes first when the mempool is full: of the senders' last transactions the one that pays least. Only tails go, so
// that no transaction loses the one before it.
import type { Hex, Transaction } from '../wire/index.ts'
import { Heap } from './mempool-heap.ts'
import { paysLess } from './mempool-order.ts'
import type { SenderQueues } from './mempool-queues.ts'

/** Former tails that are kept whatever the number of transactions. */
const FORMER_MIN = 64

export class Tails {
  readonly #queues: SenderQueues
  /** While full: every queue's tail, who pays least first; some have left since. Built when needed. */
  #heap: Heap<Transaction> | undefined

  constructor(queues: SenderQueues) {
    this.#queues = queues
  }

  /** Takes the one that pays least out of its queue. `held`: transactions in the mempool. */
  takeLeast(held: number): Transaction | undefined {
    this.#heap ??= this.#collect()
    for (let tail = this.#heap.pop(); tail !== undefined; tail = this.#heap.pop()) {
      if (!this.#queues.removeTail(tail)) continue
      this.noteTail(tail.sender, held)
      return tail
    }
    return undefined
  }

  /** The sender's queue may have another tail. Of a changed queue that is not noted the tail is not found. */
  noteTail(sender: Hex, held: number): void {
    if (this.#heap === undefined) return
    const tail = this.#queues.get(sender)?.tail
    if (tail !== undefined) this.#heap.push(tail)
    // Former tails pile up: start over before they outnumber the transactions.
    if (this.#heap.size > 2 * held + FORMER_MIN) this.#heap = undefined
  }

  /** Many queues have changed: starts over when next needed. */
  forget(): void {
    this.#heap = undefined
  }

  #collect(): Heap<Transaction> {
    const tails: Transaction[] = []
    for (const { tail } of this.#queues.values()) if (tail !== undefined) tails.push(tail)
    return new Heap(tails, paysLess)
  }
}
