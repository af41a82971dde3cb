// Values of several runs on one axis, with their median and its interval; and ratios around 1.
import { linearScale, logScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import { formatFigure, formatInterval } from './figures.ts'
import { html, type Markup } from './markup.ts'
import type { Interval } from './types.ts'

const WIDTH = 1040
const LEFT = 240
const RIGHT = WIDTH - 190
const ROW = 24
const TOP = 8

export interface SpreadRow {
  /** Path in report.json. */
  readonly figure: string
  readonly median: number | null
  readonly interval: Interval | null
  /** One per run; drawn as dots. */
  readonly values: readonly (number | null)[]
}

/** All figures in one unit. Undefined when nothing is known. */
export function spreadChart(rows: readonly SpreadRow[], key: string, title: string): Markup | undefined {
  const drawn = rows.filter(({ median }) => median !== null)
  const known = drawn.flatMap(({ values }) => values.filter((value) => value !== null))
  if (known.length === 0) return undefined
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const x =
    most > WIDE_RATIO * Math.max(least, 0.1)
      ? logScale(Math.max(least, 0.1) * 0.8, most * 1.1, LEFT, RIGHT)
      : linearScale(0, most * 1.04 || 1, LEFT, RIGHT)
  return frame(drawn.length, x, key, title, (index, y) => {
    const row = drawn[index]
    if (row === undefined) return undefined
    const text = formatFigure(row.figure, row.median)
    return html`${nameOf(row.figure, y)}${intervalLine(row.interval, x, y)}${row.values.map((value) => {
      return value === null ? undefined : html`<circle class="seed" cx="${px(x.at(value))}" cy="${y}" r="3"/>`
    })}${row.median === null ? undefined : html`<path class="median" d="M${px(x.at(row.median))} ${y - 8}v16"/>`}<text class="tick" x="${
      RIGHT + 10
    }" y="${y + 4}">${text} (${formatInterval(row.figure, row.interval)})</text>`
  })
}

export interface RatioRow {
  readonly figure: string
  readonly ratio: number | null
  readonly interval: Interval | null
}

/** Ratios on a logarithmic axis, so that half and twice are as far from 1. Undefined when there are none above 0. */
export function ratioChart(rows: readonly RatioRow[], key: string, title: string): Markup | undefined {
  const drawn = rows.filter(({ ratio }) => ratio !== null && ratio > 0)
  if (drawn.length === 0) return undefined
  const all = drawn.flatMap(({ ratio, interval }) =>
    [ratio, ...(interval ?? [])].filter((value): value is number => typeof value === 'number' && value > 0)
  )
  const x = logScale(Math.min(0.5, ...all) * 0.95, Math.max(2, ...all) * 1.05, LEFT, RIGHT)
  return frame(drawn.length, x, key, title, (index, y) => {
    const row = drawn[index]
    if (row === undefined || row.ratio === null) return undefined
    const interval = row.interval === null ? '' : ` (${row.interval.map((end) => end ?? '–').join(' … ')})`
    return html`${nameOf(row.figure, y)}<path class="thin" d="M${px(x.at(1))} ${y}H${px(x.at(row.ratio))}"/>${intervalLine(
      row.interval,
      x,
      y
    )}<circle class="p50" cx="${px(x.at(row.ratio))}" cy="${y}" r="4.5"/><text class="tick" x="${RIGHT + 10}" y="${
      y + 4
    }">× ${row.ratio}${interval}</text>`
  })
}

function frame(
  rows: number,
  x: Scale,
  key: string,
  title: string,
  draw: (index: number, y: number) => Markup | undefined
): Markup {
  const bottom = TOP + rows * ROW
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-labelledby="${key}-title ${key}-desc">
<title id="${key}-title">${title}</title>
<desc id="${key}-desc">One row for each figure; the same figures are in the table.</desc>
${x.ticks.map((tick) => {
  return html`<path class="grid" d="M${px(x.at(tick))} ${TOP}V${bottom}"/><text class="tick" x="${px(x.at(tick))}" y="${
    bottom + 16
  }" text-anchor="middle">${tick}</text>`
})}
${Array.from({ length: rows }, (_, index) => draw(index, TOP + (index + 0.5) * ROW))}
</svg>`
}

function nameOf(figure: string, y: number): Markup {
  return html`<text class="row-name" x="${LEFT - 12}" y="${y + 4}" text-anchor="end">${figure}</text>`
}

function intervalLine(interval: Interval | null, x: Scale, y: number): Markup | undefined {
  if (interval === null || interval[0] === null) return undefined
  const [low, high] = interval
  return html`<path class="thick" d="M${px(x.at(low))} ${y}H${high === null ? RIGHT : px(x.at(high))}"/>`
}
