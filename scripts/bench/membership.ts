// Membership in virtual time: what it costs a node, and how many rounds a change takes to everyone, beside log2(n): what
// spreading among random pairs would take. Every size runs in a worker of its own, whose time is virtual.
import { Worker } from 'node:worker_threads'
import type { MembershipFigures, MembershipOrder } from './membership-world.ts'
import { type Benchmark, comparison, type Row, row } from './result.ts'

const ORDER = { degree: 8, roundMs: 1000, latencyMs: 50 }
const FULL = { sizes: [10, 100, 1000], changes: 10, measuredMs: 30_000 }
const QUICK = { sizes: [4, 8], changes: 2, measuredMs: 5000 }
/** At the largest size, bytes a second. */
const GOAL = { most: 20_000 }

export const membership: Benchmark = async ({ quick, progress }) => {
  const { sizes, changes, measuredMs } = quick ? QUICK : FULL
  const rows: Row[] = []
  const series: Record<string, number>[] = []
  const ratios: Record<string, number> = {}
  for (const members of sizes) {
    progress(`${members} members`)
    const figures = await measure({ ...ORDER, members, changes, measuredMs })
    progress(JSON.stringify(figures))
    rows.push(...rowsOf(figures))
    series.push({ ...figures, log2_members: Math.log2(members) })
    ratios[`rounds_max_over_log2_${members}`] = figures.rounds_max / Math.log2(members)
  }
  return { rows, ratios, series }
}

function rowsOf(figures: MembershipFigures): Row[] {
  const { members } = figures
  const named = (name: string, unit: string, value: number, beside?: string): Row =>
    row(`${members} members: ${name}`, unit, [value], beside === undefined ? {} : { comparison: beside })
  const bytes = figures.bytes_per_second_per_node
  return [
    named('bytes_per_second_per_node', 'B/s', bytes, comparison(bytes, 'B/s', GOAL)),
    named('rounds_p50', 'rounds', figures.rounds_p50),
    named('rounds_max', 'rounds', figures.rounds_max, `log2(n) = ${Math.log2(members).toFixed(1)}`),
    named('memory_bytes_per_node', 'B', figures.memory_bytes_per_node),
    named('mistakes', 'verdicts', figures.mistakes)
  ]
}

function measure(order: MembershipOrder): Promise<MembershipFigures> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./membership-world.ts', import.meta.url), {
      workerData: order,
      // Most of what a thousand nodes make is gone within a round: room for it spares the collector most of its work.
      resourceLimits: { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 4096 }
    })
    worker.once('message', (figures: MembershipFigures) => {
      resolve(figures)
      void worker.terminate()
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the measurement ended without a result')))
  })
}
