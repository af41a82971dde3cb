// What recording a trace costs: the CPU of a simulation that records over that of the same one which doesn't, with the
// compressor's threads in it; and the recorder by itself, over events like those of a busy node. CPU time of whole runs
// varies by a few percent, so the second ratio is there too: the recorder's own CPU for as many events as the run had.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../src/crypto/index.ts'
import { simulate, type SimulationTrace } from '../../src/engine/virtual/index.ts'
import { median } from '../../src/report/statistics.ts'
import { silentLogger } from '../../src/runtime/index.ts'
import { loadScenario } from '../../src/scenario/index.ts'
import { type NodeEvent, openTraceFile, TraceRecorder } from '../../src/trace/index.ts'
import { toHex } from '../../src/wire/index.ts'
import { seconds, withDirectory } from './measure.ts'
import { type Benchmark, comparison, type Row, row, significant } from './result.ts'

const FULL = { nodes: 100, durationMs: 60_000, rate: 20, rounds: 7, events: 2_000_000 }
const QUICK = { nodes: 5, durationMs: 2_000, rate: 5, rounds: 1, events: 20_000 }
const GOAL = { most: 1.03 }

export const trace: Benchmark = async (options) => {
  const size = options.quick ? QUICK : FULL
  return withDirectory(async (directory) => {
    options.progress(`recorder alone, ${size.events} events`)
    const alone = await recorderAlone(directory, size.events, size.rounds)
    const cpu: Record<SimulationTrace, number[]> = { none: [], hash: [], file: [] }
    let events = 0
    for (let round = 0; round < size.rounds; round++) {
      options.progress(`simulations, round ${round + 1} of ${size.rounds}`)
      // In turns, so that a machine that grows slower is slower for all.
      const turns: SimulationTrace[] = round % 2 === 0 ? ['none', 'hash', 'file'] : ['file', 'hash', 'none']
      for (const how of turns) {
        const run = await simulation(size, how, join(directory, `${round}`))
        cpu[how].push(run.cpuSeconds)
        events = Math.max(events, run.events)
      }
    }
    const over = (how: SimulationTrace): number =>
      median(cpu[how].map((cpuSeconds, round) => cpuSeconds / (cpu.none[round] ?? Number.NaN)))
    const own = 1 + (events * median(alone.fileMicroseconds)) / 1e6 / median(cpu.none)
    const what = `${size.nodes} nodes, ${size.durationMs / 1000} virtual s`
    const rows: Row[] = [
      row(`simulation, ${what}, no trace`, 'CPU s', cpu.none),
      row('the same with the hash of its trace', 'CPU s', cpu.hash, {
        comparison: `${significant(over('hash'))} × none`
      }),
      row(`the same with a file of ${events} events`, 'CPU s', cpu.file, {
        comparison: `${comparison(over('file'), '× none', GOAL)}, by the recorder alone ${own.toFixed(4)}`
      }),
      row('events encoded', 'events/s', alone.encodedPerSecond),
      row('event encoded, compressed and written', 'µs CPU', alone.fileMicroseconds)
    ]
    return { rows, ratios: { cpu_over_untraced: digits(over('file')), recorder_cpu_over_untraced: digits(own) } }
  })
}

/** Three digits would hide what is below one percent. */
function digits(ratio: number): number {
  return Number(ratio.toFixed(4))
}

async function simulation(
  { nodes, durationMs, rate }: typeof FULL,
  how: SimulationTrace,
  parent: string
): Promise<{ cpuSeconds: number; events: number }> {
  const set = (path: string, value: string) => ({ path, value, name: path })
  const scenario = loadScenario({
    overrides: [
      set('nodes', `${nodes}`),
      set('duration', `${durationMs}ms`),
      set('load.rate', `${rate}`),
      set('consensus', 'authority'),
      set('links.latency', '50ms'),
      set('seed', '7')
    ]
  })
  const directory = `${parent}-${how}`
  mkdirSync(directory, { recursive: true })
  const before = process.cpuUsage()
  const { report } = await simulate(scenario, { trace: how, directory })
  const { user, system } = process.cpuUsage(before)
  const { trace_events: events } = report.environment
  return { cpuSeconds: (user + system) / 1e6, events: typeof events === 'number' ? events : 0 }
}

interface Alone {
  readonly encodedPerSecond: readonly number[]
  /** CPU of each event on its way to the disk. */
  readonly fileMicroseconds: readonly number[]
}

async function recorderAlone(directory: string, count: number, rounds: number): Promise<Alone> {
  const encodedPerSecond: number[] = []
  const fileMicroseconds: number[] = []
  const events = busyNode()
  for (let round = 0; round < rounds; round++) {
    encodedPerSecond.push(count / (await seconds(() => record(new TraceRecorder({ topics: TOPICS }), events, count))))
    // Room for everything: what counts is the work, and dropping would be less of it.
    const file = await openTraceFile(directory, 'alone', { logger: silentLogger, chunksMax: count })
    const recorder = new TraceRecorder({ topics: TOPICS, file })
    const before = process.cpuUsage()
    record(recorder, events, count)
    await recorder.close()
    const { user, system } = process.cpuUsage(before)
    fileMicroseconds.push((user + system) / count)
  }
  return { encodedPerSecond, fileMicroseconds }
}

const TOPICS = { block: '/starling/01234567/block/1', transaction: '/starling/01234567/tx/1' }
const START_MS = 1_893_456_000_000
const PEERS = Array.from({ length: 20 }, (_, i) => `12D3KooW${'abcdefghijkmnopqrstu'[i]}${'B'.repeat(43)}`)

function record(recorder: TraceRecorder, events: readonly NodeEvent[], count: number): void {
  const node = recorder.node('n1', PEERS[0] ?? '', START_MS)
  for (let i = 0; i < count; i++) {
    const event = events[i % events.length]
    if (event !== undefined) recorder.write(node, event)
  }
}

/** For each transaction: heard, validated, delivered, and two more copies. */
function busyNode(): NodeEvent[] {
  return Array.from({ length: 5_000 }, (_, i): NodeEvent[] => {
    const id = sha256Hex(i)
    const from = PEERS[i % PEERS.length] ?? ''
    const at = START_MS + i * 1.37
    const kind = 'transaction'
    return [
      { type: 'heard', kind, id, from, at },
      { type: 'validated', kind, transactions: 1, durationMs: 0.2, at: at + 0.2 },
      { type: 'delivered', kind, id, from, via: 'gossip', at: at + 0.3 },
      { type: 'duplicate', kind, id, from: PEERS[(i + 1) % PEERS.length] ?? '', at: at + 3 },
      { type: 'duplicate', kind, id, from: PEERS[(i + 2) % PEERS.length] ?? '', at: at + 5 }
    ]
  }).flat()
}

function sha256Hex(i: number): string {
  return toHex(sha256(Buffer.from(`${i}`)))
}
