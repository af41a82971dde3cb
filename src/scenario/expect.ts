// Expectations: one readable line each, judged by the report.
//     blocks.coverage_ms.t95 < 500          a figure of report.json, an order, a number (in the figure's unit)
//     blocks.coverage_ms.t95 < 0.5s         … or with a unit: ms, s, m, or % for shares
//     consistency.converged                 a truth of report.json
//     consistency.converged within 10s of heal
import { z } from 'zod'
import { reportSchema } from '../report/index.ts'
import type { Fault, FaultField } from './fault.ts'
import { didYouMean } from './nearest.ts'

export type Comparison = '<' | '<=' | '>' | '>=' | '='

export type Expectation = { readonly text: string } & (
  | { readonly kind: 'compare'; readonly path: string; readonly comparison: Comparison; readonly limit: number }
  | { readonly kind: 'true'; readonly path: string }
  /** Heads agreed again at most this long after every step of this kind. */
  | { readonly kind: 'within'; readonly limitMs: number; readonly mark: Mark }
)

export interface JudgeInput {
  /** report.json */
  readonly report: object
  /**
   * From a step of this kind until the heads of all honest nodes that are up agreed, ms, the longest of several; `null`
   * when they never did, `undefined` when there was no such step.
   */
  convergedAfterMs(mark: Mark): number | null | undefined
}

export interface Verdict {
  readonly text: string
  readonly held: boolean
  /** What was measured; `null` where it is no number or was not. */
  readonly value: number | null
  /** Why nothing was measured, where that is not plain. */
  readonly reason?: string
}

/** What an expectation can be "of": steps after which nodes are to find together, and the faults that have one. */
const MARKS = ['wipe', 'start', 'restart', 'join', 'resume', 'cut', 'heal', 'restore'] as const satisfies readonly (
  | Fault['kind']
  | FaultField['do']
)[]
export type Mark = (typeof MARKS)[number]

/** At the beginning of these nobody has diverged yet: heads agree at the mark itself, which says nothing. */
const ENDED_BY: ReadonlyMap<string, Mark> = new Map([
  ['crash', 'start'],
  ['stop', 'start'],
  ['pause', 'resume'],
  ['partition', 'heal'],
  ['slow', 'restore']
])

const NUMBER = /^(-?\d+(?:\.\d+)?)\s*(ms|s|m|%)?$/
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** The expectation, or why the text is none: the end of a sentence that begins with the field. */
export function parseExpectation(text: string): Expectation | { readonly problem: string } {
  const trimmed = text.trim()
  const [, path = '', rest = ''] = /^([\w.-]+)\s*(.*)$/s.exec(trimmed) ?? []
  const figure = figureAt(path)
  if (path === '') return { problem: ` must be like "blocks.coverage_ms.t95 < 500", not "${trimmed}"` }
  if (figure === undefined) {
    return { problem: noFigure(path) }
  }
  if (figure === 'boolean') return parseTruth(text, path, rest)
  const [, comparison, value = ''] = /^(<=|>=|<|>|==?)\s*(.+)$/s.exec(rest) ?? []
  if (comparison === undefined) return { problem: `: after ${path} comes <, <=, >, >= or = and a number` }
  const [turned] = /^=[<>]/.exec(rest) ?? []
  if (turned !== undefined) return { problem: `: no such comparison: "${turned}", did you mean ${turned[1]}=?` }
  const limit = parseLimit(value.trim(), path)
  if (typeof limit === 'string') return { problem: limit }
  return { kind: 'compare', text, path, comparison: (comparison === '==' ? '=' : comparison) as Comparison, limit }
}

function noFigure(path: string): string {
  const inside = [...figures().keys()].filter((name) => name.startsWith(`${path}.`))
  if (inside.length > 0) {
    const members = [...new Set(inside.map((name) => name.slice(path.length + 1).replace(/\..*/, '')))]
    return `: "${path}" of report.json is a group, which has ${members.join(', ')}`
  }
  const meant = didYouMean(path, [...figures().keys()])
  return `: report.json has no "${path}"${meant === '' ? '; docs/report.md lists its figures' : meant}`
}

