// The parts of report.html that are tables, and the propagation trees with their tables.
import type { RangeRow } from './chart-bars.ts'
import { TREE_ROWS_MAX } from '../config/index.ts'
import { treeChart } from './chart-tree.ts'
import type { BlockDetail, NodeDetail, ReportDetails } from './details.ts'
import { faultNodes } from './faults.ts'
import { formatBytes, formatShare, plural, preciseMs, shortHash } from './format.ts'
import { type Fragment, html, type Markup } from './markup.ts'
import type { LatencySlice } from './over-time.ts'
import type { PropagationTree } from './propagation-tree.ts'
import type { FaultMark, Interval, Percentiles, Propagation, Report } from './types.ts'

/** Rows of the table of blocks; the newest are shown. */
const BLOCK_ROWS_MAX = 500
/** Rows of the table of nodes: all, or the slowest. */
const NODE_ROWS_MAX = 300
/** Rows of the table of forks and reorganisations. */
const EVENT_ROWS_MAX = 500
/** Names in a cell. */
const NAMES_MAX = 8

interface Column {
  readonly name: string
  readonly isText?: boolean
}

/** The first cell of each row is its heading. Can be scrolled by keyboard. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Fragment[])[]): Markup {
  const cell = (value: Fragment, index: number): Markup => {
    if (index === 0) return html`<th scope="row">${value}</th>`
    return columns[index]?.isText === true ? html`<td class="text">${value}</td>` : html`<td>${value}</td>`
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ name, isText }) => {
    return isText === true ? html`<th scope="col" class="text">${name}</th>` : html`<th scope="col">${name}</th>`
  })}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`
}

const numbers = (...names: readonly string[]): Column[] => names.map((name) => ({ name }))

export function latencyTable({ blocks, transactions }: Report): Markup {
  const row = (name: string, { p50, p90, p95, p99, max, n }: Percentiles): Fragment[] => [
    name,
    ...[p50, p90, p95, p99, max].map(preciseMs),
    n
  ]
  const cover = (name: string, { coverage_ms: { t50, t90, t95, t99, t100 } }: Propagation): Fragment[] => [
    name,
    ...[t50, t90, t95, t99, t100].map(preciseMs)
  ]
  return html`${table('Latency over all (item, node) pairs, ms', numbers('', 'p50', 'p90', 'p95', 'p99', 'max', 'n'), [
    row('Blocks: heard', blocks.heard_ms),
    row('Blocks: delivered', blocks.latency_ms),
    ...(blocks.imported_ms === undefined ? [] : [row('Blocks: imported', blocks.imported_ms)]),
    row('Transactions: heard', transactions.heard_ms),
    row('Transactions: delivered', transactions.latency_ms)
  ])}
${table(
  'Time until a share of the nodes held an item, median over items, ms',
  numbers('', '50%', '90%', '95%', '99%', 'all'),
  [cover('Blocks', blocks), cover('Transactions', transactions)]
)}
${roundsTable({ blocks, transactions })}
${intervalTable({ blocks, transactions })}
${boundTable({ blocks, transactions })}`
}

function roundsTable({ blocks, transactions }: Pick<Report, 'blocks' | 'transactions'>): Markup | undefined {
  const count = (rounds: number | null): string => (rounds === null ? '–' : rounds.toFixed(2))
  const rows = [
    { name: 'Blocks', rounds: blocks.rounds },
    { name: 'Transactions', rounds: transactions.rounds }
  ].flatMap(({ name, rounds }): Fragment[][] =>
    rounds === undefined
      ? []
      : [[name, ...[rounds.t50, rounds.t95, rounds.t100, rounds.log2_n, rounds.log_n].map(count)]]
  )
  if (rows.length === 0) return undefined
  const columns = numbers('', '50%', '95%', 'all', 'log2 n', 'log to fanout + 1')
  return table('Rounds until a share of the nodes held an item, median over items', columns, rows)
}

function intervalTable({ blocks, transactions }: Pick<Report, 'blocks' | 'transactions'>): Markup | undefined {
  const text = ([low, high]: Interval): string => `${preciseMs(low)} … ${preciseMs(high)}`
  const rows = [
    { name: 'Blocks', intervals: blocks.intervals },
    { name: 'Transactions', intervals: transactions.intervals }
  ].flatMap(({ name, intervals }): Fragment[][] => {
    if (intervals === undefined) return []
    const { latency_ms: latency, coverage_ms: coverage } = intervals
    return [[name, ...[latency.p50, latency.p95, latency.p99, coverage.t50, coverage.t95, coverage.t99].map(text)]]
  })
  if (rows.length === 0) return undefined
  const method = blocks.intervals?.method ?? transactions.intervals?.method ?? ''
  return table(`95% intervals, ms (${method})`, numbers('', 'p50', 'p95', 'p99', 't50', 't95', 't99'), rows)
}

function boundTable({ blocks, transactions }: Pick<Report, 'blocks' | 'transactions'>): Markup | undefined {
  const rows = [
    { name: 'Blocks', over: blocks.over_bound },
    { name: 'Transactions', over: transactions.over_bound }
  ].flatMap(({ name, over }): Fragment[][] => (over === undefined ? [] : [[name, over.p50 ?? '–', over.p99 ?? '–']]))
  if (rows.length === 0) return undefined
  return table('Latency over the best possible on the same connections', numbers('', 'p50', 'p99'), rows)
}

/** Latencies of groups. */
export function groupsTable(caption: string, column: string, rows: readonly RangeRow[]): Markup {
  return table(
    caption,
    numbers(column, 'p50, ms', 'p95, ms', 'p99, ms', 'deliveries'),
    rows.map(({ name, latency }) => [name, ...[latency.p50, latency.p95, latency.p99].map(preciseMs), latency.n])
  )
}

