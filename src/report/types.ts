// report.json, schema "starling-report/1". Optional fields are absent until something measures them, never invented.
import type { TrafficByKind } from '../trace/index.ts'

/** Milliseconds; `null` where the percentile lands on an item that never arrived. */
export interface Percentiles {
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly max: number | null
  /** Number of (item, node) pairs. */
  readonly n: number
}

/** Median over items of the time until this share of the eligible nodes held the item, milliseconds. */
export interface Coverage {
  readonly t50: number | null
  readonly t90: number | null
  readonly t95: number | null
  readonly t99: number | null
  readonly t100: number | null
}

/** A coverage time over the length of a round: the median item's rounds until that share of the nodes held it. */
export interface SpreadRounds {
  readonly t50: number | null
  readonly t95: number | null
  readonly t100: number | null
  /** Rounds in which those who know grow to all nodes: when they double each time, and when they grow fanout + 1 fold. */
  readonly log2_n: number
  readonly log_n: number
}

export interface Propagation {
  readonly published: number
  /** (item, node) pairs: nodes other than the origin, up and honest from publication to the end of the window. */
  readonly eligible: number
  readonly delivered: number
  readonly delivery_ratio: number
  readonly delivered_by: { readonly gossip: number; readonly requested: number; readonly repair: number }
  readonly latency_ms: Percentiles
  readonly coverage_ms: Coverage
  /** Only where items spread in rounds (`relay: rounds`). */
  readonly rounds?: SpreadRounds
  readonly heard_ms: Percentiles
  /** Blocks only. */
  readonly imported_ms?: Percentiles
  readonly duplicates_per_delivery: number
  /** Blocks only, and only when compact ones were received. */
  readonly compact?: {
    /** Share of compact blocks that the mempool alone made whole. */
    readonly rebuilt_share: number
    /** Mean transactions asked for, of a compact block. */
    readonly missing_per_block: number
    /** Blocks for which more than one peer was asked. */
    readonly requests_hedged: number
    /** Blocks fetched whole after all. */
    readonly full_fetched: number
  }
  readonly hops: { readonly p50: number | null; readonly max: number | null }
  /** Virtual engine only: percentiles of the latency over the same percentiles of the lower bound of the same pairs. */
  readonly over_bound?: { readonly p50: number | null; readonly p99: number | null }
  /** By the hops that gossip took, ascending; pairs with anything else on their path are in none. */
  readonly by_hop?: readonly HopLatency[]
  /** By the region of the receiving node; only where the links have regions. */
  readonly by_region?: readonly RegionLatency[]
  /** Where the true value probably lies, had other items been drawn; from five items on. */
  readonly intervals?: Intervals
}

export interface LatencyGroup {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly n: number
}

export interface HopLatency extends LatencyGroup {
  readonly hops: number
}

export interface RegionLatency extends LatencyGroup {
  readonly region: string
  /** Of these pairs, the share that was delivered. */
  readonly delivery_ratio: number
}

/** A 95% interval, milliseconds; null where an end is not known. */
export type Interval = readonly [low: number | null, high: number | null]

export interface Intervals {
  readonly method: string
  readonly latency_ms: { readonly p50: Interval; readonly p95: Interval; readonly p99: Interval }
  readonly coverage_ms: { readonly t50: Interval; readonly t95: Interval; readonly t99: Interval }
}

/** One thing that was done to the network. */
export interface FaultMark {
  /** Since the network was meshed, seconds. */
  readonly at_s: number
  /** `crash`, `start`, `partition`, `heal`, … */
  readonly kind: string
  readonly nodes: readonly string[]
  /** Nodes that are not listed: of many only the first are. */
  readonly more_nodes?: number
  /** Partitions, while all marks are at most `FAULT_NAMES_MAX` names: who could talk to whom; nodes in none were one more group. */
  readonly groups?: readonly (readonly string[])[]
  readonly note?: string
}

export interface Report {
  readonly schema: 'starling-report/1'
  readonly engine: 'tcp' | 'virtual'
  readonly scenario: string
  readonly seed: number
  readonly nodes: number
  readonly duration_s: number
  readonly warmup_s: number
  readonly drain_s: number
  readonly validity: { readonly ok: boolean; readonly reasons: readonly string[] }
  readonly environment: Readonly<Record<string, string | number | boolean | null>>
  /** The scenario that was in effect, seed included, as a file has it: it runs again. */
  readonly config: Readonly<Record<string, unknown>>
  readonly blocks: Propagation
  readonly transactions: Propagation
  readonly consistency: {
    readonly converged: boolean
    /** Number of different heads at the end. */
    readonly tips: number
    readonly height: number
    readonly stale_blocks: number
    readonly stale_rate: number
    readonly max_reorg_depth: number
    readonly share_of_time_agreed: number
    readonly longest_disagreement_s: number
  }
  /** Absent when the engine counted no bytes. */
  readonly traffic?: {
    readonly bytes_sent: number
    readonly bytes_sent_per_node: number
    readonly control_share: number
    readonly by_kind: TrafficByKind
  }
  readonly repair: {
    readonly rounds: number
    readonly blocks_fetched: number
    readonly transactions_fetched: number
    readonly bytes: number
  }
  /** What was done to the network on purpose, by time; at most `FAULT_MARKS_MAX`. Absent: nothing. */
  readonly faults?: readonly FaultMark[]
  readonly expectations: readonly {
    readonly text: string
    readonly held: boolean
    readonly value: number | null
    /** Why nothing was measured, where that is not plain. */
    readonly reason?: string
  }[]
}
