// The simulation's worker thread: takes the globals over before anything that uses them is imported, then runs the
// world. Its time begins at a fixed moment, so that a run is a function of scenario, seed and version.
import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom, takeOverGlobals } from '../../runtime/index.ts'
import type { SimulationMessage, SimulationOrder } from './messages.ts'
import { Scheduler } from './scheduler.ts'

/** 2030-01-01T00:00:00Z */
const START_MS = 1_893_456_000_000

const order = workerData as SimulationOrder
const say = (message: SimulationMessage): void => parentPort?.postMessage(message)

const scheduler = new Scheduler(START_MS)
takeOverGlobals({
  clock: { now: () => scheduler.now },
  timers: { after: (ms, fn) => scheduler.after(ms, fn), every: (ms, fn) => scheduler.every(ms, fn) },
  random: seededRandom(`${order.seed}/globals`)
})

try {
  const { runWorld } = await import('./world.ts')
  const onProgress = (virtualMs: number): void => say({ type: 'progress', virtualMs })
  say({ type: 'finished', result: await runWorld(scheduler, { ...order, onProgress }) })
} catch (error) {
  say({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
