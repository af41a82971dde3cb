// What survives: blocks, state, indexes and the journal, in atomic batches. Reads are synchronous.
export { exportChain } from './chain-export.ts'
export { type ChainFileBlock, ChainFileError, ChainFileReader, damaged } from './chain-file.ts'
export { DAMAGE_HINT, DamageError, StoreError } from './errors.ts'
export type { Level } from './level.ts'
export { memoryLevel, memoryStore, networkIn, openStore, prepare as reopenStore } from './open.ts'
export { Store } from './store.ts'
export { type VerifyStep, verifyStore } from './verify.ts'
