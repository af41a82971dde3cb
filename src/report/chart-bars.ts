// Bars for figures that are compared side by side: a range from p50 to p99 per row, or an amount per row.
import { linearScale, logScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import { preciseMs } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { LatencyGroup } from './types.ts'

const WIDTH = 520
const LEFT = 120
const RIGHT = WIDTH - 96
const ROW = 24
const TOP = 8

export interface RangeRow {
  readonly name: string
  readonly latency: LatencyGroup
}

/** Rows from above; a dot at p50, a line to p95, a thin one to p99. Undefined when no row has a p50. */
export function rangeChart(rows: readonly RangeRow[], key: string, title: string): Markup | undefined {
  const times = rows.flatMap(({ latency: { p50, p95, p99 } }) => [p50, p95, p99].filter((ms) => ms !== null))
  if (times.length === 0) return undefined
  const most = Math.max(...times)
  const least = Math.max(Math.min(...times), 0.1)
  const x =
    most > WIDE_RATIO * least ? logScale(least * 0.8, most, LEFT, RIGHT) : linearScale(0, most || 1, LEFT, RIGHT)
  const bottom = TOP + rows.length * ROW
  return html`<svg class="bars" viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-labelledby="${key}-title ${key}-desc">
<title id="${key}-title">${title}</title>
<desc id="${key}-desc">For each row the time until half, 95% and 99% of the deliveries. The same figures are in the table
below.</desc>
${x.ticks.map((ms) => {
  return html`<path class="grid" d="M${px(x.at(ms))} ${TOP}V${bottom}"/><text class="tick" x="${px(x.at(ms))}" y="${
    bottom + 16
  }" text-anchor="middle">${ms}</text>`
})}
${rows.map((row, index) => rangeRow(row, TOP + (index + 0.5) * ROW, x))}
</svg>`
}

function rangeRow({ name, latency: { p50, p95, p99 } }: RangeRow, y: number, x: Scale): Markup {
  const label = html`<text class="row-name" x="${LEFT - 10}" y="${y + 4}" text-anchor="end">${name}</text>`
  if (p50 === null) return html`${label}<text class="tick" x="${LEFT + 6}" y="${y + 4}">less than half arrived</text>`
  const at = (ms: number | null): number => (ms === null ? RIGHT : px(x.at(ms)))
  return html`${label}<g><title>${name}: p50 ${preciseMs(p50)}, p95 ${preciseMs(p95)}, p99 ${preciseMs(
    p99
  )} ms</title><path class="thin" d="M${at(p50)} ${y}H${at(p99)}"/><path class="thick" d="M${at(p50)} ${y}H${at(
    p95
  )}"/><circle class="p50" cx="${at(p50)}" cy="${y}" r="4.5"/></g><text class="tick" x="${RIGHT + 8}" y="${y + 4}">${preciseMs(
    p50
  )} · ${preciseMs(p95)}</text>`
}

export interface AmountRow {
  readonly name: string
  readonly amount: number
  /** As it is read: `21 kB`. */
  readonly text: string
}

/** Lengths in proportion, from zero. Undefined when all are zero. */
export function amountChart(rows: readonly AmountRow[], key: string, title: string): Markup | undefined {
  const most = rows.reduce((high, { amount }) => Math.max(high, amount), 0)
  if (most === 0) return undefined
  const x = linearScale(0, most, LEFT, RIGHT)
  return html`<svg class="bars" viewBox="0 0 ${WIDTH} ${TOP + rows.length * ROW + 4}" role="img" aria-labelledby="${key}-title ${key}-desc">
<title id="${key}-title">${title}</title>
<desc id="${key}-desc">${rows.map(({ name, text }) => `${name}: ${text}. `).join('')}</desc>
${rows.map(({ name, amount, text }, index) => {
  const y = TOP + index * ROW
  const width = Math.max(amount > 0 ? 1 : 0, px(x.at(amount) - LEFT))
  return html`<text class="row-name" x="${LEFT - 10}" y="${y + 16}" text-anchor="end">${name}</text><rect class="amount" x="${LEFT}" y="${
    y + 4
  }" width="${width}" height="${ROW - 8}" rx="3"/><text class="tick" x="${LEFT + width + 8}" y="${y + 16}">${text}</text>`
})}
</svg>`
}
