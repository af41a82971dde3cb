// Where items spread in rounds: how many rounds that took, beside the logarithms that the textbook compares them with.
import { round } from './statistics.ts'
import type { Propagation, SpreadRounds } from './types.ts'

export interface RoundsInput {
  readonly intervalMs: number
  /** Peers asked each round. */
  readonly fanout: number
}

/** `nodes`: all of the network. */
export function spreadRounds(
  { coverage_ms: { t50, t95, t100 } }: Propagation,
  { intervalMs, fanout }: RoundsInput,
  nodes: number
): SpreadRounds {
  const rounds = (ms: number | null): number | null => (ms === null ? null : round(ms / intervalMs))
  return {
    t50: rounds(t50),
    t95: rounds(t95),
    t100: rounds(t100),
    log2_n: round(Math.log2(nodes)),
    log_n: round(Math.log(nodes) / Math.log(fanout + 1))
  }
}
