// Every node: what it says of itself, what the others make of it, and phi as one of them has it.
import { usePanel } from '../hooks.ts'
import { short } from '../view/format.ts'
import { type MemberOpinion, membersAt } from '../view/members.ts'
import type { NodeView } from '../view/network.ts'
import { Card, Link } from './card.tsx'
import { useOpinion } from '../polls.ts'

/** Above it a member is suspected; the detector's own limit is in its settings. */
const PHI_SHOWN_MAX = 12

export function Members() {
  const session = usePanel()
  const { timeline, at, network, selection } = session
  const opinions = membersAt(timeline, at)
  // Nobody is left who could be asked.
  const hasPhi = !session.isOver
  const observer = selection?.kind === 'node' ? selection.node : network.nodes.find(({ state }) => state === 'up')?.node
  const phis = useOpinion(observer)
  const name = observer === undefined ? undefined : network.nodes[observer]?.name
  return (
    <Card
      title="Members"
      area="members"
      note={phis === undefined || name === undefined ? undefined : `φ as ${name} has it`}
    >
      <div class="scroller tall">
        <table>
          <thead>
            <tr>
              <th>node</th>
              <th>state</th>
              <th class="number">height</th>
              <th>head</th>
              <th>others say</th>
              {hasPhi ? <th>φ</th> : null}
            </tr>
          </thead>
          <tbody>
            {network.nodes.map((node) => (
              <Row
                key={node.node}
                node={node}
                opinion={opinions[node.node]}
                phi={phis?.get(node.node)}
                hasPhi={hasPhi}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

interface RowProps {
  readonly node: NodeView
  readonly opinion: MemberOpinion | undefined
  readonly phi: number | undefined
  readonly hasPhi: boolean
}

function Row({ node, opinion, phi, hasPhi }: RowProps) {
  return (
    <tr data-node={node.name} data-state={node.state} data-head={node.head}>
      <td>
        <Link to={{ kind: 'node', node: node.node }}>{node.name}</Link>
        {node.role === null ? null : <Liar role={node.role} />}
      </td>
      <td class={node.state === 'up' ? 'good' : node.state === 'down' ? 'bad' : 'warn'}>{node.state}</td>
      <td class="number">{node.height}</td>
      <td>
        <i class={`dot ${node.standing === 'fork' ? `fork${node.fork % 4}` : node.standing}`} />
        <code>{short(node.head)}</code>
      </td>
      <td>{opinion === undefined ? '' : <Opinion opinion={opinion} />}</td>
      {hasPhi ? <td>{phi === undefined ? null : <Phi phi={phi} />}</td> : null}
    </tr>
  )
}

function Phi({ phi }: { readonly phi: number }) {
  return (
    <span class="phi" title={phi.toFixed(2)}>
      <i style={{ width: `${Math.min(1, phi / PHI_SHOWN_MAX) * 100}%` }} class={phi > 5 ? 'high' : ''} />
      {phi < 9.95 ? phi.toFixed(1) : phi < 99.5 ? Math.round(phi) : '> 99'}
    </span>
  )
}

/** A sign, as in the graph: the role's name would push φ out of sight. */
function Liar({ role }: { readonly role: string }) {
  const text = `misbehaves on purpose: ${role}`
  return <i class="dot liar" role="img" aria-label={text} title={text} />
}

function Opinion({ opinion: { alive, suspect, down, left } }: { readonly opinion: MemberOpinion }) {
  const parts = [
    ...(down.length === 0 ? [] : [<span class="bad">{down.length} down</span>]),
    ...(suspect.length === 0 ? [] : [<span class="warn">{suspect.length} suspect</span>]),
    ...(left.length === 0 ? [] : [<span class="muted">{left.length} left</span>])
  ]
  if (parts.length === 0) return <span class="muted">alive</span>
  // Those that say alive are not said: φ must stay in sight just when opinions differ.
  return <span title={`${alive} alive`}>{parts.flatMap((part) => [part, ' '])}</span>
}
