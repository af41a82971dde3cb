// The coverage curve: after how many ms which share of the nodes held an item. The line is the median item, so that t50,
// t95 and t99 lie on it; the band around it holds all but the fastest and the slowest tenth of the items.
import { linearScale, logScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import type { Curve, CurvePoint } from './details.ts'
import { preciseMs } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { Coverage } from './types.ts'

export interface NamedCurve {
  readonly curve: Curve
  readonly name: string
  readonly coverage: Coverage
}

const WIDTH = 1040
const HEIGHT = 350
const PLOT = { left: 52, right: WIDTH - 18, top: 46, bottom: HEIGHT - 44 }
/** Where the axis of a logarithmic plot starts at the earliest, ms: clocks are not better than this. */
const LOG_START_MIN_MS = 0.1

interface Mark {
  readonly name: string
  readonly share: number
  readonly ms: number
  readonly anchor: string
  readonly row: number
}

/** Undefined when nothing was delivered. Marks of the first curve have names, those of the others titles. */
export function coverageChart(curves: readonly NamedCurve[]): Markup | undefined {
  const drawn = curves.filter(({ curve }) => curve.points.length > 0)
  const [main] = drawn
  if (main === undefined) return undefined
  const all = drawn.flatMap(({ curve }) => curve.points.flatMap(({ ms, fast, slow }) => known([ms, fast, slow])))
  const x = timeScale(Math.min(...all), Math.max(...all))
  const y = linearScale(0, 1, PLOT.bottom, PLOT.top)
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="coverage-title coverage-desc">
<title id="coverage-title">Coverage curve</title>
<desc id="coverage-desc">Share of the nodes that hold an item against time since publication. ${drawn
    .map(({ name, coverage: { t50, t95, t99 } }) => {
      return `${name}: half of the nodes within ${preciseMs(t50)} ms, 95% within ${preciseMs(t95)} ms, 99% within ${preciseMs(t99)} ms. `
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
${drawn.toReversed().map(({ curve }) => html`<path class="band ${curve.kind}" d="${bandPath(curve, x, y)}"/>`)}
${marksOf(main.coverage).map((mark) => drawMark(mark, x))}
${drawn.toReversed().map(({ curve }) => html`<path class="line ${curve.kind}" d="${stepPath(curve.points, ({ ms }) => ms, x, y)}"/>`)}
${drawn.toReversed().map(({ curve, name, coverage }) => marksOf(coverage).map((mark) => dot(mark, curve, name, x, y)))}
</svg>`
}

function known(times: readonly (number | null)[]): number[] {
  return times.filter((ms) => ms !== null)
}

function timeScale(least: number, most: number): Scale {
  if (most <= WIDE_RATIO * Math.max(least, LOG_START_MIN_MS)) {
    return linearScale(0, most * 1.04 || 1, PLOT.left, PLOT.right)
  }
  return logScale(Math.max(least, LOG_START_MIN_MS) * 0.9, most * 1.1, PLOT.left, PLOT.right)
}

/** Where labels may meet, they lean away from each other: t50 to the left, t95 a row higher, t99 to the right. */
function marksOf({ t50, t95, t99 }: Coverage): Mark[] {
  const marks = [
    { name: 't50', share: 0.5, ms: t50, anchor: 'end', row: 0 },
    { name: 't95', share: 0.95, ms: t95, anchor: 'middle', row: 1 },
    { name: 't99', share: 0.99, ms: t99, anchor: 'start', row: 0 }
  ]
  return marks.flatMap(({ ms, ...mark }) => (ms === null ? [] : [{ ...mark, ms }]))
}

function drawMark({ name, ms, anchor, row }: Mark, x: Scale): Markup {
  // At the edges the label leans back into the picture.
  const at = x.at(ms)
  const side = at > PLOT.right - 60 ? 'end' : at < PLOT.left + 50 ? 'start' : anchor
  const lift = side === anchor ? row : name === 't50' ? 0 : name === 't95' ? 1 : 2
  const top = PLOT.top - 6 - lift * 14
  return html`<path class="mark" d="M${px(at)} ${top + 3}V${px(PLOT.bottom)}"/><text class="mark-label" x="${px(
    at
  )}" y="${top}" text-anchor="${side}">${name} ${preciseMs(ms)}</text>`
}

function dot({ name, share, ms }: Mark, { kind }: Curve, of: string, x: Scale, y: Scale): Markup {
  return html`<circle class="dot ${kind}" cx="${px(x.at(ms))}" cy="${px(y.at(share))}" r="4"><title>${of}, ${name}: ${preciseMs(
    ms
  )} ms</title></circle>`
}

/** Shares that were never reached are left out: the line stays where it was, to the right edge. */
function stepPath(
  points: readonly CurvePoint[],
  timeOf: (point: CurvePoint) => number | null,
  x: Scale,
  y: Scale
): string {
  const steps = points.flatMap((point) => {
    const ms = timeOf(point)
    return ms === null ? [] : [`H${px(x.at(ms))}V${px(y.at(point.share))}`]
  })
  return `M${PLOT.left} ${PLOT.bottom}${steps.join('')}H${PLOT.right}`
}

/** Along the fast items, and back along the slow ones; what never arrived is at the right edge. */
function bandPath({ points }: Curve, x: Scale, y: Scale): string {
  const at = (ms: number | null): number => (ms === null ? PLOT.right : px(x.at(ms)))
  const there = points.map(({ fast, share }) => `H${at(fast)}V${px(y.at(share))}`)
  const back = points.toReversed().map(({ slow }, index, all) => `H${at(slow)}V${px(y.at(all[index + 1]?.share ?? 0))}`)
  return `M${PLOT.left} ${PLOT.bottom}${there.join('')}${back.join('')}Z`
}
