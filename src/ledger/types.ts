// The ledger's data: accounts, heads, what undoes a block, and what one step of the chain changed.
import type { Block, Hex, SealedHeader } from '../wire/index.ts'

/** An account that was never used is `{ balance: 0, nonce: 0 }`; nothing keeps such a record. */
export interface Account {
  readonly balance: number
  /** The nonce that its next transaction must carry: the number of transactions it has sent. */
  readonly nonce: number
}

export const EMPTY_ACCOUNT: Account = { balance: 0, nonce: 0 }

export interface Head {
  readonly hash: Hex
  readonly height: number
  /** Cumulative work. */
  readonly work: bigint
  /** The header's, ms since the epoch. */
  readonly time: number
}

/** What an account was before a block touched it; zero balance and zero nonce: it did not exist. */
export interface UndoEntry extends Account {
  readonly address: Hex
}

/** Takes a block back: each account it changed, once, as it was before. */
export interface Undo {
  readonly accounts: readonly UndoEntry[]
}

export interface ConnectedBlock {
  readonly block: Block
  readonly undo: Undo
}

/** What one `Chain.apply` changed: one atomic batch for the store, one step for the mempool. */
export interface ChainUpdate {
  /** Newest first; empty for plain growth. */
  readonly disconnected: readonly Block[]
  /** Oldest first. */
  readonly connected: readonly ConnectedBlock[]
  /** Every account that changed, with its new value; `{ balance: 0, nonce: 0 }`: gone, delete the record. */
  readonly accounts: ReadonlyMap<Hex, Account>
  readonly head: Head
  readonly previousHead: Head
}

/** What the chain reads of blocks that it no longer keeps itself. Synchronous; `undefined` when it isn't stored. */
export interface BlockReader {
  header(hash: Hex): SealedHeader | undefined
  body(hash: Hex): Block | undefined
  undo(hash: Hex): Undo | undefined
}
