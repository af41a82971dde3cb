// Transactions: what waits for a block, what became of the last ones.
import { usePanel } from '../hooks.ts'
import { count, ms, short } from '../view/format.ts'
import { heldAt } from '../view/coverage.ts'
import { mempoolAt } from '../view/mempool.ts'
import { Card, Link, NodeName } from './card.tsx'

const ROWS = 12

export function Mempool() {
  const session = usePanel()
  const { timeline, at, network, playback } = session
  const { waiting, transactions } = mempoolAt(timeline, at, {
    tip: network.tip,
    limit: ROWS,
    isNewest: playback.isLive || at >= timeline.now
  })
  return (
    <Card title="Mempool" area="mempool" note={<span data-waiting>{count(waiting)} waiting</span>}>
      <table>
        <thead>
          <tr>
            <th>transaction</th>
            <th>at</th>
            <th class="number">held by</th>
            <th class="number">spread</th>
            <th class="number">state</th>
          </tr>
        </thead>
        <tbody>
          {transactions.map(({ item, inclusion }) => {
            const block = inclusion === undefined ? undefined : timeline.blocks.get(inclusion.block)
            const { holders, nodes, spreadMs } = heldAt(timeline, item, at)
            return (
              <tr key={item.id}>
                <td>
                  <Link to={{ kind: 'transaction', id: item.id }}>
                    <code>{short(item.id)}</code>
                  </Link>
                </td>
                <td>
                  <NodeName node={item.origin} />
                </td>
                <td class="number">
                  {holders}/{nodes}
                </td>
                <td class="number">{ms(spreadMs)} ms</td>
                <td class="number">
                  {block === undefined ? <span class="warn">waits</span> : <span class="good">in #{block.height}</span>}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}
