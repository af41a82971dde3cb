// Which time a run is judged by. The clock starts when the network is meshed; load and production stop at the end; in
// the drain that follows deliveries still count. After Ctrl-C there is no drain, so the youngest items are left out.
import type { ReportSettings } from '../config/index.ts'

export interface MeasuredWindow {
  /** All in milliseconds since the epoch. Items published in [from, publishedUntil] are measured. */
  readonly from: number
  readonly publishedUntil: number
  /** End of load and production. */
  readonly to: number
  /** End of the drain: what happened later is not seen. */
  readonly observedUntil: number
}

export interface RunTimes {
  /** Undefined when the network never meshed: nothing is measured. */
  readonly meshedAt: number | undefined
  /** When load and production stopped. */
  readonly endedAt: number
  /** When the drain was over. */
  readonly drainedAt: number
  /** The run was ended by hand, without a drain. */
  readonly interrupted: boolean
}

export function measuredWindow(times: RunTimes, settings: ReportSettings): MeasuredWindow {
  const to = times.endedAt
  const from = times.meshedAt ?? to
  if (times.meshedAt === undefined) return { from, publishedUntil: Number.NEGATIVE_INFINITY, to, observedUntil: to }
  if (times.interrupted) return { from, publishedUntil: to - settings.interruptedAgeMs, to, observedUntil: to }
  const observedUntil = Math.max(to, Math.min(times.drainedAt, to + settings.drainMaxMs))
  return { from, publishedUntil: to, to, observedUntil }
}
