// The dashboard with a simulated network behind it that runs as fast as it can: what a frame costs, and whether the
// page's memory grows. The whole way is there: events, combined updates, the stream, the page in a real browser.
import { Worker } from 'node:worker_threads'
import type { CDPSession, Page } from 'playwright-core'
import { Combiner, LiveFeed, type LiveRun, startRecordedApi } from '../../src/api/index.ts'
import { LIVE_LIMITS } from '../../src/config/index.ts'
import { quantile } from '../../src/report/statistics.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import type { ScenarioInput } from '../../src/scenario/index.ts'
import { launchChromium } from '../chromium.ts'
import { builtPage } from '../dashboard.ts'
import type { FromWorld, WorldOrder } from './dashboard-world.ts'
import { traceFrames } from './frames.ts'
import { type Benchmark, comparison, row } from './result.ts'

const NODES = 100
const GOALS = { scripting_p95_ms: { most: 8 }, heap_growth: { most: 1.1 } }
/** Five minutes; frames are traced and the heap is looked at once a round. Before, the page is filled with all it keeps. */
const FULL = { blocks: LIVE_LIMITS.blocks * 1.2, rounds: 15, traceMs: 5_000, restMs: 15_000 }
const QUICK = { blocks: 1, rounds: 1, traceMs: 2_000, restMs: 0 }

const scenario: ScenarioInput = {
  nodes: NODES,
  topology: { degree: 6 },
  consensus: 'authority',
  block: { interval: '500ms' },
  load: { rate: 20 },
  links: { latency: '50ms' }
}

export const dashboard: Benchmark = async ({ quick, progress }) => {
  const size = quick ? QUICK : FULL
  progress(`meshing ${NODES} simulated nodes`)
  const world = new SimulatedFeed()
  const browser = await launchChromium()
  const api = await startRecordedApi({ feed: world.feed, page: await builtPage(), runtime: realRuntime(), port: 0 })
  try {
    await world.begun
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    await page.goto(api.url)
    await page.locator('[data-connection="live"]').waitFor()
    const session = await page.context().newCDPSession(page)
    progress('filling the page')
    while (world.blocks < size.blocks) await page.waitForTimeout(200)
    const begun = { events: world.events, updates: world.updates, at: world.now }
    const startedAt = realRuntime().clock.now()
    const [scripting, rates, heaps]: [number[], number[], number[]] = [[], [], [await heapBytes(session)]]
    for (let round = 0; round < size.rounds; round++) {
      const frames = await traceFrames(browser, page, size.traceMs)
      scripting.push(quantile(Float64Array.from(frames.scriptingMs).sort(), 0.95))
      rates.push(frames.perSecond)
      await rest(page, size.restMs)
      heaps.push(await heapBytes(session))
      progress(
        `round ${round + 1}: p95 ${scripting.at(-1)?.toFixed(1)} ms, heap ${((heaps.at(-1) ?? 0) / 1e6).toFixed(1)} MB`
      )
    }
    const seconds = (realRuntime().clock.now() - startedAt) / 1000
    const third = Math.ceil(heaps.length / 3)
    const growth = mean(heaps.slice(-third)) / mean(heaps.slice(0, third))
    return {
      rows: [
        row('scripting_p95_ms', 'ms CPU a frame', scripting, {
          comparison: comparison(Math.max(...scripting), 'ms at most', GOALS.scripting_p95_ms)
        }),
        row('frames', '1/s', rates),
        row(
          'heap',
          'MB after collection',
          heaps.map((bytes) => bytes / 1e6),
          {
            comparison: comparison(growth, '× from the first third to the last', GOALS.heap_growth)
          }
        ),
        row('events', '1/s', [(world.events - begun.events) / seconds]),
        row('updates', '1/s', [(world.updates - begun.updates) / seconds]),
        row('virtual_time', 's/s', [(world.now - begun.at) / 1000 / seconds])
      ],
      ratios: { heap_growth: growth }
    }
  } finally {
    await browser.close()
    await api.close()
    await world.end()
  }
}

/** A network in a thread of its own, as a live feed. */
class SimulatedFeed {
  events = 0
  updates = 0
  /** Sealed so far. */
  blocks = 0
  now = 0
  readonly feed: LiveFeed
  readonly #worker: Worker
  readonly #begun = Promise.withResolvers<void>()

  constructor() {
    const names = Array.from({ length: NODES }, (_, i) => `n${i + 1}`)
    const run: LiveRun = {
      version: '',
      scenario: 'bench',
      seed: 1,
      engine: 'virtual',
      network: '',
      directory: '',
      startedAt: 0,
      state: 'running',
      nodes: names
    }
    const peerNames = new Map<string, string>()
    const combiner = new Combiner({ run, peerNames })
    const { timers } = realRuntime()
    this.feed = new LiveFeed({ combiner, clock: { now: () => this.now }, timers })
    this.feed.subscribe(() => this.updates++)
    const workerData: WorldOrder = { scenario, durationMs: 24 * 3_600_000 }
    this.#worker = new Worker(new URL('./dashboard-world.ts', import.meta.url), { workerData })
    this.#worker.on('error', this.#begun.reject)
    this.#worker.on('message', (message: FromWorld) => {
      if ('peers' in message) {
        for (const [peer, name] of message.peers) peerNames.set(peer, name)
        return
      }
      if (this.now === 0) {
        combiner.describe({ startedAt: message.now })
        for (const name of names) combiner.nodeState(name, 'up', message.now)
      }
      this.now = message.now
      this.events += message.events.length
      for (const event of message.events) {
        combiner.onEvent(event)
        if (event.type === 'published' && event.kind === 'block') this.blocks++
      }
      if (message.events.some(({ type }) => type === 'head')) this.#begun.resolve()
    })
  }

  /** The first block was imported. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  async end(): Promise<void> {
    this.feed.stop()
    await this.#worker.terminate()
  }
}

async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

async function rest(page: Page, ms: number): Promise<void> {
  if (ms > 0) await page.waitForTimeout(ms)
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
