// Durations, ranges of them, bit rates and shares as people write them, each a codec: text with a unit in files, a plain
// number in code. A number without a unit is refused wherever text is read: someone who types 5 means seconds, and would get
// milliseconds.
import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** The longest a timer can wait (2^31 − 1 ms, 24.8 days). */
const DURATION_MAX_MS = 2 ** 31 - 1
const DURATION = String.raw`\d+(?:\.\d+)?(?:ms|s|m|h)|0`
/** Digits after the point of a millisecond that are kept: what is written out again never needs an exponent. */
const DURATION_DIGITS = 6

/** Milliseconds of `250ms`, `1.5s`, `2m`, `1h`; nothing else needs no unit but 0. `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return undefined
  const number = Number(match[1])
  if (match[2] === undefined && number !== 0) return undefined
  const value = Number((number * (UNITS[match[2] ?? 'ms'] ?? Number.NaN)).toFixed(DURATION_DIGITS))
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

/** What JSON Schema shall say of a codec: its text, not the number that code may give. */
export interface TextForm {
  readonly pattern: string
  /** Of a number without a unit: what may be meant. */
  readonly bare?: 'duration' | 'rate'
  /** Plain numbers are right as well, from 0 to this. */
  readonly numbersMax?: number
  readonly examples: readonly string[]
}

/** The text form of each codec. */
export const textForms = z.registry<TextForm>()

/** Why a number that was read without a unit is refused, as the end of a sentence. */
export function bareProblem(kind: NonNullable<TextForm['bare']>, number: string): string {
  return kind === 'duration' ? durationProblem(number) : `needs a unit: ${number}Mbit, or ${number}kbit`
}

type Issues = z.core.ParsePayload['issues']

/** A problem of a value that stands for nothing. */
function refuse(issues: Issues, input: unknown, message: string): never {
  issues.push({ code: 'custom', message, input })
  return z.NEVER
}

/** A field that takes `"3s"`, or from code a number of milliseconds, and gives milliseconds. */
export const durationMs = z
  .codec(
    z.union([z.string(), z.number()], { error: 'must be a duration like 250ms, 3s or 2m' }),
    z.number().min(0).max(DURATION_MAX_MS),
    {
      decode: (value, { issues }) => {
        if (typeof value === 'number') return value
        return parseDuration(value) ?? refuse(issues, value, durationProblem(value))
      },
      encode: formatDuration
    }
  )
  .register(textForms, { bare: 'duration', pattern: `^(?:${DURATION})$`, examples: ['250ms', '3s', '2m'] })

/** A span of milliseconds. */
export interface RangeMs {
  readonly min: number
  readonly max: number
}

/** `50ms`, or `40ms..130ms`; gives both ends. */
export const rangeMs = z
  .codec(
    z.union([z.string(), z.number(), z.strictObject({ min: z.number(), max: z.number() })], {
      error: 'must be a duration like 50ms, or a range like 40ms..130ms'
    }),
    z.strictObject({ min: z.number().min(0).max(DURATION_MAX_MS), max: z.number().min(0).max(DURATION_MAX_MS) }),
    {
      decode: (value, { issues }) => {
        if (typeof value === 'object') return value
        if (typeof value === 'number') return { min: value, max: value }
        const [first = '', second = first, ...rest] = value.split('..')
        const [min, max] = [parseDuration(first), parseDuration(second)]
        if (min === undefined || rest.length > 0) return refuse(issues, value, durationProblem(first))
        if (max === undefined) return refuse(issues, value, durationProblem(second))
        return min <= max ? { min, max } : refuse(issues, value, `must rise, not "${value}"`)
      },
      encode: formatRange
    }
  )
  .register(textForms, {
    bare: 'duration',
    pattern: String.raw`^(?:${DURATION})(?:\.\.(?:${DURATION}))?$`,
    examples: ['50ms', '40ms..130ms']
  })

