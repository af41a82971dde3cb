// A titled card, and what cards have in common.
import type { ComponentChildren } from 'preact'
import { useSession } from '../hooks.ts'
import type { Selection } from '../session.ts'

export interface CardProps {
  readonly title: string
  /** Its place in the grid. */
  readonly area: string
  readonly note?: ComponentChildren
  readonly children: ComponentChildren
}

export function Card({ title, area, note, children }: CardProps) {
  return (
    <section class={`card panel ${area}`} aria-label={title}>
      <h2>
        {title}
        {note === undefined || note === '' ? null : <span class="note">{note}</span>}
      </h2>
      {children}
    </section>
  )
}

/** Text that leads to the details of something. */
export function Link({ to, children }: { readonly to: Selection; readonly children: ComponentChildren }) {
  const session = useSession()
  return (
    <button type="button" class="link" onClick={() => session.select(to)}>
      {children}
    </button>
  )
}

export function NodeName({ node }: { readonly node: number }) {
  const { run } = useSession()
  if (node < 0) return <span class="muted">?</span>
  return <Link to={{ kind: 'node', node }}>{run?.nodes[node] ?? '?'}</Link>
}
