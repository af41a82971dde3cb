// The virtual engine: a scenario in virtual time, in a worker of its own. Twice the same seed gives twice the same run.
import { Worker } from 'node:worker_threads'
import { writeReport } from '../../report/index.ts'
import { freshSeed } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { FinishedReport } from '../common/finish.ts'
export type { SimulationTrace } from './messages.ts'
import type { SimulationMessage, SimulationOrder, SimulationTrace } from './messages.ts'

export interface SimulationOptions {
  /** Where report.json and report.html go, and the trace; absent: nowhere. */
  readonly directory?: string
  /** Default: `hash`, the trace's hash in the report and no file. */
  readonly trace?: SimulationTrace
  /** About once per virtual second: how much of the duration has passed, ms. */
  readonly onProgress?: (virtualMs: number) => void
  readonly signal?: AbortSignal
}

/** Length of a simulation whose scenario gives none, ms of virtual time. */
export const SIMULATION_MS = 60_000

/**
 * The worker's heap. Old: what ten thousand nodes need; it is not taken before. Young: what ten thousand nodes have under
 * way at a time, or what lives for a moment is copied again and again (a quarter of all time with the default).
 */
const RESOURCES = { maxOldGenerationSizeMb: 6_144, maxYoungGenerationSizeMb: 768 } as const

const ENTRY = import.meta.url.endsWith('.ts') ? './worker.ts' : './simulation.js'

/** Runs a scenario to its end. Rejects when the simulation fails, or with the signal's reason. */
export async function simulate(scenario: Scenario, options: SimulationOptions = {}): Promise<FinishedReport> {
  const seed = scenario.seed ?? freshSeed()
  const { directory, trace = 'hash' } = options
  const order: SimulationOrder = {
    scenario,
    seed,
    durationMs: scenario.duration ?? SIMULATION_MS,
    trace,
    ...(directory === undefined ? {} : { directory })
  }
  const result = await runWorker(order, options)
  if (directory !== undefined) await writeReport(directory, result.report, result.page)
  return result
}

function runWorker(order: SimulationOrder, { onProgress, signal }: SimulationOptions): Promise<FinishedReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(ENTRY, import.meta.url), { workerData: order, resourceLimits: RESOURCES })
    const end = (): void => {
      signal?.removeEventListener('abort', onAbort)
      void worker.terminate()
    }
    const onAbort = (): void => {
      end()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    worker.on('message', (message: SimulationMessage) => {
      if (message.type === 'progress') {
        onProgress?.(message.virtualMs)
        return
      }
      end()
      if (message.type === 'finished') resolve(message.result)
      else reject(new Error(message.message))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the simulation ended without a result')))
  })
}
