// npm run agree -- [--blocks 32] [--seed 7] [--json]: one small scenario in both engines, and how far their figures for
// blocks are from each other. The same nodes, edges, delays and sealers, drawn from one seed; authority consensus, so that
// the same nodes seal in the same order. Exit code 1 when the median over blocks of the time to 95% of the nodes differs
// by more than a fifth.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Report, runTestnet, type ScenarioInput, simulate } from '../src/index.ts'
import { parseUsage, refuse } from './usage.ts'

const USAGE = 'Usage: npm run agree -- [--blocks 32] [--seed 7] [--json]; --blocks is a whole number from 30.'
const BLOCKS_MIN = 30
const DIFFERENCE_MAX = 0.2

const { values } = parseUsage(
  {
    options: {
      blocks: { type: 'string', default: '32' },
      seed: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false }
    }
  },
  USAGE
)
const blocks = Number(values.blocks)
const seed = Number(values.seed)
if (!Number.isInteger(blocks) || blocks < BLOCKS_MIN) refuse(`No number of blocks: "${values.blocks}".`, USAGE)
if (!Number.isInteger(seed) || seed < 0) refuse(`No seed: "${values.seed}".`, USAGE)

const SLOT_MS = 1000
const scenario: ScenarioInput = {
  name: 'agreement',
  seed,
  nodes: 16,
  nodesPerProcess: 8,
  // A slot more: the first may have begun before the network was meshed.
  duration: (blocks + 1) * SLOT_MS,
  consensus: 'authority',
  block: { interval: SLOT_MS },
  topology: { degree: 4 },
  links: { latency: '50ms..150ms' },
  load: { rate: 5 }
}

interface Row {
  readonly figure: string
  readonly tcp: number | null
  readonly virtual: number | null
  readonly ratio: number | null
}

/** The figures that are compared; the first one decides. */
const FIGURES: readonly [name: string, of: (report: Report) => number | null][] = [
  ['blocks.coverage_ms.t95', ({ blocks: { coverage_ms } }) => coverage_ms.t95],
  ['blocks.coverage_ms.t50', ({ blocks: { coverage_ms } }) => coverage_ms.t50],
  ['blocks.latency_ms.p50', ({ blocks: { latency_ms } }) => latency_ms.p50],
  ['blocks.latency_ms.p95', ({ blocks: { latency_ms } }) => latency_ms.p95],
  ['blocks.latency_ms.max', ({ blocks: { latency_ms } }) => latency_ms.max],
  ['blocks.hops.p50', ({ blocks: { hops } }) => hops.p50],
  ['blocks.duplicates_per_delivery', (report) => report.blocks.duplicates_per_delivery],
  ['blocks.published', (report) => report.blocks.published],
  ['transactions.latency_ms.p50', ({ transactions: { latency_ms } }) => latency_ms.p50]
]

async function onSockets(): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'starling-agree-'))
  try {
    const testnet = await runTestnet(scenario, {
      directory,
      onWarning: (warning) => process.stderr.write(`${warning}\n`)
    })
    return (await testnet.finished).report
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function rowsOf(tcp: Report, virtual: Report): Row[] {
  return FIGURES.map(([figure, of]) => {
    const [a, b] = [of(tcp), of(virtual)]
    const ratio = a === null || b === null || b === 0 ? null : Math.round((1000 * a) / b) / 1000
    return { figure, tcp: a, virtual: b, ratio }
  })
}

const { report: virtual } = await simulate(scenario)
const tcp = await onSockets()
const rows = rowsOf(tcp, virtual)
const [decisive] = rows
const agrees =
  decisive?.ratio !== undefined &&
  decisive.ratio !== null &&
  Math.abs(decisive.ratio - 1) <= DIFFERENCE_MAX &&
  Math.min(tcp.blocks.published, virtual.blocks.published) >= BLOCKS_MIN
const lagMs = tcp.environment.event_loop_lag_p99_ms ?? null

if (values.json) {
  const environment = { ...tcp.environment, real_seconds_per_virtual_second: null }
  process.stdout.write(`${JSON.stringify({ name: 'agreement', agrees, seed, environment, rows }, null, 2)}\n`)
} else {
  const shown = (value: number | null): string => (value === null ? '–' : String(Math.round(value * 10) / 10))
  process.stdout.write(`${'figure'.padEnd(32)}${'tcp'.padStart(9)}${'virtual'.padStart(9)}${'ratio'.padStart(8)}\n`)
  for (const { figure, tcp: a, virtual: b, ratio } of rows) {
    const line = `${figure.padEnd(32)}${shown(a).padStart(9)}${shown(b).padStart(9)}`
    process.stdout.write(`${line}${(ratio === null ? '–' : ratio.toFixed(3)).padStart(8)}\n`)
  }
  process.stdout.write(`event loop lag p99 ${lagMs} ms · ${agrees ? 'they agree' : 'they do not agree'}\n`)
}
process.exitCode = agrees ? 0 : 1
