// A block: what it is, how it spread, what is in it.
import { useSession } from '../hooks.ts'
import { Link, NodeName } from '../panels/card.tsx'
import { bytes, plural, short } from '../view/format.ts'
import { leadingBranch } from '../view/chain.ts'
import { heldAt } from '../view/coverage.ts'
import { isOn } from '../view/network.ts'
import { type Pair, Pairs, Spread, Tree } from './parts.tsx'

const INCLUDED_MAX = 40

export function BlockDetails({ id }: { readonly id: string }) {
  const { timeline, network, at } = useSession()
  const block = timeline.blocks.get(id)
  if (block === undefined) return <Forgotten id={id} />
  const { height = 0 } = block
  const isLeading = isOn(leadingBranch(timeline, at, network.tip, height), { id, height })
  const { holders, nodes } = heldAt(timeline, block, at)
  const included = [...timeline.transactions.values()].filter(({ inclusions }) =>
    inclusions.some((inclusion) => inclusion.block === id)
  )
  const pairs: Pair[] = [
    ['hash', <code>{block.id}</code>],
    [
      'parent',
      block.height === 1 ? (
        'genesis'
      ) : block.parent === undefined ? (
        'not known here'
      ) : (
        <Link to={{ kind: 'block', id: block.parent }}>
          <code>{short(block.parent)}</code>
        </Link>
      )
    ],
    ['made by', <NodeName node={block.origin} />],
    ['size', `${plural(block.transactions ?? 0, 'transaction')}, ${bytes(block.bytes)}`],
    ['branch', isLeading ? 'the leading one' : <span class="warn">not the leading one</span>],
    ['held by', `${holders} of ${plural(nodes, 'node')}`]
  ]
  return (
    <>
      <h2>Block #{block.height ?? '?'}</h2>
      <Spread item={block} />
      <Pairs of={pairs} />
      <Tree item={block} />
      {included.length === 0 ? null : (
        <section aria-label="Transactions">
          <h3>In it, of those that were followed</h3>
          <p class="ids">
            {included.slice(0, INCLUDED_MAX).map((transaction) => (
              <Link key={transaction.id} to={{ kind: 'transaction', id: transaction.id }}>
                <code>{short(transaction.id)}</code>
              </Link>
            ))}
            {included.length > INCLUDED_MAX ? ` and ${included.length - INCLUDED_MAX} more` : null}
          </p>
        </section>
      )}
    </>
  )
}

export function Forgotten({ id }: { readonly id: string }) {
  return (
    <>
      <h2>
        <code>{short(id)}</code>
      </h2>
      <p class="muted">Nothing has been heard of it yet, or it is too long ago.</p>
    </>
  )
}
