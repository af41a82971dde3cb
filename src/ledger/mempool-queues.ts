// The queues of all senders that have something pending, and how many transactions wait in them for a nonce or money.
import type { Hex, Transaction } from '../wire/index.ts'
import { type Insertion, SenderQueue } from './mempool-queue.ts'
import type { ChainView } from './mempool-types.ts'
import type { Account } from './types.ts'

export class SenderQueues {
  readonly #chain: ChainView
  /** None is empty. */
  readonly #bySender = new Map<Hex, SenderQueue>()
  #waiting = 0

  constructor(chain: ChainView) {
    this.#chain = chain
  }

  /** Transactions that can't be included yet, of all senders. */
  get waiting(): number {
    return this.#waiting
  }

  get(sender: Hex): SenderQueue | undefined {
    return this.#bySender.get(sender)
  }

  values(): Iterable<SenderQueue> {
    return this.#bySender.values()
  }

  insert(transaction: Transaction): Insertion {
    const queue = this.#bySender.get(transaction.sender) ?? this.#open(transaction.sender)
    const waitingBefore = queue.waiting
    const insertion = queue.insert(transaction)
    this.#changed(queue, waitingBefore)
    return insertion
  }

  remove(transaction: Transaction): void {
    const queue = this.#bySender.get(transaction.sender)
    if (queue === undefined) return
    const waitingBefore = queue.waiting
    queue.remove(transaction)
    this.#changed(queue, waitingBefore)
  }

  /** False when its sender's queue no longer ends with `tail`. */
  removeTail(tail: Transaction): boolean {
    const queue = this.#bySender.get(tail.sender)
    if (queue?.tail !== tail) return false
    const waitingBefore = queue.waiting
    queue.removeTail()
    this.#changed(queue, waitingBefore)
    return true
  }

  /** The account changed. Returns the transactions whose nonces are used up. */
  follow(address: Hex, account: Account): readonly Transaction[] {
    const queue = this.#bySender.get(address)
    if (queue === undefined) return NONE
    const waitingBefore = queue.waiting
    queue.waitingSince = undefined
    const used = queue.follow(account)
    this.#changed(queue, waitingBefore)
    return used
  }

  /** Gives up and returns what has waited since before `height`, while its sender's account stood still. */
  *removeStale(height: number): Generator<Transaction> {
    if (this.#waiting === 0) return
    for (const queue of this.#bySender.values()) {
      if (queue.waitingSince === undefined || queue.waitingSince >= height) continue
      const waitingBefore = queue.waiting
      const stale = queue.removeWaiting()
      this.#changed(queue, waitingBefore)
      yield* stale
    }
  }

  /** Gives up and returns the sender's last ones that wait, until no more than `max` of all senders do. */
  *trimWaiting(sender: Hex, max: number): Generator<Transaction> {
    const queue = this.#bySender.get(sender)
    while (queue !== undefined && queue.waiting > 0 && this.#waiting > max) {
      const tail = queue.tail
      if (tail === undefined || !this.removeTail(tail)) return
      yield tail
    }
  }

  #open(sender: Hex): SenderQueue {
    const queue = new SenderQueue(sender, this.#chain.account(sender))
    this.#bySender.set(sender, queue)
    return queue
  }

  /** After every change of a queue. */
  #changed(queue: SenderQueue, waitingBefore: number): void {
    this.#waiting += queue.waiting - waitingBefore
    if (queue.waiting === 0) queue.waitingSince = undefined
    else queue.waitingSince ??= this.#chain.head.height
    if (queue.transactions.length === 0) this.#bySender.delete(queue.sender)
  }
}

const NONE: readonly Transaction[] = []
