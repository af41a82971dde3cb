// Defaults of the store.

export interface StoreSettings {
  /**
   * Whether a new head waits until the disk has it (about 0.5 ms on an SSD). Without, a crash of the process still
   * loses nothing, a power cut may take the last heads. Journaled transactions are always waited for.
   */
  readonly syncHeads: boolean
  /** Decoded blocks kept for peers that ask and for reorganisations. Larger: memory; smaller: more decoding. */
  readonly cacheMaxBytes: number
  /** Block count of that cache: bounds what empty blocks cost. */
  readonly cacheMaxBlocks: number
  /**
   * Addresses whose latest history entry is remembered, about 150 B each. Larger: memory; smaller: a disk read (5 µs)
   * for each further address that a block touches.
   */
  readonly historyCacheMax: number
  /** Side blocks further than this below the head are deleted on start. Larger: disk; smaller: they come by network. */
  readonly sideDepth: number
  /** LevelDB's write buffer. Larger: fewer, larger compactions and a longer log to read on start; about twice the memory. */
  readonly writeBufferBytes: number
  /** Puts collected for a batch between two pauses: about 3 µs each on the event loop. */
  readonly putsPerSlice: number
}

export const STORE_SETTINGS: StoreSettings = {
  syncHeads: true,
  cacheMaxBytes: 16 * 1024 * 1024,
  cacheMaxBlocks: 128,
  historyCacheMax: 32_768,
  sideDepth: 4_096,
  writeBufferBytes: 16 * 1024 * 1024,
  putsPerSlice: 1_024
}
