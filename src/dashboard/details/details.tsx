// What is selected, in detail: beside the network and below the curve on a wide screen, over the lower part of a phone.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { usePanel } from '../hooks.ts'
import type { Selection } from '../session.ts'
import { BlockDetails } from './block.tsx'
import { NodeDetails } from './node.tsx'
import { TransactionDetails } from './transaction.tsx'

export function Details() {
  const session = usePanel()
  const { selection } = session
  const { aside, remember } = useFocus(selection)
  if (selection === undefined) return null
  return (
    <div class="rail">
      <aside
        ref={aside}
        class="card details"
        aria-label="Details"
        data-details={selection.kind}
        tabIndex={-1}
        onFocusIn={remember}
      >
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

/**
 * Whoever chose something with a button goes on in its details, and when they are closed where he was: the details are
 * the last thing on the page. The graph keeps the keys that choose the next node, until Enter.
 */
function useFocus(selection: Selection | undefined) {
  const aside = useRef<HTMLElement>(null)
  const before = useRef<HTMLElement | null>(null)
  useLayoutEffect(() => {
    const { activeElement } = document
    if (selection === undefined) {
      if (activeElement === document.body) before.current?.focus()
      before.current = null
    } else if (!(activeElement instanceof HTMLCanvasElement)) {
      aside.current?.focus({ preventScroll: true })
    }
  }, [selection])
  const remember = ({ relatedTarget }: FocusEvent): void => {
    if (relatedTarget instanceof HTMLElement && !aside.current?.contains(relatedTarget)) before.current = relatedTarget
  }
  return { aside, remember }
}
