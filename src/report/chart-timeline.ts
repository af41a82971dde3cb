// Latency over time: one block after the other, p50 and p95, transactions by slices of the run, and below them when the
// nodes agreed on the head.
import { faultLines } from './chart-marks.ts'
import { linearScale, logScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import type { BlockDetail, ReportDetails } from './details.ts'
import type { LatencySlice } from './over-time.ts'
import { preciseMs, shortHash } from './format.ts'
import { html, type Markup } from './markup.ts'

const WIDTH = 1040
const HEIGHT = 322
const PLOT = { left: 52, right: WIDTH - 18, top: 22, bottom: HEIGHT - 90 }
const BAND = { top: HEIGHT - 36, height: 10 }
/** More dots than this can't be told apart; every n-th block is drawn then. */
const DOTS_MAX = 1500
const LOG_START_MIN_MS = 0.1

/** Undefined when there was no block. */
export function timelineChart(details: ReportDetails, durationS: number): Markup | undefined {
  const blocks = thin(details.blocks.filter((block) => block.eligible > 0))
  const slices = details.transactions_over_time
  if ((blocks.length === 0 && slices.length === 0) || durationS <= 0) return undefined
  const x = linearScale(0, durationS, PLOT.left, PLOT.right)
  const y = latencyScale([...blocks, ...slices].flatMap(({ p50, p95 }) => [p50, p95].filter((ms) => ms !== null)))
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="timeline-title timeline-desc">
<title id="timeline-title">Latency of each block over the run</title>
<desc id="timeline-desc">${blocks.length} blocks by the second in which they were made, with the time until half and
until 95% of the nodes held them, in ms; and ${slices.length} slices of the run with the same for its transactions. The strip below shows when all nodes had the same head. The same figures are
in the table of blocks.</desc>
${y.ticks.map((ms) => {
  return html`<path class="grid" d="M${PLOT.left} ${px(y.at(ms))}H${PLOT.right}"/><text class="tick" x="${
    PLOT.left - 8
  }" y="${px(y.at(ms) + 4)}" text-anchor="end">${ms}</text>`
})}
<text class="axis" x="${PLOT.left - 8}" y="12" text-anchor="end">ms</text>
${x.ticks.map((s) => {
  return html`<text class="tick" x="${px(x.at(s))}" y="${PLOT.bottom + 19}" text-anchor="middle">${s} s</text>`
})}
${slices.map((slice) => drawSlice(slice, x, y))}
${faultLines(details.faults, x, PLOT.top, PLOT.bottom)}
${blocks.map((block) => drawBlock(block, x, y))}
${band(details, durationS, x)}
</svg>`
}

function latencyScale(latencies: readonly number[]): Scale {
  const most = Math.max(...latencies, LOG_START_MIN_MS)
  const least = Math.max(Math.min(...latencies, most), LOG_START_MIN_MS)
  if (most <= WIDE_RATIO * least) return linearScale(0, most * 1.08, PLOT.bottom, PLOT.top)
  return logScale(least * 0.8, most * 1.2, PLOT.bottom, PLOT.top)
}

/** A range from p50 to p95; blocks that never got there point upwards at the top. */
function drawBlock(block: BlockDetail, x: Scale, y: Scale): Markup {
  const at = px(x.at(block.at_s))
  const stale = block.stale ? ' stale' : ''
  const label = `#${block.height ?? '?'} ${shortHash(block.id)} by ${block.origin}: p50 ${preciseMs(block.p50)}, p95 ${preciseMs(
    block.p95
  )}, all ${preciseMs(block.all)} ms, ${block.delivered}/${block.eligible} nodes${block.stale ? ', stale' : ''}`
  const high = block.p95 === null ? PLOT.top : px(y.at(block.p95))
  const low = block.p50 === null ? PLOT.top : px(y.at(block.p50))
  const lost = html`<path class="lost" d="M${at - 5} ${PLOT.top + 2}l5 -9l5 9z"/>`
  return html`<g class="range${stale}"><title>${label}</title><path class="stem" d="M${at} ${low}V${high}"/>${
    block.p95 === null ? lost : html`<circle class="p95" cx="${at}" cy="${high}" r="3.5"/>`
  }${block.p50 === null ? undefined : html`<circle class="p50" cx="${at}" cy="${low}" r="3.5"/>`}</g>`
}

/** The median as a step, up to p95 a shade. */
function drawSlice({ from_s, to_s, items, p50, p95 }: LatencySlice, x: Scale, y: Scale): Markup {
  if (p50 === null) return html``
  const [left, right] = [px(x.at(from_s)), px(x.at(to_s))]
  const [low, high] = [px(y.at(p50)), p95 === null ? PLOT.top : px(y.at(p95))]
  const label = `${items} transactions from ${from_s.toFixed(1)} to ${to_s.toFixed(1)} s: p50 ${preciseMs(p50)}, p95 ${preciseMs(p95)} ms`
  return html`<g><title>${label}</title><path class="band transaction" d="M${left} ${low}H${right}V${high}H${left}Z"/><path class="line slice" d="M${left} ${low}H${right}"/></g>`
}

function band({ disagreements_s: disagreements }: ReportDetails, durationS: number, x: Scale): Markup {
  const width = px(x.at(durationS) - PLOT.left)
  return html`<text class="axis" x="${PLOT.left}" y="${BAND.top - 7}">head agreed by all nodes</text>
<rect class="agreed" x="${PLOT.left}" y="${BAND.top}" width="${width}" height="${BAND.height}" rx="3"/>
${disagreements.map(([start, end]) => {
  const [left, right] = [px(x.at(start)), px(x.at(end))]
  return html`<rect class="disagreed" x="${left}" y="${BAND.top}" width="${Math.max(1, px(right - left))}" height="${
    BAND.height
  }"><title>more than one head from ${start.toFixed(2)} to ${end.toFixed(2)} s</title></rect>`
})}`
}

function thin(blocks: readonly BlockDetail[]): BlockDetail[] {
  const every = Math.ceil(blocks.length / DOTS_MAX)
  return blocks.filter((_, index) => index % every === 0)
}
