// What the simulation's worker and whoever started it say to each other.
import type { Scenario } from '../../scenario/index.ts'
import type { FinishedReport } from '../common/finish.ts'

export interface SimulationOrder {
  readonly scenario: Scenario
  readonly seed: number
  readonly durationMs: number
}

export type SimulationMessage =
  | { readonly type: 'progress'; readonly virtualMs: number }
  | { readonly type: 'finished'; readonly result: FinishedReport }
  | { readonly type: 'failed'; readonly message: string }
