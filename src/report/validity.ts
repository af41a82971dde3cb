// Whether the figures of a run may be trusted, in sentences. Some reasons make a run invalid; others are warnings that
// travel in the same list, because who cites a figure must cite them too.
import { P99_SAMPLES_MIN } from '../config/index.ts'
import type { ItemKind } from '../trace/index.ts'
import type { Collector } from './collector.ts'
import type { MeasuredWindow } from './measured-window.ts'
import type { MeasuredItem } from './measured-items.ts'
import type { Propagation, Report } from './types.ts'

interface Finding {
  readonly text: string
  /** False: a warning. */
  readonly invalid: boolean
}

/** Event-loop lag above this share of the median latency is part of what is measured. */
const LAG_SHARE_MAX = 0.5
/** Clocks of one machine agree to better than this; a delivery earlier than that before publication is a fault. */
const CLOCK_ERROR_MAX_MS = 0.5
const LAG_PREFIX = 'event-loop lag p99 '

export interface ValidityInput {
  readonly engine: Report['engine']
  readonly collector: Collector
  readonly window: MeasuredWindow
  readonly blocks: Propagation
  readonly transactions: Propagation
  readonly items: readonly MeasuredItem[]
  /** How many items were compared with their lower bounds; undefined where there are none. */
  readonly bounds: { readonly blocks: { items: number }; readonly transactions: { items: number } } | undefined
  /** Events that workers dropped because the controller could not follow. */
  readonly eventsDropped: number
  /** Events missing from the trace files; the report has them. */
  readonly traceDropped: number
  /** Milliseconds, 99th percentile; undefined when not measured. */
  readonly loopLagMs: number | undefined
  /** What went wrong in carrying the run out, one sentence each: its figures are not those of the scenario. */
  readonly mishaps: readonly string[]
  /** One-way delay that the links add; 0 for plain loopback. */
  readonly linkDelayMs: number
}

export function validity(input: ValidityInput): Report['validity'] {
  const findings = [
    ...ofWindow(input),
    ...input.mishaps.map((text) => ({ text, invalid: true })),
    ...ofNodes(input),
    ...ofRecords(input),
    ...ofSamples(input),
    ...ofBounds(input),
    ...ofLinks(input),
    ...ofLag(input)
  ]
  // What makes the run invalid first: warnings read differently after it.
  const ordered = [...findings.filter(({ invalid }) => invalid), ...findings.filter(({ invalid }) => !invalid)]
  return { ok: !findings.some(({ invalid }) => invalid), reasons: ordered.map(({ text }) => text) }
}

function ofWindow({ collector, window, blocks }: ValidityInput): Finding[] {
  if (collector.measuredFrom === undefined) {
    return [{ text: 'the network never meshed: nothing was measured', invalid: true }]
  }
  if (window.to <= window.from) return [{ text: 'the run ended as it began: nothing was measured', invalid: true }]
  if (blocks.published === 0) return [{ text: 'no block was published in the measured time', invalid: true }]
  if (blocks.eligible === 0) {
    return [{ text: 'no block had another node that was up all the time: no latency to tell', invalid: true }]
  }
  return []
}

function ofNodes({ collector, window }: ValidityInput): Finding[] {
  return collector.honestHistories.flatMap((history) =>
    history.intervals
      .filter(({ died, to }) => died && to >= window.from && to <= window.observedUntil)
      .map(({ to }) => ({
        text: `${history.name} died ${((to - window.from) / 1000).toFixed(1)} s into the run`,
        invalid: true
      }))
  )
}

