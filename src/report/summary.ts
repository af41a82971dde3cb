// What a terminal shows: one line per block while it runs, a few lines at the end. Plain text; a palette adds colour.
import type { Collector } from './collector.ts'
import type { ReportDetails } from './details.ts'
import { faultNodes } from './faults.ts'
import { measuredText } from './figures.ts'
import { formatBytes, formatMs, plural, shortHash } from './format.ts'
import type { ItemTrace } from './item-trace.ts'
import { quantile, sorted } from './statistics.ts'
import type { Percentiles, Propagation, Report } from './types.ts'
import { lagWarning, reasonsButLag } from './validity.ts'

/** Wraps text in the terminal's colours. */
export interface Palette {
  dim(text: string): string
  bold(text: string): string
  good(text: string): string
  warn(text: string): string
  bad(text: string): string
}

const same = (text: string): string => text

export const PLAIN: Palette = { dim: same, bold: same, good: same, warn: same, bad: same }

/** Cells of the sparkline in a block line. */
const SPARK_CELLS = 4
const BARS = '▁▂▃▄▅▆▇█'

/**
 * How an item filled the network: cell i shows the share of `nodes` that held it at (i + 1)/cells of the time until
 * the last arrival. `latencies` ascending, milliseconds; Infinity for nodes without it.
 */
export function sparkline(latencies: Float64Array, cells = SPARK_CELLS): string {
  const last = latencies.findLast(Number.isFinite)
  if (last === undefined) return '▁'.repeat(cells)
  return Array.from({ length: cells }, (_, cell) => {
    const until = (last * (cell + 1)) / cells
    const share = latencies.filter((latency) => latency <= until).length / latencies.length
    return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ''
  }).join('')
}

/** `#12 9f3ac1 by n4  38 tx 21 kB  t50 4  t95 9  all 11 ms  10/10 ▁▃▇█`: of the honest nodes that are up now. */
export function blockLine(collector: Collector, block: ItemTrace, palette: Palette = PLAIN): string {
  const counted = [...collector.histories.keys()].filter(
    (node) => collector.isHonest(node) && (collector.histories[node]?.isUp || block.holds(node))
  )
  const latencies = sorted(counted.filter((node) => node !== block.origin).map((node) => block.latencyMs(node)))
  const held = counted.filter((node) => block.holds(node)).length
  const isComplete = held >= counted.length
  const holders = `${held}/${counted.length}`
  const parts = [
    `${palette.bold(`#${block.height ?? '?'}`)} ${shortHash(block.id)} by ${collector.nodes[block.origin] ?? '?'}`,
    `${block.transactions ?? 0} tx ${formatBytes(block.bytes)}`
  ]
  if (latencies.length > 0) {
    parts.push(
      `t50 ${formatMs(quantile(latencies, 0.5))}`,
      `t95 ${formatMs(quantile(latencies, 0.95))}`,
      `all ${formatMs(quantile(latencies, 1))}${isComplete ? ' ms' : ''}`
    )
  }
  const spark = latencies.length > 0 ? ` ${palette.dim(sparkline(latencies))}` : ''
  return `${parts.join('  ')}  ${isComplete ? palette.good(holders) : palette.warn(holders)}${spark}`
}

export interface SummaryOptions {
  /** Adds how many nodes are at the head; known at the end of a run, not from report.json alone. */
  readonly details?: Pick<ReportDetails, 'nodesAtHead' | 'nodesHonest'>
  /** Path of report.html, as it should be printed. */
  readonly path?: string
  readonly palette?: Palette
}

/** `churn   virtual engine · 20 nodes · relay compact · seed 7`: which run it was. */
export function runLine({ scenario, engine, nodes, config, seed }: Report): string {
  const relay = typeof config.relay === 'string' ? [`relay ${config.relay}`] : []
  return `${scenario}   ${[`${engine} engine`, plural(nodes, 'node'), ...relay, `seed ${seed}`].join(' · ')}`
}

/** The end of a run in a few lines, without a final newline. */
export function renderSummary(report: Report, options: SummaryOptions = {}): string {
  const palette = options.palette ?? PLAIN
  const lines = [
    outcome(report, options, palette),
    ...itemLines(report, palette),
    ...compactLine(report),
    ...roundsLine(report),
    ...boundLine(report),
    ...faultLine(report),
    ...lagLine(report, palette),
    ...expectationLines(report, palette),
    ...validityLines(report, palette)
  ]
  if (options.path !== undefined) lines.push(`report  ${options.path}`)
  return lines.join('\n')
}

function outcome(report: Report, options: SummaryOptions, palette: Palette): string {
  const { converged, tips, height, stale_blocks: stale } = report.consistency
  const drain = report.drain_s > 0 ? ` + ${report.drain_s.toFixed(1)} s drain` : ''
  const counted = options.details === undefined ? '' : `, ${atHead(report, options.details)}`
  const heads = converged
    ? palette.good(`converged at #${height}${counted}`)
    : palette.bad(`not converged: ${tips} heads, the best at #${height}${counted}`)
  return [`${report.duration_s.toFixed(1)} s${drain}`, heads, `${stale} stale`].join(' · ')
}

/** `10/10 nodes`, `8/8 honest nodes` where some are not. */
function atHead(
  { nodes }: Report,
  { nodesAtHead, nodesHonest }: Pick<ReportDetails, 'nodesAtHead' | 'nodesHonest'>
): string {
  return `${nodesAtHead}/${nodesHonest} ${nodesHonest < nodes ? 'honest ' : ''}nodes`
}

