// Transactions by gossip, in batches. What is known, or refused whoever signed it, is left out before any signature is
// checked; the first bad signature makes the whole batch the sender's fault, and so does a byte more than its canonical
// encoding has. A batch of which at least half the bytes were news is forwarded as it is, with every signature in it
// checked; of any other, what was news travels on in a batch of our own, so that nothing is lost and no old bytes go
// round again.
import { relayDefaults } from '../config/index.ts'
import type { Mempool } from '../ledger/index.ts'
import type { Gossip, GossipMessage, Verdict } from '../network/index.ts'
import { RecentMap, type Runtime, type TimerHandle } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { decodeTransaction, type Hex, type Transaction, TransactionBatch, WireError } from '../wire/index.ts'
import { Busyness } from './busyness.ts'
import { Shares } from './shares.ts'

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
  readonly #messages = new RecentMap<string, readonly Hex[]>(relayDefaults.recentIdsMax, ({ length }) => length)
  /** Transactions in verification. */
  readonly #pending = new Shares(relayDefaults.pendingTransactionsMax)
  /** How many of them each sender has. */
  readonly #pendingOf = new Map<Hex, number>()
  /** When a batch of a peer's was last of no use. */
  readonly #useless = new RecentMap<string, number>(relayDefaults.uselessPeersMax)
  #outbox: Transaction[] = []
  #outboxBytes = 0
  #attempt = 0
  #flush: TimerHandle | undefined
  readonly #busyness: Busyness
  #stopped = false

  constructor(components: TransactionRelayComponents) {
    this.#components = components
    this.#busyness = new Busyness(components.runtime.clock)
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
    else this.#flush ??= this.#components.runtime.timers.after(this.#busyness.waitMs(), () => this.#publish())
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
    this.#busyness.add()
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
    this.#busyness.add()
    let batch: readonly Transaction[]
    try {
      batch = this.#components.runtime.interner.intern('batch', message.id, () => decodeBatch(message.data))
    } catch (error) {
      return this.#reject(message, error)
    }
    const verdict = await this.#take(batch, message)
    if (verdict === 'reject') this.#messages.delete(message.id)
    return verdict
  }

  async #take(batch: readonly Transaction[], message: GossipMessage): Promise<Verdict> {
    const { mempool } = this.#components
    const { from } = message
    const unknown = batch.filter(({ id }) => !mempool.has(id) && !mempool.isRefused(id))
    const wanted = mempool.unobjectionable(unknown, (sender) => this.#pendingOf.get(sender) ?? 0)
    // Only what may go on as it is needs all its signatures checked: who hears it from us may judge those we don't want.
    const checked = 2 * sumBytes(wanted) >= sumBytes(batch) ? unknown : wanted
    if (!this.#pending.enter(from, checked.length)) return 'ignore'
    this.#count(wanted, 1)
    try {
      // Copies come while it is verified.
      this.#messages.set(
        message.id,
        batch.map(({ id }) => id)
      )
      this.#tellHeard(batch, new Set(unknown), message)
      return await this.#judge(batch, checked, message, unknown.length === batch.length)
    } finally {
      this.#count(wanted, -1)
      this.#pending.leave(from, checked.length)
    }
  }

  /** Counts transactions in verification by sender. */
  #count(transactions: readonly Transaction[], step: 1 | -1): void {
    for (const { sender } of transactions) {
      const count = (this.#pendingOf.get(sender) ?? 0) + step
      if (count > 0) this.#pendingOf.set(sender, count)
      else this.#pendingOf.delete(sender)
    }
  }

  #tellHeard(
    batch: readonly Transaction[],
    unknown: ReadonlySet<Transaction>,
    { from, heardAt: at }: GossipMessage
  ): void {
    for (const transaction of batch) {
      const type = unknown.has(transaction) ? 'heard' : 'duplicate'
      this.#components.events.emit({ type, kind: 'transaction', id: transaction.id, from, at })
    }
  }

  /** `isAllUnknown`: none of the batch was known before. */
  async #judge(
    batch: readonly Transaction[],
    checked: readonly Transaction[],
    { from, heardAt }: GossipMessage,
    isAllUnknown: boolean
  ): Promise<Verdict> {
    const { events, gossip, mempool, runtime, verify } = this.#components
    const startedAt = runtime.clock.now()
    if (checked.length > 0 && !(await verify(checked))) {
      return this.#reject({ from, heardAt }, new WireError('bad-signature', 'a bad signature in a batch'))
    }
    const at = runtime.clock.now()
    const { length } = checked
    if (length > 0) {
      this.#busyness.judged(at - heardAt)
      events.emit({ type: 'validated', kind: 'transaction', transactions: length, durationMs: at - startedAt, at })
    }
    const news = checked.filter((transaction) => this.#admit(transaction, from))
    if (isAllUnknown && !checked.some(({ id }) => mempool.has(id))) this.#blame(from, at)
    const newBytes = sumBytes(news)
    // A verdict as late as this is not heard.
    const isLate = at - heardAt >= gossip.verdictMs
    if (!isLate && newBytes > 0 && 2 * newBytes >= sumBytes(batch)) return 'accept'
    for (const transaction of news) this.announce(transaction)
    return 'ignore'
  }

  /** A batch of which nothing was known and nothing taken: now and then an accident, so it counts only so often. */
  #blame(from: string, at: number): void {
    if (at - (this.#useless.get(from) ?? Number.NEGATIVE_INFINITY) < relayDefaults.uselessEveryMs) return
    this.#useless.delete(from)
    this.#useless.set(from, at)
    this.#components.events.emit({ type: 'rejected', kind: 'transaction', from, code: 'useless', at })
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
