// Spreading transactions and blocks by gossip.
export type { BlockRelayComponents, BlockRelayInit } from './block-relay.ts'
export { BlockRelay } from './block-relay.ts'
export { blockTransactionsProtocol } from './block-transactions.ts'
export type { BlockIntake, BlockSource, OfferOutcome } from './intake.ts'
export { RecentMap } from './recent.ts'
export type { TransactionRelayComponents } from './transaction-relay.ts'
export { TransactionRelay } from './transaction-relay.ts'
