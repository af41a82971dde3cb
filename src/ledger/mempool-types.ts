// What the mempool answers, whom it tells, and what it asks the chain.
import type { Hex, Transaction } from '../wire/index.ts'
import type { Account, Head } from './types.ts'

/** Why a transaction is not taken. */
export type RefusedCode =
  | 'wrong-network'
  /** The last height it may be included at has passed. */
  | 'expired'
  | 'nonce-used'
  /** Too far beyond the sender's next nonce. */
  | 'nonce-gap'
  | 'insufficient-funds'
  | 'below-min-fee'
  /** The same sender and nonce are taken by one with a higher fee (or the same and a lower id). */
  | 'outbid'
  | 'mempool-full'

export type AddResult =
  | { readonly status: 'added' | 'known' }
  /** `gossip`: the fee rose by at least a tenth, enough to tell the network. */
  | { readonly status: 'replaced'; readonly replaced: Hex; readonly gossip: boolean }
  | { readonly status: 'refused'; readonly code: RefusedCode }

/** Why a transaction left. */
export type RemovedReason = 'included' | 'replaced' | 'nonce-used' | 'expired' | 'evicted' | 'stale'

/** Told of every change, synchronously: what keeps a sketch of the ids current, and the journal. */
export interface MempoolWatcher {
  added?(transaction: Transaction): void
  removed?(transaction: Transaction, reason: RemovedReason): void
}

/** What the mempool reads of the chain: always as of its head. `Chain` is one. */
export interface ChainView {
  readonly head: Pick<Head, 'height'>
  account(address: Hex): Account
}
