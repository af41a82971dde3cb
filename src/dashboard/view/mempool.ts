// Transactions that wait for a block, and what became of the last ones.
import type { LiveItem, Timeline } from '../../api/client/index.ts'

export interface MempoolView {
  /** Of all nodes' users, those that no block contains yet. Of a busy network's past only the followed ones are known. */
  readonly waiting: number
  /** Followed ones, newest first: pending, then included. */
  readonly transactions: readonly LiveItem[]
}

export function isIncluded({ importedAt }: LiveItem, at: number): boolean {
  return importedAt <= at
}

/** `isNewest`: the moment is as new as is shown, so that what is counted now is its count. */
export function mempoolAt(timeline: Timeline, at: number, limit: number, isNewest: boolean): MempoolView {
  const known = [...timeline.transactions.values()].filter((item) => item.isPublished && item.at <= at).reverse()
  const pending = known.filter((item) => !isIncluded(item, at))
  const { transactions, included, unfollowed } = timeline.counts
  const isCounted = isNewest && unfollowed > 0
  return {
    waiting: isCounted ? Math.max(pending.length, transactions - included) : pending.length,
    transactions: [...pending, ...known.filter((item) => isIncluded(item, at))].slice(0, limit)
  }
}
