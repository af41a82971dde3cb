// Anti-entropy rounds up to a moment, the newest first, and what became of those of the last minute.
import type { RoundChange, Timeline } from '../../api/client/index.ts'
import { count, plural } from './format.ts'

/** One round, or so many in a row that found no difference: they come several times a second. */
export interface RoundRow {
  /** The newest of them. */
  readonly round: RoundChange
  readonly alike: number
  /** The same while a row grows. */
  readonly key: string
}

export interface RoundsView {
  readonly rows: readonly RoundRow[]
  readonly lastMinute: number
  /** Of these: the two were not the same. */
  readonly differed: number
  /** Of those that differed: something was fetched or sent. What gossip brought meanwhile needs no repair. */
  readonly repaired: number
  readonly failed: number
}

const MINUTE_MS = 60_000

export function hasRepaired({ blocksFetched, transactionsFetched, transactionsSent }: RoundChange): boolean {
  return blocksFetched + transactionsFetched + transactionsSent > 0
}

export function hasDiffered(round: RoundChange): boolean {
  const { outcome, transactionsDiffer } = round
  return outcome === 'ahead' || outcome === 'behind' || (transactionsDiffer ?? 0) > 0 || hasRepaired(round)
}

export function roundsAt({ rounds }: Timeline, at: number, limit: number): RoundsView {
  const known = rounds.filter((round) => round.at <= at)
  const recent = known.filter((round) => round.at > at - MINUTE_MS)
  return {
    rows: rowsOf(known, limit),
    lastMinute: recent.length,
    differed: recent.filter(hasDiffered).length,
    repaired: recent.filter(hasRepaired).length,
    failed: recent.filter(({ outcome }) => outcome === 'failed').length
  }
}

function rowsOf(rounds: readonly RoundChange[], limit: number): RoundRow[] {
  const isQuiet = (round: RoundChange): boolean => round.outcome !== 'failed' && !hasDiffered(round)
  const rows: RoundRow[] = []
  for (const round of rounds.toReversed()) {
    const last = rows.at(-1)
    const key = `${round.node} ${round.at}`
    if (last !== undefined && isQuiet(round) && isQuiet(last.round)) {
      rows[rows.length - 1] = { ...last, alike: last.alike + 1, key }
    } else if (rows.length === limit) break
    else rows.push({ round, alike: 1, key })
  }
  return rows
}

/** `21 in the last minute: 3 found a difference, 1 repaired something` */
export function roundsText({ lastMinute, differed, repaired, failed }: Omit<RoundsView, 'rows'>): string {
  if (lastMinute === 0) return 'no round in the last minute'
  const parts = [
    differed === 0 ? 'no difference' : `${count(differed)} found a difference`,
    ...(differed === 0 ? [] : [repaired === 0 ? 'none had to repair it' : `${count(repaired)} repaired something`]),
    ...(failed === 0 ? [] : [`${count(failed)} failed`])
  ]
  return `${count(lastMinute)} in the last minute: ${parts.join(', ')}`
}

/** What differed in one round, and what was done about it. */
export function roundText(round: RoundChange): string {
  const { outcome, code, ours, theirs, blocksFetched, transactionsDiffer, transactionsFetched, transactionsSent } =
    round
  if (outcome === 'failed') return code ?? 'failed'
  const differ = transactionsDiffer ?? 0
  const parts = [
    ...(outcome === 'equal' ? [] : [`#${ours} ≠ #${theirs}`]),
    ...(blocksFetched === 0 ? [] : [`${plural(blocksFetched, 'block')} fetched`]),
    ...(differ === 0 ? [] : [`${count(differ)} tx differed`]),
    ...(transactionsFetched === 0 ? [] : [`${count(transactionsFetched)} fetched`]),
    ...(transactionsSent === 0 ? [] : [`${count(transactionsSent)} sent`])
  ]
  return parts.length === 0 ? 'equal' : parts.join(', ')
}
