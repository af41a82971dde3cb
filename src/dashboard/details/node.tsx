// A node: how it is, whom it is connected to, and buttons to disturb it.
import { useSession } from '../hooks.ts'
import { Says, useOrder } from '../orders.tsx'
import { Link, NodeName } from '../panels/card.tsx'
import { usePoll } from '../polls.ts'
import { bytes, count, plural, short } from '../view/format.ts'
import { linksAt } from '../view/links.ts'
import { type Pair, Pairs } from './parts.tsx'

export function NodeDetails({ node }: { readonly node: number }) {
  const session = useSession()
  const { timeline, at, network } = session
  const view = network.nodes[node]
  const asked = session.isUpNow(node) ? view?.name : undefined
  const status = usePoll(asked, ({ client }) => client.status(asked ?? ''))
  if (view === undefined) return null
  const links = linksAt(timeline, at).filter(({ a, b }) => a === node || b === node)
  const made = [...timeline.blocks.values()].filter(({ origin, at: madeAt }) => origin === node && madeAt <= at)
  const pairs: Pair[] = [
    ['state', view.role === null ? view.state : `${view.state}, misbehaves: ${view.role}`],
    [
      'head',
      view.head === '' ? (
        'genesis'
      ) : (
        <>
          <Link to={{ kind: 'block', id: view.head }}>#{view.height}</Link> <code>{short(view.head)}</code>
          {view.standing === 'fork' ? <span class="warn"> on another branch</span> : null}
        </>
      )
    ],
    ['blocks made', `${count(made.length)} of the last ${count(timeline.blocks.size)}`]
  ]
  if (status !== undefined) {
    pairs.push(
      ['mempool', `${plural(status.mempool.count, 'transaction')}, ${bytes(status.mempool.bytes)}`],
      ['producing', status.producing ? 'yes' : 'no'],
      ['loop lag p99', `${status.event_loop_lag_p99_ms.toFixed(1)} ms`],
      ['peer id', <code>{status.peer}</code>],
      ['addresses', status.addresses.map((address) => <code key={address}>{address} </code>)]
    )
  }
  return (
    <>
      <h2>Node {view.name}</h2>
      {session.canControl ? <NodeButtons name={view.name} isDown={view.state === 'down'} /> : null}
      <Pairs of={pairs} />
      <section aria-label="Connections">
        <h3>
          {plural(links.length, 'connection')} <span class="note">gossip mesh of blocks, of transactions</span>
        </h3>
        <ul class="links">
          {links.map(({ a, b, block, transaction }) => (
            <li key={`${a} ${b}`}>
              <NodeName node={a === node ? b : a} />
              {block ? <i class="dot blue" title="in the mesh of blocks" /> : null}
              {transaction ? <i class="dot orange" title="in the mesh of transactions" /> : null}
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

function NodeButtons({ name, isDown }: { readonly name: string; readonly isDown: boolean }) {
  const { client } = useSession()
  const { said, give } = useOrder()
  const order = (kind: 'stop' | 'start' | 'restart' | 'cut'): Promise<void> =>
    give('', async () => (await client.fault({ kind, nodes: [name] })).notes.join(' '))
  return (
    <div class="controls">
      {isDown ? (
        <button type="button" onClick={() => order('start')}>
          Start
        </button>
      ) : (
        <>
          <button type="button" onClick={() => order('stop')}>
            Stop
          </button>
          <button type="button" onClick={() => order('restart')}>
            Restart
          </button>
          <button type="button" onClick={() => order('cut')}>
            Close its connections
          </button>
        </>
      )}
      <Says said={said} />
    </div>
  )
}
