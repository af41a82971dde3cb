// Defaults of the ledger: clocks, memory of the block tree, size of one step.

export interface LedgerLimits {
  /**
   * How far ahead of the local clock (ms) a header's time may be; beyond it the header is not judged yet. Larger: a
   * producer can shift difficulty and seal slots ahead of time; smaller: nodes with poor clocks lose their blocks.
   */
  readonly maxFutureMs: number
  /**
   * Headers off the best chains kept in the tree. At the limit the branch with the least work is forgotten (it can
   * come again). Larger: about 1 kB of memory each; smaller: a branch that needs more headers than this to overtake
   * can't be followed.
   */
  readonly maxSideHeaders: number
  /**
   * How far above the head a header may be: headers run ahead of bodies while catching up. Larger: 1 kB of memory
   * each, for a peer to fill; smaller: more rounds between headers and bodies.
   */
  readonly maxHeadersAhead: number
  /**
   * Blocks more than this far below the head, or that count less than our chain did this many blocks ago, are neither
   * forwarded nor kept when they come by gossip. Larger: light forks and replayed blocks cost the network more; smaller:
   * a branch that may still overtake comes by anti-entropy only.
   */
  readonly staleDepthMax: number
  /**
   * A block whose parent is unknown may count this many times less than the head's block alone does; lighter ones are not
   * held. Larger: holding costs a liar less work; smaller: after a sharp fall of difficulty, anti-entropy brings blocks.
   */
  readonly orphanEaseMax: number
  /** Hashes of invalid blocks remembered; the oldest is forgotten and would be judged anew. About 150 bytes each. */
  readonly maxInvalid: number
  /**
   * Headers this close to the head stay decoded in memory; older ones are read from the store. Larger: 1 kB each;
   * smaller: serving headers to peers that are a little behind reads the disk.
   */
  readonly recentHeaders: number
  /** Blocks that one step connects when it only extends. Larger: longer pauses and batches; smaller: more batches. */
  readonly stepMaxBlocks: number
  /** A step that extends ends with the block that reaches this many transactions: about 10 ms of work. */
  readonly stepMaxTransactions: number
  /** (Slot, sealer) pairs watched for equivocation; the oldest is forgotten. About 1 kB each. */
  readonly maxWatchedSlots: number
}

export const LEDGER_LIMITS: LedgerLimits = {
  maxFutureMs: 5_000,
  maxSideHeaders: 20_000,
  maxHeadersAhead: 20_000,
  staleDepthMax: 6,
  orphanEaseMax: 4,
  maxInvalid: 10_000,
  recentHeaders: 1_024,
  stepMaxBlocks: 64,
  stepMaxTransactions: 4_000,
  maxWatchedSlots: 1_024
}
