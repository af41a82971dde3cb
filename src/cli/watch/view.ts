// The terminal view of a network: as many lines as there is room for, from a timeline. Pure.
import type { LiveItem, Timeline } from '../../api/client/index.ts'
import {
  coverageAt,
  happenedAt,
  linksAt,
  mempoolAt,
  type NetworkView,
  networkAt,
  newestBlocks
} from '../../dashboard/index.ts'
import { shortHash } from '../../report/index.ts'
import { count, plural } from '../format.ts'
import { type Paint, visibleLength } from '../output.ts'

export interface WatchInit {
  readonly timeline: Timeline
  readonly connection: 'live' | 'lost' | 'ended'
  readonly isPaused: boolean
  /** First node that is shown. */
  readonly scrolled: number
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

/** Blocks looked at for the line of latencies. */
const LATENCIES = 60
/** Lines of blocks at most; the nodes get the rest. */
const BLOCKS_MAX = 8
const BAR_CELLS = 8
const LEVELS = '▁▂▃▄▅▆▇█'
const EIGHTHS = ' ▏▎▍▌▋▊▉█'

/** Exactly `rows` lines, none wider than `columns`. */
export function watchLines(init: WatchInit): string[] {
  const { timeline, rows, columns, paint } = init
  const network = networkAt(timeline, timeline.now)
  const blocks = newestBlocks(timeline, timeline.now, LATENCIES)
  const head = [titleLine(init), factsLine(init, network), '']
  const foot = ['', latencyLine(init, blocks), happenedLine(init), keysLine(init)]
  const room = Math.max(0, rows - head.length - foot.length)
  const blockRows = Math.min(BLOCKS_MAX, Math.max(1, Math.floor(room / 2) - 1), blocks.length)
  const blockLines =
    blocks.length === 0
      ? []
      : ['', paint('dim', BLOCK_TITLES), ...blocks.slice(0, blockRows).map((block) => blockText(init, block))]
  const nodeLines = nodeTable(init, network, Math.max(0, room - blockLines.length))
  const lines = [...head, ...nodeLines, ...blockLines]
  while (lines.length < rows - foot.length) lines.push('')
  return [...lines.slice(0, Math.max(0, rows - foot.length)), ...foot].slice(-rows).map((line) => cut(line, columns))
}

function titleLine({ timeline, connection, isPaused, columns, paint }: WatchInit): string {
  const { run, now } = timeline
  const name = `${paint('bold', 'Starling watch')}  ${plain(run?.scenario ?? '')} · seed ${run?.seed ?? '–'}`
  const seconds = run === undefined ? 0 : Math.max(0, Math.floor((now - run.startedAt) / 1000))
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const state = {
    live: isPaused ? paint('yellow', 'paused') : paint('green', run?.state === 'running' ? 'live' : (run?.state ?? '')),
    lost: paint('red', 'connection lost, trying again'),
    ended: paint('cyan', 'the run has ended')
  }[connection]
  return apart(name, `${state}  ${clock}`, columns)
}

function factsLine({ timeline, paint }: WatchInit, network: NetworkView): string {
  const { agreed, up, height, branches, nodes } = network
  const down = nodes.filter(({ state }) => state !== 'up').length
  const agreement = `${agreed}/${up} agree`
  const { waiting } = mempoolAt(timeline, timeline.now, 0, true)
  const parts = [
    `height ${paint('bold', count(height))}`,
    branches > 1 ? paint('red', agreement) : agreed === up && up > 0 ? paint('green', agreement) : agreement,
    branches > 1 ? paint('red', `${branches} branches`) : 'one branch',
    ...(down > 0 ? [paint('yellow', `${down} not up`)] : []),
    `mempool ${count(waiting)}`,
    `${plural(timeline.counts.transactions, 'transaction')} so far`
  ]
  return parts.join('  ')
}

const NODE_WIDTH = 36

/** In as many columns as fit; with more nodes than room, a window that scrolls. */
function nodeTable({ timeline, columns, scrolled, paint }: WatchInit, network: NetworkView, room: number): string[] {
  if (room < 2) return []
  const peers = new Map<number, number>()
  for (const { a, b } of linksAt(timeline, timeline.now)) {
    for (const node of [a, b]) peers.set(node, (peers.get(node) ?? 0) + 1)
  }
  const across = Math.max(1, Math.floor((columns + 3) / (NODE_WIDTH + 3)))
  const title = `${'node'.padEnd(6)}${'state'.padEnd(8)}${'height'.padStart(6)}  ${'head'.padEnd(8)}${'peers'.padStart(5)}`
  const cells = network.nodes.map(({ node, name, state, height, head, standing }) => {
    const shown =
      state === 'up' ? paint('green', 'up') : state === 'down' ? paint('red', 'down') : paint('yellow', state)
    const hash = head === '' ? 'genesis' : shortHash(head)
    const painted = standing === 'fork' ? paint('red', hash) : standing === 'behind' ? paint('yellow', hash) : hash
    return (
      name.padEnd(6) +
      padded(shown, 8) +
      String(height).padStart(6) +
      '  ' +
      padded(painted, 8) +
      String(state === 'up' ? (peers.get(node) ?? 0) : 0).padStart(5)
    )
  })
  const down = Math.min(room - 1, Math.ceil(cells.length / across))
  const first = Math.max(0, Math.min(scrolled, cells.length - down * across))
  const lines = Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (_, column) => padded(cells[first + column * down + row] ?? '', NODE_WIDTH))
      .join('   ')
      .trimEnd()
  )
  const hidden = cells.length - down * across
  const titles = Array.from({ length: Math.min(across, Math.ceil(cells.length / down)) }, () =>
    title.padEnd(NODE_WIDTH)
  ).join('   ')
  return [paint('dim', hidden > 0 ? `${titles.trimEnd()}  (${hidden} more: ↓)` : titles.trimEnd()), ...lines]
}

