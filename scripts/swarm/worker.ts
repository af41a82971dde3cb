// One run of the swarm, in a thread of its own whose globals are virtual before anything else is loaded.
import { parentPort, workerData } from 'node:worker_threads'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { seededRandom, takeOverGlobals } from '../../src/runtime/index.ts'
import type { RunOrder, RunResult } from './run.ts'

/** 2030-01-01T00:00:00Z */
const START_MS = 1_893_456_000_000

const order = workerData as RunOrder
const scheduler = new Scheduler(START_MS)
takeOverGlobals({
  clock: { now: () => scheduler.now },
  timers: { after: (ms, fn) => scheduler.after(ms, fn), every: (ms, fn) => scheduler.every(ms, fn) },
  random: seededRandom(`${order.seed}/globals`)
})

const { runHere } = await import('./run-here.ts')
const result: RunResult = await runHere(scheduler, order)
parentPort?.postMessage(result)
