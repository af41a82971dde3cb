// report.html: one file that needs no network and no script, made to be read by people and kept beside report.json.
import { coverageChart } from './chart-coverage.ts'
import { timelineChart } from './chart-timeline.ts'
import type { ReportDetails } from './details.ts'
import { formatBytes, formatShare, preciseMs } from './format.ts'
import { STYLE } from './html-style.ts'
import { blocksTable, latencyTable, nodesTable, treeSection } from './html-tables.ts'
import { type Fragment, html, Markup } from './markup.ts'
import type { Propagation, Report } from './types.ts'

/** A full page. `details` are those of the same run. */
export function renderHtml(report: Report, details: ReportDetails): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Starling report: ${report.scenario}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${heading(report)}
${tiles(report)}
${coverageSection(report, details)}
${timelineSection(report, details)}
${treeSection(details)}
${nodesTable(details)}
<div class="pair">
${trafficSection(report)}
${environmentSection(report)}
</div>
${configSection(report)}
${definitions()}
</main>
</body>
</html>
`
  return page.text
}

function heading(report: Report): Markup {
  const { ok, reasons } = report.validity
  const state = !ok ? 'invalid' : reasons.length > 0 ? 'warned' : 'ok'
  const label = { ok: 'valid', warned: 'valid, with warnings', invalid: 'not valid' }[state]
  const drain = report.drain_s > 0 ? ` + ${report.drain_s.toFixed(1)} s drain` : ', no drain'
  return html`<header>
<h1>Starling · ${report.scenario}</h1><span class="badge ${state}">${label}</span>
<span class="sub">${report.nodes} nodes · ${report.duration_s.toFixed(1)} s measured${drain} · meshed after
${report.warmup_s.toFixed(1)} s · seed ${report.seed} · ${report.engine} engine</span>
</header>
${reasons.length === 0 ? undefined : html`<ul class="reasons ${state}">${reasons.map((text) => html`<li>${text}</li>`)}</ul>`}
${report.expectations.length === 0 ? undefined : expectations(report)}`
}

function expectations(report: Report): Markup {
  return html`<section><h2>Expectations</h2><ul class="legend">${report.expectations.map(({ text, held, value }) => {
    const measured = value !== null ? `measured ${value}` : held ? 'held' : 'did not hold, or was not measured'
    return html`<li class="${held ? 'good' : 'bad'}">${held ? '✔' : '✖'} ${text} <span class="note">(${measured})</span></li>`
  })}</ul></section>`
}

function tile(name: string, figure: Fragment, note: Fragment): Markup {
  return html`<div class="tile"><dt>${name}</dt><dd><span class="figure">${figure}</span><span class="note">${note}</span></dd></div>`
}

function tiles({ blocks, transactions, consistency }: Report): Markup {
  const { t50, t95, t100 } = blocks.coverage_ms
  const heads = consistency.converged ? 'one head' : `${consistency.tips} heads`
  return html`<dl class="tiles">
${tile('A block reaches 95% of nodes in', ms(t95), `half in ${preciseMs(t50)}, all in ${preciseMs(t100)} ms (median block)`)}
${tile('Blocks delivered', share(blocks), deliveredNote(blocks))}
${tile('Transactions, p50', ms(transactions.latency_ms.p50), `p95 ${preciseMs(transactions.latency_ms.p95)}, p99 ${preciseMs(transactions.latency_ms.p99)} ms`)}
${tile('Transactions delivered', share(transactions), deliveredNote(transactions))}
${tile(
  'Nodes agreed on the head',
  html`${formatShare(consistency.share_of_time_agreed)}<small> of time</small>`,
  `longest disagreement ${consistency.longest_disagreement_s.toFixed(2)} s · ${heads} at #${consistency.height} in the end`
)}
${tile(
  'Stale blocks',
  html`${consistency.stale_blocks}<small> of ${blocks.published}</small>`,
  `deepest reorganisation: ${consistency.max_reorg_depth} blocks`
)}
</dl>`
}

function ms(value: number | null): Markup {
  return html`${preciseMs(value)}<small> ms</small>`
}

function share({ delivery_ratio: ratio, eligible }: Propagation): Markup {
  if (eligible === 0) return html`–`
  return html`<span class="${ratio === 1 ? 'good' : 'bad'}">${formatShare(ratio)}</span>`
}

function deliveredNote({ delivered, eligible, delivered_by: by }: Propagation): string {
  const ways = Object.entries(by).filter(([, count]) => count > 0)
  return `${delivered} of ${eligible} · ${ways.map(([way, count]) => `${way} ${count}`).join(', ') || 'none'}`
}

function swatch(kind: string): Markup {
  return html`<svg viewBox="0 0 26 10" aria-hidden="true"><path class="line ${kind}" d="M0 6H26"/></svg>`
}

function coverageSection(report: Report, details: ReportDetails): Markup {
  const names = { block: 'Blocks', transaction: 'Transactions' }
  const figures = { block: report.blocks, transaction: report.transactions }
  const curves = details.curves.map((curve) => {
    return { curve, name: names[curve.kind], latency: figures[curve.kind].latency_ms }
  })
  const chart = coverageChart(curves)
  return html`<section><h2>How fast items spread</h2>
