// Anti-entropy: each round as it happens, what differed and what was sent.
import { usePanel } from '../hooks.ts'
import type { RoundChange } from '../../api/client/index.ts'
import { bytes, count, ms } from '../view/format.ts'
import { hasRepaired, roundsAt } from '../view/rounds.ts'
import { Card, NodeName } from './card.tsx'

const ROWS = 12

export function Rounds() {
  const { timeline, at } = usePanel()
  const { rounds, lastMinute, repaired } = roundsAt(timeline, at, ROWS)
  return (
    <Card title="Anti-entropy" area="rounds" note={note(lastMinute, repaired)}>
      <table>
        <tbody>
          {rounds.map((round) => (
            <tr key={`${round.node} ${round.at}`}>
              <td>
                <NodeName node={round.node} /> → <NodeName node={round.peer} />
              </td>
              <td class={tone(round)}>{textOf(round)}</td>
              <td class="number muted">{round.bytes === 0 ? '' : bytes(round.bytes)}</td>
              <td class="number muted">{ms(round.durationMs)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function note(rounds: number, repaired: number): string {
  if (rounds === 0) return 'no round in the last minute'
  return `${count(rounds)} in the last minute, ${repaired === 0 ? 'nothing' : `something in ${count(repaired)}`} to repair`
}

function tone(round: RoundChange): string {
  if (round.outcome === 'failed') return 'bad'
  return hasRepaired(round) ? 'repaired' : 'muted'
}

function textOf(round: RoundChange): string {
  const { outcome, code, ours, theirs, blocksFetched, transactionsDiffer, transactionsFetched, transactionsSent } =
    round
  if (outcome === 'failed') return code ?? 'failed'
  const parts = [
    ...(outcome === 'equal' ? [] : [`#${ours} ≠ #${theirs}`]),
    ...(blocksFetched === 0 ? [] : [`${blocksFetched} ${blocksFetched === 1 ? 'block' : 'blocks'} fetched`]),
    ...(transactionsDiffer === null || transactionsDiffer === 0 ? [] : [`${transactionsDiffer} tx differ`]),
    ...(transactionsFetched === 0 ? [] : [`${transactionsFetched} fetched`]),
    ...(transactionsSent === 0 ? [] : [`${transactionsSent} sent`])
  ]
  return parts.length === 0 ? 'equal' : parts.join(', ')
}
