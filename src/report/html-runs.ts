// The pages about more than one run: several seeds of a scenario, and two runs side by side.
import { ratioChart, spreadChart } from './chart-spread.ts'
import type { Comparison, ComparedFigure, Side } from './compare.ts'
import { formatFigure, formatInterval, MAIN_FIGURES } from './figures.ts'
import { formatShare, plural, preciseMs } from './format.ts'
import { page } from './html-page.ts'
import { table } from './html-tables.ts'
import { type Fragment, html, type Markup } from './markup.ts'
import type { Runs, RunSummary } from './runs.ts'

const isTime = (figure: string): boolean => figure.includes('_ms')
const number = (name: string): { name: string } => ({ name })

/** The page of several seeds; reports of the runs are beside it, in their directories. */
export function renderRunsHtml(runs: Runs): string {
  const rows = Object.entries(runs.figures).map(([figure, found]) => ({ figure, ...found }))
  const main = MAIN_FIGURES.flatMap((figure) => rows.filter((row) => row.figure === figure))
  const rest = rows.filter(({ figure }) => !MAIN_FIGURES.includes(figure))
  const chart = spreadChart(
    main.filter(({ figure }) => isTime(figure)),
    'spread',
    'Times of every run'
  )
  return page(
    `Starling runs: ${runs.scenario}`,
    html`<header><h1>Starling · ${runs.scenario}</h1>${badge(runs.runs.every(({ validity }) => validity.ok))}
<span class="sub">${plural(runs.runs.length, 'run')} · ${plural(runs.nodes, 'node')} · seeds ${seedText(runs.runs.map(({ seed }) => seed))} · ${runs.engine} engine</span></header>
${runExpectations(runs)}
<section><h2>Medians over the runs</h2>
<p class="note">${intervalNote(runs)}</p>
${
  chart === undefined
    ? undefined
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Times of every run, ms">${chart}</div>
<p class="note">Milliseconds; a dot for each run, the stroke is the median, the bar its interval.</p>`
}
${figureTable('Figures by their paths in report.json', main)}
<details><summary>All other figures</summary>${figureTable('Other figures', rest)}</details></section>
<section class="long"><h2>Runs</h2>${table('Each run has a report of its own', RUN_COLUMNS, runs.runs.map(runRow))}</section>
<section class="long"><h2>Configuration</h2><details><summary>As it was in effect, but for the seed</summary>
<pre>${JSON.stringify(runs.config, null, 2)}</pre></details></section>`
  )
}

function badge(ok: boolean): Markup {
  return html`<span class="badge ${ok ? 'ok' : 'invalid'}">${ok ? 'valid' : 'not valid'}</span>`
}

export function seedText(seeds: readonly number[]): string {
  const [first, last] = [seeds[0] ?? 0, seeds.at(-1) ?? 0]
  const isRow = seeds.every((seed, index) => seed === first + index)
  return seeds.length === 1 ? String(first) : isRow ? `${first}–${last}` : seeds.slice(0, 10).join(', ')
}

/** What the intervals are, in a sentence. */
export function intervalNote({ method, runs, figures }: Runs): string {
  const confidence = Math.max(0, ...Object.values(figures).map((figure) => figure.confidence))
  const few = runs.length < 6 ? ' From six runs on it is 95%.' : ''
  return `Intervals (${method}): each holds the true median with a probability of ${formatShare(confidence)} or more, whatever the distribution.${few}`
}

function runExpectations({ expectations }: Runs): Markup | undefined {
  if (expectations.length === 0) return undefined
  return html`<section><h2>Expectations</h2><ul class="legend">${expectations.map(({ text, held, runs }) => {
    return html`<li class="${held === runs ? 'good' : 'bad'}">${held === runs ? '✔' : '✘'} ${text} <span class="note">(held in ${held} of ${runs} runs)</span></li>`
  })}</ul></section>`
}

function figureTable(caption: string, rows: readonly ({ figure: string } & Runs['figures'][string])[]): Markup {
  return table(
    caption,
    [number('figure'), number('median'), number('interval'), number('least'), number('most')],
    rows.map(({ figure, median, interval, values }) => {
      const known = values.filter((value) => value !== null)
      const least = known.length === 0 ? null : Math.min(...known)
      const most = known.length < values.length || known.length === 0 ? null : Math.max(...known)
      return [
        figure,
        formatFigure(figure, median),
        formatInterval(figure, interval),
        formatFigure(figure, least),
        formatFigure(figure, most)
      ]
    })
  )
}

const RUN_COLUMNS = [
  ...['seed', 'blocks', 'delivered', 't50, ms', 't95, ms', 'p99, ms', '× bound p99', 'transactions', 'p95, ms'].map(
    number
  ),
  { name: '', isText: true }
]

function runRow({ seed, directory, validity, converged, blocks, transactions, expectations }: RunSummary): Fragment[] {
  const failed = expectations.filter(({ held }) => !held).length
  const remarks = [
    ...(validity.ok ? [] : [`not valid: ${validity.reasons[0] ?? ''}`]),
    ...(converged ? [] : ['not converged']),
    ...(failed > 0 ? [`${plural(failed, 'expectation')} did not hold`] : [])
  ]
  return [
    html`<a href="${`./${encodeURI(directory)}/report.html`}">${seed}</a>`,
    blocks.published,
    formatShare(blocks.delivery_ratio),
    preciseMs(blocks.coverage_ms.t50),
    preciseMs(blocks.coverage_ms.t95),
    preciseMs(blocks.latency_ms.p99),
    blocks.over_bound?.p99 ?? '–',
    transactions.published,
    preciseMs(transactions.latency_ms.p95),
    remarks.join('; ')
  ]
}

/** compare.html: b over a. */
export function renderComparisonHtml(comparison: Comparison): string {
  const { a, b, rows, differences, ratio_method } = comparison
  const main = rows.filter(({ figure }) => MAIN_FIGURES.includes(figure))
  const rest = rows.filter(({ figure }) => !MAIN_FIGURES.includes(figure))
  const chart = ratioChart(
    main.map(({ figure, ratio, ratio_interval: interval }) => ({ figure, ratio, interval })),
    'ratios',
    'Ratios of the figures, B over A'
  )
  return page(
    `Starling comparison: ${a.label}, ${b.label}`,
    html`<header><h1>Two runs side by side</h1></header>
<section><h2>What is compared</h2>${table(
      'A and B',
      [
        number(''),
        ...['run', 'scenario', 'nodes', 'seeds', 'engine', 'version', 'intervals', 'valid'].map((name) => ({
          name,
          isText: true
        }))
      ],
      [
        ['A', ...sideRow(a)],
        ['B', ...sideRow(b)]
      ]
    )}
${
  differences.length === 0
    ? html`<p>The configurations are the same.</p>`
    : table(
        'Configuration that differs',
        [number('field'), { name: 'A', isText: true }, { name: 'B', isText: true }],
        differences.map(({ field, a: left, b: right }) => [field, left, right])
      )
}</section>
<section><h2>B over A</h2>
<p class="note">${ratio_method === null ? 'No intervals for ratios: that takes six runs or more on both sides (npx starling sim --runs 6).' : `Intervals of ratios: ${ratio_method}.`}
Figures are named by their paths in report.json.</p>
${chart === undefined ? undefined : html`<div class="scroll" tabindex="0" role="region" aria-label="Ratios, B over A">${chart}</div>`}
${comparisonTable('Main figures', main)}
<details><summary>All other figures</summary>${comparisonTable('Other figures', rest)}</details></section>`
  )
}

function sideRow(side: Side): Fragment[] {
  const valid = side.invalid.length === 0 ? 'yes' : `no: ${side.invalid[0] ?? ''}`
  return [side.label, side.scenario, side.nodes, seedText(side.seeds), side.engine, side.version, side.intervals, valid]
}

function comparisonTable(caption: string, rows: Comparison['rows']): Markup {
  const cells = (figure: string, { value, interval }: ComparedFigure): Fragment[] => [
    formatFigure(figure, value),
    formatInterval(figure, interval)
  ]
  return table(
    caption,
    [number('figure'), ...['A', 'interval', 'B', 'interval', 'B / A', 'interval'].map(number)],
    rows.map(({ figure, a, b, ratio, ratio_interval }) => [
      figure,
      ...cells(figure, a),
      ...cells(figure, b),
      ratio === null ? '–' : `× ${ratio}`,
      ratio_interval === null ? '' : ratio_interval.map((end) => end ?? '–').join(' … ')
    ])
  )
}
