// From a run that ended to its report on disk.
import { cpus, release, type } from 'node:os'
import {
  buildDetails,
  buildReport,
  type Collector,
  measureRun,
  type Report,
  type ReportDetails,
  renderHtml,
  writeReport
} from '../../report/index.ts'
import { commit } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { TrafficByKind, TrafficCounters } from '../../trace/index.ts'
import type { NodeMeasure } from './messages.ts'

export interface FinishInput {
  readonly collector: Collector
  readonly scenario: Scenario
  readonly seed: number
  readonly version: string
  readonly directory: string
  readonly times: {
    readonly startedAt: number
    readonly endedAt: number
    readonly drainedAt: number
    readonly interrupted: boolean
  }
  readonly loopLagP99Ms: number
  readonly traffic: TrafficCounters
  readonly eventsDropped: number
  readonly load: { readonly submitted: number; readonly refused: number; readonly skipped: number }
}

export async function finishRun(
  input: FinishInput
): Promise<{ report: Report; details: ReportDetails; directory: string }> {
  const { collector, scenario, seed, times, directory } = input
  const reportInput = {
    collector,
    engine: 'tcp' as const,
    scenario: scenario.name,
    seed,
    ...times,
    environment: environment(input),
    config: { ...scenario, seed },
    linkDelayMs: scenario.links.latency,
    traffic: input.traffic,
    eventsDropped: input.eventsDropped
  }
  const measurement = measureRun(reportInput)
  const report = buildReport(reportInput, measurement)
  const details = buildDetails(reportInput, measurement)
  await writeReport(directory, report, renderHtml(report, details))
  return { report, details, directory }
}

function environment({ version, scenario, loopLagP99Ms, load }: FinishInput): Report['environment'] {
  const processors = cpus()
  return {
    version,
    commit: commit === '' ? null : commit,
    node: process.version,
    os: `${type()} ${release()}`,
    cpus: processors.length,
    cpu_model: processors[0]?.model ?? 'unknown',
    event_loop_lag_p99_ms: Math.round(loopLagP99Ms * 10) / 10,
    transport_model: scenario.links.latency > 0 ? 'constant_delay' : 'loopback',
    load_submitted: load.submitted,
    load_refused: load.refused,
    load_skipped: load.skipped
  }
}

/** Traffic of all nodes between two measures; a node that is missing from the second counts as it was. */
export function sumTraffic(before: readonly NodeMeasure[], after: readonly NodeMeasure[]): TrafficCounters {
  const total = { bytesSent: 0, byKind: { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 } }
  const start = new Map(before.map(({ name, traffic }) => [name, traffic]))
  for (const { name, traffic } of after) {
    const from = start.get(name)
    total.bytesSent += traffic.bytesSent - (from?.bytesSent ?? 0)
    for (const kind of Object.keys(total.byKind) as (keyof TrafficByKind)[]) {
      total.byKind[kind] += traffic.byKind[kind] - (from?.byKind[kind] ?? 0)
    }
  }
  return total
}
