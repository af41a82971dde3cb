// The rules: genesis, consensus, the block tree and its fork choice, accounts, mempool. Pure and synchronous: time
// and verified signatures are passed in.
export type { BlockStatus, ChainComponents, ChainInit, RestoredChain } from './chain.ts'
export { Chain } from './chain.ts'
export { bitsToTarget, POW_LIMIT, POW_LIMIT_BITS, targetToBits, targetToWork } from './consensus/compact.ts'
export { createConsensus } from './consensus/index.ts'
export type { Consensus, Equivocation, HeaderNode } from './consensus/types.ts'
export { DEVELOPMENT_ACCOUNTS, developmentKey } from './development.ts'
export { LedgerError, type LedgerErrorCode } from './errors.ts'
export type { AuthorityParameters, Genesis, GenesisFile, PowParameters } from './genesis.ts'
export { createGenesis, parseGenesis } from './genesis.ts'
export type { Account, BlockReader, ChainUpdate, ConnectedBlock, Head, Undo, UndoEntry } from './types.ts'
export { EMPTY_ACCOUNT } from './types.ts'
