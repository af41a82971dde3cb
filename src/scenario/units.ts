// Durations as people write them. A number without a unit is refused wherever text is read: someone who types 5 means
// seconds, and would get milliseconds.
import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** The longest a timer can wait (2^31 − 1 ms, 24.8 days). */
const DURATION_MAX_MS = 2 ** 31 - 1

/** Milliseconds of `250ms`, `1.5s`, `2m`, `1h`; nothing else needs no unit but 0. `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return undefined
  const number = Number(match[1])
  if (match[2] === undefined && number !== 0) return undefined
  const value = number * (UNITS[match[2] ?? 'ms'] ?? Number.NaN)
  return value <= DURATION_MAX_MS ? value : undefined
}

/** Text that `parseDuration` reads as the same milliseconds: `60s`, `250ms`. */
export function formatDuration(ms: number): string {
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

/** Why a text is no duration, as the end of a sentence that begins with what it was given for. */
export function durationProblem(text: string): string {
  const number = /^\s*(\d+(?:\.\d+)?)\s*$/.exec(text)?.[1]
  if (number !== undefined) return `needs a unit: ${number}s, or ${number}ms`
  return /^\s*\d+(\.\d+)?(ms|s|m|h)\s*$/.test(text)
    ? `must be shorter than 25 days, not "${text}"`
    : `must be a duration like 250ms, 3s or 2m, not "${text}"`
}

/** A schema field that takes `"3s"`, or from code a number of milliseconds, and gives milliseconds. */
export const durationMs = z.union([z.string(), z.number().min(0).max(DURATION_MAX_MS)]).transform((value, context) => {
  const parsed = typeof value === 'number' ? value : parseDuration(value)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: durationProblem(String(value)) })
  return z.NEVER
})

/** A span of milliseconds. */
export interface RangeMs {
  readonly min: number
  readonly max: number
}

/** `50ms`, or `40ms..130ms`; gives both ends. */
export const rangeMs = z
  .union([z.string(), z.number().min(0).max(DURATION_MAX_MS), z.strictObject({ min: z.number(), max: z.number() })])
  .transform((value, context): RangeMs => {
    if (typeof value === 'object') return value
    if (typeof value === 'number') return { min: value, max: value }
    const [first = '', second = first, ...rest] = value.split('..')
    const min = parseDuration(first)
    const max = parseDuration(second)
    if (min !== undefined && max !== undefined && min <= max && rest.length === 0) return { min, max }
    const wrong = min === undefined || rest.length > 0 ? first : second
    const message = min !== undefined && max !== undefined ? `must rise, not "${value}"` : durationProblem(wrong)
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** Text that `rangeMs` reads as the same range. */
export function formatRange({ min, max }: RangeMs): string {
  return min === max ? formatDuration(min) : `${formatDuration(min)}..${formatDuration(max)}`
}

const BIT_UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9 }

/** `50Mbit`, `1Gbit`, `800kbit`: bits per second. */
export const bitRate = z.union([z.string(), z.number().min(1000)]).transform((value, context) => {
  if (typeof value === 'number') return value
  const match = /^(\d+(?:\.\d+)?)(bit|kbit|Mbit|Gbit)$/.exec(value.trim())
  const rate = Number(match?.[1]) * (BIT_UNITS[match?.[2] ?? ''] ?? Number.NaN)
  if (rate >= 1000) return rate
  context.addIssue({ code: 'custom', message: `must be a rate like 50Mbit, 1Gbit or 800kbit, not "${value}"` })
  return z.NEVER
})
