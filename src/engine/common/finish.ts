// From a run that ended to what is kept of it: report.json, and the page.
import { cpus, release, type } from 'node:os'
import {
  buildDetails,
  buildReport,
  type Collector,
  measureRun,
  type Report,
  type ReportDetails,
  renderHtml
} from '../../report/index.ts'
import { commit, version } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { TrafficCounters } from '../../trace/index.ts'

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
  readonly load: { readonly submitted: number; readonly refused: number; readonly skipped: number }
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
  const { engine, collector, scenario, seed, times, traffic, eventsDropped, load } = input
  const reportInput = {
    collector,
    engine,
    scenario: scenario.name,
    seed,
    ...times,
    environment: { ...machine(), ...input.environment },
    config: { ...scenario, seed },
    linkDelayMs: scenario.links.latency.min,
    traffic,
    eventsDropped
  }
  const measurement = measureRun(reportInput)
  const report = buildReport(reportInput, measurement)
  const loads = { load_submitted: load.submitted, load_refused: load.refused, load_skipped: load.skipped }
  const complete = { ...report, environment: { ...report.environment, ...loads } }
  const details = buildDetails(reportInput, measurement)
  return { report: complete, details, page: renderHtml(complete, details) }
}

function machine(): Report['environment'] {
  const processors = cpus()
  return {
    version,
    commit: commit === '' ? null : commit,
    node: process.version,
    os: `${type()} ${release()}`,
    cpus: processors.length,
    cpu_model: processors[0]?.model ?? 'unknown'
  }
}
