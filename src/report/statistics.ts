// Percentiles by nearest rank over samples in which "never arrived" is Infinity. A percentile that lands on Infinity
// is null: the report says that it is not known instead of pretending that what is missing was fast.
import type { Coverage, Percentiles } from './types.ts'

/** Ascending; a copy. */
export function sorted(samples: Iterable<number>): Float64Array {
  return Float64Array.from(samples).sort()
}

/**
 * Nearest rank: the smallest sample that at least `share` of all samples do not exceed. `ascending` is sorted, `share`
 * in (0, 1]. NaN for no samples.
 */
export function quantile(ascending: Float64Array, share: number): number {
  // Ranks such as 0.95 × 20 come out a little above the integer in binary: take the error off before rounding up.
  const rank = Math.ceil(share * ascending.length - 1e-9)
  return ascending[Math.max(0, rank - 1)] ?? Number.NaN
}

/** Thousandths: µs of milliseconds, as clocks give them. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** What JSON can hold: null for Infinity (never arrived) and NaN (no samples). */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? round(value) : null
}

export function percentiles(ascending: Float64Array): Percentiles {
  return {
    p50: finite(quantile(ascending, 0.5)),
    p90: finite(quantile(ascending, 0.9)),
    p95: finite(quantile(ascending, 0.95)),
    p99: finite(quantile(ascending, 0.99)),
    max: finite(quantile(ascending, 1)),
    n: ascending.length
  }
}

/** Nearest-rank median (the lower of two middle samples); NaN for none. */
export function median(samples: Iterable<number>): number {
  return quantile(sorted(samples), 0.5)
}

/**
 * `items` holds one ascending list of latencies per item, Infinity where a node never got it. The share `t95` of one
 * item is the time until 95% of its nodes held it; the result is the median over items.
 */
export function coverage(items: readonly Float64Array[]): Coverage {
  const medianOf = (share: number): number | null =>
    finite(median(items.filter((item) => item.length > 0).map((item) => quantile(item, share))))
  return { t50: medianOf(0.5), t90: medianOf(0.9), t95: medianOf(0.95), t99: medianOf(0.99), t100: medianOf(1) }
}

/** Concatenates lists of samples and sorts the whole. */
export function pool(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0))
  let offset = 0
  for (const list of lists) {
    all.set(list, offset)
    offset += list.length
  }
  return all.sort()
}