/** Text that `rangeMs` reads as the same range. */
function formatRange({ min, max }: RangeMs): string {
  return min === max ? formatDuration(min) : `${formatDuration(min)}..${formatDuration(max)}`
}

const BIT_UNITS: readonly (readonly [unit: string, bits: number])[] = [
  ['Gbit', 1e9],
  ['Mbit', 1e6],
  ['kbit', 1e3],
  ['bit', 1]
]
const BIT_RATE_MIN = 1000
const BIT_RATE_MAX = 1e12

/** Bits per second of `50Mbit`, `1Gbit`, `800kbit`; `undefined` when it is none. */
export function parseBitRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(bit|kbit|Mbit|Gbit)$/.exec(text.trim())
  const scale = BIT_UNITS.find(([unit]) => unit === match?.[2])?.[1]
  return scale === undefined ? undefined : Math.round(Number(match?.[1]) * scale)
}

/** `, did you mean 50Mbit?` after a rate written another way (`50Mbps`, `50 mbit/s`), or nothing. Bytes are none. */
export function meantRate(text: string): string {
  const [, number, prefix = ''] = /^(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:bps|b|[bB]its?)(?:\/s)?$/.exec(text.trim()) ?? []
  if (number === undefined) return ''
  return `, did you mean ${number}${{ k: 'k', m: 'M', g: 'G' }[prefix.toLowerCase()] ?? ''}bit?`
}

/** Text that reads as the same rate: `50Mbit`. */
function formatBitRate(bitsPerSecond: number): string {
  const [unit, bits] = BIT_UNITS.find(([, scale]) => bitsPerSecond % scale === 0) ?? ['bit', 1]
  return `${bitsPerSecond / bits}${unit}`
}

/** `50Mbit`, `1Gbit`, `800kbit`, or from code a number: bits per second. */
export const bitRate = z
  .codec(
    z.union([z.string(), z.number()], { error: 'must be a rate like 50Mbit, 1Gbit or 800kbit' }),
    z.int().min(BIT_RATE_MIN).max(BIT_RATE_MAX),
    {
      decode: (value, { issues }) => {
        if (typeof value === 'number') return value
        const rate = parseBitRate(value)
        if (rate !== undefined && rate >= BIT_RATE_MIN && rate <= BIT_RATE_MAX) return rate
        if (/^\d+(\.\d+)?$/.test(value.trim())) return refuse(issues, value, bareProblem('rate', value))
        const range = rate === undefined ? 'a rate like 50Mbit, 1Gbit or 800kbit' : 'a rate from 1kbit to 1000Gbit'
        return refuse(issues, value, `must be ${range}, not "${value}"${rate === undefined ? meantRate(value) : ''}`)
      },
      encode: formatBitRate
    }
  )
  .register(textForms, {
    bare: 'rate',
    pattern: String.raw`^\d+(?:\.\d+)?(?:bit|kbit|Mbit|Gbit)$`,
    examples: ['50Mbit', '1Gbit', '800kbit']
  })

/** A share of 1 as a number, `0.02` or `2%`; `undefined` when it is none. */
export function parseShare(text: string): number | undefined {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%)?$/.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  return percent === undefined ? Number(number) : Number((Number(number) / 100).toFixed(SHARE_DIGITS))
}

/** Digits of a share that came as a percentage: 0.07% is 0.0007 and not the double that division gives. */
const SHARE_DIGITS = 12

/** A field that takes `0.02` or `"2%"` and gives the number, at most `max`. */
export function share(max = 1) {
  return z
    .codec(z.union([z.number(), z.string()], { error: SHARE }), z.number().min(0).max(max), {
      decode: (value, { issues }) => {
        if (typeof value === 'number') return value
        return parseShare(value) ?? refuse(issues, value, `${SHARE}, not "${value}"`)
      },
      encode: (value) => value
    })
    .register(textForms, { pattern: '^\\d+(?:\\.\\d+)?%$', numbersMax: max, examples: ['2%'] })
}

const SHARE = 'must be a share like 0.02 or 2%'