export function slicesTable(slices: readonly LatencySlice[]): Markup {
  return table(
    'Transactions by the time at which they were made',
    numbers('from, s', 'to, s', 'transactions', 'p50, ms', 'p95, ms'),
    slices.map(({ from_s, to_s, items, p50, p95 }) => [
      from_s.toFixed(1),
      to_s.toFixed(1),
      items,
      preciseMs(p50),
      preciseMs(p95)
    ])
  )
}

export function faultsTable(faults: readonly FaultMark[]): Markup {
  const columns = [
    { name: 'at, s' },
    { name: 'what', isText: true },
    { name: 'nodes', isText: true },
    { name: '', isText: true }
  ]
  return table(
    'What was done to the network on purpose',
    columns,
    faults.map((mark) => [mark.at_s.toFixed(2), mark.kind, faultNodes(mark, NAMES_MAX), mark.note ?? ''])
  )
}

/** Stale blocks and reorganisations, by time. */
export function eventsTable({ blocks, reorganisations }: ReportDetails): Markup {
  const events = [
    ...blocks
      .filter(({ stale }) => stale)
      .map(({ at_s, height, id, origin }) => {
        return { at_s, text: `stale block #${height ?? '?'} ${shortHash(id)}`, more: `made by ${origin}` }
      }),
    ...reorganisations.shown.map(({ at_s, depth, nodes, height }) => {
      return { at_s, text: `reorganisation of depth ${depth}`, more: `to #${height}, on ${plural(nodes, 'node')}` }
    })
  ].sort((a, b) => a.at_s - b.at_s)
  if (events.length === 0) return html`<p>No block went stale, and no node had to leave one.</p>`
  const left = events.length - EVENT_ROWS_MAX
  return table(
    left > 0 ? `Forks by time (${left} later ones left out)` : 'Forks by time',
    [{ name: 'at, s' }, { name: 'what', isText: true }, { name: '', isText: true }],
    events.slice(0, EVENT_ROWS_MAX).map(({ at_s, text, more }) => [at_s.toFixed(2), text, more])
  )
}

export function blocksTable(blocks: readonly BlockDetail[]): Markup {
  const shown = blocks.slice(-BLOCK_ROWS_MAX)
  const left = blocks.length - shown.length
  const caption = left > 0 ? `The newest ${shown.length} blocks (${left} older ones left out)` : 'Blocks, oldest first'
  const columns = [
    { name: 'block' },
    { name: 'by', isText: true },
    ...numbers('at, s', 'transactions', 'size', 'p50, ms', 'p95, ms', 'all, ms', 'nodes'),
    { name: '', isText: true }
  ]
  return table(
    caption,
    columns,
    shown.map((block) => [
      html`#${block.height ?? '?'} <code>${shortHash(block.id)}</code>`,
      block.origin,
      block.at_s.toFixed(1),
      block.transactions ?? '–',
      formatBytes(block.bytes),
      ...[block.p50, block.p95, block.all].map(preciseMs),
      `${block.delivered}/${block.eligible}`,
      block.stale ? 'stale' : ''
    ])
  )
}