/** Both lines in columns: counts, deliveries, percentiles. */
function itemLines({ blocks, transactions }: Report, palette: Palette): string[] {
  const width = String(Math.max(blocks.published, transactions.published)).length
  const [blocksDelivered, transactionsDelivered] = [delivered(blocks), delivered(transactions)]
  const deliveredWidth = Math.max(blocksDelivered.length, transactionsDelivered.length)
  const line = (name: string, { published, delivery_ratio: ratio, latency_ms: latency }: Propagation, text: string) => {
    const colour = ratio === 1 ? palette.good : palette.warn
    const padded = `${colour(text)}${' '.repeat(deliveredWidth - text.length)}`
    return `${name} ${String(published).padEnd(width)}  delivered ${padded}  ${latencyText(latency)}`.trimEnd()
  }
  const samples = palette.dim(`(n=${blocks.latency_ms.n}, ${plural(blocks.published, 'block')})`)
  return [`${line('blocks', blocks, blocksDelivered)}  ${samples}`, line('txs   ', transactions, transactionsDelivered)]
}

function delivered({ delivered: count, eligible, delivered_by: by }: Propagation): string {
  const ways = Object.entries(by).filter(([, number]) => number > 0)
  const isPlain = ways.every(([way]) => way === 'gossip')
  const detail = isPlain ? '' : ` (${ways.map(([way, number]) => `${way} ${number}`).join(', ')})`
  return `${count}/${eligible}${detail}`
}

function latencyText({ p50, p95, n }: Percentiles): string {
  return n === 0 ? '' : `p50 ${formatMs(p50)}  p95 ${formatMs(p95)} ms`
}

/** `compact blocks  98% rebuilt without a request, 0.4 tx missing per block, 1 asked of several, 0 fetched whole`. */
function compactLine({ blocks: { compact, published } }: Report): string[] {
  if (compact === undefined || published === 0) return []
  const { rebuilt_share, missing_per_block, requests_hedged, full_fetched } = compact
  return [
    `compact blocks  ${[
      `${Number((rebuilt_share * 100).toFixed(1))}% rebuilt without a request`,
      `${Number(missing_per_block.toFixed(1))} tx missing per block`,
      `${requests_hedged} hedged`,
      `${full_fetched} fetched whole`
    ].join(', ')}`
  ]
}

/** `over the lower bound  blocks × 1.3 × at p50, 1.5 × at p99 of the best possible`: where it is known. */
function boundLine({ blocks, transactions }: Report): string[] {
  const times = (ratio: number | null): string => (ratio === null ? '–' : ratio.toFixed(2))
  const texts = [
    { name: 'blocks', over: blocks.over_bound, n: blocks.latency_ms.n },
    { name: 'txs', over: transactions.over_bound, n: transactions.latency_ms.n }
  ].flatMap(({ name, over, n }) =>
    over === undefined || n === 0 || (over.p50 === null && over.p99 === null)
      ? []
      : [`${name} × ${times(over.p50)} at p50, × ${times(over.p99)} at p99`]
  )
  return texts.length === 0 ? [] : [`over the lower bound  ${texts.join(' · ')}`]
}

/** `rounds  blocks half 1.1, 95% 1.9, all 2.0 · txs … · log2 n 3.0`: where items spread in rounds. */
function roundsLine({ blocks, transactions }: Report): string[] {
  const count = (rounds: number | null): string => (rounds === null ? '–' : rounds.toFixed(1))
  const texts = [
    { name: 'blocks', rounds: blocks.rounds },
    { name: 'txs', rounds: transactions.rounds }
  ].flatMap(({ name, rounds }) =>
    rounds === undefined
      ? []
      : [`${name} half ${count(rounds.t50)}, 95% ${count(rounds.t95)}, all ${count(rounds.t100)}`]
  )
  const { log2_n, log_n } = blocks.rounds ?? { log2_n: 0, log_n: 0 }
  return texts.length === 0
    ? []
    : [`rounds  ${texts.join(' · ')} (log2 n ${log2_n.toFixed(1)}, log to fanout + 1 ${log_n.toFixed(1)})`]
}

/** The first faults of a run, each with its time. */
const FAULTS_SHOWN = 6
const FAULT_NAMES_SHOWN = 3

function faultLine({ faults = [] }: Report): string[] {
  if (faults.length === 0) return []
  const shown = faults
    .slice(0, FAULTS_SHOWN)
    .map((mark) => `${mark.at_s.toFixed(1)} s ${mark.kind} ${faultNodes(mark, FAULT_NAMES_SHOWN)}`.trimEnd())
  const left = faults.length - shown.length
  return [`faults  ${shown.join(' · ')}${left > 0 ? ` · and ${left} more` : ''}`]
}

function lagLine(report: Report, palette: Palette): string[] {
  const lag = report.environment.event_loop_lag_p99_ms
  if (typeof lag !== 'number') return []
  const warning = lagWarning(report)
  return [`loop lag p99 ${formatMs(lag)} ms${warning === undefined ? '' : palette.warn(`  ⚠ ${warning}`)}`]
}

function validityLines(report: Report, palette: Palette): string[] {
  const reasons = reasonsButLag(report).map((reason) => palette.warn(`⚠ ${reason}`))
  return report.validity.ok ? reasons : [palette.bad('✘ these figures are not valid:'), ...reasons]
}

function expectationLines({ expectations }: Report, palette: Palette): string[] {
  return expectations.map(({ text, held, value, reason }) => {
    const measured = value !== null ? ` (${measuredText(text, value)})` : reason === undefined ? '' : ` (${reason})`
    return held ? palette.good(`✔ ${text}${measured}`) : palette.bad(`✘ ${text}${measured}`)
  })
}
