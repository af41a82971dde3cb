// What is wrong with a field of a scenario, in words that need no knowledge of the schema's library.
import type { z } from 'zod'

export interface Problem {
  readonly path: readonly string[]
  /** Follows the field's name: ` must be at least 1`, `: unknown field`. */
  readonly text: string
}

/** The first problem that the schema found. */
export function firstProblem(error: z.ZodError, valueAt: (path: readonly string[]) => unknown): Problem {
  const [issue] = error.issues
  if (issue === undefined) return { path: [], text: ' is not valid' }
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return { path: [...path, String(issue.keys[0])], text: ': unknown field' }
  const value = shown(valueAt(path))
  return { path, text: ` ${textOf(issue)}${value === undefined || issue.code === 'custom' ? '' : `, not ${value}`}` }
}

function textOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'invalid_type':
      return `must be ${EXPECTED[issue.expected] ?? `a ${issue.expected}`}`
    case 'invalid_union':
      return 'must be a duration like 250ms, 3s or 2m'
    default:
      return issue.message
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'a group of fields'
}

/** A value as typed, short enough for a sentence; `undefined` for groups. */
function shown(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return undefined
  return `"${value.length <= 40 ? value : `${value.slice(0, 36)}…`}"`
}
