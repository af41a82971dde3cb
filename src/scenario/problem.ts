// What is wrong with a field of a scenario, in words that need no knowledge of the schema's library.
import type { z } from 'zod'
import { fieldsAt } from './json-schema.ts'
import { didYouMean } from './nearest.ts'

export interface Problem {
  readonly path: readonly string[]
  /** Follows the field's name: ` must be at least 1`, `: unknown field`. */
  readonly text: string
}

/** What the schema found in `fields`, at least one. */
export function problemsOf(error: z.ZodError, fields: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [problemOf(issue, [], fields)]
    return issue.keys.map((key) => unknownField(issue.path.map(String), key, fields))
  })
}

function problemOf(issue: z.core.$ZodIssue, above: readonly string[], fields: unknown): Problem {
  const path = [...above, ...issue.path.map(String)]
  if (issue.code === 'unrecognized_keys') return unknownField(path, issue.keys[0] ?? '', fields)
  if (issue.code === 'invalid_union' && issue.message === UNSAID) {
    const inner = likeliest(issue.errors)
    if (inner !== undefined) return problemOf(inner, path, fields)
  }
  const value = valueAt(fields, path)
  const text = textOf(issue)
  if (value === undefined) return { path, text: ` is missing: it ${text}` }
  const known = namesIn(issue)
  const meant = typeof value === 'string' && known.length > 0 ? didYouMean(value, known) : ''
  const given = issue.code === 'custom' ? undefined : shown(value)
  return { path, text: ` ${text}${given === undefined ? '' : `, not ${given}`}${meant}` }
}

/** What zod says of a union for which nobody wrote a message. */
const UNSAID = 'Invalid input'

/** Of a union's alternatives the one that was meant: what went wrong farthest inside. */
function likeliest(alternatives: readonly (readonly z.core.$ZodIssue[])[]): z.core.$ZodIssue | undefined {
  const first = alternatives.flatMap(([issue]) => (issue === undefined ? [] : [issue]))
  const depth = (issue: z.core.$ZodIssue): number => issue.path.length + (issue.code === 'custom' ? 0.5 : 0)
  return first.toSorted((a, b) => depth(b) - depth(a))[0]
}

function unknownField(path: readonly string[], key: string, fields: unknown): Problem {
  const what = valueAt(fields, [...path, 'do'])
  const of = typeof what === 'string' ? ` of ${what}` : ''
  const known = fieldsAt(path, fields)
  const all = of === '' ? '' : `, which has ${known.join(', ')}`
  return { path: [...path, key], text: `: unknown field${of}${didYouMean(key, known) || all}` }
}

function textOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must ${issue.origin === 'array' ? 'have' : 'be'} at least ${issue.minimum}`
    case 'too_big':
      return `must ${issue.origin === 'array' ? 'have' : 'be'} at most ${issue.maximum}`
    case 'invalid_value':
      return `must be ${orList(issue.values.map(String))}`
    case 'invalid_type':
      return `must be ${EXPECTED[issue.expected] ?? `a ${issue.expected}`}`
    case 'invalid_union':
      return issue.discriminator === undefined ? issue.message : `must be ${orList(namesIn(issue))}`
    default:
      return issue.message
  }
}

/** The values that a field can have, if they are names. */
function namesIn(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []).map(String) : []
}

function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

const EXPECTED: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'a group of fields',
  array: 'a list'
}

/** A value as typed, short enough for a sentence; `undefined` for groups. */
export function shown(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  if (typeof value !== 'string') return undefined
  return `"${value.length <= 40 ? value : `${value.slice(0, 36)}…`}"`
}

export function valueAt(fields: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => {
    const isGroup = typeof at === 'object' && at !== null && Object.hasOwn(at, key)
    return isGroup ? (at as Record<string, unknown>)[key] : undefined
  }, fields)
}
