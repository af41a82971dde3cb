// The chain: block tree, fork choice and accounts behind three doors, insertHeader → insertBody → apply. Pure and
// synchronous; what it changes leaves it as a ChainUpdate, what it no longer keeps comes back through a BlockReader.
import { LEDGER_LIMITS, type LedgerLimits } from '../config/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'
import type { Consensus, Equivocation, HeaderNode } from './consensus/types.ts'
import type { Genesis } from './genesis.ts'
import type { Account, BlockReader, ChainUpdate, Head } from './types.ts'

export interface ChainComponents {
  readonly genesis: Genesis
  readonly consensus: Consensus
  readonly blocks: BlockReader
}

/** What a store gives back after a restart. Trusted: headers and state are not judged again. */
export interface RestoredChain {
  /** Every stored header, parents before children (ascending height does); genesis may be among them. */
  readonly headers: Iterable<SealedHeader>
  /** Whether the body of a stored header is stored too. Those up to `head` must be. */
  hasBody(hash: Hex): boolean
  readonly head: Hex
  /** Every account as of `head`. The genesis balances are not added to them. */
  readonly accounts: Iterable<readonly [Hex, Account]>
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

export class Chain {
  /** Throws `LedgerError` (`bad-state`) when what was restored does not hang together. */
  constructor(components: ChainComponents, init: ChainInit = {}) {
    void components
    void { ...LEDGER_LIMITS, ...init.limits }
    throw new Error('being written')
  }

  get head(): Head {
    throw new Error('being written')
  }

  /** The account as of `head`. */
  account(address: Hex): Account {
    throw new Error(`being written ${address}`)
  }

  /** Every account that exists, as of `head`. */
  accounts(): Iterable<readonly [Hex, Account]> {
    throw new Error('being written')
  }

  headerNode(hash: Hex): HeaderNode | undefined {
    throw new Error(`being written ${hash}`)
  }

  status(hash: Hex): BlockStatus {
    throw new Error(`being written ${hash}`)
  }

  /**
   * The first door. The caller has verified the seal's signature. `orphan`: the parent is unknown, nothing was kept.
   * Throws `LedgerError`: a broken rule, `invalid-block` or `invalid-parent` for what is known to be invalid, or
   * `future` when it is too far ahead of `now` (ms) to be judged yet (it may be given again later).
   */
  insertHeader(header: SealedHeader, now: number): 'added' | 'known' | 'orphan' {
    throw new Error(`being written ${header.hash} ${now}`)
  }

  /**
   * The second door. The caller has verified the transactions' signatures; the root is compared here. The body is
   * kept in memory until it is connected, or `bodyStored` says that the reader has it. Throws `LedgerError`:
   * `unknown-header` and `wrong-root` say nothing against the header; any other code makes it invalid.
   */
  insertBody(block: Block): 'added' | 'known' {
    throw new Error(`being written ${block.header.hash}`)
  }

  /** The store can give this side block's body: the chain drops its copy. */
  bodyStored(hash: Hex): void {
    throw new Error(`being written ${hash}`)
  }

  /**
   * The third door: one step towards the best block whose ancestors are all here; `undefined` when there. A plain
   * extension takes a bounded number of blocks per step, a reorganisation goes in one to a chain with more work.
   * Blocks whose state fails become invalid with their descendants, and the next best is tried: nothing changes
   * unless an update is returned. The store must have written one update before the next is asked for.
   */
  apply(): ChainUpdate | undefined {
    throw new Error('being written')
  }

  /** The hash at a height of the best chain. */
  hashAt(height: number): Hex | undefined {
    throw new Error(`being written ${height}`)
  }

  /** The best header known, its body here or not. */
  get bestHeader(): HeaderNode {
    throw new Error('being written')
  }

  /** Hashes of the best header chain from its tip: 10 dense, then at exponential distances, then genesis. */
  locator(): Hex[] {
    throw new Error('being written')
  }

  /**
   * At most `limit` headers of the best chain after the first locator entry that is on it (after genesis when none
   * is). `startHeight` is the height of the first of them.
   */
  headersAfter(locator: readonly Hex[], limit: number): { startHeight: number; headers: SealedHeader[] } {
    throw new Error(`being written ${locator.length} ${limit}`)
  }

  /** At most `limit` hashes on the way to the best header whose bodies are missing, lowest first. */
  missingBodies(limit: number): Hex[] {
    throw new Error(`being written ${limit}`)
  }

  /** Headers without a child in the tree, best first. */
  tips(): Hex[] {
    throw new Error('being written')
  }
}
