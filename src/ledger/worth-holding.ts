// Which blocks that came unasked matter to a chain: not far below its head, and counting no less than it did a few blocks
// ago, so that a fork off the distant past costs nobody anything. Pure.
import type { LedgerLimits } from '../config/index.ts'
import type { SealedHeader } from '../wire/index.ts'
import type { BlockTree } from './block-tree.ts'
import type { Consensus } from './consensus/types.ts'

export type WorthLimits = Pick<LedgerLimits, 'staleDepthMax' | 'orphanEaseMax'>

/** One whose parent is unknown is taken for what it counts alone. Throws `LedgerError` for bits that count nothing. */
export function isWorthHolding(
  header: SealedHeader,
  tree: BlockTree,
  consensus: Pick<Consensus, 'work'>,
  { staleDepthMax, orphanEaseMax }: WorthLimits
): boolean {
  const { tip } = tree.applied
  const past = tree.applied.at(Math.max(0, tip.height - staleDepthMax)) ?? tip
  const own = consensus.work(header)
  const parent = tree.get(header.parent)
  if (parent === undefined) {
    const due = tip.work - (tip.parent?.work ?? 0n)
    return header.height >= past.height && own * BigInt(orphanEaseMax) >= due
  }
  const work = parent.work + own
  return work > tip.work || (header.height >= past.height && work >= past.work)
}
