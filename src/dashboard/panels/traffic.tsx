// Bytes that all nodes send, by what they are for.
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { axis, Chart } from '../chart.ts'
import type { Colours } from '../graph/colours.ts'
import { usePanel } from '../hooks.ts'
import { bytes } from '../view/format.ts'
import { TRAFFIC_KINDS, trafficAt, type TrafficView } from '../view/traffic.ts'
import { Card } from './card.tsx'

const HEIGHT = 150
const WINDOW_MS = 120_000
/** What is shown at least, s: a page that was just opened has measured little. */
const SHOWN_MIN_S = 30
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
  return (
    <Card title="Traffic" area="traffic" note={note(now, total)}>
      <ul class="legend">
        {TRAFFIC_KINDS.map((kind, i) => (
          <li key={kind}>
            <i class={`dot ${COLOURS[kind]}`} />
            {NAMES[kind]}{' '}
            <b>{now[i] === undefined ? (total === undefined ? '–' : bytes(total[kind])) : `${bytes(now[i] ?? 0)}/s`}</b>
          </li>
        ))}
      </ul>
      <div class={ago.length === 0 ? 'chart empty' : 'chart'} ref={element} />
    </Card>
  )
}

function note(now: readonly (number | undefined)[], total: TrafficView['total']): string {
  const sum = (values: readonly (number | undefined)[]): string =>
    bytes(values.reduce((a: number, b) => a + (b ?? 0), 0))
  if (now[0] !== undefined) return `${sum(now)}/s from all nodes`
  return total === undefined ? 'not measured yet' : `${sum(Object.values(total))} in all`
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
      y: { range: (_, _low, high) => [0, Math.max(1000, high)] }
    },
    axes: [
      axis(colours, {
        size: 26,
        incrs: TICKS_S,
        values: (_, ticks) => ticks.map((tick) => (tick === 0 ? 'now' : `${tick} s`))
      }),
      axis(colours, { size: 56, space: 40, values: (_, ticks) => ticks.map((tick) => bytes(tick)) })
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
