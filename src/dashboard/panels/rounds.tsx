// Anti-entropy: each round as it happens, what differed and what was sent.
import { usePanel } from '../hooks.ts'
import type { RoundChange } from '../../api/client/index.ts'
import { bytes, clock, count, ms } from '../view/format.ts'
import { hasRepaired, roundsAt, roundsText, roundText } from '../view/rounds.ts'
import { Card, NodeName } from './card.tsx'

const ROWS = 12

export function Rounds() {
  const { timeline, at, run } = usePanel()
  const { rows, ...lastMinute } = roundsAt(timeline, at, ROWS)
  return (
    <Card title="Anti-entropy" area="rounds" note={roundsText(lastMinute)}>
      <table>
        <tbody>
          {rows.map(({ round, alike, key }) => (
            <tr key={key}>
              <td class="muted">{clock(round.at - (run?.startedAt ?? round.at))}</td>
              <td>
                {alike > 1 ? (
                  `${count(alike)} rounds`
                ) : (
                  <>
                    <NodeName node={round.node} /> → <NodeName node={round.peer} />
                  </>
                )}
              </td>
              <td class={tone(round)}>{roundText(round)}</td>
              <td class="number muted">{round.bytes === 0 || alike > 1 ? '' : bytes(round.bytes)}</td>
              <td class="number muted">{alike > 1 ? '' : `${ms(round.durationMs)} ms`}</td>
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
