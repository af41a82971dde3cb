// Runs seeds of the swarm, some at a time, each in a thread of its own.
import { Worker } from 'node:worker_threads'
import type { BreakName } from './breaks.ts'
import type { ViolationInit } from './violation.ts'

export interface RunOrder {
  readonly seed: number
  /** A rule to break on purpose. */
  readonly breaks?: BreakName
  /** Keep the last events. */
  readonly verbose: boolean
}

export interface RunResult {
  readonly seed: number
  readonly nodes: number
  readonly faults: number
  readonly virtualMs: number
  /** Blocks judged, heads compared, transactions acknowledged. */
  readonly blocks: number
  readonly heads: number
  readonly acknowledged: number
  readonly violation?: ViolationInit
  /** Of the whole trace; absent after a violation. */
  readonly traceHash?: string
  /** The last events, one line each; empty unless verbose. */
  readonly tail: readonly string[]
}

/** Heap of a run, MB: thirty nodes need a tenth of it. */
const HEAP_MB = 2048

export function runSeed(order: RunOrder): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB }
    })
    worker.on('message', (result: RunResult) => {
      resolve(result)
      void worker.terminate()
    })
    worker.on('error', (error) => reject(new Error(`seed ${order.seed}: ${error.message}`, { cause: error })))
    worker.on('exit', () => reject(new Error(`seed ${order.seed}: the thread ended without a result`)))
  })
}

export interface SwarmOrder {
  readonly first: number
  readonly seeds: number
  readonly breaks?: BreakName
  readonly verbose: boolean
  /** Threads. */
  readonly atATime: number
  readonly onResult: (result: RunResult) => void
}

/** Results by seed. After a violation no further seed is begun. */
export async function runSwarm({ first, seeds, atATime, onResult, ...order }: SwarmOrder): Promise<RunResult[]> {
  const results: RunResult[] = []
  let next = first
  let isBroken = false
  const work = async (): Promise<void> => {
    while (next < first + seeds && !isBroken) {
      const result = await runSeed({ ...order, seed: next++ })
      results.push(result)
      if (result.violation !== undefined) isBroken = true
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
  return results.sort((a, b) => a.seed - b.seed)
}