<p class="note">Share of all (item, node) pairs that were delivered by then. A curve that ends below 100% lost deliveries.</p>
${
  chart === undefined
    ? html`<p>Nothing was delivered, so there is no curve.</p>`
    : html`<ul class="legend">${curves
        .filter(({ curve }) => curve.points.length > 0)
        .map(({ curve, name, latency }) => html`<li>${swatch(curve.kind)}${name} (n = ${latency.n})</li>`)}</ul>
<div class="scroll" tabindex="0" role="region" aria-label="Coverage curve">${chart}</div>`
}
<details><summary>Figures as a table</summary>${latencyTable(report)}</details>
</section>`
}

function timelineSection(report: Report, details: ReportDetails): Markup | undefined {
  const chart = timelineChart(details, report.duration_s)
  if (chart === undefined) return undefined
  return html`<section><h2>Every block over the run</h2>
<ul class="legend"><li><svg viewBox="0 0 26 10" aria-hidden="true"><circle class="p50" cx="13" cy="5" r="4"/></svg>half of the
nodes hold it</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><circle class="p95" cx="13" cy="5" r="4"/></svg>95% hold
it</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><path class="lost" d="M8 10l5 -9l5 9z"/></svg>never reached
95%</li><li><svg viewBox="0 0 26 10" aria-hidden="true"><g class="stale"><circle class="p50" cx="13" cy="5" r="4"/></g></svg>stale
block</li></ul>
<div class="scroll" tabindex="0" role="region" aria-label="Latency over time">${chart}</div>
<details><summary>Blocks as a table</summary>${blocksTable(details.blocks)}</details>
</section>`
}

function trafficSection({ traffic, repair, blocks, transactions }: Report): Markup {
  const hops = blocks.hops.p50 === null ? '–' : `median ${blocks.hops.p50}, most ${blocks.hops.max}`
  return html`<section><h2>Traffic and repair</h2><dl class="pairs">
${
  traffic === undefined
    ? html`<dt>Sent</dt><dd>not counted in this run</dd>`
    : html`<dt>Sent</dt><dd>${formatBytes(traffic.bytes_sent)}, ${formatBytes(traffic.bytes_sent_per_node)} per node</dd>
${Object.entries(traffic.by_kind).map(([kind, bytes]) => html`<dt>· ${kind}</dt><dd>${formatBytes(bytes)}</dd>`)}`
}
<dt>Copies per delivery</dt><dd>blocks ${blocks.duplicates_per_delivery}, transactions ${transactions.duplicates_per_delivery} after the first</dd>
<dt>Hops of a block</dt><dd>${hops}</dd>
<dt>Anti-entropy</dt><dd>${repair.rounds} rounds, ${formatBytes(repair.bytes)}</dd>
<dt>Repaired</dt><dd>${repair.blocks_fetched} blocks, ${repair.transactions_fetched} transactions fetched</dd>
</dl></section>`
}

function environmentSection({ environment }: Report): Markup {
  return html`<section><h2>Environment</h2><p class="note">Times depend on it; ratios less so.</p><dl class="pairs">
${Object.entries(environment).map(([name, value]) => html`<dt>${name.replaceAll('_', ' ')}</dt><dd>${String(value ?? '–')}</dd>`)}
</dl></section>`
}

function configSection({ config }: Report): Markup {
  return html`<section class="long"><h2>Configuration</h2><details><summary>As it was in effect</summary>
<pre>${JSON.stringify(config, null, 2)}</pre></details></section>`
}

function definitions(): Markup {
  return html`<section><h2>How to read the figures</h2><dl class="pairs">
<dt>time zero</dt><dd>a block when it was sealed, a transaction when the API accepted it</dd>
<dt>heard</dt><dd>the first announcement that reached the node's code, waiting in its event loop included</dd>
<dt>delivered</dt><dd>the node holds the whole, validated item; a transaction also inside a block that it holds</dd>
<dt>imported</dt><dd>the block became part of the node's chain; counted for blocks of the final chain</dd>
<dt>p50, p95, p99</dt><dd>over all pairs of an item and a node other than its origin that was up, nearest rank; a pair
that was never delivered counts as infinite, shown as –</dd>
<dt>t50, t95, t100</dt><dd>time until that share of the nodes held an item; the median over items</dd>
<dt>stale</dt><dd>a block that is not on the chain that won</dd>
</dl></section>`
}
