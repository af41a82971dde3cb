import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildReport,
  buildRuns,
  compare,
  figuresOf,
  formatFigure,
  formatInterval,
  MAIN_FIGURES,
  type Measured,
  type Report,
  readRuns,
  renderComparisonHtml,
  renderRunsHtml,
  type Runs,
  writeRuns
} from '../../src/report/index.ts'
import { MESHED_AT, madeRun, reportInput, startedCollector } from './made-run.ts'

function reportOf(seed: number, config: Report['config'] = {}): Report {
  const run = madeRun({ nodes: 8, blocks: 8, transactionsPerBlock: 2, seed })
  const collector = startedCollector(run.nodes)
  for (const event of run.events.flat()) collector.onEvent(event)
  const byKind = { block: 500 + seed, transaction: 200, control: 250, repair: 50, membership: 0 }
  const traffic = { bytesSent: 1000 + seed, byKind }
  return buildReport(
    reportInput(collector, { seed, traffic, config: { seed, ...config }, endedAt: MESHED_AT + 18_000 })
  )
}

/** Every latency `factor` times as long. */
function slower(report: Report, factor: number): Report {
  const { p50, p90, p95, p99, max, n } = report.blocks.latency_ms
  const times = (ms: number | null): number | null => (ms === null ? null : ms * factor)
  const latency_ms = { p50: times(p50), p90: times(p90), p95: times(p95), p99: times(p99), max: times(max), n }
  return { ...report, blocks: { ...report.blocks, latency_ms } }
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const runsOf = (reports: readonly Report[]): Runs =>
  buildRuns(reports.map((report) => ({ seed: report.seed, directory: `seed-${report.seed}`, report })))
const row = (measured: readonly [Measured, Measured], figure: string) => {
  const found = compare(...measured).rows.find((candidate) => candidate.figure === figure)
  return found ?? assert.fail(figure)
}

describe('several runs', () => {
  const reports = SEEDS.map((seed) => reportOf(seed))
  const runs = runsOf(reports)

  it('give every figure as the median over seeds, with its interval', () => {
    const values = reports.map(({ blocks }) => blocks.latency_ms.p95 ?? 0)
    const ascending = [...values].sort((a, b) => a - b)
    const figure = runs.figures['blocks.latency_ms.p95']
    assert.deepEqual(figure?.values, values)
    assert.equal(figure?.median, ascending[4])
    assert.deepEqual(figure?.interval, [ascending[1], ascending[7]])
    assert.equal(figure?.confidence, 0.9609)
  })

  it('count a figure that is not known as worse than all', () => {
    const lost = reports.map((report, index) => (index < 2 ? slower(report, Number.NaN) : report))
    const never = lost.map((report) => JSON.parse(JSON.stringify(report)) as Report)
    const figure = runsOf(never).figures['blocks.latency_ms.p95']
    assert.deepEqual(figure?.values.slice(0, 2), [null, null])
    assert.equal(figure?.interval[1], null)
  })

  it('say in how many runs an expectation held', () => {
    const expectations = (held: boolean) => [{ text: 'blocks.hops.max < 9', held, value: 4 }]
    const judged = reports.map((report, index) => ({ ...report, expectations: expectations(index !== 3) }))
    assert.deepEqual(runsOf(judged).expectations, [{ text: 'blocks.hops.max < 9', held: 8, runs: 9 }])
  })

  it('are written and read back whole', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'starling-runs-'))
    try {
      const page = renderRunsHtml(runs)
      await writeRuns(directory, runs, page)
      assert.deepEqual(await readRuns(directory), JSON.parse(JSON.stringify(runs)))
      assert.equal(await readFile(join(directory, 'report.html'), 'utf8'), page)
      assert.match(page, /href="\.\/seed-3\/report\.html"/)
      assert.doesNotMatch(page, /NaN|Infinity|undefined|https?:/)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

describe('a comparison', () => {
  const single = (report: Report, label: string): Measured => ({ kind: 'run', label, report })
  const several = (reports: readonly Report[], label: string): Measured => ({
    kind: 'runs',
    label,
    runs: runsOf(reports)
  })
  const reports = SEEDS.map((seed) => reportOf(seed))

  it('of two runs has both figures, their ratio and the intervals of each', () => {
    const report = reportOf(1)
    const { a, b, ratio, ratio_interval } = row(
      [single(report, 'a'), single(slower(report, 2), 'b')],
      'blocks.latency_ms.p50'
    )
    assert.equal(a.value, report.blocks.latency_ms.p50)
    assert.deepEqual(a.interval, report.blocks.intervals?.latency_ms.p50)
    assert.equal(b.value, 2 * (a.value ?? 0))
    assert.deepEqual([ratio, ratio_interval], [2, null])
  })

  it('of two sets with the same seeds pairs them: a constant factor has no spread', () => {
    const sides = [
      several(reports, 'a'),
      several(
        reports.map((report) => slower(report, 3)),
        'b'
      )
    ] as const
    assert.equal(compare(...sides).ratio_method, 'bootstrap over pairs of seeds, percentile, 95%')
    const { ratio, ratio_interval } = row(sides, 'blocks.latency_ms.p95')
    assert.deepEqual([ratio, ratio_interval], [3, [3, 3]])
  })

  it('of two sets with other seeds does not', () => {
    const others = SEEDS.map((seed) => reportOf(seed + 100))
    const sides = [several(reports, 'a'), several(others, 'b')] as const
    assert.equal(compare(...sides).ratio_method, 'bootstrap over seeds, percentile, 95%')
    const [low, high] = row(sides, 'blocks.latency_ms.p95').ratio_interval ?? assert.fail()
    assert.ok((low ?? 1) < 1 && (high ?? 1) > 1, `same network, other seeds: ${low} … ${high} holds 1`)
  })

  it('of fewer than six runs has no interval of ratios', () => {
    const few = several(reports.slice(0, 5), 'few')
    assert.equal(compare(few, few).ratio_method, null)
    assert.equal(row([few, few], 'blocks.latency_ms.p95').ratio_interval, null)
  })

  it('has no ratio to zero or to what is not known', () => {
    const report = reportOf(1)
    const sides = [single(report, 'a'), single(report, 'b')] as const
    assert.equal(row(sides, 'traffic.by_kind.membership').ratio, null)
    assert.equal(row(sides, 'traffic.by_kind.block').ratio, 1)
  })

  it('names the fields of the configuration that differ, but for the seed', () => {
    const sides = [
      single(reportOf(1, { relay: 'compact', links: { loss: 0 } }), 'a'),
      single(reportOf(2, { relay: 'full', links: { loss: 0 } }), 'b')
    ] as const
    assert.deepEqual(compare(...sides).differences, [{ field: 'relay', a: 'compact', b: 'full' }])
  })

  it('is a page without a request to anywhere, with every text escaped', () => {
    const evil = '<script>alert(1)</script>'
    const sides = [single(reportOf(1, { [evil]: evil }), evil), several(reports, 'b')] as const
    const page = renderComparisonHtml(compare(...sides))
    assert.doesNotMatch(page, /<script|https?:|NaN|Infinity|undefined/)
    assert.match(page, /Two runs side by side/)
  })
})

describe('figures by path', () => {
  it('are those of report.json, the main ones among them', () => {
    const figures = figuresOf(reportOf(1))
    assert.equal(figures.get('traffic.by_kind.block'), 501)
    assert.equal(
      [...figures.keys()].some((path) => /intervals|by_hop|by_region/.test(path)),
      false
    )
    // Only a run over links that are known has a bound.
    const missing = MAIN_FIGURES.filter((path) => !figures.has(path) && !/over_bound|compact/.test(path))
    assert.deepEqual(missing, [])
  })

  it('are told in their unit', () => {
    assert.equal(formatFigure('blocks.latency_ms.p50', 4.24), '4.2 ms')
    assert.equal(formatFigure('traffic.bytes_sent', 21_400), '21 kB')
    assert.equal(formatFigure('consistency.longest_disagreement_s', 1.5), '1.50 s')
    assert.equal(formatFigure('blocks.delivery_ratio', 1), '1')
    assert.equal(formatFigure('blocks.over_bound.p50', null), '–')
    assert.equal(formatInterval('blocks.latency_ms.p50', [4, null]), '4.0 … –')
    assert.equal(formatInterval('blocks.latency_ms.p50', null), '')
  })
})
