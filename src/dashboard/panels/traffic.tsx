// Bytes that all nodes send, by what they are for.
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { TrafficByKind } from '../../api/client/index.ts'
import { axis, Chart } from '../chart.ts'
import type { Colours } from '../graph/colours.ts'
import { usePanel } from '../hooks.ts'
import { bytes, perSecond } from '../view/format.ts'
import { TRAFFIC_KINDS, trafficAt, type TrafficView } from '../view/traffic.ts'
import { Card } from './card.tsx'

const HEIGHT = 150
const WINDOW_MS = 120_000
/** What is shown at least, s: a page that was just opened has measured little. */
const SHOWN_MIN_S = 30
/** Above the highest value. */
const HEADROOM = 1.06
const TICKS_S = [5, 10, 20, 30]
const NAMES = {
  block: 'blocks',
  transaction: 'transactions',
  repair: 'anti-entropy',
  membership: 'membership',
  control: 'gossip control'
} as const
const COLOURS = {
  block: 'blue',
  transaction: 'orange',
  repair: 'purple',
  membership: 'teal',
  control: 'muted'
} as const

export function Traffic() {
  const session = usePanel()
  const { timeline, at } = session
  const { ago, rates, total } = trafficAt(timeline, at, WINDOW_MS)
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | undefined>(undefined)
  useEffect(() => {
    if (element.current === null) return
    const made = new Chart(element.current, { height: HEIGHT, options })
    chart.current = made
    return () => made.end()
  }, [])
  useEffect(() => {
    // Stacked: each line is the sum of its own and all below.
    const sums = ago.map(() => 0)
    const stacked = rates.map((rate) => rate.map((value, i) => (sums[i] = (sums[i] ?? 0) + value)))
    chart.current?.show([[...ago], ...stacked.reverse()])
  })
  const now = rates.map((rate) => rate.at(-1))
  const isDrawn = ago.length > 0
  return (
    <Card title="Traffic" area="traffic" note={note(now, total)}>
      {isDrawn ? (
        <ul class="legend">
          {TRAFFIC_KINDS.map((kind, i) => (
            <li key={kind}>
              <i class={`dot ${COLOURS[kind]}`} />
              {NAMES[kind]} <b>{perSecond(now[i] ?? 0)}</b>
            </li>
          ))}
        </ul>
      ) : total === undefined || !session.isOver ? (
        <p class="muted">
          {session.connection === 'recorded'
            ? 'The report of this run has no traffic.'
            : 'Measured only while somebody looks at this page.'}
        </p>
      ) : (
        <Totals total={total} />
      )}
      <div class={isDrawn ? 'chart' : 'chart empty'} ref={element} />
    </Card>
  )
}

/** Sums of the whole run: how they came about is in no report. */
function Totals({ total }: { readonly total: TrafficByKind }) {
  const all = Math.max(1, sum(Object.values(total)))
  const most = Math.max(1, ...Object.values(total))
  return (
    <ul class="totals">
      {TRAFFIC_KINDS.map((kind) => (
        <li key={kind} data-traffic={kind}>
          {NAMES[kind]}
          <span class="share">
            <i class={COLOURS[kind]} style={{ width: `${(total[kind] / most) * 100}%` }} />
          </span>
          <b>{bytes(total[kind])}</b>
          <span class="muted">{Math.round((total[kind] / all) * 100)}%</span>
        </li>
      ))}
    </ul>
  )
}

const sum = (values: readonly (number | undefined)[]): number => values.reduce((a: number, b) => a + (b ?? 0), 0)

function note(now: readonly (number | undefined)[], total: TrafficView['total']): string {
  if (now[0] !== undefined) return `${perSecond(sum(now))} from all nodes`
  return total === undefined ? '' : `${bytes(sum(Object.values(total)))} from all nodes, over the whole run`
}

function options(colours: Colours): Omit<uPlot.Options, 'width' | 'height'> {
  const kinds = TRAFFIC_KINDS.toReversed()
  // A measure is of the time since the one before it, however long that was: nobody measures while nobody looks.
  const paths = uPlot.paths.stepped?.({ align: -1 })
  return {
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, earliest) => [Math.min(-SHOWN_MIN_S, earliest ?? 0), 0] },
      y: { range: (_, _low, high) => [0, Math.max(1000, high * HEADROOM)] }
    },
    axes: [
      axis(colours, {
        size: 26,
        incrs: TICKS_S,
        values: (_, ticks) => ticks.map((tick) => (tick === 0 ? 'now' : `${tick} s`))
      }),
      axis(colours, { size: 66, space: 40, values: (_, ticks) => ticks.map(perSecond) })
    ],
    series: [
      {},
      ...kinds.map((kind) => ({
        stroke: colours[COLOURS[kind]],
        fill: colours[COLOURS[kind]],
        width: 0,
        ...(paths === undefined ? {} : { paths }),
        points: { show: false }
      }))
    ]
  }
}
