// What the colours and keys are.
import { useEffect, useRef } from 'preact/hooks'

const KEYS = [
  ['space', 'pause, go on'],
  ['← →', 'the wave before, the next one; in a row of blocks along it'],
  ['l', 'live'],
  ['s', 'slow motion while a block spreads'],
  ['d', 'light or dark'],
  ['Tab, ↑ ↓', 'into the network, from node to node'],
  ['Enter', 'into the details of that node'],
  ['Escape', 'close the details'],
  ['?', 'this']
] as const

export function Help({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="card help" aria-label="Keys and colours" onClose={onClose} closedby="any">
      <h2>Colours</h2>
      <ul>
        <li>
          <i class="dot leading" /> has the leading head
        </li>
        <li>
          <i class="dot behind" /> is behind it
        </li>
        <li>
          <i class="dot fork0" />
          <i class="dot fork1" /> is on another branch
        </li>
        <li>
          <i class="dot hollow" /> is down
        </li>
        <li>
          <i class="dot liar" /> misbehaves on purpose
        </li>
        <li>
          <i class="line solid" /> connection that gossip uses (in a mesh)
        </li>
        <li>
          <i class="line dashed" /> connection beside the mesh
        </li>
        <li>
          <i class="line red" /> connection across a cut
        </li>
        <li>
          <i class="line blue" /> a block on its way
        </li>
        <li>
          <i class="line orange" /> a transaction on its way
        </li>
        <li>
          <i class="line purple" /> repaired or asked for
        </li>
      </ul>
      <p class="muted">Click a node, a block or a transaction, wherever it is named, for its details.</p>
      <h2>Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  )
}
