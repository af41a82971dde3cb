// The phi accrual failure detector (Hayashibara, Défago, Yared, Katayama: "The phi accrual failure detector", 2004):
// phi = −log10 of the probability that news comes later than now, if arrivals are normally distributed. Two running
// moments stand for the paper's window of arrivals. Gaps are counted in intervals that the member announced, so that a
// member which renews less often is not suspected for it. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'

const { arrivalsMemory, gapMax, deviationMinRounds, deviationMinShare, intervalMaxMs, pauseRounds } = MEMBERSHIP_LIMITS

/** Moments of the gap between arrivals in announced intervals, in thousandths: small integers cost no memory. */
export interface Arrivals {
  readonly mean: number
  readonly variance: number
  readonly count: number
}

const ONE = 1000
/** Before anything arrived: on time, give or take half an interval, worth two arrivals. */
export const PRIOR: Arrivals = { mean: ONE, variance: ONE / 4, count: 2 }

/** Takes a gap of `gapMs` after a heartbeat that announced `intervalMs` into the moments. */
export function observe({ mean, variance, count }: Arrivals, gapMs: number, intervalMs: number): Arrivals {
  const gap = Math.min(gapMax, gapMs / Math.max(1, believed(intervalMs)))
  const total = Math.min(arrivalsMemory, count + 1)
  const weight = 1 / total
  const off = gap - mean / ONE
  return {
    mean: Math.round(mean + ONE * weight * off),
    variance: Math.round((1 - weight) * (variance + ONE * weight * off * off)),
    count: total
  }
}

/** Silence, ms, that is expected of a member, and how much it varies. */
export function expectation(
  { mean, variance }: Arrivals,
  intervalMs: number,
  roundMs: number
): { readonly meanMs: number; readonly deviationMs: number } {
  const interval = believed(intervalMs)
  const learned = Math.sqrt(variance / ONE) * interval
  return {
    meanMs: (mean / ONE) * interval + pauseRounds * roundMs,
    deviationMs: Math.max(learned, deviationMinRounds * roundMs, deviationMinShare * interval)
  }
}

/** phi after a silence of `silentMs`. */
export function phi(arrivals: Arrivals, intervalMs: number, roundMs: number, silentMs: number): number {
  const { meanMs, deviationMs } = expectation(arrivals, intervalMs, roundMs)
  return phiOf((silentMs - meanMs) / deviationMs)
}

/** The silence, ms, at which phi reaches `threshold`. */
export function silenceUntil(threshold: number, arrivals: Arrivals, intervalMs: number, roundMs: number): number {
  const { meanMs, deviationMs } = expectation(arrivals, intervalMs, roundMs)
  return meanMs + deviationsOf(threshold) * deviationMs
}

/**
 * −log10 of the normal distribution's upper tail, through the approximation of erfc by Karagiannidis and Lioumpas (2007):
 * within 2% of phi. In logarithms, so that it does not end where probabilities underflow.
 */
export function phiOf(deviations: number): number {
  const x = Math.abs(deviations) / Math.SQRT2
  const ratio = x < 1e-6 ? 1.98 : -Math.expm1(-1.98 * x) / x
  const lnTail = Math.log(ratio / (2 * 1.135 * Math.sqrt(Math.PI))) - x * x
  return (deviations >= 0 ? -lnTail : -Math.log1p(-Math.exp(lnTail))) / Math.LN10
}

const solved = new Map<number, number>()

/** The inverse of `phiOf`, by bisection; the few thresholds there are solved once. */
export function deviationsOf(threshold: number): number {
  const known = solved.get(threshold)
  if (known !== undefined) return known
  let low = -10
  let high = 40
  while (high - low > 1e-9) {
    const middle = (low + high) / 2
    if (phiOf(middle) < threshold) low = middle
    else high = middle
  }
  if (solved.size < 16) solved.set(threshold, high)
  return high
}

const believed = (intervalMs: number): number => Math.min(intervalMaxMs, intervalMs)