const BLOCK_TITLES = `${'block'.padEnd(14)}${'by'.padEnd(5)}${'tx'.padStart(4)} ${'t50'.padStart(5)}${' '.repeat(11)}${'t95'.padStart(5)}${' '.repeat(11)}${'all ms'.padStart(5)}${' '.repeat(10)}held`

function blockText({ timeline, paint }: WatchInit, block: LiveItem): string {
  const { arrivals, nodes, t50, t95, t100 } = coverageAt(timeline, block)
  const recent = newestBlocks(timeline, timeline.now, BLOCKS_MAX).flatMap(
    (each) => coverageAt(timeline, each).t95 ?? []
  )
  const full = Math.max(1, ...recent)
  const time = (value: number | null): string => {
    if (value === null) return paint('dim', '    –'.padEnd(16))
    const text = value < 10 ? value.toFixed(1) : String(Math.round(value))
    return `${text.padStart(5)} ${padded(paint('cyan', bar(value / full)), BAR_CELLS + 2)}`
  }
  const held = `${arrivals.length + 1}/${nodes + 1}`
  const name = `${paint('bold', `#${block.height ?? '?'}`)} ${shortHash(block.id)}`
  const by = timeline.run?.nodes[block.origin] ?? '?'
  const isWhole = arrivals.length === nodes
  return `${padded(name, 14)}${by.padEnd(5)}${String(block.transactions ?? 0).padStart(4)} ${time(t50)}${time(t95)}${time(t100)}${paint(isWhole ? 'green' : 'yellow', held)}`
}

/** A share of the bar's cells, in eighths. */
export function bar(share: number): string {
  const eighths = Math.max(1, Math.round(Math.min(1, share) * BAR_CELLS * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (eighths % 8 === 0 ? '' : (EIGHTHS[eighths % 8] ?? ''))
}

function latencyLine({ timeline, columns, paint }: WatchInit, blocks: readonly LiveItem[]): string {
  const times = blocks.flatMap((block) => coverageAt(timeline, block).t95 ?? []).reverse()
  if (times.length === 0) return paint('dim', 'latency  no block has reached 95% of the nodes yet')
  const sorted = [...times].sort((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const text = `t95, median ${median < 10 ? median.toFixed(1) : Math.round(median)} ms of the last ${times.length}`
  const room = Math.max(4, columns - text.length - 13)
  return `latency  ${paint('cyan', spark(times.slice(-room), median * 2.5))}  ${text}`
}

/** One cell for each value; `full` and what is above it are full. */
export function spark(values: readonly number[], full: number): string {
  return values.map((value) => LEVELS[Math.min(7, Math.floor((value / Math.max(full, 1e-9)) * 8))] ?? '').join('')
}

function happenedLine({ timeline, paint }: WatchInit): string {
  const [last] = happenedAt(timeline, timeline.now, 1)
  if (last === undefined) return ''
  const secondsAgo = Math.max(0, Math.round((timeline.now - last.at) / 1000))
  const style = last.tone === 'good' ? 'green' : last.tone === 'bad' ? 'red' : 'yellow'
  return `${paint(style, plain(last.text))}  ${paint('dim', `${secondsAgo} s ago`)}`
}

function keysLine({ paint, isPaused }: WatchInit): string {
  const key = (name: string, what: string): string => `${paint('bold', name)} ${what}`
  return [key('q', 'quit'), key('space', isPaused ? 'go on' : 'pause'), key('↑ ↓', 'scroll nodes')].join('   ')
}

/** What comes from others shows as text, whatever it is. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)))
}

function apart(left: string, right: string, columns: number): string {
  return left + ' '.repeat(Math.max(2, columns - visibleLength(left) - visibleLength(right))) + right
}

/** So many visible characters; colours are kept, and ended by whoever draws the line. */
function cut(text: string, columns: number): string {
  if (visibleLength(text) <= columns) return text
  let visible = 0
  let end = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that painter() writes
  for (const [piece] of text.matchAll(/\u001b\[\d+m|[\s\S]/gu)) {
    const width = piece.startsWith('\u001b') ? 0 : 1
    if (visible + width > columns - 1) break
    visible += width
    end += piece.length
  }
  return `${text.slice(0, end)}…`
}
