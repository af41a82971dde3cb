// What a benchmark answers with, as data (`--json`) and as a table. A figure of ours never stands alone: beside it is
// what it is compared with, measured in the same run, because machines differ and ratios travel.
import { median } from '../../src/report/statistics.ts'
import type { Environment } from './environment.ts'

export interface Goal {
  readonly least?: number
  readonly most?: number
}

export interface Row {
  readonly name: string
  readonly unit: string
  /** Of all rounds; min and max say how much they differ. */
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
  /** Event loop while it ran, ms. */
  readonly pause_p99_ms?: number
  readonly pause_max_ms?: number
  /** This figure over another of the same run, or a bound on the figure itself. */
  readonly comparison?: string
}

export interface BenchResult {
  readonly name: string
  readonly environment: Environment
  readonly rows: readonly Row[]
  readonly ratios: Readonly<Record<string, number>>
  /** Figures for several sizes of one thing, a size a row: for plotting. */
  readonly series?: readonly Readonly<Record<string, number>>[]
}

/** What the smoke form of a benchmark, `--quick`, makes smaller; its figures mean nothing. */
export interface BenchOptions {
  readonly quick: boolean
  /** One line about what is being done, for stderr. */
  readonly progress: (line: string) => void
}

/** A benchmark without what every one has: name and environment. */
export type Benchmark = (options: BenchOptions) => Promise<Pick<BenchResult, 'rows' | 'ratios' | 'series'>>

/** A row from one figure per round. Throws `RangeError` for no rounds. */
export function row(name: string, unit: string, rounds: readonly number[], more: Partial<Row> = {}): Row {
  if (rounds.length === 0) throw new RangeError(`no rounds of ${name}`)
  return {
    name,
    unit,
    median: significant(median(rounds)),
    min: significant(Math.min(...rounds)),
    max: significant(Math.max(...rounds)),
    rounds: rounds.length,
    ...more
  }
}

/** `0.83 × bare rate, pool (goal ≥ 0.7: met)`. */
export function comparison(value: number, of: string, { least, most }: Goal): string {
  const met = (least === undefined || value >= least) && (most === undefined || value <= most)
  const bound = least === undefined ? `≤ ${most}` : `≥ ${least}`
  return `${significant(value)} ${of} (goal ${bound}: ${met ? 'met' : 'MISSED'})`
}

/** Three digits that count. */
export function significant(value: number): number {
  return value >= 1000 ? Math.round(value) : Number(value.toPrecision(3))
}

const HEADINGS = ['', 'median', 'min – max', 'unit', 'loop pause p99, max', 'beside it']

/** The result for people. */
export function renderTable({ name, environment, rows }: BenchResult): string {
  const { version, commit, node, os, cpus, cpu_model } = environment
  const cells = rows.map((each) => [
    each.name,
    number(each.median),
    each.rounds === 1 ? '' : `${number(each.min)} – ${number(each.max)}`,
    each.unit,
    each.pause_p99_ms === undefined ? '' : `${each.pause_p99_ms}, ${each.pause_max_ms} ms`,
    each.comparison ?? ''
  ])
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0))
  )
  const isNumeric = (column: number): boolean => column === 1 || column === 2
  const lines = [HEADINGS, ...cells].map((line) =>
    line
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
      )
      .join('  ')
      .trimEnd()
  )
  const rounds = Math.max(...rows.map((each) => each.rounds))
  const where = `Starling ${version} ${commit}, node ${node}, ${os}, ${cpus} × ${cpu_model}`
  return [`${name}: medians of ${rounds} rounds`, where, '', ...lines, ''].join('\n')
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 })
}
