// Transactions that wait for a block, and what became of the last ones.
import type { LiveItem, Timeline } from '../../api/client/index.ts'

export interface MempoolView {
  /** Of all nodes' users, those that no block contains yet; counted, not only the followed ones. */
  readonly waiting: number
  /** Followed ones, newest first: pending, then included. */
  readonly transactions: readonly LiveItem[]
}

export function isIncluded({ importedAt }: LiveItem, at: number): boolean {
  return importedAt <= at
}

export function mempoolAt(timeline: Timeline, at: number, limit: number): MempoolView {
  const known = [...timeline.transactions.values()].filter((item) => item.isPublished && item.at <= at).reverse()
  const pending = known.filter((item) => !isIncluded(item, at))
  const { transactions, included } = timeline.counts
  const isNow = at >= timeline.now
  return {
    waiting: isNow ? Math.max(0, transactions - included) : pending.length,
    transactions: [...pending, ...known.filter((item) => isIncluded(item, at))].slice(0, limit)
  }
}
