// Buttons to disturb the network, under its picture: only on our own page, and while it runs.
import { useState } from 'preact/hooks'
import type { FaultOrder } from '../../api/client/index.ts'
import { usePanel } from '../hooks.ts'
import { Says, useOrder } from '../orders.tsx'
import { halfOf } from '../view/halves.ts'
import { linksAt } from '../view/links.ts'

export function Disturb() {
  const session = usePanel()
  const { network, selection } = session
  const [chosen, choose] = useState(0)
  const { said, give } = useOrder()
  const node = network.nodes[selection?.kind === 'node' ? selection.node : chosen]
  if (!session.canControl || node === undefined) return null
  const order = (what: FaultOrder): Promise<void> =>
    give('', async () => (await session.client.fault(what)).notes.join(' '))
  /** As it is connected now, whatever moment is shown. */
  const half = (): string[] => {
    const { timeline } = session
    return halfOf(network.nodes.length, linksAt(timeline, timeline.now)).map((each) => network.nodes[each]?.name ?? '')
  }
  const nodes = [node.name]
  const isDown = node.state === 'down'
  return (
    <fieldset class="controls" aria-label="Disturb the network">
      {network.isPartitioned ? (
        <button
          type="button"
          class="cut"
          title="Let both sides hear each other again"
          onClick={() => order({ kind: 'heal' })}
        >
          Heal
        </button>
      ) : (
        <button
          type="button"
          class="cut"
          title="Two halves that can't hear each other"
          onClick={() => order({ kind: 'partition', groups: [half()] })}
        >
          Cut in two
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
      <Says said={said} />
    </fieldset>
  )
}
