// report.html: one file that needs no network and no script, made to be read by people and kept beside report.json.
import type { ReportDetails } from './details.ts'
import { measuredText } from './figures.ts'
import { formatShare, plural, preciseMs } from './format.ts'
import { page } from './html-page.ts'
import { coverageSection, groupsSection, headsSection, timelineSection, trafficSection } from './html-sections.ts'
import { nodesTable, treeSection } from './html-tables.ts'
import { type Fragment, html, type Markup } from './markup.ts'
import type { Propagation, Report } from './types.ts'

/** A full page. `details` are those of the same run. */
export function renderHtml(report: Report, details: ReportDetails): string {
  return page(
    `Starling report: ${report.scenario}`,
    html`${heading(report)}
${tiles(report)}
${coverageSection(report, details)}
${timelineSection(report, details)}
${headsSection(report, details)}
${groupsSection(report)}
${treeSection(details)}
${nodesTable(details)}
<div class="pair">
${trafficSection(report)}
${environmentSection(report)}
</div>
${configSection(report)}
${definitions()}`
  )
}

function heading(report: Report): Markup {
  const { ok, reasons } = report.validity
  const state = !ok ? 'invalid' : reasons.length > 0 ? 'warned' : 'ok'
  const label = { ok: 'valid', warned: 'valid, with warnings', invalid: 'not valid' }[state]
  const drain = report.drain_s > 0 ? ` + ${report.drain_s.toFixed(1)} s drain` : ', no drain'
  return html`<header>
<h1>Starling · ${report.scenario}</h1><span class="badge ${state}">${label}</span>
<span class="sub">${plural(report.nodes, 'node')} · ${report.duration_s.toFixed(1)} s measured${drain} · meshed after
${report.warmup_s.toFixed(1)} s · seed ${report.seed} · ${report.engine} engine</span>
</header>
${reasons.length === 0 ? undefined : html`<ul class="reasons ${state}">${reasons.map((text) => html`<li>${text}</li>`)}</ul>`}
${report.expectations.length === 0 ? undefined : expectations(report)}`
}

function expectations(report: Report): Markup {
  return html`<section><h2>Expectations</h2><ul class="legend">${report.expectations.map(
    ({ text, held, value, reason }) => {
      const unmeasured = held ? 'held' : (reason ?? 'did not hold, or was not measured')
      const measured = value === null ? unmeasured : `measured ${measuredText(text, value)}`
      return html`<li class="${held ? 'good' : 'bad'}">${held ? '✔' : '✘'} ${text} <span class="note">(${measured})</span></li>`
    }
  )}</ul></section>`
}

function tile(name: string, figure: Fragment, note: Fragment): Markup {
  return html`<div class="tile"><dt>${name}</dt><dd><span class="figure">${figure}</span><span class="note">${note}</span></dd></div>`
}

function tiles({ blocks, transactions, consistency }: Report): Markup {
  const { t50, t95, t100 } = blocks.coverage_ms
  const heads = consistency.converged ? 'one head' : `${consistency.tips} heads`
  return html`<dl class="tiles">
${tile('A block reaches 95% of nodes in', ms(t95), `half in ${preciseMs(t50)}, all in ${preciseMs(t100)} ms (median block)`)}
${boundTile(blocks)}
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
  `deepest reorganisation: ${plural(consistency.max_reorg_depth, 'block')}`
)}
</dl>`
}

function boundTile({ over_bound: over }: Propagation): Markup | undefined {
  if (over === undefined) return undefined
  const times = (ratio: number | null): string => (ratio === null ? '–' : ratio.toFixed(2))
  const note = `at p99; ${times(over.p50)} at p50 (shortest path, nothing else under way)`
  return tile('Blocks against the lower bound', html`${times(over.p99)}<small> ×</small>`, note)
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
<dt>t50, t95, t99, t100</dt><dd>time until that share of the nodes held an item; the median over items</dd>
<dt>× bound</dt><dd>a percentile of the latency over the same percentile of the best possible arrival: the shortest path
over the same connections, with the time that the item's bytes take on each line and nothing else under way</dd>
<dt>interval</dt><dd>95%, by drawing the run's items again (bootstrap): what other items of the same run might have given,
not what another seed would</dd>
<dt>reorganisation</dt><dd>a node left blocks of its chain for a better one; its depth is their number</dd>
<dt>honest</dt><dd>nodes without a misbehaving role; pairs, agreement and heads count these alone</dd>
<dt>stale</dt><dd>a block that is not on the chain that won</dd>
</dl></section>`
}
