// From a run that ended to what is kept of it: report.json, and the page.
import { cpus, release, type } from 'node:os'
import {
  buildDetails,
  buildReport,
  type Collector,
  convergedAfterMs,
  type FaultMark,
  type LinkGraph,
  measureRun,
  type Report,
  type ReportDetails,
  renderHtml
} from '../../report/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { commit, dependencies, version } from '../../runtime/index.ts'
import {
  judge,
  longestDelayMs,
  type Mark,
  parseExpectation,
  type Scenario,
  scenarioFields
} from '../../scenario/index.ts'
import type { TraceCounters, TrafficCounters } from '../../trace/index.ts'
import { toHex } from '../../wire/index.ts'

export interface FinishInput {
  readonly engine: Report['engine']
  readonly collector: Collector
  readonly scenario: Scenario
  readonly seed: number
  readonly times: {
    readonly startedAt: number
    readonly endedAt: number
    readonly drainedAt: number
    readonly interrupted: boolean
  }
  readonly traffic: TrafficCounters
  readonly eventsDropped: number
  /** What the trace files hold; absent when there are none. */
  readonly trace?: TraceCounters
  readonly load: { readonly submitted: number; readonly refused: number; readonly skipped: number }
  /** The links as they were, where the engine knows them: for the lower bound and the regions. */
  readonly links?: LinkGraph
  /** What was done to the network on purpose, by time; times since it was meshed. */
  readonly faults?: readonly FaultMark[]
  /** What went wrong in carrying the run out, one sentence each: it makes the run invalid. */
  readonly mishaps: readonly string[]
  /** What else depends on the machine. */
  readonly environment: Report['environment']
}

export interface FinishedReport {
  readonly report: Report
  /** What the page and the summary show beyond report.json. */
  readonly details: ReportDetails
  /** report.html */
  readonly page: string
}

export function finishRun(input: FinishInput): FinishedReport {
  const { engine, collector, scenario, seed, times, traffic, eventsDropped, trace, load, links, faults } = input
  const config = scenarioFields({ ...scenario, seed })
  const reportInput = {
    collector,
    engine,
    scenario: scenario.name,
    seed,
    ...times,
    environment: { ...machine(), scenario_sha256: scenarioHash(config), ...input.environment },
    config,
    ...(scenario.relay === 'rounds'
      ? { rounds: { intervalMs: scenario.sync.interval, fanout: scenario.sync.fanout } }
      : {}),
    linkDelayMs: longestDelayMs(scenario.links),
    traffic,
    eventsDropped,
    mishaps: input.mishaps,
    // In virtual time it says something of the machine's disk alone, and a report must be the same the next time.
    traceDropped: engine === 'virtual' ? 0 : (trace?.dropped ?? 0),
    ...(links === undefined ? {} : { links }),
    ...(faults === undefined ? {} : { faults })
  }
  const measurement = measureRun(reportInput)
  const report = buildReport(reportInput, measurement)
  // What traces are placed by: their times are those of the clock, a report's are since then.
  const meshed: Report['environment'] =
    collector.measuredFrom === undefined ? {} : { meshed_at: Math.round(collector.measuredFrom) }
  const loads = { load_submitted: load.submitted, load_refused: load.refused, load_skipped: load.skipped }
  const traces: Report['environment'] =
    trace === undefined ? {} : { trace_events: trace.events, trace_events_dropped: trace.dropped }
  const measured = { ...report, environment: { ...report.environment, ...loads, ...traces, ...meshed } }
  const { window, agreementWithDrain: agreement } = measurement
  const judgeInput = {
    report: measured,
    convergedAfterMs: (mark: Mark) => convergedAfterMs({ collector, window, agreement, faults: faults ?? [] }, mark)
  }
  const expectations = scenario.expect.flatMap((text) => {
    const expectation = parseExpectation(text)
    return 'problem' in expectation ? [] : [judge(expectation, judgeInput)]
  })
  const complete = { ...measured, expectations }
  const details = buildDetails(reportInput, measurement)
  return { report: complete, details, page: renderHtml(complete, details) }
}

/** Of the effective scenario as JSON, as a run's directory has it, without line breaks. */
function scenarioHash(config: Report['config']): string {
  return toHex(sha256(new TextEncoder().encode(JSON.stringify(config))))
}

function machine(): Report['environment'] {
  const processors = cpus()
  return {
    version,
    commit: commit === '' ? null : commit,
    node: process.version,
    ...Object.fromEntries(Object.entries(dependencies).map(([name, text]) => [name, text === '' ? null : text])),
    os: `${type()} ${release()}`,
    cpus: processors.length,
    cpu_model: processors[0]?.model ?? 'unknown'
  }
}
