// The terminal view of a network: as many lines as there is room for, from a timeline. Pure.
import type { Timeline } from '../../api/client/index.ts'
import { happenedAt, linksAt, mempoolAt, type NetworkView, networkAt, newestBlocks } from '../../dashboard/index.ts'
import { shortHash } from '../../report/index.ts'
import { count, plural } from '../format.ts'
import { type Paint, visibleLength } from '../output.ts'
import { blockTable, latencyLine } from './blocks.ts'
import { type Column, cut, fitting, joined, padded, plain, rowText, titleText, widthOf } from './fit.ts'

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

/** Blocks looked at for the line of latencies and the table. */
const LATENCIES = 120
/** A lower screen has no blank lines between its parts. */
const ROOMY_ROWS = 18
const GAP = '   '

/** Exactly `rows` lines, none wider than `columns`. */
export function watchLines(init: WatchInit): string[] {
  const { timeline, rows, columns } = init
  const network = networkAt(timeline, timeline.now)
  const blocks = newestBlocks(timeline, timeline.now, LATENCIES)
  const blank = rows < ROOMY_ROWS ? [] : ['']
  const head = [titleLine(init), factsLine(init, network), ...blank]
  // Latency, what happened, keys.
  const room = Math.max(0, rows - head.length - blank.length - 3)
  const columnsOfNodes = nodeColumns(init, network)
  const across = Math.max(1, Math.floor((columns + GAP.length) / (widthOf(columnsOfNodes) + GAP.length)))
  // Nodes get the lines they need, up to half of them; blocks the rest; and nodes what blocks leave.
  const wanted = Math.ceil(network.nodes.length / across) + 1
  const forBlocks = blocks.length === 0 ? 0 : room - Math.min(wanted, Math.ceil(room / 2)) - blank.length
  const table = forBlocks < 2 ? [] : blockTable(init, blocks.slice(0, forBlocks - 1))
  const blockLines = table.length === 0 ? [] : [...blank, ...table]
  const { lines: nodeLines, hidden } = nodeTable(init, columnsOfNodes, network, across, room - blockLines.length)
  const lines = [...head, ...nodeLines, ...blockLines]
  const foot = [...blank, latencyLine(init, blocks), happenedLine(init), keysLine(init, hidden)]
  while (lines.length < rows - foot.length) lines.push('')
  return [...lines.slice(0, Math.max(0, rows - foot.length)), ...foot]
    .slice(-rows)
    .map((line) => cut(plain(line), columns))
}

function titleLine({ timeline, connection, isPaused, columns, paint }: WatchInit): string {
  const { run, now } = timeline
  const seconds = run === undefined ? 0 : Math.max(0, Math.floor((now - run.startedAt) / 1000))
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const state = {
    live: isPaused ? paint('yellow', 'paused') : paint('green', run?.state === 'running' ? 'live' : (run?.state ?? '')),
    lost: paint('red', 'connection lost, trying again'),
    ended: paint('cyan', 'the run has ended')
  }[connection]
  const right = `${state}  ${clock}`
  const parts = [paint('bold', 'Starling watch'), ` ${run?.scenario ?? ''}`, `· seed ${run?.seed ?? '–'}`]
  const left = joined(parts, ' ', columns - visibleLength(right) - 2)
  return left + ' '.repeat(Math.max(2, columns - visibleLength(left) - visibleLength(right))) + right
}

function factsLine({ timeline, columns, paint }: WatchInit, network: NetworkView): string {
  const { agreed, up, height, branches, nodes, tip } = network
  const down = nodes.filter(({ state }) => state !== 'up').length
  const agreement = `${agreed}/${up} agree`
  const { waiting } = mempoolAt(timeline, timeline.now, { tip, limit: 0, isNewest: true })
  const parts = [
    `height ${paint('bold', count(height))}`,
    branches > 1 ? paint('red', agreement) : agreed === up && up > 0 ? paint('green', agreement) : agreement,
    branches > 1 ? paint('red', `${branches} branches`) : 'one branch',
    ...(down > 0 ? [paint('yellow', `${down} not up`)] : []),
    `mempool ${count(waiting)}`,
    `${plural(timeline.counts.transactions, 'transaction')} so far`
  ]
  return joined(parts, '  ', columns)
}

