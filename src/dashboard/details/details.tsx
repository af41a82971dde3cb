// What is selected, in detail: beside the network and below the curve on a wide screen, over the lower part of a phone.
import { usePanel } from '../hooks.ts'
import { BlockDetails } from './block.tsx'
import { NodeDetails } from './node.tsx'
import { TransactionDetails } from './transaction.tsx'

export function Details() {
  const session = usePanel()
  const { selection } = session
  if (selection === undefined) return null
  return (
    <div class="rail">
      <aside class="card details" aria-label="Details" data-details={selection.kind}>
        <button
          type="button"
          class="quiet close"
          aria-label="Close"
          title="Close (Escape)"
          onClick={() => session.select(undefined)}
        >
          ✕
        </button>
        {selection.kind === 'node' ? <NodeDetails node={selection.node} /> : null}
        {selection.kind === 'block' ? <BlockDetails id={selection.id} /> : null}
        {selection.kind === 'transaction' ? <TransactionDetails id={selection.id} /> : null}
      </aside>
    </div>
  )
}
