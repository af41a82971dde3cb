// What was done to the network, and what it refused.
import { usePanel } from '../hooks.ts'
import { clock } from '../view/format.ts'
import { happenedAt } from '../view/happened.ts'
import { Card } from './card.tsx'

/** More than are seen at once: it scrolls, and branches that come and go must not hide what was done. */
const ROWS = 40

export function Faults() {
  const { timeline, at, run } = usePanel()
  const rows = happenedAt(timeline, at, ROWS)
  return (
    <Card title="Faults" area="faults">
      <ol class="log">
        {rows.map(({ key, at: happened, text, tone }) => (
          <li key={key}>
            <time>{clock(happened - (run?.startedAt ?? happened))}</time> <span class={tone}>{text}</span>
          </li>
        ))}
        {rows.length === 0 ? <li class="muted">Nothing has gone wrong so far.</li> : null}
      </ol>
    </Card>
  )
}
