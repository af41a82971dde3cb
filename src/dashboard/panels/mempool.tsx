// Transactions: what waits for a block, what became of the last ones.
import { usePanel } from '../hooks.ts'
import { count, ms, short } from '../view/format.ts'
import { isIncluded, mempoolAt } from '../view/mempool.ts'
import { Card, Link, NodeName } from './card.tsx'

const ROWS = 12

export function Mempool() {
  const session = usePanel()
  const { timeline, at, network, playback } = session
  const { waiting, transactions } = mempoolAt(timeline, at, ROWS, playback.isLive || at >= timeline.now)
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
          {transactions.map((item) => {
            const holders = item.holders.filter((node) => (item.arrivedAt[node] ?? 0) <= at).length
            const block = item.block === undefined ? undefined : timeline.blocks.get(item.block)
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
                  {holders}/{network.nodes.length}
                </td>
                <td class="number">{ms(item.spreadMs)} ms</td>
                <td class="number">
                  {isIncluded(item, at) ? (
                    <span class="good">in #{block?.height ?? '?'}</span>
                  ) : (
                    <span class="warn">waits</span>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}
