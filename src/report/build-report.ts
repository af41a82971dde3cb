// From a run to its report.json: a pure function of what was collected and when the run began and ended. What was not
// measured is absent or null, never made up.
import { FAULT_NAMES_MAX } from '../config/index.ts'
import { type BoundComparison, compareWithBound } from './breakdown.ts'
import { shownMarks } from './faults.ts'
import { type Measurement, measureRun, type ReportInput } from './measurement.ts'
import type { NodeCounters } from './node-counters.ts'
import { propagationOf } from './propagation.ts'
import { spreadRounds } from './rounds.ts'
import { round } from './statistics.ts'
import type { Propagation, Report } from './types.ts'
import { validity } from './validity.ts'

export function buildReport(input: ReportInput, measurement: Measurement = measureRun(input)): Report {
  const { collector, environment } = input
  const { window, onFinalChain } = measurement
  const regionOf = input.links?.regionOf
  const plain = {
    blocks: propagationOf('block', measurement.blocks, window, onFinalChain, regionOf),
    transactions: propagationOf('transaction', measurement.transactions, window, onFinalChain, regionOf)
  }
  const bounds = boundsOf(input, measurement)
  const blocks = { ...plain.blocks, ...over(bounds?.blocks), ...rounds(plain.blocks, input) }
  const transactions = {
    ...plain.transactions,
    ...over(bounds?.transactions),
    ...rounds(plain.transactions, input)
  }
  const lag = environment.event_loop_lag_p99_ms
  return {
    schema: 'starling-report/1',
    engine: input.engine,
    scenario: input.scenario,
    seed: input.seed,
    nodes: collector.nodes.length,
    duration_s: seconds(window.to - window.from),
    warmup_s: seconds((collector.measuredFrom ?? window.to) - input.startedAt),
    drain_s: seconds(window.observedUntil - window.to),
    validity: validity({
      engine: input.engine,
      collector,
      window,
      blocks,
      transactions,
      items: [...measurement.blocks, ...measurement.transactions],
      bounds,
      eventsDropped: input.eventsDropped ?? 0,
      traceDropped: input.traceDropped ?? 0,
      mishaps: input.mishaps ?? [],
      loopLagMs: typeof lag === 'number' ? lag : undefined,
      linkDelayMs: input.linkDelayMs
    }),
    environment,
    config: input.config,
    blocks: { ...blocks, ...compact(collector.counters) },
    transactions,
    consistency: consistency(input, measurement),
    ...traffic(input),
    repair: repair(collector.counters),
    ...(input.faults === undefined || input.faults.length === 0
      ? {}
      : { faults: shownMarks(input.faults, FAULT_NAMES_MAX) }),
    expectations: input.expectations ?? []
  }
}

export interface Bounds {
  readonly blocks: BoundComparison
  readonly transactions: BoundComparison
}

/** Only where the links are known: in virtual time. */
function boundsOf({ collector, links }: ReportInput, { blocks, transactions }: Measurement): Bounds | undefined {
  if (links === undefined) return undefined
  const nodes = collector.nodes.length
  return { blocks: compareWithBound(blocks, nodes, links), transactions: compareWithBound(transactions, nodes, links) }
}

function over(bound: BoundComparison | undefined): Pick<Propagation, 'over_bound'> {
  return bound === undefined ? {} : { over_bound: bound.over }
}

function rounds(items: Propagation, { collector, rounds }: ReportInput): Pick<Propagation, 'rounds'> {
  return rounds === undefined ? {} : { rounds: spreadRounds(items, rounds, collector.nodes.length) }
}

function consistency({ collector }: ReportInput, measurement: Measurement): Report['consistency'] {
  const { window, blocks, nodesUp, bestNode, onFinalChain } = measurement
  const tips = new Set(nodesUp.map(measurement.finalHead))
  const stale = blocks.filter((block) => !onFinalChain(block.trace)).length
  const depths = collector.honestHistories.flatMap((history) =>
    history.headChanges
      .filter(({ at }) => at >= window.from && at <= window.observedUntil)
      .map(({ abandoned }) => abandoned)
  )
  return {
    converged: tips.size === 1,
    tips: tips.size,
    height: collector.histories[bestNode]?.headAt(window.observedUntil)?.height ?? 0,
    stale_blocks: stale,
    stale_rate: blocks.length === 0 ? 0 : round(stale / blocks.length),
    max_reorg_depth: depths.reduce((deepest, depth) => Math.max(deepest, depth), 0),
    share_of_time_agreed: round(measurement.agreement.share),
    longest_disagreement_s: seconds(measurement.agreement.longestDisagreementMs)
  }
}

function traffic({ traffic: counters, collector }: ReportInput): Pick<Report, 'traffic'> {
  if (counters === undefined) return {}
  const { bytesSent, byKind } = counters
  return {
    traffic: {
      bytes_sent: bytesSent,
      bytes_sent_per_node: Math.round(bytesSent / Math.max(1, collector.nodes.length)),
      control_share: bytesSent === 0 ? 0 : round(byKind.control / bytesSent),
      by_kind: byKind
    }
  }
}

function repair(counters: readonly NodeCounters[]): Report['repair'] {
  const sum = (field: keyof NodeCounters): number => counters.reduce((total, node) => total + node[field], 0)
  return {
    rounds: sum('syncRounds'),
    blocks_fetched: sum('blocksFetched'),
    transactions_fetched: sum('transactionsFetched'),
    bytes: sum('repairBytes')
  }
}

function compact(counters: readonly NodeCounters[]): Pick<Report['blocks'], 'compact'> {
  const sum = (field: keyof NodeCounters): number => counters.reduce((total, node) => total + node[field], 0)
  const rebuilt = sum('rebuilt')
  if (rebuilt === 0) return {}
  return {
    compact: {
      rebuilt_share: round(sum('rebuiltAlone') / rebuilt),
      missing_per_block: round(sum('missing') / rebuilt),
      requests_hedged: sum('rebuiltHedged'),
      full_fetched: sum('rebuiltFull')
    }
  }
}

function seconds(ms: number): number {
  return round(ms / 1000)
}
