// Defaults of the live views: what is combined, kept and sent. Pure data: the browser loads it too.

export const liveDefaults = {
  /** Updates are combined over this long, ms. Shorter costs every reader more wake-ups; longer is seen as stutter. */
  updateEveryMs: 100,
  /**
   * Updates kept for readers that fell behind. One that missed more gets everything afresh. More: a slower reader is
   * served by small updates, and the controller keeps more.
   */
  backlogMax: 50,
  /** A reader that took nothing for this long is closed, ms; it connects again when it can. */
  stalledMaxMs: 60_000,
  /** A comment after this much silence tells a reader that the connection lives, ms. */
  heartbeatMs: 5_000,
  /** A reader that hears nothing for this long, not even that, takes its connection for lost, ms. Less: a busy machine cuts it. */
  silentMaxMs: 20_000,
  /** Readers at a time. Each is a JSON text written to a socket ten times a second. */
  readersMax: 16,
  /** Rows (arrivals, changes) of one message; what is more comes in several. */
  rowsPerMessageMax: 5_000,
  /**
   * Transactions followed from node to node, per second and at once; the others are only counted. More: a busy network
   * fills pages with waves that nobody can tell apart.
   */
  followedPerSecond: 20,
  followedAtOnce: 40,
  /** Ids whose choice (followed or not) is remembered. Fewer: late news of an old transaction begins it anew. */
  choicesMax: 20_000,
  /** Items whose arrivals came before word of who made them; the two differ by the batches of two processes. */
  earlyMax: 64,
  /** Remarks (refusals, bans) of one update; more are counted. */
  remarksPerUpdateMax: 20,
  /** Traffic and mempools are measured this often while somebody looks, ms. Each measure asks every process. */
  measureEveryMs: 1_000
} as const

/** What a view keeps; what is older is forgotten. A page holds about 20 bytes for each item and node. */
export interface TimelineLimits {
  readonly blocks: number
  readonly transactions: number
  readonly rounds: number
  readonly remarks: number
  readonly faults: number
  /** Measures of traffic and mempools. */
  readonly samples: number
  /** Ends of connections and meshes, and changes of members' states. */
  readonly changes: number
}

/** A running network: some minutes of it. */
export const LIVE_LIMITS: TimelineLimits = {
  blocks: 128,
  transactions: 256,
  rounds: 200,
  remarks: 100,
  faults: 200,
  samples: 300,
  changes: 1_000
}

/** A run that has ended, whole if it is not too long. */
export const FINISHED_LIMITS: TimelineLimits = {
  blocks: 2_000,
  transactions: 4_000,
  rounds: 10_000,
  remarks: 1_000,
  faults: 1_000,
  samples: 4_000,
  changes: 100_000
}
/** (item, node) pairs kept of a run that has ended: 1,000 nodes have fewer items than 10. */
export const FINISHED_PAIRS_MAX = 1_000_000
