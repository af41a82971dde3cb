// Transactions by gossip, in batches. A batch is deduplicated by id before any signature is checked; the first bad
// signature makes the whole batch the sender's fault, and so does a byte more than its canonical encoding has. A batch
// of which at least half the bytes were news is forwarded as it is; of any other, what was news travels on in a batch
// of our own, so that nothing is lost and no old bytes go round again.
import { relayDefaults } from '../config/index.ts'
import type { Mempool } from '../ledger/index.ts'
import type { Gossip, GossipMessage, Verdict } from '../network/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { decodeTransaction, type Hex, type Transaction, TransactionBatch, WireError } from '../wire/index.ts'
import { RecentMap } from './recent.ts'

export interface TransactionRelayComponents {
  readonly gossip: Gossip
  readonly mempool: Mempool
  /** Checks signatures off the loop, none twice. */
  readonly verify: (transactions: readonly Transaction[]) => Promise<boolean>
  readonly events: EventEmitter
  readonly runtime: Runtime
}

export class TransactionRelay {
  readonly #components: TransactionRelayComponents
  /** Ids in each recent message: what a further copy of it carried. */
  readonly #messages = new RecentMap<string, readonly Hex[]>(relayDefaults.recentMessagesMax)
  #outbox: Transaction[] = []
  #outboxBytes = 0
  #attempt = 0
  #flush: TimerHandle | undefined
  #pendingBatches = 0
  #stopped = false

  constructor(components: TransactionRelayComponents) {
    this.#components = components
    components.gossip.onMessage('transaction', (message) => this.#onMessage(message))
  }

  /**
   * Announces transactions that were announced before: in a message of its own, which nobody has seen. Those who know
   * them ignore it, so it travels only where it is news.
   */
  announceAgain(transactions: readonly Transaction[]): void {
    if (this.#stopped) return
    this.#publish()
    this.#attempt = 1 + this.#components.runtime.random.int(2 ** 32 - 1)
    for (const transaction of transactions) this.announce(transaction)
    this.#publish()
    this.#attempt = 0
  }

  /** Queues a transaction of the mempool for the next batch. */
  announce(transaction: Transaction): void {
    if (this.#stopped) return
    if (this.#outboxBytes + transaction.bytes.length > relayDefaults.batchMaxBytes) this.#publish()
    this.#outbox.push(transaction)
    this.#outboxBytes += transaction.bytes.length
    if (this.#outbox.length >= relayDefaults.batchMaxCount) this.#publish()
    else this.#flush ??= this.#components.runtime.timers.after(relayDefaults.batchDelayMs, () => this.#publish())
  }

  /** A further copy of a message came from `from`. */
  onDuplicate(messageId: string, from: string, at: number): void {
    for (const id of this.#messages.get(messageId) ?? []) {
      this.#components.events.emit({ type: 'duplicate', kind: 'transaction', id, from, at })
    }
  }

  /** Sends what is queued and takes nothing more. */
  stop(): void {
    this.#publish()
    this.#stopped = true
  }

  #publish(): void {
    this.#flush?.cancel()
    this.#flush = undefined
    const batch = this.#outbox
    if (batch.length === 0) return
    this.#outbox = []
    this.#outboxBytes = 0
    const { gossip, runtime } = this.#components
    const transactions = batch.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)
    gossip
      .publish('transaction', TransactionBatch.encode({ transactions, attempt: this.#attempt }))
      .then(({ id }) =>
        this.#messages.set(
          id,
          batch.map((transaction) => transaction.id)
        )
      )
      .catch((error) => runtime.logger.warn('could not publish transactions', { error: String(error) }))
  }

  async #onMessage(message: GossipMessage): Promise<Verdict> {
    let batch: readonly Transaction[]
    try {
      batch = this.#components.runtime.interner.intern('batch', message.id, () => decodeBatch(message.data))
    } catch (error) {
      return this.#reject(message, error)
    }
    this.#messages.set(
      message.id,
      batch.map(({ id }) => id)
    )
    if (this.#pendingBatches >= relayDefaults.pendingBatchesMax) return 'ignore'
    this.#pendingBatches++
    try {
      return await this.#take(batch, message)
    } finally {
      this.#pendingBatches--
    }
  }

  async #take(batch: readonly Transaction[], { from, heardAt }: GossipMessage): Promise<Verdict> {
    const { events, mempool, runtime, verify } = this.#components
    const unknown: Transaction[] = []
    for (const transaction of batch) {
      const { id } = transaction
      const isNew = !mempool.has(id) && !mempool.isRefused(id)
      if (isNew) unknown.push(transaction)
      events.emit({ type: isNew ? 'heard' : 'duplicate', kind: 'transaction', id, from, at: heardAt })
    }
    const startedAt = runtime.clock.now()
    if (!(await verify(unknown))) {
      return this.#reject({ from, heardAt }, new WireError('bad-signature', 'a bad signature in a batch'))
    }
    const at = runtime.clock.now()
    const { length } = unknown
    if (length > 0) {
      events.emit({ type: 'validated', kind: 'transaction', transactions: length, durationMs: at - startedAt, at })
    }
    const news = unknown.filter((transaction) => this.#admit(transaction, from))
    const newBytes = sumBytes(news)
    if (newBytes > 0 && 2 * newBytes >= sumBytes(batch)) return 'accept'
    for (const transaction of news) this.announce(transaction)
    return 'ignore'
  }

  /** True when the transaction was news that others want too. */
  #admit(transaction: Transaction, from: string): boolean {
    const { events, mempool, runtime } = this.#components
    const { id, sender, nonce, amount, fee } = transaction
    // What its sender can't pay may wait here for the money, but costs the network nothing.
    const isFunded = mempool.fundsAt(sender, nonce) >= amount + fee
    const result = mempool.add(transaction)
    if (result.status !== 'added' && result.status !== 'replaced') return false
    events.emit({ type: 'delivered', kind: 'transaction', id, via: 'gossip', from, at: runtime.clock.now() })
    return isFunded && (result.status === 'replaced' ? result.gossip : true)
  }

  #reject({ from, heardAt }: Pick<GossipMessage, 'from' | 'heardAt'>, error: unknown): Verdict {
    const code = error instanceof WireError ? error.code : 'bad-message'
    this.#components.events.emit({ type: 'rejected', kind: 'transaction', from, code, at: heardAt })
    return 'reject'
  }
}

/** The transactions of a message. Throws `WireError`, or what the protobuf decoder throws. */
export function decodeBatch(data: Uint8Array): Transaction[] {
  const batch = TransactionBatch.decode(data, { limits: { transactions: relayDefaults.batchMaxCount } })
  if (batch.transactions.length === 0) throw new WireError('empty', 'an empty batch')
  // Whatever else is in the message would be forwarded with it.
  if (Buffer.compare(TransactionBatch.encode(batch), data) !== 0) {
    throw new WireError('not-canonical', 'not the canonical encoding of a batch')
  }
  // Copies: a view kept in the mempool would keep the whole batch alive.
  return batch.transactions.map((bytes) => decodeTransaction(bytes.slice()))
}

function sumBytes(transactions: readonly Transaction[]): number {
  return transactions.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
