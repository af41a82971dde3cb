// Two runs side by side, or two sets of runs: every figure of both, their ratio, and intervals where there are some.
import { type Random, seededRandom } from '../runtime/index.ts'
import { figuresOf, intervalOf, MAIN_FIGURES } from './figures.ts'
import { ITEM_METHOD, RUN_METHOD } from './resample.ts'
import type { Runs } from './runs.ts'
import { finite, quantile, round, sorted } from './statistics.ts'
import type { Interval, Report } from './types.ts'

/** One report, or several seeds of one scenario. */
export type Measured =
  | { readonly kind: 'run'; readonly label: string; readonly report: Report }
  | { readonly kind: 'runs'; readonly label: string; readonly runs: Runs }

export interface Side {
  readonly label: string
  readonly engine: Report['engine']
  readonly scenario: string
  readonly nodes: number
  readonly seeds: readonly number[]
  readonly version: string
  /** Why its figures can't be trusted; empty when they can. */
  readonly invalid: readonly string[]
  /** How its intervals came about. */
  readonly intervals: string
}

export interface ComparedFigure {
  readonly value: number | null
  readonly interval: Interval | null
}

export interface ComparisonRow {
  /** Path in report.json. */
  readonly figure: string
  readonly a: ComparedFigure
  readonly b: ComparedFigure
  /** b over a; null where either is not known or a is 0. */
  readonly ratio: number | null
  /** Only between sets of at least six runs. */
  readonly ratio_interval: Interval | null
}

export interface Comparison {
  readonly schema: 'starling-comparison/1'
  readonly a: Side
  readonly b: Side
  /** Fields of the configuration that differ, as text. */
  readonly differences: readonly { readonly field: string; readonly a: string; readonly b: string }[]
  /** How the ratios' intervals came about; null when there are none. */
  readonly ratio_method: string | null
  readonly rows: readonly ComparisonRow[]
}

/** Fewer runs say too little for an interval of a ratio. */
const RUNS_MIN = 6
const RESAMPLES = 2000
/** Differences of configuration that are told. */
const DIFFERENCES_MAX = 100

export function compare(a: Measured, b: Measured): Comparison {
  const [left, right] = [columnsOf(a), columnsOf(b)]
  const paths = [...new Set([...left.figures.keys(), ...right.figures.keys()])]
  const paired = sameSeeds(left.side.seeds, right.side.seeds)
  const isEnough =
    a.kind === 'runs' && b.kind === 'runs' && Math.min(left.side.seeds.length, right.side.seeds.length) >= RUNS_MIN
  const random = seededRandom('starling comparison')
  return {
    schema: 'starling-comparison/1',
    a: left.side,
    b: right.side,
    differences: differences(configOf(a), configOf(b)),
    ratio_method: isEnough ? `bootstrap over ${paired ? 'pairs of seeds' : 'seeds'}, percentile, 95%` : null,
    rows: order(paths).map((figure) => {
      const [from, to] = [left.figures.get(figure) ?? MISSING, right.figures.get(figure) ?? MISSING]
      return {
        figure,
        a: { value: from.value, interval: from.interval },
        b: { value: to.value, interval: to.interval },
        ratio: ratioOf(from.value, to.value),
        ratio_interval: isEnough ? ratioInterval(from.values, to.values, paired, random) : null
      }
    })
  }
}

/** Main figures first. */
function order(paths: readonly string[]): string[] {
  const main = MAIN_FIGURES.filter((path) => paths.includes(path))
  const isMain = new Set(main)
  return [...main, ...paths.filter((path) => !isMain.has(path))]
}

interface Column extends ComparedFigure {
  readonly values: readonly (number | null)[]
}

const MISSING: Column = { value: null, interval: null, values: [] }

function columnsOf(measured: Measured): { side: Side; figures: ReadonlyMap<string, Column> } {
  if (measured.kind === 'run') {
    const { label, report } = measured
    const figures = [...figuresOf(report)].map(([path, value]): [string, Column] => {
      return [path, { value, interval: intervalOf(report, path) ?? null, values: [value] }]
    })
    const { engine, scenario, nodes, seed, environment, validity } = report
    const invalid = validity.ok ? [] : validity.reasons
    const side = { label, engine, scenario, nodes, seeds: [seed], version: versionOf(environment), invalid }
    return { side: { ...side, intervals: ITEM_METHOD }, figures: new Map(figures) }
  }
  const { label, runs } = measured
  const figures = Object.entries(runs.figures).map(([path, { median, interval, values, n }]): [string, Column] => {
    return [path, { value: median, interval: n > 1 ? interval : null, values }]
  })
  const { engine, scenario, nodes, environment } = runs
  const invalid = runs.runs.flatMap(({ seed, validity }) =>
    validity.ok ? [] : [`seed ${seed}: ${validity.reasons[0] ?? 'not valid'}`]
  )
  const seeds = runs.runs.map(({ seed }) => seed)
  const side = { label, engine, scenario, nodes, seeds, version: versionOf(environment), invalid }
  return { side: { ...side, intervals: RUN_METHOD }, figures: new Map(figures) }
}

function versionOf({ version, commit }: Report['environment']): string {
  return [version, commit].filter((part) => typeof part === 'string').join(' ')
}

function ratioOf(from: number | null, to: number | null): number | null {
  return from === null || to === null || from === 0 ? null : round(to / from)
}

function sameSeeds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((seed, index) => seed === b[index])
}

/** Of the ratio of medians: seeds are drawn again, the same for both sides where they are the same. */
function ratioInterval(
  from: readonly (number | null)[],
  to: readonly (number | null)[],
  paired: boolean,
  random: Random
): Interval | null {
  if (from.length === 0 || to.length === 0 || from.includes(null) || to.includes(null)) return null
  const ratios: number[] = []
  for (let round = 0; round < RESAMPLES; round++) {
    const picks = from.map(() => random.int(from.length))
    const others = paired ? picks : to.map(() => random.int(to.length))
    const [low, high] = [middleOf(picks, from), middleOf(others, to)]
    if (low !== 0) ratios.push(high / low)
  }
  if (ratios.length < RESAMPLES / 2) return null
  const ascending = sorted(ratios)
  return [finite(quantile(ascending, 0.025)), finite(quantile(ascending, 0.975))]
}

function middleOf(picks: readonly number[], values: readonly (number | null)[]): number {
  const drawn = sorted(picks.map((pick) => values[pick] ?? 0))
  const half = drawn.length >> 1
  const upper = drawn[half] ?? 0
  return drawn.length % 2 === 1 ? upper : (upper + (drawn[half - 1] ?? 0)) / 2
}

function configOf(measured: Measured): Report['config'] {
  if (measured.kind === 'runs') return measured.runs.config
  const { seed: _seed, ...config } = measured.report.config
  return config
}

function differences(a: Report['config'], b: Report['config']): Comparison['differences'] {
  const [left, right] = [fieldsOf(a), fieldsOf(b)]
  const fields = [...new Set([...left.keys(), ...right.keys()])].sort()
  return fields
    .map((field) => ({ field, a: left.get(field) ?? '–', b: right.get(field) ?? '–' }))
    .filter((row) => row.a !== row.b)
    .slice(0, DIFFERENCES_MAX)
}

function fieldsOf(config: Report['config']): Map<string, string> {
  const fields = new Map<string, string>()
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, child] of Object.entries(value)) visit(child, path === '' ? key : `${path}.${key}`)
    } else fields.set(path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '–'))
  }
  visit(config, '')
  return fields
}
