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
