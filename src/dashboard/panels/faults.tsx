// What was done to the network, what it refused, and buttons to do more: only on our own page, and while it runs.
import { useState } from 'preact/hooks'
import { usePanel } from '../hooks.ts'
import type { FaultOrder } from '../../api/client/index.ts'
import type { Session } from '../session.ts'
import { happenedAt } from '../view/happened.ts'
import { clock } from '../view/format.ts'
import { Card } from './card.tsx'

const ROWS = 10

export function Faults() {
  const session = usePanel()
  const { timeline, at, run } = session
  const rows = happenedAt(timeline, at, ROWS)
  return (
    <Card title="Faults" area="faults">
      {session.canControl ? <Buttons session={session} /> : null}
      <ol class="log">
        {rows.map(({ at: happened, text, tone }) => (
          <li key={`${happened}${text}`}>
            <time>{clock(happened - (run?.startedAt ?? happened))}</time> <span class={tone}>{text}</span>
          </li>
        ))}
        {rows.length === 0 ? <li class="muted">Nothing has gone wrong so far.</li> : null}
      </ol>
    </Card>
  )
}

function Buttons({ session }: { readonly session: Session }) {
  const { network, selection } = session
  const [chosen, choose] = useState(0)
  const [says, say] = useState('')
  const node = network.nodes[selection?.kind === 'node' ? selection.node : chosen]
  const names = network.nodes.map(({ name }) => name)
  const order = async (what: FaultOrder): Promise<void> => {
    say('…')
    try {
      const { notes } = await session.client.fault(what)
      say(notes.join(' '))
    } catch (error) {
      say((error as Error).message)
    }
  }
  if (node === undefined) return null
  const nodes = [node.name]
  const isDown = node.state === 'down'
  return (
    <div class="controls">
      {network.isPartitioned ? (
        <button type="button" onClick={() => order({ kind: 'heal' })}>
          Heal the network
        </button>
      ) : (
        <button
          type="button"
          onClick={() => order({ kind: 'partition', groups: [names.slice(0, Math.ceil(names.length / 2))] })}
        >
          Cut the network in two
        </button>
      )}
      <span class="pair">
        <select
          aria-label="Node"
          value={node.node}
          onChange={(event) => {
            choose(Number(event.currentTarget.value))
            if (selection?.kind === 'node') session.select({ kind: 'node', node: Number(event.currentTarget.value) })
          }}
        >
          {network.nodes.map(({ node: each, name }) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </select>
        <button type="button" disabled={isDown} onClick={() => order({ kind: 'stop', nodes })}>
          Stop
        </button>
        <button type="button" onClick={() => order(isDown ? { kind: 'start', nodes } : { kind: 'restart', nodes })}>
          {isDown ? 'Start' : 'Restart'}
        </button>
      </span>
      <p class="says" role="status">
        {says}
      </p>
    </div>
  )
}
