// What details are made of: pairs of name and value, the curve of an item, and its tree.
import type { ComponentChildren } from 'preact'
import type { LiveItem } from '../../api/client/index.ts'
import { useSession } from '../hooks.ts'
import { coverageAt } from '../view/coverage.ts'
import { ms } from '../view/format.ts'
import { type TreeRow, treeOf } from '../view/tree.ts'
import { NodeName } from '../panels/card.tsx'

export type Pair = readonly [name: string, value: ComponentChildren]

export function Pairs({ of }: { readonly of: readonly Pair[] }) {
  return (
    <dl class="pairs">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Spread({ item }: { readonly item: LiveItem }) {
  const session = useSession()
  const { timeline, at } = session
  const { arrivals, nodes, t50, t95, t100 } = coverageAt(timeline, item, Number.isNaN(at) ? undefined : at)
  return (
    <>
      <dl class="times small">
        {(
          [
            ['half of the nodes', t50],
            ['95%', t95],
            ['all', t100]
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {ms(value)}
              {value === null ? null : <small> ms</small>}
            </dd>
          </div>
        ))}
      </dl>
      <div class="meter" role="img" aria-label={`${arrivals.length} of ${nodes} nodes`}>
        <i style={{ width: `${nodes === 0 ? 100 : (arrivals.length / nodes) * 100}%` }} />
      </div>
      <button
        type="button"
        class="primary"
        onClick={() => {
          session.playback.replay(item)
          showNetwork()
        }}
      >
        Replay its wave
      </button>
    </>
  )
}

/** On a phone, or far down the page, the network is out of sight: there is the wave. */
function showNetwork(): void {
  const network = document.querySelector('.network')
  const { top = 0 } = network?.getBoundingClientRect() ?? {}
  if (top < 0 || top > innerHeight / 2) network?.scrollIntoView({ block: 'start' })
}

const ROW = 19
const INDENT = 13
/** More rows than this are a list too long to read. */
const ROWS_MAX = 300

/** Who told whom, after how many ms: lines lead from teller to told. */
export function Tree({ item }: { readonly item: LiveItem }) {
  const { at } = useSession()
  const all = treeOf(item, at)
  const rows = all.slice(0, ROWS_MAX)
  // To the same scale from its beginning to its end.
  const last = Math.max(1, item.spreadMs)
  const y = (row: number): number => row * ROW + ROW / 2
  const deepest = Math.max(0, ...rows.map(({ depth }) => depth))
  const indent = Math.min(INDENT, 150 / Math.max(1, deepest))
  const x = (row: TreeRow): number => 6 + row.depth * indent
  const width = 20 + deepest * indent
  return (
    <section aria-label="Propagation tree">
      <h3>Who told whom</h3>
      <div class="tree" style={{ height: `${rows.length * ROW}px` }}>
        <svg width={width} height={rows.length * ROW} aria-hidden="true">
          {rows.map((row, i) => {
            const parent = row.parent === undefined ? undefined : rows[row.parent]
            return parent === undefined || row.parent === undefined ? null : (
              <path key={row.node} class={row.via} d={`M${x(parent)} ${y(row.parent)}V${y(i)}H${x(row)}`} />
            )
          })}
          {rows.map((row, i) => (
            <circle key={row.node} class={row.via} cx={x(row)} cy={y(i)} r="3.5" />
          ))}
        </svg>
        <ol style={{ left: `${width}px` }}>
          {rows.map((row) => (
            <li key={row.node} style={{ height: `${ROW}px` }}>
              <NodeName node={row.node} />
              <span class="lane">
                <i class={row.via} style={{ left: `${(row.ms / last) * 100}%` }} />
              </span>
              <span class="number">{row.depth === 0 && row.via === 'own' ? 'made it' : `${ms(row.ms)} ms`}</span>
            </li>
          ))}
        </ol>
      </div>
      {all.length > ROWS_MAX ? <p class="muted">and {all.length - ROWS_MAX} more</p> : null}
    </section>
  )
}
