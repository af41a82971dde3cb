// Spreading transactions and blocks by gossip.
export type { BlockRelayComponents } from './block-relay.ts'
export { BlockRelay } from './block-relay.ts'
export { blockTransactionsProtocol } from './block-transactions.ts'
export type { BlockIntake, BlockSource, OfferOutcome } from './intake.ts'
export { TransactionRelay } from './transaction-relay.ts'