export function nodesTable({ nodes }: ReportDetails): Markup {
  const columns = numbers(
    ...[
      'node',
      'up',
      'blocks made',
      'blocks received',
      'p50, ms',
      'p95, ms',
      'copies',
      'sync rounds',
      'fetched',
      'refused'
    ]
  )
  const shown = slowest(nodes)
  const left = nodes.length - shown.length
  const rows = shown.map((node) => [
    node.misbehaving ? `${node.node} (misbehaves)` : node.node,
    formatShare(node.up),
    node.blocks_published,
    `${node.blocks_delivered}/${node.blocks_eligible}`,
    preciseMs(node.p50),
    preciseMs(node.p95),
    node.duplicates,
    node.sync_rounds,
    node.blocks_fetched,
    node.rejected,
    node.head
  ])
  return html`<section class="long"><h2>Nodes</h2>${table(
    `Blocks as each node saw them: time until it held them, copies beyond the first, blocks fetched by repair, messages refused${
      left > 0 ? ` (the slowest; ${left} faster nodes left out)` : ''
    }`,
    [...columns, { name: 'head at the end', isText: true }],
    rows
  )}</section>`
}

/** All in their order, or those that missed most and then those with the highest p95. */
function slowest(nodes: readonly NodeDetail[]): readonly NodeDetail[] {
  if (nodes.length <= NODE_ROWS_MAX) return nodes
  const missed = (node: NodeDetail): number => node.blocks_eligible - node.blocks_delivered
  return nodes.toSorted((a, b) => missed(b) - missed(a) || (b.p95 ?? 0) - (a.p95 ?? 0)).slice(0, NODE_ROWS_MAX)
}

const LEGEND = [
  { via: 'gossip', text: 'by gossip' },
  { via: 'requested', text: 'asked for after it was announced' },
  { via: 'repair', text: 'by repair (anti-entropy)' }
]

export function treeSection({ trees }: ReportDetails): Markup | undefined {
  if (trees.length === 0) return undefined
  return html`<section class="long"><h2>Who told whom</h2>
<p class="note">Each row is a node, at the time it held the block; the line leads to the node that delivered it first.</p>
<ul class="legend">${LEGEND.map(({ via, text }) => {
    return html`<li><svg viewBox="0 0 26 10" aria-hidden="true"><path class="edge ${via}" d="M0 5H20"/><circle class="dot ${via}" cx="21" cy="5" r="4"/></svg>${text}</li>`
  })}</ul>
<div class="trees">
${trees.map(({ title, tree }, index) => oneTree(title, tree, `tree-${index + 1}`))}
</div></section>`
}

function oneTree(title: string, tree: PropagationTree, key: string): Markup {
  const left = tree.rows.length - TREE_ROWS_MAX
  const missing = tree.missing.slice(0, TREE_ROWS_MAX)
  return html`<div><h3>${title} <span class="note">#${tree.height ?? '?'} <code>${shortHash(tree.id)}</code></span></h3>
<div class="scroll" tabindex="0" role="region" aria-label="${title}: who told whom">${treeChart(tree, key)}</div>
${left > 0 ? html`<p class="note">${left} more nodes are not drawn.</p>` : undefined}
${missing.length === 0 ? undefined : html`<p class="bad">Never arrived at ${missing.join(', ')}.</p>`}
<details><summary>As a table</summary>${table(
    `${title}: first deliveries`,
    [
      { name: 'node' },
      { name: 'told by', isText: true },
      { name: 'after, ms' },
      { name: 'hops' },
      { name: 'how', isText: true }
    ],
    tree.rows
      .slice(0, TREE_ROWS_MAX)
      .map((row) => [
        row.node,
        tree.rows[row.parent ?? -1]?.node ?? (row.via === 'own' ? 'made it' : 'not known'),
        row.latencyMs.toFixed(1),
        row.depth,
        row.via
      ])
  )}</details></div>`
}
