// Bytes a second that all nodes sent, by what they were for: differences of measures.
import type { Timeline, TrafficByKind } from '../../api/client/index.ts'

export const TRAFFIC_KINDS = [
  'block',
  'transaction',
  'repair',
  'membership',
  'control'
] as const satisfies readonly (keyof TrafficByKind)[]

export interface TrafficView {
  /** Seconds before the moment it is for, ascending to 0. */
  readonly ago: readonly number[]
  /** Bytes a second, by kind in the order of `TRAFFIC_KINDS`, each as long as `ago`. */
  readonly rates: readonly (readonly number[])[]
  /** Sums since the run began, by kind; undefined where nothing was measured. */
  readonly total: TrafficByKind | undefined
}

/** Of the `windowMs` before a time. */
export function trafficAt({ samples }: Timeline, at: number, windowMs: number): TrafficView {
  const inside = samples.filter((sample) => sample.at <= at && sample.at >= at - windowMs)
  const steps = inside.slice(1).map((sample, i) => ({ sample, before: inside[i] ?? sample }))
  return {
    ago: steps.map(({ sample }) => (sample.at - at) / 1000),
    rates: TRAFFIC_KINDS.map((kind) =>
      steps.map(({ sample, before }) => {
        const seconds = (sample.at - before.at) / 1000
        // Counters of a node that was started again begin at 0.
        return seconds <= 0 ? 0 : Math.max(0, sample.sent[kind] - before.sent[kind]) / seconds
      })
    ),
    // A run that has ended has one measure: its sum.
    total: (samples.length === 1 ? samples : inside).at(-1)?.sent
  }
}
