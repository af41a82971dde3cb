// Anti-entropy: each round as it happens, what differed and what was sent.
import { usePanel } from '../hooks.ts'
import type { RoundChange } from '../../api/client/index.ts'
import { bytes, clock, ms } from '../view/format.ts'
import { hasRepaired, roundsAt, roundsText, roundText } from '../view/rounds.ts'
import { Card, NodeName } from './card.tsx'

const ROWS = 12

export function Rounds() {
  const { timeline, at, run } = usePanel()
  const { rounds, ...lastMinute } = roundsAt(timeline, at, ROWS)
  return (
    <Card title="Anti-entropy" area="rounds" note={roundsText(lastMinute)}>
      <table>
        <tbody>
          {rounds.map((round) => (
            <tr key={`${round.node} ${round.at}`}>
              <td class="muted">{clock(round.at - (run?.startedAt ?? round.at))}</td>
              <td>
                <NodeName node={round.node} /> → <NodeName node={round.peer} />
              </td>
              <td class={tone(round)}>{roundText(round)}</td>
              <td class="number muted">{round.bytes === 0 ? '' : bytes(round.bytes)}</td>
              <td class="number muted">{ms(round.durationMs)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function tone(round: RoundChange): string {
  if (round.outcome === 'failed') return 'bad'
  return hasRepaired(round) ? 'repaired' : 'muted'
}
