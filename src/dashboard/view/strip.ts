// How high the bars of the last blocks are: one late block must not flatten all others.
import type { Coverage } from './coverage.ts'

/** A bar is full at so many times the median. */
const FULL = 2.5
const LEAST = 0.03

/** The median time until 95% held a block; null for no block. */
export function medianOf(coverages: readonly Coverage[]): number | null {
  const times = coverages.flatMap(({ t95 }) => t95 ?? []).sort((a, b) => a - b)
  return times[Math.floor((times.length - 1) / 2)] ?? null
}

export interface Scale {
  /** A bar of so many ms is full; what took longer is as high, and marked. */
  readonly full: number
  /** From a time, ms, to a share of the full height; null, not yet, is full. */
  readonly of: (value: number | null) => number
}

export function scaleOf(coverages: readonly Coverage[]): Scale {
  const longest = Math.max(0, ...coverages.map(({ t50, t95, t100 }) => t100 ?? t95 ?? t50 ?? 0))
  const full = Math.max(1, Math.min(longest, (medianOf(coverages) ?? longest) * FULL))
  return { full, of: (value) => (value === null ? 1 : Math.min(1, Math.max(LEAST, value / full))) }
}
