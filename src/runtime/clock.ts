// Real time. process.hrtime is one monotonic clock for all processes of a machine; with one agreed origin, times
// taken in different workers can be subtracted. (performance.timeOrigin differs between processes by milliseconds.)
// It stands still while the machine is suspended, so a node for itself follows the wall clock, forward only.
import type { Clock } from './types.ts'

/** Pairs a reading of the monotonic clock with the wall clock. Made once and handed to every process of a run. */
export interface ClockOrigin {
  /** Reading of `process.hrtime`, nanoseconds, decimal string (it crosses process boundaries as JSON). */
  readonly monotonicNs: string
  /** Wall clock at the same moment, milliseconds since the Unix epoch. */
  readonly wallMs: number
}

/** What time is read from. */
export interface ClockSource {
  readonly monotonicNs: () => bigint
  readonly wallMs: () => number
}

/** The originals, whoever takes the globals over later. */
const machine: ClockSource = { monotonicNs: process.hrtime.bigint, wallMs: Date.now }

/**
 * How far the wall clock may be ahead before it is followed, ms. More: after a short sleep blocks seem to come from the
 * future for longer. Less: every correction of the wall clock is a leap in what is measured.
 */
const BEHIND_MAX_MS = 1000

export function takeClockOrigin(): ClockOrigin {
  return { monotonicNs: process.hrtime.bigint().toString(), wallMs: Date.now() }
}

/** The clock of a run, whose processes sleep together: it does not leap. */
export function runClock({ monotonicNs, wallMs }: ClockOrigin): Clock {
  const base = BigInt(monotonicNs)
  return { now: () => wallMs + Number(process.hrtime.bigint() - base) / 1e6 }
}

/**
 * The clock of a node among others that did not sleep when it did: after a sleep, or when the wall clock is set forward,
 * it leaps to the wall clock. One that is set back is not followed: time would step back.
 */
export function realClock(source: ClockSource = machine): Clock {
  let base = source.monotonicNs()
  let baseMs = source.wallMs()
  return {
    now: () => {
      // In this order: whoever is stopped between the two readings finds the wall clock late, and does not follow it.
      const wallMs = source.wallMs()
      const monotonic = source.monotonicNs()
      const now = baseMs + Number(monotonic - base) / 1e6
      if (wallMs - now <= BEHIND_MAX_MS) return now
      base = monotonic
      baseMs = wallMs
      return wallMs
    }
  }
}
