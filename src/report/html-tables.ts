// The parts of report.html that are tables, and the propagation trees with their tables.
import { TREE_ROWS_MAX } from '../config/index.ts'
import { treeChart } from './chart-tree.ts'
import type { BlockDetail, ReportDetails } from './details.ts'
import { formatBytes, formatShare, preciseMs, shortHash } from './format.ts'
import { type Fragment, html, type Markup } from './markup.ts'
import type { PropagationTree } from './propagation-tree.ts'
import type { Percentiles, Propagation, Report } from './types.ts'

/** Rows of the table of blocks; the newest are shown. */
const BLOCK_ROWS_MAX = 500

interface Column {
  readonly name: string
  readonly isText?: boolean
}

/** The first cell of each row is its heading. Can be scrolled by keyboard. */
function table(caption: string, columns: readonly Column[], rows: readonly (readonly Fragment[])[]): Markup {
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
)}`
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
  const rows = nodes.map((node) => [
    node.node,
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
    'Blocks as each node saw them: time until it held them, copies beyond the first, blocks fetched by repair, messages refused',
    [...columns, { name: 'head at the end', isText: true }],
    rows
  )}</section>`
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