function ofRecords({ collector, eventsDropped, traceDropped, window, items }: ValidityInput): Finding[] {
  const { forgotten, itemsMax } = collector
  const truncated = collector.histories.filter((history) => history.completeFrom > window.from).length
  const made = 'arrived without a report of who published it (made outside the run, or by a node that died)'
  // Where items were forgotten, it may be one of them that came again.
  const unexplained = (kind: ItemKind): number => (forgotten[kind] > 0 ? 0 : collector.unpublished(kind))
  const counts: readonly [count: number, noun: string, text: string, invalid?: boolean][] = [
    [eventsDropped, 'event', 'dropped on the way to the report: deliveries may be missing', true],
    [traceDropped, 'event', 'missing from the trace files: the disk was too slow'],
    [earlyDeliveries(items), 'delivery', 'stamped before its publication: the clocks disagree', true],
    [forgotten.block, 'older block', `not in these figures (limit ${itemsMax})`],
    [forgotten.transaction, 'older transaction', `not in these figures (limit ${itemsMax})`],
    [unexplained('block'), 'block', made],
    [unexplained('transaction'), 'transaction', made],
    [collector.strangers, 'event', 'ignored, of nodes outside the run'],
    [truncated, 'node', 'with too many head changes to keep: the time in agreement covers the end of the run only']
  ]
  return counts
    .filter(([count]) => count > 0)
    .map(([count, noun, text, invalid = false]) => ({ text: `${plural(count, noun)} ${text}`, invalid }))
}

function plural(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : noun.replace(/y$/, 'ie').concat('s')}`
}

function earlyDeliveries(items: readonly MeasuredItem[]): number {
  let count = 0
  for (const { trace, eligible } of items) {
    for (const node of eligible) {
      if ((trace.deliveredAt[node] ?? Number.NaN) < trace.publishedAt - CLOCK_ERROR_MAX_MS) count++
    }
  }
  return count
}

function ofSamples({ blocks, transactions }: ValidityInput): Finding[] {
  const few = (what: string, { latency_ms: { n } }: Propagation): Finding[] =>
    n === 0 || n >= P99_SAMPLES_MIN
      ? []
      : [{ text: `p99 of ${what} is their maximum: ${plural(n, 'sample')}, ${P99_SAMPLES_MIN} needed`, invalid: false }]
  return [...few('blocks', blocks), ...few('transactions', transactions)]
}

function ofBounds({ bounds, blocks, transactions }: ValidityInput): Finding[] {
  if (bounds === undefined) return []
  const few = (what: string, compared: number, all: number): Finding[] =>
    compared >= all ? [] : [{ text: `over_bound of ${what}: ${compared} of ${all} compared`, invalid: false }]
  return [
    ...few('blocks', bounds.blocks.items, blocks.published),
    ...few('transactions', bounds.transactions.items, transactions.published)
  ]
}

/** Of real nodes the event loop's lag says it, beside its figure. */
function ofLinks({ engine, linkDelayMs }: ValidityInput): Finding[] {
  if (engine !== 'virtual' || linkDelayMs > 0) return []
  return [{ text: 'no link delay: these times are not those of a network, trust ratios only', invalid: false }]
}

function ofLag({ blocks, transactions, loopLagMs, linkDelayMs }: ValidityInput): Finding[] {
  const p50 = blocks.latency_ms.p50 ?? transactions.latency_ms.p50
  if (loopLagMs === undefined || p50 === null || loopLagMs < LAG_SHARE_MAX * p50) return []
  const meaning =
    linkDelayMs === 0
      ? 'comparable to p50, no link delay: this is your CPU, trust ratios only'
      : 'comparable to p50: your CPU is part of what was measured'
  return [{ text: `${LAG_PREFIX}${loopLagMs.toFixed(1)} ms: ${meaning}`, invalid: false }]
}

/** The part of a lag warning after the figure; undefined when the report holds none. */
export function lagWarning(report: Report): string | undefined {
  const reason = report.validity.reasons.find((text) => text.startsWith(LAG_PREFIX))
  return reason?.slice(reason.indexOf(': ') + 2)
}

/** Everything in the list but the warning about lag, which the summary shows beside its figure. */
export function reasonsButLag(report: Report): string[] {
  return report.validity.reasons.filter((text) => !text.startsWith(LAG_PREFIX))
}
