// What report.html shows beyond report.json: curves, one line per block, propagation trees, one line per node.
import { shortHash } from './format.ts'
import { shownMarks } from './faults.ts'
import { type AgreementStep, agreementSteps, type LatencySlice, latencySlices } from './over-time.ts'
import { type Reorganisations, reorganisations } from './over-time.ts'
import type { FaultMark } from './types.ts'
import type { ItemKind } from '../trace/index.ts'
import type { Collector } from './collector.ts'
import type { MeasuredWindow } from './measured-window.ts'
import { type Measurement, measureRun, type ReportInput } from './measurement.ts'
import { isDelivered, type MeasuredItem } from './measured-items.ts'
import { type PropagationTree, propagationTree } from './propagation-tree.ts'
import { finite, quantile, round, sorted } from './statistics.ts'

export interface CurvePoint {
  /** Of an item's eligible nodes. */
  readonly share: number
  /** Time until that share held the item: the median item's, and a fast and a slow one's. Null for never. */
  readonly ms: number | null
  readonly fast: number | null
  readonly slow: number | null
}

export interface Curve {
  readonly kind: ItemKind
  /** By share, ascending; empty when nothing was delivered. */
  readonly points: readonly CurvePoint[]
  /** Items that the curve is made of; an even choice where there are very many. */
  readonly items: number
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
  readonly misbehaving: boolean
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
  /** Transactions by the time at which they were made. */
  readonly transactions_over_time: readonly LatencySlice[]
  readonly agreement_steps: readonly AgreementStep[]
  readonly reorganisations: Reorganisations
  readonly faults: readonly FaultMark[]
  /** Honest nodes; those of them that were up at the end; and of these those with the winning head. */
  readonly nodesHonest: number
  readonly nodesUp: number
  readonly nodesAtHead: number
}

/** Shares at which a coverage curve is drawn, percent. */
const CURVE_SHARES = [...Array.from({ length: 99 }, (_, index) => index + 1), 99.5, 100]
/** Items that a curve is made of at most. */
const CURVE_ITEMS_MAX = 5000
/** Which items the band around a curve shows: a tenth is faster, a tenth slower. */
const CURVE_BAND = [0.1, 0.9] as const

export function buildDetails(input: ReportInput, measurement: Measurement = measureRun(input)): ReportDetails {
  const { collector } = input
  const { window, blocks, transactions, nodesUp, bestNode, finalHead } = measurement
  return {
    curves: [curve('block', blocks), curve('transaction', transactions)],
    blocks: blocks.map((item) => blockDetail(input, measurement, item)),
    trees: trees(input, blocks),
    nodes: nodeDetails(input, measurement),
    transactions_over_time: latencySlices(transactions, window),
    agreement_steps: agreementSteps(collector.honestHistories, window, measurement.wipes),
    reorganisations: reorganisations(collector.honestHistories, window),
    faults: shownMarks(input.faults ?? [], 0),
    disagreements_s: measurement.agreement.disagreements.map(([start, end]) => [
      round((start - window.from) / 1000),
      round((end - window.from) / 1000)
    ]),
    nodesHonest: collector.honestHistories.length,
    nodesUp: nodesUp.length,
    nodesAtHead: nodesUp.filter((node) => finalHead(node) === finalHead(bestNode)).length
  }
}

function curve(kind: ItemKind, items: readonly MeasuredItem[]): Curve {
  const counted = items.filter(({ latencies }) => latencies.length > 0)
  const every = Math.ceil(counted.length / CURVE_ITEMS_MAX)
  const chosen = counted.filter((_, index) => index % every === 0)
  if (!chosen.some(({ latencies }) => Number.isFinite(latencies[0]))) return { kind, points: [], items: 0 }
  const points = CURVE_SHARES.map((percent): CurvePoint => {
    const share = percent / 100
    const times = sorted(chosen.map(({ latencies }) => quantile(latencies, share)))
    const [fast, slow] = CURVE_BAND.map((rank) => finite(quantile(times, rank)))
    return { share, ms: finite(quantile(times, 0.5)), fast: fast ?? null, slow: slow ?? null }
  })
  return { kind, points, items: chosen.length }
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

/** What the measured blocks say of one node, gathered block by block: there are nodes × blocks of these. */
interface NodeTally {
  published: number
  delivered: number
  duplicates: number
  readonly latencies: number[]
}

function nodeDetails({ collector }: ReportInput, { window, blocks }: Measurement): NodeDetail[] {
  const tallies = collector.nodes.map((): NodeTally => ({ published: 0, delivered: 0, duplicates: 0, latencies: [] }))
  for (const { trace, eligible } of blocks) {
    const origin = tallies[trace.origin]
    if (origin !== undefined) origin.published++
    for (const node of eligible) {
      const tally = tallies[node]
      if (tally === undefined) continue
      const arrived = isDelivered(trace, node, window)
      tally.latencies.push(arrived ? trace.latencyMs(node) : Number.POSITIVE_INFINITY)
      if (!arrived) continue
      tally.delivered++
      tally.duplicates += trace.duplicates[node] ?? 0
    }
  }
  return tallies.map((tally, node) => nodeDetail(collector, window, tally, node))
}

function nodeDetail(collector: Collector, window: MeasuredWindow, tally: NodeTally, node: number): NodeDetail {
  const latencies = sorted(tally.latencies)
  const history = collector.histories[node]
  const counters = collector.counters[node]
  const head = history?.headAt(window.observedUntil)
  const length = window.to - window.from
  return {
    node: collector.nodes[node] ?? '?',
    up: length > 0 ? round((history?.upMs(window.from, window.to) ?? 0) / length) : 0,
    misbehaving: !collector.isHonest(node),
    blocks_published: tally.published,
    blocks_delivered: tally.delivered,
    blocks_eligible: latencies.length,
    p50: finite(quantile(latencies, 0.5)),
    p95: finite(quantile(latencies, 0.95)),
    duplicates: tally.duplicates,
    blocks_fetched: counters?.blocksFetched ?? 0,
    sync_rounds: counters?.syncRounds ?? 0,
    rejected: counters?.rejected ?? 0,
    head: head === undefined ? 'genesis' : `#${head.height} ${shortHash(head.hash)}`
  }
}
