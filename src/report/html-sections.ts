// The parts of report.html that are charts, each with its legend and with its figures as a table.
import { amountChart, type RangeRow, rangeChart } from './chart-bars.ts'
import { coverageChart } from './chart-coverage.ts'
import { headsChart } from './chart-heads.ts'
import { timelineChart } from './chart-timeline.ts'
import type { ReportDetails } from './details.ts'
import { formatBytes, plural } from './format.ts'
import { blocksTable, eventsTable, faultsTable, groupsTable, latencyTable, slicesTable } from './html-tables.ts'
import { html, type Markup } from './markup.ts'
import type { Propagation, Report } from './types.ts'

function swatch(kind: string): Markup {
  return html`<svg viewBox="0 0 26 10" aria-hidden="true"><path class="band ${kind}" d="M0 1H26V10H0Z"/><path class="line ${kind}" d="M0 6H26"/></svg>`
}

function scrolled(label: string, chart: Markup): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${chart}</div>`
}

export function coverageSection(report: Report, details: ReportDetails): Markup {
  const names = { block: 'Blocks', transaction: 'Transactions' }
  const figures = { block: report.blocks, transaction: report.transactions }
  const curves = details.curves.map((curve) => {
    return { curve, name: names[curve.kind], coverage: figures[curve.kind].coverage_ms }
  })
  const chart = coverageChart(curves)
  const thinned = curves.filter(({ curve }) => curve.items > 0 && curve.items < figures[curve.kind].published)
  return html`<section><h2>How fast items spread</h2>
<p class="note">Share of the nodes that hold an item, for the median item; the band leaves out the fastest and the slowest
tenth. A curve that ends below 100% did not reach every node.${thinned.map(({ curve, name }) => {
    return ` ${name}: drawn from ${curve.items} of ${figures[curve.kind].published}.`
  })}</p>
${
  chart === undefined
    ? html`<p>Nothing was delivered, so there is no curve.</p>`
    : html`<ul class="legend">${curves
        .filter(({ curve }) => curve.points.length > 0)
        .map(({ curve, name }) => {
          const { published, latency_ms } = figures[curve.kind]
          return html`<li>${swatch(curve.kind)}${name} (${published}, n = ${latency_ms.n})</li>`
        })}</ul>
${scrolled('Coverage curve', chart)}`
}
<details><summary>Figures as a table</summary>${latencyTable(report)}</details>
</section>`
}

export function timelineSection(report: Report, details: ReportDetails): Markup | undefined {
  const chart = timelineChart(details, report.duration_s)
  if (chart === undefined) return undefined
  const slices = details.transactions_over_time
  return html`<section><h2>Every block over the run</h2>
<ul class="legend"><li><svg viewBox="0 0 26 10" aria-hidden="true"><circle class="p50" cx="13" cy="5" r="4"/></svg>half of the
nodes hold it</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><circle class="p95" cx="13" cy="5" r="4"/></svg>95% hold
it</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><path class="lost" d="M8 10l5 -9l5 9z"/></svg>never reached
95%</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><g class="stale"><circle class="p50" cx="13" cy="5" r="4"/></g></svg>stale
block</li>${slices.length === 0 ? undefined : html`<li>${swatch('transaction')}transactions, p50 to p95</li>`}${faultLegend(details)}</ul>
${scrolled('Latency over time', chart)}
<details><summary>Blocks as a table</summary>${blocksTable(details.blocks)}</details>
${slices.length === 0 ? undefined : html`<details><summary>Transactions as a table</summary>${slicesTable(slices)}</details>`}
${details.faults.length === 0 ? undefined : html`<details><summary>Faults as a table</summary>${faultsTable(details.faults)}</details>`}
</section>`
}

function faultLegend({ faults }: ReportDetails): Markup | undefined {
  if (faults.length === 0) return undefined
  return html`<li><svg viewBox="0 0 26 10" aria-hidden="true"><g class="fault"><path d="M13 0V10"/></g></svg>fault of the
scenario</li>`
}

export function headsSection(report: Report, details: ReportDetails): Markup | undefined {
  const chart = headsChart(details, report.duration_s, report.drain_s)
  if (chart === undefined) return undefined
  const { all, shown } = details.reorganisations
  return html`<section><h2>Forks and agreement</h2>
