// The chain: one column per height, the leading branch on top, forks below, and which nodes are where.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { usePanel } from '../hooks.ts'
import { stepAlong } from '../row-keys.ts'
import { type ChainBlock, chainAt, forksOf } from '../view/chain.ts'
import { plural, short } from '../view/format.ts'

const HEIGHTS = 24
const COLUMN = 100
const LANE = 54
const BOX = { width: 80, height: 40 }
/** More nodes at a block than this are a number. */
const DOTS_MAX = 8
/** Colours of forks, as the nodes have them. */
const FORKS = 4

export function Chain() {
  const session = usePanel()
  const { timeline, at, network, selection } = session
  const view = chainAt(timeline, at, network.tip, HEIGHTS)
  const forks = forksOf(view, network.nodes)
  const classOf = (place: number): string => {
    if (view.blocks[place]?.isLeading !== false) return ''
    const fork = forks[place]
    return fork === undefined ? 'off' : `off fork${fork % FORKS}`
  }
  const scroller = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const from = useRef(view.from)
  useLayoutEffect(() => {
    const { current } = scroller
    if (current === null) return
    // Follows the chain's end, but leaves whoever looks at what is before it where he is.
    if (isAtEnd.current) current.scrollLeft = current.scrollWidth
    else current.scrollLeft -= (view.from - from.current) * COLUMN
    from.current = view.from
  }, [view.from, view.to, selection === undefined])
  const left = ({ height }: ChainBlock): number => (height - view.from) * COLUMN
  const top = ({ lane }: ChainBlock): number => lane * LANE
  const off = view.blocks.filter(({ isLeading }) => !isLeading).length
  const width = Math.max(0, (view.to - view.from) * COLUMN + BOX.width + 16)
  return (
    <section class="card panel chain" aria-label="Chain">
      <h2>
        Chain
        <span class="note">{off === 0 ? 'no forks in sight' : `${plural(off, 'block')} off the leading branch`}</span>
      </h2>
      <div
        class="scroller"
        ref={scroller}
        onScroll={({ currentTarget: { scrollLeft, clientWidth, scrollWidth } }) => {
          isAtEnd.current = scrollLeft + clientWidth >= scrollWidth - COLUMN
        }}
      >
        <div
          class="blocks"
          role="toolbar"
          style={{ width: `${width}px`, height: `${view.lanes * LANE + 8}px` }}
          onKeyDown={stepAlong}
        >
          <svg width={width} height={view.lanes * LANE} aria-hidden="true">
            {view.blocks.map((block, place) => {
              const parent = block.parent === undefined ? undefined : view.blocks[block.parent]
              if (parent === undefined) return null
              const [x, y] = [left(parent) + BOX.width, top(parent) + BOX.height / 2]
              const [toX, toY] = [left(block), top(block) + BOX.height / 2]
              const bend = (x + toX) / 2
              return (
                <path
                  key={block.item.id}
                  class={classOf(place)}
                  d={`M${x} ${y}C${bend} ${y} ${bend} ${toY} ${toX} ${toY}`}
                />
              )
            })}
          </svg>
          {view.blocks.map((block, place) => (
            <button
              type="button"
              key={block.item.id}
              tabIndex={place === view.blocks.length - 1 ? 0 : -1}
              class={`block ${classOf(place)}${selection?.kind === 'block' && selection.id === block.item.id ? ' on' : ''}`}
              style={{ left: `${left(block)}px`, top: `${top(block)}px` }}
              title={`#${block.height} by ${session.run?.nodes[block.item.origin] ?? '?'}, ${plural(block.item.transactions ?? 0, 'transaction')}`}
              onClick={() => session.select({ kind: 'block', id: block.item.id })}
            >
              <b>#{block.height}</b> <code>{short(block.item.id).slice(0, 4)}</code>
              <Heads nodes={block.heads} />
            </button>
          ))}
        </div>
      </div>
    </section>
  )
}

/** A dot for each node whose head it is. */
function Heads({ nodes }: { readonly nodes: readonly number[] }) {
  if (nodes.length === 0) return <span class="heads" />
  return (
    <span class="heads" data-heads={nodes.length}>
      {nodes.length > DOTS_MAX ? `${nodes.length} nodes` : nodes.map((node) => <i key={node} />)}
    </span>
  )
}
