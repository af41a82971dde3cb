// Real time. process.hrtime is one monotonic clock for all processes of a machine; with one agreed origin, times
// taken in different workers can be subtracted. (performance.timeOrigin differs between processes by milliseconds.)
import type { Clock } from './types.ts'

/** Pairs a reading of the monotonic clock with the wall clock. Made once and handed to every process of a run. */
export interface ClockOrigin {
  /** Reading of `process.hrtime`, nanoseconds, decimal string (it crosses process boundaries as JSON). */
  readonly monotonicNs: string
  /** Wall clock at the same moment, milliseconds since the Unix epoch. */
  readonly wallMs: number
}

export function takeClockOrigin(): ClockOrigin {
  return { monotonicNs: process.hrtime.bigint().toString(), wallMs: Date.now() }
}

export function realClock(origin: ClockOrigin = takeClockOrigin()): Clock {
  const base = BigInt(origin.monotonicNs)
  return { now: () => origin.wallMs + Number(process.hrtime.bigint() - base) / 1e6 }
}