<p class="note">Before blocks meet, nodes may have different heads: that is a fork. It ends when nodes leave the losing blocks,
a reorganisation. Of the honest nodes that were up.${all > shown.length ? ` The deepest ${shown.length} of ${all} reorganisations are drawn.` : ''}</p>
<ul class="legend"><li><svg viewBox="0 0 26 10" aria-hidden="true"><path class="stale-block" d="M13 0l5 5l-5 5l-5 -5z"/></svg>stale
block</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><g class="reorg"><circle cx="13" cy="5" r="4.5"/></g></svg>reorganisation,
larger when deeper</li>${
    report.drain_s > 0
      ? html`<li><svg viewBox="0 0 26 10" aria-hidden="true"><rect class="drain" width="26" height="10"/></svg>drain</li>`
      : undefined
  }${faultLegend(details)}</ul>
${scrolled('Forks and agreement over time', chart)}
<details><summary>As a table</summary>${eventsTable(details)}</details>
</section>`
}

/** Latencies by hop and by region. */
export function groupsSection({ blocks, transactions }: Report): Markup | undefined {
  const charts = [
    ...groupCharts(blocks, 'block', 'Blocks'),
    ...groupCharts(transactions, 'transaction', 'Transactions')
  ]
  if (charts.length === 0) return undefined
  return html`<section class="long"><h2>By hops and by region</h2>
<p class="note">Dot: half of the deliveries; line: to 95%, thin: to 99%. Beside it p50 · p95 in ms. Hops count gossip alone.</p>
<div class="trees">${charts}</div></section>`
}

function groupCharts({ by_hop, by_region }: Propagation, key: string, name: string): Markup[] {
  const hops = (by_hop ?? []).map(({ hops: count, ...latency }) => ({ name: plural(count, 'hop'), latency }))
  const regions = (by_region ?? []).map(({ region, ...latency }) => ({ name: region, latency }))
  return [
    ...groupChart(hops, `${key}-hops`, `${name} by hops`, 'hops'),
    ...groupChart(regions, `${key}-regions`, `${name} by region of the receiver`, 'region')
  ]
}

function groupChart(rows: readonly RangeRow[], key: string, title: string, column: string): Markup[] {
  const chart = rangeChart(rows, key, title)
  if (chart === undefined) return []
  return [
    html`<div><h3>${title}</h3>${scrolled(title, chart)}
<details><summary>As a table</summary>${groupsTable(title, column, rows)}</details></div>`
  ]
}

export function trafficSection({ traffic, repair, blocks, transactions }: Report): Markup {
  const hops = blocks.hops.p50 === null ? '–' : `median ${blocks.hops.p50}, most ${blocks.hops.max}`
  const kinds = Object.entries(traffic?.by_kind ?? {})
  const sent = amountChart(
    kinds.map(([name, amount]) => ({ name, amount, text: formatBytes(amount) })),
    'sent',
    'Bytes sent by kind'
  )
  const copies = amountChart(
    [
      { name: 'blocks', amount: blocks.duplicates_per_delivery, text: String(blocks.duplicates_per_delivery) },
      {
        name: 'transactions',
        amount: transactions.duplicates_per_delivery,
        text: String(transactions.duplicates_per_delivery)
      }
    ],
    'copies',
    'Copies after the first, per delivery'
  )
  return html`<section><h2>Traffic and repair</h2>
${sent === undefined ? undefined : html`<h3>Bytes sent, by kind</h3>${scrolled('Bytes sent by kind', sent)}`}
${copies === undefined ? undefined : html`<h3>Duplicates per delivery, by kind</h3>${scrolled('Duplicates by kind', copies)}`}
<dl class="pairs">
${
  traffic === undefined
    ? html`<dt>Sent</dt><dd>not counted in this run</dd>`
    : html`<dt>Sent</dt><dd>${formatBytes(traffic.bytes_sent)}, ${formatBytes(traffic.bytes_sent_per_node)} per node</dd>
${kinds.map(([kind, bytes]) => html`<dt>· ${kind}</dt><dd>${formatBytes(bytes)}</dd>`)}`
}
<dt>Copies per delivery</dt><dd>blocks ${blocks.duplicates_per_delivery}, transactions ${transactions.duplicates_per_delivery} after the first</dd>
<dt>Hops of a block</dt><dd>${hops}</dd>
<dt>Anti-entropy</dt><dd>${plural(repair.rounds, 'round')}, ${formatBytes(repair.bytes)}</dd>
<dt>Repaired</dt><dd>${plural(repair.blocks_fetched, 'block')}, ${plural(repair.transactions_fetched, 'transaction')} fetched</dd>
</dl></section>`
}
