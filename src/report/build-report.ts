// From a run to its report.json: a pure function of what was collected and when the run began and ended. What was not
// measured is absent or null, never made up.
import type { NodeCounters } from './collector.ts'
import { type Measurement, measureRun, type ReportInput } from './measurement.ts'
import { propagationOf } from './propagation.ts'
import { round } from './statistics.ts'
import type { Report } from './types.ts'
import { validity } from './validity.ts'

export function buildReport(input: ReportInput, measurement: Measurement = measureRun(input)): Report {
  const { collector, environment } = input
  const { window, onFinalChain } = measurement
  const blocks = propagationOf('block', measurement.blocks, window, onFinalChain)
  const transactions = propagationOf('transaction', measurement.transactions, window, onFinalChain)
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
      collector,
      window,
      blocks,
      transactions,
      items: [...measurement.blocks, ...measurement.transactions],
      eventsDropped: input.eventsDropped ?? 0,
      loopLagMs: typeof lag === 'number' ? lag : undefined,
      linkDelayMs: input.linkDelayMs
    }),
    environment,
    config: input.config,
    blocks,
    transactions,
    consistency: consistency(input, measurement),
    ...traffic(input),
    repair: repair(collector.counters),
    expectations: input.expectations ?? []
  }
}

function consistency({ collector }: ReportInput, measurement: Measurement): Report['consistency'] {
  const { window, blocks, nodesUp, bestNode, onFinalChain } = measurement
  const tips = new Set(nodesUp.map((node) => collector.histories[node]?.headAt(window.observedUntil)?.hash))
  const stale = blocks.filter((block) => !onFinalChain(block.trace)).length
  const depths = collector.histories.flatMap((history) =>
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

function seconds(ms: number): number {
  return round(ms / 1000)
}
