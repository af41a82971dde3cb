// The propagation tree: time runs to the right, each node has a row of its own, a line comes from who told it. As
// children follow their parent and come later, no line crosses a label, with ten nodes or with a hundred.
import { TREE_ROWS_MAX } from '../config/index.ts'
import { bentScale, linearScale, px, type Scale, WIDE_RATIO } from './chart-scale.ts'
import { preciseMs, shortHash } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { PropagationTree, TreeRow } from './propagation-tree.ts'
import { median } from './statistics.ts'

const WIDTH = 520
const PLOT = { left: 22, right: WIDTH - 150, top: 34 }
/** Radius of the bend where a line leaves its parent's time, pixels. */
const BEND = 5

/** `key` makes ids unique on the page. */
export function treeChart(tree: PropagationTree, key: string): Markup {
  const rows = tree.rows.slice(0, TREE_ROWS_MAX)
  const rowHeight = rows.length <= 40 ? 21 : 15
  const height = PLOT.top + rows.length * rowHeight + 6
  const x = timeScale(rows)
  const y = (row: number): number => PLOT.top + (row + 0.5) * rowHeight
  return html`<svg class="tree" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${key}-title ${key}-desc">
<title id="${key}-title">Propagation tree of block ${shortHash(tree.id)}</title>
<desc id="${key}-desc">Who told whom, and how many ms after the block was made. The same rows are in the table
below.</desc>
${x.ticks.map((ms) => {
  return html`<path class="grid" d="M${px(x.at(ms))} ${PLOT.top - 8}V${height - 4}"/><text class="tick" x="${px(
    x.at(ms)
  )}" y="${PLOT.top - 14}" text-anchor="middle">${ms}${ms === 0 ? ' ms' : ''}</text>`
})}
${rows.map((row, index) => edge(row, index, rows, x, y))}
${rows.map((row, index) => dot(row, index, x, y, rowHeight))}
</svg>`
}

function timeScale(rows: readonly TreeRow[]): Scale {
  const latencies = rows.map(({ latencyMs }) => latencyMs).filter((ms) => ms > 0)
  const most = Math.max(...latencies, 0.1)
  const middle = latencies.length > 0 ? median(latencies) : most
  if (most > WIDE_RATIO * middle) return bentScale(middle / 8, most, PLOT.left, PLOT.right)
  return linearScale(0, most, PLOT.left, PLOT.right)
}

function edge(row: TreeRow, index: number, rows: readonly TreeRow[], x: Scale, y: (row: number) => number): Markup {
  const parent = row.parent === undefined ? undefined : rows[row.parent]
  if (parent === undefined || row.parent === undefined) return html``
  const from = px(x.at(parent.latencyMs))
  const to = Math.max(from, px(x.at(row.latencyMs)))
  const bend = Math.min(BEND, to - from)
  const path = `M${from} ${px(y(row.parent))}V${px(y(index) - BEND)}q0 ${BEND} ${px(bend)} ${BEND}H${to}`
  return html`<path class="edge ${row.via}" d="${path}"/>`
}

function dot(row: TreeRow, index: number, x: Scale, y: (row: number) => number, rowHeight: number): Markup {
  const at = px(x.at(row.latencyMs))
  const middle = px(y(index))
  const how = row.via === 'own' ? 'made it' : row.via === 'gossip' ? '' : row.via
  return html`<circle class="dot ${row.via}" cx="${at}" cy="${middle}" r="${rowHeight > 18 ? 4.5 : 3.5}"/><text class="node" x="${px(
    at + 9
  )}" y="${px(middle + 4)}"${rowHeight > 18 ? undefined : html` font-size="11"`}><tspan class="name">${row.node}</tspan><tspan class="ms" dx="6">${
    row.via === 'own' ? '' : `${preciseMs(row.latencyMs)} ms `
  }${how}</tspan></text>`
}
