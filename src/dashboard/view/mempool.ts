// Transactions that wait for a block, and what became of the last ones.
import type { Inclusion, LiveItem, Timeline } from '../../api/client/index.ts'
import { leadingBranch } from './chain.ts'
import { isOn, type Line } from './network.ts'

export interface MempoolView {
  /** Of all nodes' users, those that no block contains yet. Of a busy network's past only the followed ones are known. */
  readonly waiting: number
  /** Followed ones, newest first: pending, then included. */
  readonly transactions: readonly { readonly item: LiveItem; readonly inclusion: Inclusion | undefined }[]
}

/** The block of the leading branch that a transaction is in at a time; what only abandoned blocks contain waits again. */
export function inclusionAt(
  { blocks }: Timeline,
  { inclusions }: LiveItem,
  at: number,
  leading: Line
): Inclusion | undefined {
  return inclusions.find((inclusion) => {
    const { block: id } = inclusion
    return inclusion.at <= at && isOn(leading, { id, height: blocks.get(id)?.height ?? 0 })
  })
}

/** How deep the leading head, `tip`, has buried it: 1 in that head itself, 0 in no block. */
export function confirmationsOf(
  { blocks }: Timeline,
  inclusion: Inclusion | undefined,
  tip: string | undefined
): number {
  const heightOf = (id: string | undefined): number => (id === undefined ? 0 : (blocks.get(id)?.height ?? 0))
  return inclusion === undefined ? 0 : Math.max(0, heightOf(tip) - heightOf(inclusion.block) + 1)
}

export interface MempoolInit {
  /** The leading head. */
  readonly tip: string | undefined
  readonly limit: number
  /** The moment is as new as is shown, so that what is counted now is its count. */
  readonly isNewest: boolean
}

export function mempoolAt(timeline: Timeline, at: number, { tip, limit, isNewest }: MempoolInit): MempoolView {
  const leading = leadingBranch(timeline, at, tip)
  const known = [...timeline.transactions.values()]
    .filter((item) => item.isPublished && item.at <= at)
    .map((item) => ({ item, inclusion: inclusionAt(timeline, item, at, leading) }))
    .reverse()
  const pending = known.filter(({ inclusion }) => inclusion === undefined)
  const { transactions, included, unfollowed } = timeline.counts
  const isCounted = isNewest && unfollowed > 0
  return {
    waiting: isCounted ? Math.max(pending.length, transactions - included) : pending.length,
    transactions: [...pending, ...known.filter(({ inclusion }) => inclusion !== undefined)].slice(0, limit)
  }
}
