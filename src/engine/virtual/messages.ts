// What the simulation's worker and whoever started it say to each other.
import type { Scenario } from '../../scenario/index.ts'
import type { FinishedReport } from '../common/finish.ts'

/**
 * `hash`: encode every event for the hash in the report. `file`: write them down too. `none`: neither, which is what
 * recording is measured against.
 */
export type SimulationTrace = 'none' | 'hash' | 'file'

export interface SimulationOrder {
  readonly scenario: Scenario
  readonly seed: number
  readonly durationMs: number
  readonly trace: SimulationTrace
  /** Run directory; without one no trace file is written. */
  readonly directory?: string
}

export type SimulationMessage =
  | { readonly type: 'progress'; readonly virtualMs: number }
  | { readonly type: 'finished'; readonly result: FinishedReport }
  | { readonly type: 'failed'; readonly message: string }
