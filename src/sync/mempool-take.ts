// Transactions that came by anti-entropy: checked as those of gossip are, what the mempool refuses whoever signed it before
// any signature, and not announced, for whoever lacks them will be told apart from us in turn.
import type { Mempool } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { DeliveredVia, EventEmitter } from '../trace/index.ts'
import { decodeTransaction, type Transaction, WireError } from '../wire/index.ts'
import type { Take, Taken } from './mempool-round.ts'
import type { MempoolSet } from './mempool-set.ts'

export interface TakeComponents {
  readonly mempool: Mempool
  readonly set: MempoolSet
  /** Checks signatures off the loop, none twice. */
  readonly verify: (transactions: readonly Transaction[]) => Promise<boolean>
  /** What they count as. */
  readonly via: DeliveredVia
  readonly events: EventEmitter
  readonly runtime: Runtime
}

export function takeTransactions({ mempool, set, verify, via, events, runtime }: TakeComponents): Take {
  return async (bodies, peer): Promise<Taken> => {
    // Copies: a view kept in the mempool would keep the whole message alive.
    const transactions = bodies.map((bytes) => decodeTransaction(bytes.slice()))
    const unknown = transactions.filter(({ id }) => !mempool.has(id) && !mempool.isRefused(id))
    const wanted = mempool.unobjectionable(unknown)
    if (!(await verify(wanted))) throw new WireError('bad-signature', 'a bad signature among transactions')
    const news = wanted.filter((transaction) => {
      const { status } = mempool.add(transaction)
      if (status !== 'added' && status !== 'replaced') return false
      const { id } = transaction
      const at = runtime.clock.now()
      events.emit({ type: 'heard', kind: 'transaction', id, from: peer, at })
      events.emit({ type: 'delivered', kind: 'transaction', id, via, from: peer, at })
      return true
    })
    for (const transaction of unknown) {
      const isJudged = mempool.has(transaction.id) || mempool.isRefused(transaction.id)
      // Those before it may have closed its gap: then it is wanted in the next round.
      if (!isJudged && mempool.objection(transaction) !== undefined) set.decline(transaction)
    }
    return { ids: transactions.map(({ id }) => id), news: news.length }
  }
}
