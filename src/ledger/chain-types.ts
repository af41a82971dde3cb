// What a chain is made of, and what it says of a block.
import type { LedgerLimits } from '../config/index.ts'
import type { Interner } from '../runtime/index.ts'
import type { Hex } from '../wire/index.ts'
import type { RestoredChain } from './chain-restore.ts'
import type { Consensus, Equivocation } from './consensus/types.ts'
import type { Genesis } from './genesis.ts'
import type { BlockReader } from './types.ts'

export interface ChainComponents {
  readonly genesis: Genesis
  readonly consensus: Consensus
  readonly blocks: BlockReader
  /** Chains of one process may share what a block does. */
  readonly interner?: Interner
}

export interface ChainInit {
  /** Absent: a new chain of nothing but genesis, with its accounts. */
  readonly restored?: RestoredChain
  readonly limits?: Partial<LedgerLimits>
  /** A side block was forgotten (tree full, or invalid): its stored body is of no use any more. */
  readonly onForgotten?: (hash: Hex) => void
  /** Authority: a sealer filled a slot twice. Once per slot and sealer. */
  readonly onEquivocation?: (evidence: Equivocation) => void
}

export type BlockStatus =
  | 'unknown'
  /** Its header is in the tree. */
  | 'header'
  /** Its body is here, and either waits for those of its ancestors or for `apply`. */
  | 'body'
  /** On the best chain. */
  | 'applied'
  /** Everything up to it is here, but the best chain counts more. */
  | 'side'
  | 'invalid'
