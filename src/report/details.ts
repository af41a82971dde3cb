// What report.html shows beyond report.json: curves, one line per block, propagation trees, one line per node.
import { shortHash } from './format.ts'
import type { ItemKind } from '../trace/index.ts'
import { type Measurement, measureRun, type ReportInput } from './measurement.ts'
import { isDelivered, type MeasuredItem } from './propagation.ts'
import { type PropagationTree, propagationTree } from './propagation-tree.ts'
import { finite, pool, quantile, round, sorted } from './statistics.ts'

export interface CurvePoint {
  readonly ms: number
  /** Of all eligible (item, node) pairs, the share that was delivered by then. */
  readonly share: number
}

export interface Curve {
  readonly kind: ItemKind
  /** Ascending; empty when nothing was delivered. */
  readonly points: readonly CurvePoint[]
}

export interface BlockDetail {
  readonly id: string
  readonly height: number | undefined
  readonly origin: string
  /** Since the measured window began, seconds. */
  readonly at_s: number
  readonly transactions: number | undefined
  readonly bytes: number
  readonly p50: number | null
  readonly p95: number | null
  readonly all: number | null
  readonly delivered: number
  readonly eligible: number
  readonly stale: boolean
}

export interface NodeDetail {
  readonly node: string
  /** Share of the measured window. */
  readonly up: number
  readonly blocks_published: number
  readonly blocks_delivered: number
  readonly blocks_eligible: number
  readonly p50: number | null
  readonly p95: number | null
  readonly duplicates: number
  readonly blocks_fetched: number
  readonly sync_rounds: number
  readonly rejected: number
  readonly head: string
}

export interface ReportDetails {
  readonly curves: readonly Curve[]
  /** Oldest first. */
  readonly blocks: readonly BlockDetail[]
  readonly trees: readonly { readonly title: string; readonly tree: PropagationTree }[]
  readonly nodes: readonly NodeDetail[]
  /** [start, end] since the measured window began, seconds. */
  readonly disagreements_s: readonly (readonly [number, number])[]
  /** Nodes up at the end, and those of them with the winning head. */
  readonly nodesUp: number
  readonly nodesAtHead: number
}

/** Points of a curve; more cannot be told apart on a screen. */
const CURVE_POINTS_MAX = 240

export function buildDetails(input: ReportInput, measurement: Measurement = measureRun(input)): ReportDetails {
  const { collector } = input
  const { window, blocks, transactions, nodesUp, bestNode, finalHead } = measurement
  return {
    curves: [curve('block', blocks), curve('transaction', transactions)],
    blocks: blocks.map((item) => blockDetail(input, measurement, item)),
    trees: trees(input, blocks),
    nodes: collector.nodes.map((_, node) => nodeDetail(input, measurement, node)),
    disagreements_s: measurement.agreement.disagreements.map(([start, end]) => [
      round((start - window.from) / 1000),
      round((end - window.from) / 1000)
    ]),
    nodesUp: nodesUp.length,
    nodesAtHead: nodesUp.filter((node) => finalHead(node) === finalHead(bestNode)).length
  }
}

function curve(kind: ItemKind, items: readonly MeasuredItem[]): Curve {
  const all = pool(items.map((item) => item.latencies))
  const arrived = all.filter(Number.isFinite)
  const count = Math.min(CURVE_POINTS_MAX, arrived.length)
  const points = Array.from({ length: count }, (_, index): CurvePoint => {
    const rank = Math.ceil(((index + 1) / count) * arrived.length)
    return { ms: round(arrived[rank - 1] ?? 0), share: rank / all.length }
  })
  return { kind, points }
}

function blockDetail(
  { collector }: ReportInput,
  { window, onFinalChain }: Measurement,
  item: MeasuredItem
): BlockDetail {
  const { trace, latencies } = item
  return {
    id: trace.id,
    height: trace.height,
    origin: collector.nodes[trace.origin] ?? '?',
    at_s: round((trace.publishedAt - window.from) / 1000),
    transactions: trace.transactions,
    bytes: trace.bytes,
    p50: finite(quantile(latencies, 0.5)),
    p95: finite(quantile(latencies, 0.95)),
    all: finite(quantile(latencies, 1)),
    delivered: latencies.filter(Number.isFinite).length,
    eligible: latencies.length,
    stale: !onFinalChain(trace)
  }
}

/** The median and the slowest block by the time until every eligible node held it. */
function trees({ collector }: ReportInput, blocks: readonly MeasuredItem[]): ReportDetails['trees'] {
  const ranked = blocks
    .filter((block) => block.latencies.length > 0)
    .sort((a, b) => compare(quantile(a.latencies, 1), quantile(b.latencies, 1)))
  const median = ranked[Math.ceil(ranked.length / 2) - 1]
  const slowest = ranked.at(-1)
  const draw = (title: string, item: MeasuredItem | undefined): ReportDetails['trees'] =>
    item === undefined ? [] : [{ title, tree: propagationTree(item.trace, collector.nodes) }]
  return [...draw('Median block', median), ...(slowest === median ? [] : draw('Slowest block', slowest))]
}

/** Infinity minus itself is no number: compare instead of subtracting. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function nodeDetail({ collector }: ReportInput, measurement: Measurement, node: number): NodeDetail {
  const { window, blocks } = measurement
  const counted = blocks.filter((block) => block.eligible.includes(node))
  const delivered = counted.filter(({ trace }) => isDelivered(trace, node, window))
  const arrived = new Set(delivered)
  const latencies = sorted(
    counted.map((item) => (arrived.has(item) ? item.trace.latencyMs(node) : Number.POSITIVE_INFINITY))
  )
  const history = collector.histories[node]
  const counters = collector.counters[node]
  const head = history?.headAt(window.observedUntil)
  const length = window.to - window.from
  return {
    node: collector.nodes[node] ?? '?',
    up: length > 0 ? round((history?.upMs(window.from, window.to) ?? 0) / length) : 0,
    blocks_published: blocks.filter(({ trace }) => trace.origin === node).length,
    blocks_delivered: delivered.length,
    blocks_eligible: counted.length,
    p50: finite(quantile(latencies, 0.5)),
    p95: finite(quantile(latencies, 0.95)),
    duplicates: delivered.reduce((sum, { trace }) => sum + (trace.duplicates[node] ?? 0), 0),
    blocks_fetched: counters?.blocksFetched ?? 0,
    sync_rounds: counters?.syncRounds ?? 0,
    rejected: counters?.rejected ?? 0,
    head: head === undefined ? 'genesis' : `#${head.height} ${shortHash(head.hash)}`
  }
}
