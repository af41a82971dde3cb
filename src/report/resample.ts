// Intervals. Within one run: a percentile bootstrap that draws items again, not (item, node) pairs, because the pairs of
// one item share its fate (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13). Over
// runs: the median's interval from order statistics, exact whatever the distribution (David and Nagaraja, "Order
// Statistics", 2003, section 7.1).
import { type Random, seededRandom } from '../runtime/index.ts'
import { finite, median, pool, quantile } from './statistics.ts'
import type { Interval, Intervals } from './types.ts'

/** Fewer items say too little of how items differ. */
const ITEMS_MIN = 5
const RESAMPLES = 400
const RESAMPLES_MIN = 100
/** Additions for the intervals of one kind of item: about half a second. */
const WORK_MAX = 60_000_000
/** Pooled latencies are resampled in this many groups of equal size: a percentile is off by 0.1% of ranks at most. */
const BINS = 1000
const SEED = 'starling report intervals'

export const ITEM_METHOD = 'bootstrap over items, percentile, 95%'

/** `items`: ascending latencies of each, Infinity where a node never got it. Undefined below five items. */
export function itemIntervals(items: readonly Float64Array[]): Intervals | undefined {
  const counted = items.filter((item) => item.length > 0)
  if (counted.length < ITEMS_MIN) return undefined
  const random = seededRandom(SEED)
  return {
    method: ITEM_METHOD,
    latency_ms: latencyIntervals(counted, random),
    coverage_ms: coverageIntervals(counted, random)
  }
}

interface Binned {
  /** Largest latency of each bin, ascending. */
  readonly values: Float64Array
  /** Per item, bins and how many of its latencies are in each. */
  readonly items: readonly { readonly bins: Uint16Array; readonly counts: Uint32Array }[]
}

function latencyIntervals(items: readonly Float64Array[], random: Random): Intervals['latency_ms'] {
  const binned = bin(items)
  const work = binned.items.reduce((sum, { bins }) => sum + bins.length, 0) + binned.values.length
  const resamples = Math.max(RESAMPLES_MIN, Math.min(RESAMPLES, Math.floor(WORK_MAX / work)))
  const shares = [0.5, 0.95, 0.99]
  const found = shares.map(() => new Float64Array(resamples))
  const counts = new Float64Array(binned.values.length)
  for (let round = 0; round < resamples; round++) {
    counts.fill(0)
    let total = 0
    for (let draw = 0; draw < items.length; draw++) {
      const item = binned.items[random.int(items.length)]
      if (item === undefined) continue
      for (let index = 0; index < item.bins.length; index++) {
        const count = item.counts[index] ?? 0
        counts[item.bins[index] ?? 0] = (counts[item.bins[index] ?? 0] ?? 0) + count
        total += count
      }
    }
    let reached = 0
    let share = 0
    for (let at = 0; at < counts.length && share < shares.length; at++) {
      reached += counts[at] ?? 0
      while (share < shares.length && reached >= (shares[share] ?? 1) * total - 1e-9) {
        const column = found[share++]
        if (column !== undefined) column[round] = binned.values[at] ?? Number.NaN
      }
    }
  }
  const [p50, p95, p99] = found.map(middle95)
  return { p50: p50 ?? UNKNOWN, p95: p95 ?? UNKNOWN, p99: p99 ?? UNKNOWN }
}

const UNKNOWN: Interval = [null, null]

function bin(items: readonly Float64Array[]): Binned {
  const all = pool(items)
  const count = Math.min(BINS, all.length)
  const values = new Float64Array(count)
  for (let at = 0; at < count; at++) values[at] = all[Math.ceil(((at + 1) / count) * all.length) - 1] ?? 0
  return { values, items: items.map((item) => binOne(item, values)) }
}

/** Both ascending: one walk. */
function binOne(item: Float64Array, values: Float64Array): Binned['items'][number] {
  const bins: number[] = []
  const counts: number[] = []
  let at = 0
  for (const latency of item) {
    while (latency > (values[at] ?? Number.POSITIVE_INFINITY)) at++
    if (bins.at(-1) === at) counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1
    else {
      bins.push(at)
      counts.push(1)
    }
  }
  return { bins: Uint16Array.from(bins), counts: Uint32Array.from(counts) }
}

function coverageIntervals(items: readonly Float64Array[], random: Random): Intervals['coverage_ms'] {
  const interval = (share: number): Interval =>
    bootstrap(
      items.map((item) => quantile(item, share)),
      random
    )
  return { t50: interval(0.5), t95: interval(0.95), t99: interval(0.99) }
}

/** Of the median of `samples`. */
function bootstrap(samples: readonly number[], random: Random): Interval {
  const resamples = Math.max(RESAMPLES_MIN, Math.min(RESAMPLES, Math.floor(WORK_MAX / (20 * samples.length))))
  const found = new Float64Array(resamples)
  const drawn = new Float64Array(samples.length)
  for (let round = 0; round < resamples; round++) {
    for (let at = 0; at < drawn.length; at++) drawn[at] = samples[random.int(samples.length)] ?? 0
    found[round] = median(drawn)
  }
  return middle95(found)
}

function middle95(found: Float64Array): Interval {
  found.sort()
  return [finite(quantile(found, 0.025)), finite(quantile(found, 0.975))]
}

export interface MedianInterval {
  readonly median: number | null
  readonly interval: Interval
  /** Probability with which the interval holds the true median: at least 0.95 from six samples on, less below. */
  readonly confidence: number
  readonly n: number
}

export const RUN_METHOD = 'median, interval from order statistics'

/** `samples`: one value per run, Infinity for never. */
export function medianInterval(samples: readonly number[]): MedianInterval {
  const ascending = Float64Array.from(samples).sort()
  const n = ascending.length
  if (n === 0) return { median: null, interval: UNKNOWN, confidence: 0, n }
  // Outside of [x(j), x(n+1−j)] with probability 2·P(Bin(n, ½) < j): the largest j that keeps it within 5%.
  let j = 1
  let outside = 2 * 0.5 ** n
  let term = 0.5 ** n
  for (let next = 1; next < n / 2; next++) {
    term *= (n - next + 1) / next
    if (outside + 2 * term > 0.05) break
    outside += 2 * term
    j = next + 1
  }
  return {
    median: finite(middle(ascending)),
    interval: [finite(ascending[j - 1] ?? Number.NaN), finite(ascending[n - j] ?? Number.NaN)],
    confidence: n === 1 ? 0 : Math.floor((1 - outside) * 1e4) / 1e4,
    n
  }
}

/** The mean of the two middle samples where there are two. */
function middle(ascending: Float64Array): number {
  const half = ascending.length >> 1
  const upper = ascending[half] ?? Number.NaN
  return ascending.length % 2 === 1 ? upper : (upper + (ascending[half - 1] ?? Number.NaN)) / 2
}
