// How a run ends: the drain, and what is read off all its parts for the report.
import { tcpEngineDefaults } from '../../config/index.ts'
import type { Collector } from '../../report/index.ts'
import type { LoopLag, Runtime } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { FaultRunner } from '../common/fault-runner.ts'
import { type FinishedReport, type FinishInput, finishRun } from '../common/finish.ts'
import type { Load } from '../common/load.ts'
import { type NodeMeasure, sumTraffic } from '../common/measure.ts'
import { sumTraces } from '../common/recording.ts'
import { isSettled } from '../common/settled.ts'
import type { Fleet } from './fleet.ts'
import type { WorkerMeasure } from './messages.ts'
import type { StopRequest } from './stop-request.ts'

export interface EndingComponents {
  readonly fleet: Pick<Fleet, 'measure'>
  readonly collector: Collector
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
}

/** What the workers measured last, after the drain if it was not interrupted. Rejects when the run is killed meanwhile. */
export async function lastAnswers(
  components: EndingComponents,
  request: StopRequest
): Promise<{ readonly answers: WorkerMeasure[]; readonly interrupted: boolean }> {
  await drain(components, () => (request.mode ?? 'drain') === 'drain')
  const interrupted = request.mode === 'interrupt'
  // An answer comes after every event before it, so nothing that happened is missing from here on.
  const answers = await components.fleet.measure()
  if (request.mode === 'kill') throw new Error('The testnet was killed.')
  return { answers, interrupted }
}

/** Waits until every item is everywhere and all heads agree, the drain's time is over, or nobody wants to wait. */
async function drain(
  { fleet, collector, runtime: { clock, timers } }: EndingComponents,
  isWanted: () => boolean
): Promise<void> {
  const deadline = clock.now() + tcpEngineDefaults.drainMaxMs
  while (clock.now() < deadline && isWanted()) {
    // Order matters: the answer to `measure` brings the last events with it.
    await fleet.measure()
    if (isSettled(collector, clock.now())) return
    await timers.sleep(tcpEngineDefaults.drainPollMs)
  }
}

export interface ClosingInput extends Pick<FinishInput, 'collector' | 'scenario' | 'seed' | 'times' | 'mishaps'> {
  readonly fleet: Pick<Fleet, 'counters' | 'ended' | 'pausedNodes'>
  readonly faults: FaultRunner
  readonly load: Load
  readonly lag: LoopLag
  /** Of the nodes, when the measured time began. */
  readonly before: readonly NodeMeasure[]
  /** Of the workers, when it was over. */
  readonly after: readonly WorkerMeasure[]
  readonly isTraced: boolean
}

export function closingReport(input: ClosingInput): FinishedReport {
  const { collector, scenario, seed, times, mishaps, fleet, faults, load, lag, before, after, isTraced } = input
  const counters = fleet.counters()
  const lagMs = Math.max(lag.p99Ms(), ...after.map(({ loopLagP99Ms }) => loopLagP99Ms))
  return finishRun({
    engine: 'tcp',
    collector,
    scenario,
    seed,
    times,
    traffic: sumTraffic(before, [...fleet.ended, ...fleet.pausedNodes, ...after.flatMap(({ nodes }) => nodes)]),
    faults: faults.marks,
    mishaps: [...mishaps, ...faults.failures],
    eventsDropped: counters.reduce((sum, { droppedEvents }) => sum + droppedEvents, 0),
    ...(isTraced ? { trace: sumTraces(counters.map(({ trace }) => trace)) } : {}),
    load: { submitted: load.submitted, refused: load.refused, skipped: load.skipped },
    environment: {
      event_loop_lag_p99_ms: Math.round(lagMs * 10) / 10,
      transport_model: isShaped(scenario.links) ? 'shaped' : 'loopback'
    }
  })
}

function isShaped({ latency, jitter, loss, bandwidth, regions }: Scenario['links']): boolean {
  return latency.max > 0 || jitter > 0 || loss > 0 || bandwidth !== undefined || regions !== undefined
}
