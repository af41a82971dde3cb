// The last blocks as a table with bars, and their latencies as one line. Pure.
import type { LiveItem, Timeline } from '../../api/client/index.ts'
import { type Coverage, coverageAt, type Held, heldAt, scaleOf } from '../../dashboard/index.ts'
import { shortHash } from '../../report/index.ts'
import type { Paint } from '../output.ts'
import { type Column, fitting, joined, rowText, titleText } from './fit.ts'

/** Bars shorter than this tell nothing, longer ones no more. */
const BAR_CELLS_MIN = 3
const BAR_CELLS_MAX = 24
const LEVELS = '▁▂▃▄▅▆▇█'
const EIGHTHS = ' ▏▎▍▌▋▊▉█'
/** A bar that ends before its value does. */
const BEYOND = '▸'

interface Row {
  readonly block: LiveItem
  readonly coverage: Coverage
  readonly held: Held
}

export interface BlockTableInit {
  readonly timeline: Timeline
  readonly columns: number
  readonly paint: Paint
}

/** Titles and a line for each block. */
export function blockTable(init: BlockTableInit, blocks: readonly LiveItem[]): string[] {
  if (blocks.length === 0) return []
  const rows = blocks.map((block): Row => {
    return { block, coverage: coverageAt(init.timeline, block), held: heldAt(init.timeline, block) }
  })
  const columns = fitting(blockColumns(init, rows), init.columns)
  return [init.paint('dim', titleText(columns).trimEnd()), ...rows.map((row) => rowText(columns, row).trimEnd())]
}

function blockColumns({ timeline, columns, paint }: BlockTableInit, rows: readonly Row[]): Column<Row>[] {
  const heldWidth = Math.max(4, ...rows.map((row) => heldText(row).length))
  const room = Math.floor((columns - 24 - heldWidth) / 3) - 8
  const cells = room < BAR_CELLS_MIN ? 0 : Math.min(BAR_CELLS_MAX, room)
  const scale = scaleOf(rows.map(({ coverage }) => coverage))
  const time = (title: string, rank: number, of: (coverage: Coverage) => number | null): Column<Row> => ({
    title: title.padStart(5),
    width: cells === 0 ? 8 : cells + 8,
    rank,
    text: ({ coverage }) => {
      const value = of(coverage)
      if (value === null) return paint('dim', '    –')
      const text = (value < 10 ? value.toFixed(1) : String(Math.round(value))).padStart(5)
      return cells === 0 ? text : `${text} ${paint('cyan', bar(value / scale.full, cells))}`
    }
  })
  return [
    {
      title: 'block',
      width: 14,
      rank: 0,
      text: ({ block }) => `${paint('bold', `#${block.height ?? '?'}`)} ${shortHash(block.id)}`
    },
    { title: 'by', width: 5, rank: 6, text: ({ block }) => timeline.run?.nodes[block.origin] ?? '?' },
    { title: '  tx', width: 5, rank: 4, text: ({ block }) => String(block.transactions ?? 0).padStart(4) },
    time('t50', 5, ({ t50 }) => t50),
    time('t95', 3, ({ t95 }) => t95),
    time('all ms', 2, ({ t100 }) => t100),
    {
      title: 'held',
      width: heldWidth,
      rank: 1,
      text: (row) => {
        const { holders, nodes } = row.held
        return paint(holders === nodes ? 'green' : 'yellow', heldText(row))
      }
    }
  ]
}

function heldText({ held: { holders, nodes } }: Row): string {
  return `${holders}/${nodes}`
}

/** A share of the bar's cells, in eighths; what is longer than all of them ends in an arrow. */
export function bar(share: number, cells: number): string {
  if (share > 1) return '█'.repeat(cells - 1) + BEYOND
  const eighths = Math.max(1, Math.round(share * cells * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (eighths % 8 === 0 ? '' : (EIGHTHS[eighths % 8] ?? ''))
}

/** How long until 95% of the nodes held each of the last blocks. */
export function latencyLine({ timeline, columns, paint }: BlockTableInit, blocks: readonly LiveItem[]): string {
  const times = blocks.flatMap((block) => coverageAt(timeline, block).t95 ?? []).reverse()
  if (times.length === 0) return paint('dim', 'latency  no block has reached 95% of the nodes yet')
  const sorted = [...times].sort((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const text = joined(
    [`t95, median ${median < 10 ? median.toFixed(1) : Math.round(median)} ms`, `of the last ${times.length}`],
    ' ',
    columns - 15
  )
  const room = Math.max(4, columns - text.length - 11)
  return `latency  ${paint('cyan', spark(times.slice(-room), median * 2.5))}  ${text}`
}

/** One cell for each value; `full` and what is above it are full. */
export function spark(values: readonly number[], full: number): string {
  return values.map((value) => LEVELS[Math.min(7, Math.floor((value / Math.max(full, 1e-9)) * 8))] ?? '').join('')
}
