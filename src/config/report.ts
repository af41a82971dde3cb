// Defaults of measuring: what is kept of a run, and where an item's window ends.

export interface ReportSettings {
  /**
   * Items (per kind) that are traced at once. At the limit the oldest is forgotten and counted, so that a testnet
   * that runs for days still answers for what is new. Grows: about 1 kB each with 10 nodes. Shrinks: a long run's
   * figures cover only its end.
   */
  readonly itemsMax: number
  /**
   * (item, node) pairs per kind: limits `itemsMax` where there are many nodes. About 30 bytes each.
   * 4 million: 40,000 items of 100 nodes.
   */
  readonly pairsMax: number
  /** Head changes kept per node for the share of time in agreement; at the limit the older half is forgotten. */
  readonly headChangesMax: number
  /** Times a node may go up and down before its oldest interval is forgotten (items from then lose that node). */
  readonly intervalsMax: number
  /**
   * A node counts for an item when it was up for this long after publication (or to the end of the run). Grows:
   * churn leaves fewer pairs. Shrinks: nodes that died before the item could reach them count as failures.
   */
  readonly itemWindowMs: number
  /** Time after load and production stopped in which deliveries still count. */
  readonly drainMaxMs: number
  /** On Ctrl-C there is no drain: items younger than this are left out, for they had no time to spread. */
  readonly interruptedAgeMs: number
  /** A block that has not reached every node by then gets its live line anyway. */
  readonly blockLineWaitMs: number
}

export const REPORT_DEFAULTS: ReportSettings = {
  itemsMax: 100_000,
  pairsMax: 4_000_000,
  headChangesMax: 20_000,
  intervalsMax: 1000,
  itemWindowMs: 10_000,
  drainMaxMs: 10_000,
  interruptedAgeMs: 2000,
  blockLineWaitMs: 3000
}

/** Nearest rank gives the maximum for p99 below this many samples: said in the report. */
export const P99_SAMPLES_MIN = 100

/** Fault marks in a report; of what is beyond, the number is told. */
export const FAULT_MARKS_MAX = 500
/**
 * Names in all marks of report.json together, about 8 bytes each: a replay shows no fault beyond them on all of its nodes.
 * Twenty partitions of a thousand nodes.
 */
export const FAULT_NAMES_MAX = 20_000
/** Names in each mark beyond that, and where a person reads them. */
export const FAULT_NODES_MAX = 30

/** Hops of which latencies are told one by one; longer paths are pooled in the last row. */
export const HOP_ROWS_MAX = 32

/**
 * Edges looked at for the lower bounds of one kind of item. Where all items would need more, an even choice of them
 * is compared with its bounds, and the report says so. Grows: some 100 ns each.
 */
export const BOUND_EDGES_MAX = 30_000_000

/** Rows of a drawn propagation tree; the rest is counted below it. */
export const TREE_ROWS_MAX = 200
