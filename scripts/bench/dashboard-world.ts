// A simulation that tells its events as fast as it runs, in a thread of its own whose globals are virtual before
// anything else is loaded.
import { parentPort, workerData } from 'node:worker_threads'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import type { WorldView } from '../../src/engine/virtual/watch.ts'
import { seededRandom, takeOverGlobals } from '../../src/runtime/index.ts'
import type { ScenarioInput } from '../../src/scenario/index.ts'
import type { NamedEvent } from '../../src/trace/index.ts'

export interface WorldOrder {
  readonly scenario: ScenarioInput
  /** Virtual time that is more than anyone will wait for, ms. */
  readonly durationMs: number
}

/** A batch of events, or, first of all, the nodes' names by their peer ids. */
export type FromWorld =
  | { readonly peers: ReadonlyMap<string, string> }
  | { readonly events: readonly NamedEvent[]; readonly now: number }

/** 2030-01-01T00:00:00Z */
const START_MS = 1_893_456_000_000
/** Events of a batch: a message costs both threads. */
const BATCH = 100

const { scenario, durationMs } = workerData as WorldOrder
const say = (message: FromWorld): void => parentPort?.postMessage(message)
const scheduler = new Scheduler(START_MS)
takeOverGlobals({
  clock: { now: () => scheduler.now },
  timers: { after: (ms, fn) => scheduler.after(ms, fn), every: (ms, fn) => scheduler.every(ms, fn) },
  random: seededRandom('dashboard')
})

const { runWorld } = await import('../../src/engine/virtual/world.ts')
const { parseScenario } = await import('../../src/scenario/index.ts')
let events: NamedEvent[] = []
const flush = (): void => {
  say({ events, now: scheduler.now })
  events = []
}
await runWorld(scheduler, {
  scenario: parseScenario(scenario),
  seed: 1,
  durationMs,
  trace: 'none',
  onProgress: () => {},
  watch: {
    onBuilt: ({ nodes }: WorldView) => say({ peers: new Map(nodes.map(({ name, node }) => [node.host.peerId, name])) }),
    onEvent: (node, event) => {
      if (events.push({ ...event, node }) >= BATCH) flush()
    },
    onAcknowledged: () => {},
    inspect: async () => {},
    healedProductionMs: 0,
    isHealed: async () => true
  }
})
