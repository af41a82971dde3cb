// The figures of a report by their paths, as expectations name them: `blocks.coverage_ms.t95`. What runs are compared by.
import { formatBytes, preciseMs } from './format.ts'
import type { Interval, Report } from './types.ts'

/** Parts of a report that are measured, and that mean the same in every run. */
const PARTS = ['blocks', 'transactions', 'consistency', 'traffic', 'repair'] as const
/** Not figures of their own. */
const LEFT_OUT = new Set(['intervals', 'by_hop', 'by_region'])

/** Numbers of the report by path, in its order; null: not known, or never. */
export function figuresOf(report: Report): Map<string, number | null> {
  const figures = new Map<string, number | null>()
  for (const part of PARTS) collect(report[part], part, figures)
  return figures
}

function collect(value: unknown, path: string, figures: Map<string, number | null>): void {
  if (typeof value === 'number' || value === null) figures.set(path, value)
  else if (typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, child] of Object.entries(value)) if (!LEFT_OUT.has(key)) collect(child, `${path}.${key}`, figures)
  }
}

const INTERVAL_PATH = /^(blocks|transactions)\.(latency_ms|coverage_ms)\.(\w+)$/

/** The interval that a run has for one of its figures. */
export function intervalOf(report: Report, path: string): Interval | undefined {
  const [, kind, group, key = ''] = INTERVAL_PATH.exec(path) ?? []
  if (kind === undefined) return undefined
  const intervals = report[kind === 'blocks' ? 'blocks' : 'transactions'].intervals
  const found: Readonly<Record<string, Interval>> | undefined =
    group === 'latency_ms' ? intervals?.latency_ms : intervals?.coverage_ms
  return found?.[key]
}

/** What a table shows; a file has all. */
export const MAIN_FIGURES: readonly string[] = [
  ...['blocks', 'transactions'].flatMap((kind) =>
    ['coverage_ms.t50', 'coverage_ms.t95', 'coverage_ms.t99', 'latency_ms.p50', 'latency_ms.p95', 'latency_ms.p99']
      .concat('over_bound.p50', 'over_bound.p99', 'delivery_ratio', 'duplicates_per_delivery', 'hops.p50')
      .map((figure) => `${kind}.${figure}`)
  ),
  'blocks.compact.rebuilt_share',
  'blocks.compact.missing_per_block',
  'blocks.compact.requests_hedged',
  'consistency.height',
  'consistency.stale_rate',
  'consistency.max_reorg_depth',
  'consistency.share_of_time_agreed',
  'consistency.longest_disagreement_s',
  'traffic.bytes_sent_per_node',
  'traffic.by_kind.block',
  'traffic.by_kind.transaction',
  'traffic.by_kind.control',
  'traffic.by_kind.repair',
  'traffic.by_kind.membership',
  'repair.blocks_fetched',
  'repair.bytes'
]

/** As people read it: the path says the unit. */
export function formatFigure(path: string, value: number | null): string {
  if (value === null) return '–'
  if (path.includes('_ms')) return `${preciseMs(value)} ms`
  if (path.endsWith('_s')) return `${value.toFixed(2)} s`
  if (path.includes('bytes') || path.includes('by_kind')) return formatBytes(Math.round(value))
  if (/ratio|share|rate/.test(path)) return value === 1 ? '1' : value.toFixed(4)
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}

/** What was measured for an expectation, to the digit, for it may be close: with the unit that its text says. */
export function measuredText(expectation: string, value: number): string {
  const [, path = '', rest = ''] = /^\s*([\w.-]+)\s*(.*)$/s.exec(expectation) ?? []
  if (rest.startsWith('within')) return `${Number((value / 1000).toFixed(3))} s`
  if (path.includes('_ms')) return `${value} ms`
  return path.endsWith('_s') ? `${value} s` : String(value)
}

/** `212 … 240 ms`; empty without one. */
export function formatInterval(path: string, interval: Interval | null | undefined): string {
  if (interval === null || interval === undefined) return ''
  const [low, high] = interval
  if (low === null && high === null) return ''
  return `${formatFigure(path, low).replace(/ \w+$/, '')} … ${formatFigure(path, high)}`
}
