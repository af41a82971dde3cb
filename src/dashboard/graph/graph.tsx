// The network as a graph: the pointer and the keyboard choose nodes.
import { useEffect, useRef } from 'preact/hooks'
import { useFrames, useSession } from '../hooks.ts'
import { Stage } from './stage.ts'

export function Graph() {
  const session = useSession()
  const canvas = useRef<HTMLCanvasElement>(null)
  const stage = useRef<Stage | undefined>(undefined)
  useEffect(() => {
    if (canvas.current === null) return
    const made = new Stage(session, canvas.current)
    stage.current = made
    return () => made.end()
  }, [session])
  useFrames(() => stage.current?.draw())

  const choose = (node: number | undefined): void => {
    const { selection } = session
    const isSame = selection?.kind === 'node' && selection.node === node
    session.select(node === undefined || isSame ? undefined : { kind: 'node', node })
  }
  const step = (by: number): void => {
    const nodes = session.timeline.nodes.length
    const { selection } = session
    const from = selection?.kind === 'node' ? selection.node : by > 0 ? -1 : 0
    if (nodes > 0) session.select({ kind: 'node', node: (from + by + nodes) % nodes })
  }
  return (
    <div class="stage">
      <canvas
        ref={canvas}
        class="graph"
        tabIndex={0}
        aria-label="The network. Up and down choose a node, Enter leads into its details."
        onPointerMove={(event) => {
          if (stage.current === undefined) return
          stage.current.hovered = stage.current.nodeAt(event.clientX, event.clientY)
          event.currentTarget.style.cursor = stage.current.hovered === undefined ? 'default' : 'pointer'
        }}
        onPointerLeave={() => {
          if (stage.current !== undefined) stage.current.hovered = undefined
        }}
        onClick={(event) => choose(stage.current?.nodeAt(event.clientX, event.clientY))}
        onKeyDown={(event) => {
          if (event.key === 'Enter') document.querySelector<HTMLElement>('.details')?.focus({ preventScroll: true })
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          step(event.key === 'ArrowDown' ? 1 : -1)
        }}
      />
    </div>
  )
}
