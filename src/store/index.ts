// What survives: blocks, state, indexes and the journal, in atomic batches. Reads are synchronous.
export { type ChainExportInit, exportChain } from './chain-export.ts'
export {
  type ChainFileBlock,
  ChainFileError,
  type ChainFileErrorCode,
  ChainFileReader,
  damaged,
  encodeLength,
  encodePreamble
} from './chain-file.ts'
export { DAMAGE_HINT, DamageError, StoreError, type StoreErrorCode } from './errors.ts'
export type { Location } from './history.ts'
export type { Level, LevelBatch, LevelRange } from './level.ts'
export { memoryLevel, memoryStore, networkIn, type OpenStoreInit, openStore, prepare as reopenStore } from './open.ts'
export { Store, type StoredTransaction, type StoreInit } from './store.ts'
export { type VerifyInit, type VerifyStep, verifyStore } from './verify.ts'
