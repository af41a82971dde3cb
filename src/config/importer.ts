// Defaults of the importer.

export interface ImporterLimits {
  /** Checked blocks waiting in each lane; at the limit `import` rejects (`lane-full`). Bounds memory at 2 MiB each. */
  readonly laneMaxBlocks: number
  /** Blocks put into the tree before one step is applied. Larger: fewer disk syncs in a catch-up; smaller: tip sooner. */
  readonly stepMaxBlocks: number
  /** Blocks whose signatures are being checked at a time; at the limit `check` rejects (`busy`). */
  readonly checksMax: number
  /** Signatures marshalled in one go, about 3 µs each. Larger: longer pauses; smaller: the pool runs dry. */
  readonly signatureSlice: number
  /** Transactions remembered as verified, two generations of this many, about 120 B each. Smaller: verified twice. */
  readonly verifiedMax: number
  /**
   * Own transactions in the journal; at the limit `submit` refuses. A deep reorganisation keeps what is pending beyond it.
   * About 1 kB each.
   */
  readonly ownMax: number
  /** Own transactions stay in the journal until this many blocks are on top of theirs. */
  readonly ownDepth: number
}

export const IMPORTER_LIMITS: ImporterLimits = {
  laneMaxBlocks: 64,
  stepMaxBlocks: 16,
  checksMax: 64,
  signatureSlice: 256,
  verifiedMax: 32_768,
  ownMax: 65_536,
  ownDepth: 20
}

export const chainImportDefaults = {
  /** Blocks of a file in check or import at a time. Larger: memory, 2 MiB each; smaller: the thread pool runs dry. */
  blocksInFlightMax: 24
} as const
