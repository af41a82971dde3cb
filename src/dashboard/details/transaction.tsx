// A transaction on its way: sent, held by all, in a block, and deeper from block to block.
import { useSession } from '../hooks.ts'
import { Link, NodeName } from '../panels/card.tsx'
import { usePoll } from '../polls.ts'
import { count, ms, short } from '../view/format.ts'
import { leadingBranch } from '../view/chain.ts'
import { heldAt } from '../view/coverage.ts'
import { confirmationsOf, inclusionAt } from '../view/mempool.ts'
import { Forgotten } from './block.tsx'
import { type Pair, Pairs, Spread, Tree } from './parts.tsx'

export function TransactionDetails({ id }: { readonly id: string }) {
  const { timeline, at, network } = useSession()
  const view = usePoll(id, (session) => session.client.transaction(id))
  const item = timeline.transactions.get(id)
  if (item === undefined) return <Forgotten id={id} />
  const { holders, nodes, spreadMs } = heldAt(timeline, item, at)
  const inclusion = inclusionAt(timeline, item, at, leadingBranch(timeline, at, network.tip))
  const pairs: Pair[] = [
    ['id', <code>{item.id}</code>],
    ['sent to', <NodeName node={item.origin} />]
  ]
  if (view !== undefined) {
    pairs.push(
      ['from', view.sender_name ?? <code>{short(view.sender)}</code>],
      ['to', view.recipient_name ?? <code>{short(view.recipient)}</code>],
      ['amount', `${count(view.amount)} + fee ${count(view.fee)}`],
      ['nonce', count(view.nonce)]
    )
  }
  pairs.push(['confirmations', count(confirmationsOf(timeline, inclusion, network.tip))])
  return (
    <>
      <h2>
        Transaction <code>{short(item.id)}</code>
        {at < item.at ? <span class="note">sent after the moment that is shown</span> : null}
      </h2>
      <ol class="steps">
        <li class="done">accepted by {<NodeName node={item.origin} />}</li>
        <li class={holders >= Math.min(nodes, network.up) ? 'done' : ''} data-step="seen">
          held by {holders}/{nodes} nodes{holders > 1 ? ` after ${ms(spreadMs)} ms` : ''}
        </li>
        <li class={inclusion === undefined ? '' : 'done'} data-step="included">
          {inclusion === undefined ? (
            'waits for a block'
          ) : (
            <>
              included in{' '}
              <Link to={{ kind: 'block', id: inclusion.block }}>#{timeline.blocks.get(inclusion.block)?.height}</Link>{' '}
              after {((inclusion.at - item.at) / 1000).toFixed(1)} s
            </>
          )}
        </li>
      </ol>
      <Spread item={item} />
      <Pairs of={pairs} />
      <Tree item={item} />
    </>
  )
}
