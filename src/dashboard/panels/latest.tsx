// The latest block's coverage, drawing itself as the wave goes over the graph; the block before it behind.
import { useEffect, useReducer, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { LiveItem } from '../../api/client/index.ts'
import { axis, Chart } from '../chart.ts'
import type { Colours } from '../graph/colours.ts'
import { useFrames, usePanel } from '../hooks.ts'
import type { Session } from '../session.ts'
import { type Coverage, coverageAt, newestBlocks } from '../view/coverage.ts'
import { bytes, ms, short } from '../view/format.ts'
import { Link, NodeName } from './card.tsx'

export function Latest() {
  const session = usePanel()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [block] = shownBlocks(session)
  const coverage = block === undefined ? undefined : coverageAt(session.timeline, block, session.at)
  return (
    <section class="card panel latest" aria-label="Latest block">
      <h2>
        {block === undefined ? 'Latest block' : <Link to={{ kind: 'block', id: block.id }}>Block #{block.height}</Link>}
        {block === undefined ? null : (
          <span class="note">
            <code>{short(block.id)}</code> by <NodeName node={block.origin} /> · {block.transactions ?? 0} tx ·{' '}
            {bytes(block.bytes)}
          </span>
        )}
      </h2>
      <dl class="times">
        <Time name="half of the nodes" value={coverage?.t50} />
        <Time name="95%" value={coverage?.t95} />
        <Time name="all" value={coverage?.t100} />
      </dl>
      <Curve onTimes={() => redraw(undefined)} />
    </section>
  )
}

function Time({ name, value }: { readonly name: string; readonly value: number | null | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-time={name}>
        {ms(value ?? null)}
        {value === null || value === undefined ? null : <small> ms</small>}
      </dd>
    </div>
  )
}

/** `onTimes`: the curve has come to one of the times above it, which must not wait for their turn. */
function Curve({ onTimes }: { readonly onTimes: () => void }) {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | undefined>(undefined)
  const drawn = useRef('')
  const told = useRef('')
  const session = usePanel()
  useEffect(() => {
    if (element.current === null) return
    const made = new Chart(element.current, { options })
    chart.current = made
    return () => made.end()
  }, [])
  useFrames(() => {
    const [block, before] = shownBlocks(session)
    if (block === undefined || chart.current === undefined) return
    const { timeline, at } = session
    const now = coverageAt(timeline, block, at)
    const passedMs = Math.min(at - block.at, block.spreadMs)
    const key = `${block.id} ${now.arrivals.length} ${Math.round(passedMs)} ${Math.round(block.spreadMs)}`
    if (key === drawn.current) return
    drawn.current = key
    const times = `${block.id} ${now.t50} ${now.t95} ${now.t100}`
    if (times !== told.current) onTimes()
    told.current = times
    const ghost = before === undefined ? undefined : coverageAt(timeline, before)
    chart.current.show(curves(now, passedMs, ghost, Math.max(block.spreadMs, ghost?.t95 ?? 0)))
  })
  return <div class="chart" ref={element} />
}

/** The block whose wave is on, or was last, at the moment that is shown; and the one before it. */
function shownBlocks({ timeline, at, playback }: Session): LiveItem[] {
  const replayed = playback.replaying === undefined ? undefined : timeline.blocks.get(playback.replaying)
  if (replayed !== undefined) return [replayed]
  return newestBlocks(timeline, at, 2)
}

/** Shares of nodes over ms as steps: one column of times for both blocks. */
function curves(now: Coverage, passedMs: number, before: Coverage | undefined, endMs: number): uPlot.AlignedData {
  const end = Math.max(1, endMs) * 1.04
  const times = [...new Set([0, ...now.arrivals, ...(before?.arrivals ?? []), passedMs, end])]
    .filter((time) => time <= end)
    .sort((a, b) => a - b)
  const share = ({ arrivals, nodes }: Coverage): number[] => {
    let reached = 0
    return times.map((time) => {
      while ((arrivals[reached] ?? Number.POSITIVE_INFINITY) <= time) reached++
      return nodes === 0 ? 1 : reached / nodes
    })
  }
  const isOver = passedMs >= (now.arrivals.at(-1) ?? 0) && now.arrivals.length === now.nodes
  const current = share(now).map((value, i) => (isOver || (times[i] ?? 0) <= passedMs ? value : null))
  return [times, before === undefined ? times.map(() => null) : share(before), current]
}

function options(colours: Colours): Omit<uPlot.Options, 'width' | 'height'> {
  const paths = uPlot.paths.stepped?.({ align: 1 })
  const line = { ...(paths === undefined ? {} : { paths }), points: { show: false } }
  return {
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: [0, 1.04] } },
    axes: [
      axis(colours, { size: 26, values: (_, ticks) => ticks.map(passed), space: 60 }),
      axis(colours, { size: 42, splits: [0, 0.5, 1], values: (_, ticks) => ticks.map((tick) => `${tick * 100}%`) })
    ],
    series: [
      {},
      { ...line, stroke: colours.line, width: 2 },
      { ...line, stroke: colours.blue, width: 2.5, fill: tint(colours.blue) }
    ]
  }
}

/** `40`, `2.5 s` */
function passed(tick: number): string {
  return tick < 1000 ? `${tick}` : `${tick / 1000} s`
}

/** `rgb(1, 2, 3)`, faint. */
function tint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.1)')
}