type NodeRow = NetworkView['nodes'][number]

function nodeColumns({ timeline, columns, paint }: WatchInit, { nodes }: NetworkView): readonly Column<NodeRow>[] {
  const peers = new Map<number, number>()
  for (const { a, b } of linksAt(timeline, timeline.now)) {
    for (const node of [a, b]) peers.set(node, (peers.get(node) ?? 0) + 1)
  }
  const colours = {
    up: 'green',
    down: 'red',
    paused: 'yellow',
    leading: undefined,
    behind: 'yellow',
    fork: 'red'
  } as const
  const tinted = (colour: 'green' | 'yellow' | 'red' | undefined, text: string): string =>
    colour === undefined ? text : paint(colour, text)
  const nameWidth = Math.max(4, ...nodes.map(({ name }) => name.length)) + 2
  const all: Column<NodeRow>[] = [
    { title: 'node', width: Math.max(6, nameWidth), rank: 0, text: ({ name }) => name },
    { title: 'state', width: 8, rank: 1, text: ({ state }) => tinted(colours[state], state) },
    { title: 'height', width: 8, rank: 2, text: ({ height }) => String(height).padStart(6) },
    {
      title: 'head',
      width: 8,
      rank: 3,
      text: ({ head, standing }) => tinted(colours[standing], head === '' ? 'genesis' : shortHash(head))
    },
    {
      title: 'peers',
      width: 5,
      rank: 4,
      text: ({ node, state }) => String(state === 'up' ? (peers.get(node) ?? 0) : 0).padStart(5)
    }
  ]
  return fitting(all, columns)
}

/** In as many columns as fit; with more nodes than room, a window that scrolls. */
function nodeTable(
  { scrolled, paint }: WatchInit,
  columns: readonly Column<NodeRow>[],
  { nodes }: NetworkView,
  across: number,
  room: number
): { lines: string[]; hidden: number } {
  if (room < 2) return { lines: [], hidden: nodes.length }
  const width = widthOf(columns)
  const down = Math.min(room - 1, Math.ceil(nodes.length / across))
  const first = Math.max(0, Math.min(scrolled, nodes.length - down * across))
  const lines = Array.from({ length: down }, (_, row) => {
    const cells = Array.from({ length: across }, (_, column) => nodes[first + column * down + row])
    return cells
      .map((node) => (node === undefined ? '' : padded(rowText(columns, node), width)))
      .join(GAP)
      .trimEnd()
  })
  const shown = Math.min(across, Math.ceil(nodes.length / Math.max(1, down)))
  const titles = Array.from({ length: shown }, () => titleText(columns)).join(GAP)
  return { lines: [paint('dim', titles.trimEnd()), ...lines], hidden: Math.max(0, nodes.length - down * across) }
}

function happenedLine({ timeline, columns, paint }: WatchInit): string {
  const [last] = happenedAt(timeline, timeline.now, 1)
  if (last === undefined) return ''
  const ago = `${Math.max(0, Math.round((timeline.now - last.at) / 1000))} s ago`
  const style = last.tone === 'good' ? 'green' : last.tone === 'bad' ? 'red' : 'yellow'
  return `${paint(style, cut(last.text, columns - ago.length - 2))}  ${paint('dim', ago)}`
}

function keysLine({ paint, isPaused, columns }: WatchInit, hidden: number): string {
  const key = (name: string, what: string): string => `${paint('bold', name)} ${what}`
  const keys = [key('q', 'quit'), key('space', isPaused ? 'go on' : 'pause')]
  if (hidden > 0) keys.push(key('↑ ↓', `${hidden} more ${hidden === 1 ? 'node' : 'nodes'}`))
  return joined(keys, GAP, columns)
}
