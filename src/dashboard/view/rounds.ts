// Anti-entropy rounds up to a moment, the newest first, and what became of those of the last minute.
import type { RoundChange, Timeline } from '../../api/client/index.ts'

export interface RoundsView {
  readonly rounds: readonly RoundChange[]
  readonly lastMinute: number
  readonly repaired: number
}

const MINUTE_MS = 60_000

export function hasRepaired({ blocksFetched, transactionsFetched, transactionsSent }: RoundChange): boolean {
  return blocksFetched + transactionsFetched + transactionsSent > 0
}

export function roundsAt({ rounds }: Timeline, at: number, limit: number): RoundsView {
  const known = rounds.filter((round) => round.at <= at)
  const recent = known.filter((round) => round.at > at - MINUTE_MS)
  return {
    rounds: known.slice(-limit).reverse(),
    lastMinute: recent.length,
    repaired: recent.filter(hasRepaired).length
  }
}
