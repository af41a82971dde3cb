// Durations as people write them.
import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** The longest a timer can wait (2^31 − 1 ms, 24.8 days). */
const DURATION_MAX_MS = 2 ** 31 - 1

/** Milliseconds of `250ms`, `1.5s`, `2m`, `1h`; a bare number is milliseconds. `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return undefined
  const value = Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? Number.NaN)
  return value <= DURATION_MAX_MS ? value : undefined
}

/** A schema field that takes `"3s"` or a number of milliseconds and gives milliseconds. */
export const durationMs = z.union([z.string(), z.number()]).transform((value, context) => {
  const parsed = parseDuration(String(value))
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: `not a duration (write 250ms, 3s, 2m): ${value}` })
  return z.NEVER
})
