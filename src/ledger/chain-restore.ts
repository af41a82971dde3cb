// What a store gives back after a restart, put into the tree.
import type { Hex, SealedHeader } from '../wire/index.ts'
import type { BlockTree } from './block-tree.ts'
import type { Consensus } from './consensus/types.ts'
import { LedgerError } from './errors.ts'
import type { TreeNode } from './tree-node.ts'
import type { Account } from './types.ts'

/** Trusted: headers and state are not judged again. */
export interface RestoredChain {
  /**
   * Every stored header, parents before children (ascending height does); genesis may be among them. Those whose
   * parents are missing are passed over.
   */
  readonly headers: Iterable<SealedHeader>
  /** Whether the body of a stored header is stored too. Those up to `head` must be. */
  hasBody(hash: Hex): boolean
  readonly head: Hex
  /** Every account as of `head`. The genesis balances are not added to them. */
  readonly accounts: Iterable<readonly [Hex, Account]>
}

/**
 * Headers, bodies and head; the accounts are the caller's. The last `recentHeaders` headers stay decoded. Throws
 * `LedgerError` (`bad-state`) when the head is not there with all before it.
 */
export function restoreTree(
  tree: BlockTree,
  restored: RestoredChain,
  consensus: Pick<Consensus, 'work'>,
  recentHeaders: number
): void {
  const recent: TreeNode[] = []
  for (const header of restored.headers) {
    if (tree.get(header.hash) !== undefined) continue
    const parent = tree.get(header.parent)
    // Off the best chain: its ancestors were still on their way in, or have been swept. They come by network.
    if (parent === undefined) continue
    const node = tree.restore(header, parent, consensus.work(header))
    if (restored.hasBody(header.hash)) tree.addBody(node)
    if (recent.push(node) > recentHeaders) recent.shift()?.releaseHeader(true)
  }
  const head = tree.get(restored.head)
  if (head === undefined) throw new LedgerError('bad-state', `the stored head ${restored.head} has no header`)
  if (!head.complete) throw new LedgerError('bad-state', 'a block below the stored head has no body')
  tree.applied.moveTo(head)
}
