// The coverage curve: what share of all (item, node) pairs was delivered after how many ms.
import { linearScale, logScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import type { Curve } from './details.ts'
import { preciseMs } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { Percentiles } from './types.ts'

export interface NamedCurve {
  readonly curve: Curve
  readonly name: string
  readonly latency: Percentiles
}

const WIDTH = 1040
const HEIGHT = 350
const PLOT = { left: 52, right: WIDTH - 18, top: 46, bottom: HEIGHT - 44 }
/** Where the axis of a logarithmic plot starts at the earliest, ms: clocks are not better than this. */
const LOG_START_MIN_MS = 0.1

type Mark = {
  readonly name: string
  readonly share: number
  readonly ms: number
  readonly anchor: string
  readonly row: number
}

/** Undefined when nothing was delivered. Percentiles of the first curve are marked. */
export function coverageChart(curves: readonly NamedCurve[]): Markup | undefined {
  const drawn = curves.filter(({ curve }) => curve.points.length > 0)
  const [main] = drawn
  if (main === undefined) return undefined
  const all = drawn.flatMap(({ curve }) => curve.points.map(({ ms }) => ms))
  const x = timeScale(Math.min(...all), Math.max(...all))
  const y = linearScale(0, 1, PLOT.bottom, PLOT.top)
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="coverage-title coverage-desc">
<title id="coverage-title">Coverage curve</title>
<desc id="coverage-desc">Share of deliveries against time since publication. ${drawn
    .map(({ name, latency: { p50, p95, p99 } }) => {
      return `${name}: half within ${preciseMs(p50)} ms, 95% within ${preciseMs(p95)} ms, 99% within ${preciseMs(p99)} ms. `
    })
    .join('')}The same figures are in the table below.</desc>
${[0, 0.25, 0.5, 0.75, 1].map((share) => {
  return html`<path class="grid" d="M${PLOT.left} ${px(y.at(share))}H${PLOT.right}"/><text class="tick" x="${
    PLOT.left - 8
  }" y="${px(y.at(share) + 4)}" text-anchor="end">${share * 100}%</text>`
})}
${x.ticks.map((ms) => {
  return html`<path class="grid" d="M${px(x.at(ms))} ${PLOT.bottom}v5"/><text class="tick" x="${px(x.at(ms))}" y="${
    PLOT.bottom + 19
  }" text-anchor="middle">${ms}</text>`
})}
<text class="axis" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">ms since publication</text>
${marksOf(main.latency).map((mark) => drawMark(mark, x))}
${drawn.toReversed().map(({ curve }) => html`<path class="line ${curve.kind}" d="${stepPath(curve, x, y)}"/>`)}
${marksOf(main.latency).map(({ ms, share, name }) => {
  return html`<circle class="dot block" cx="${px(x.at(ms))}" cy="${px(y.at(share))}" r="4"><title>${name}: ${preciseMs(
    ms
  )} ms</title></circle>`
})}
</svg>`
}

function timeScale(least: number, most: number): Scale {
  if (most <= WIDE_RATIO * Math.max(least, LOG_START_MIN_MS)) {
    return linearScale(0, most * 1.04 || 1, PLOT.left, PLOT.right)
  }
  return logScale(Math.max(least, LOG_START_MIN_MS) * 0.9, most * 1.1, PLOT.left, PLOT.right)
}

/** Where labels may meet, they lean away from each other: p50 to the left, p95 a row higher, p99 to the right. */
function marksOf({ p50, p95, p99 }: Percentiles): Mark[] {
  const marks = [
    { name: 'p50', share: 0.5, ms: p50, anchor: 'end', row: 0 },
    { name: 'p95', share: 0.95, ms: p95, anchor: 'middle', row: 1 },
    { name: 'p99', share: 0.99, ms: p99, anchor: 'start', row: 0 }
  ]
  return marks.flatMap(({ ms, ...mark }) => (ms === null ? [] : [{ ...mark, ms }]))
}

function drawMark({ name, ms, anchor, row }: Mark, x: Scale): Markup {
  // At the edges the label leans back into the picture.
  const at = x.at(ms)
  const side = at > PLOT.right - 60 ? 'end' : at < PLOT.left + 50 ? 'start' : anchor
  const lift = side === anchor ? row : name === 'p50' ? 0 : name === 'p95' ? 1 : 2
  const top = PLOT.top - 6 - lift * 14
  return html`<path class="mark" d="M${px(at)} ${top + 3}V${px(PLOT.bottom)}"/><text class="mark-label" x="${px(
    at
  )}" y="${top}" text-anchor="${side}">${name} ${preciseMs(ms)}</text>`
}

function stepPath({ points }: Curve, x: Scale, y: Scale): string {
  const steps = points.map(({ ms, share }) => `H${px(x.at(ms))}V${px(y.at(share))}`)
  return `M${PLOT.left} ${PLOT.bottom}${steps.join('')}H${PLOT.right}`
}