function parseTruth(text: string, path: string, rest: string): Expectation | { readonly problem: string } {
  if (rest === '') return { kind: 'true', text, path }
  const [, number = '', unit = '', mark = ''] = /^within\s+(\d+(?:\.\d+)?)(ms|s|m)?\s+of\s+(\S+)$/.exec(rest) ?? []
  if (path !== 'consistency.converged' || mark === '') {
    const within = path === 'consistency.converged' ? ', or "within 10s of heal"' : ''
    return { problem: `: after ${path} comes nothing${within}` }
  }
  if (unit === '') return { problem: ` needs a unit: within ${number}s` }
  const found = MARKS.find((kind) => kind === mark)
  const end = ENDED_BY.get(mark)
  if (end !== undefined) {
    return { problem: `: "of ${mark}" is when heads begin to differ, and they still agree then; write "of ${end}"` }
  }
  if (found === undefined) {
    return { problem: `: "of ${mark}": no such step, only ${MARKS.join(', ')}${didYouMean(mark, MARKS)}` }
  }
  return { kind: 'within', text, limitMs: Number(number) * (MS[unit] ?? 1), mark: found }
}

/** In the unit of the figure; text: why not. */
function parseLimit(value: string, path: string): number | string {
  const [, digits, unit] = NUMBER.exec(value) ?? []
  if (digits === undefined) return ` must end in a number, such as 500, 0.5s or 99%, not "${value}"`
  const number = Number(digits)
  if (unit === undefined) return number
  if (unit === '%') return isTimed(path) ? `: ${path} is a time, not a share` : number / 100
  const scale = path.includes('_ms') ? 1 : path.endsWith('_s') ? 1000 : undefined
  return scale === undefined ? `: ${path} is not a time` : (number * (MS[unit] ?? 1)) / scale
}

const isTimed = (path: string): boolean => path.includes('_ms') || path.endsWith('_s')

export function judge(expectation: Expectation, { report, convergedAfterMs }: JudgeInput): Verdict {
  const { text } = expectation
  if (expectation.kind === 'within') {
    const value = convergedAfterMs(expectation.mark)
    if (value === undefined) {
      return { text, held: false, value: null, reason: `no ${expectation.mark} happened in the run` }
    }
    return { text, held: value !== null && value <= expectation.limitMs, value }
  }
  const found = expectation.path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : at),
      report
    )
  if (expectation.kind === 'true') return { text, held: found === true, value: null }
  const value = typeof found === 'number' ? found : null
  return { text, held: value !== null && compare(value, expectation.comparison, expectation.limit), value }
}

function compare(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '=':
      return value === limit
  }
}

type Figure = 'number' | 'boolean'

function figureAt(path: string): Figure | undefined {
  // What an engine measures of its machine has no fixed names.
  return /^environment\.\w+$/.test(path) ? 'number' : figures().get(path)
}

let cached: ReadonlyMap<string, Figure> | undefined

/** Every number and truth value of report.json, by its path. */
export function figures(): ReadonlyMap<string, Figure> {
  cached ??= new Map(figuresIn(z.toJSONSchema(reportSchema, { io: 'input' }) as Shape, []))
  return cached
}

interface Shape {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly anyOf?: readonly Shape[]
}

function figuresIn({ type, properties, anyOf }: Shape, path: readonly string[]): [string, Figure][] {
  if (anyOf !== undefined) return anyOf.flatMap((option) => figuresIn(option, path))
  const types = typeof type === 'string' ? [type] : (type ?? [])
  if (types.includes('number') || types.includes('integer')) return [[path.join('.'), 'number']]
  if (types.includes('boolean')) return [[path.join('.'), 'boolean']]
  return Object.entries(properties ?? {}).flatMap(([key, child]) => figuresIn(child, [...path, key]))
}
