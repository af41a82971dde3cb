import assert from 'node:assert/strict'
import {
  buildDetails,
  buildReport,
  formatBytes,
  formatMs,
  PLAIN,
  renderSummary,
  runLine,
  sparkline
} from '../../src/report/index.ts'
import type { Propagation, Report } from '../../src/report/index.ts'
import { formatShare, preciseMs } from '../../src/report/format.ts'
import { sorted } from '../../src/report/statistics.ts'
import { MESHED_AT, madeRun, nodeNames, reportInput, startedCollector } from './made-run.ts'

const base = buildReport(reportInput(startedCollector(nodeNames(10))))

function propagation(published: number, repair: number, p50: number, p95: number): Propagation {
  const eligible = published * 9
  return {
    ...base.blocks,
    published,
    eligible,
    delivered: eligible,
    delivery_ratio: 1,
    delivered_by: { gossip: eligible - repair, requested: 0, repair },
    latency_ms: { p50, p90: p95, p95, p99: p95, max: p95, n: eligible }
  }
}

const report: Report = {
  ...base,
  validity: {
    ok: true,
    reasons: ['event-loop lag p99 3.1 ms: comparable to p50, no link delay: this is your CPU, trust ratios only']
  },
  environment: { event_loop_lag_p99_ms: 3.1 },
  blocks: propagation(12, 1, 4, 9),
  transactions: propagation(150, 0, 5, 11),
  consistency: { ...base.consistency, converged: true, tips: 1, height: 12, stale_blocks: 1 }
}

describe('end summary', () => {
  it('says in a few lines how the run went', () => {
    const details = { nodesAtHead: 10, nodesHonest: 10 }
    const text = renderSummary(report, { details, path: '.starling/runs/latest/report.html' })
    assert.deepEqual(text.split('\n'), [
      '30.0 s + 0.4 s drain · converged at #12, 10/10 nodes · 1 stale',
      'blocks 12   delivered 108/108 (gossip 107, repair 1)  p50 4  p95 9 ms  (n=108, 12 blocks)',
      'txs    150  delivered 1350/1350                       p50 5  p95 11 ms',
      'loop lag p99 3 ms  ⚠ comparable to p50, no link delay: this is your CPU, trust ratios only',
      'report  .starling/runs/latest/report.html'
    ])
  })

  it('counts honest nodes, and says nothing of compact blocks where there were no blocks', () => {
    const compact = { rebuilt_share: 1, missing_per_block: 0, requests_hedged: 0, full_fetched: 0 }
    const blocks = { ...report.blocks, compact }
    const text = renderSummary({ ...report, blocks }, { details: { nodesAtHead: 8, nodesHonest: 8 } })
    assert.match(text, / converged at #12, 8\/8 honest nodes /)
    assert.match(text, /^compact blocks {2}100% rebuilt/m)
    assert.doesNotMatch(renderSummary({ ...report, blocks: { ...blocks, published: 0 } }), /compact/)
  })

  it('says why a run is not valid, and which expectations held', () => {
    const text = renderSummary({
      ...report,
      drain_s: 0,
      validity: { ok: false, reasons: ['n3 died 12.1 s into the run'] },
      consistency: { ...report.consistency, converged: false, tips: 2 },
      expectations: [{ text: 'blocks.coverage_ms.t95 < 500', held: false, value: 812.4 }]
    })
    assert.match(text, /^30\.0 s · not converged: 2 heads, the best at #12 · 1 stale$/m)
    assert.match(text, /^✘ these figures are not valid:\n⚠ n3 died 12\.1 s into the run$/m)
    assert.match(text, /^✘ blocks\.coverage_ms\.t95 < 500 \(812\.4 ms\)$/m)
    const unmeasured = { text: 'consistency.converged within 5s of heal', held: false, value: null, reason: 'no heal' }
    assert.match(renderSummary({ ...report, expectations: [unmeasured] }), /^✘ .* of heal \(no heal\)$/m)
  })

  it('says what the lower bound and the faults were, where there were some', () => {
    const text = renderSummary({
      ...report,
      blocks: { ...report.blocks, over_bound: { p50: 1.25, p99: 1.5 } },
      faults: [
        { at_s: 10, kind: 'partition', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] },
        { at_s: 20.25, kind: 'heal', nodes: [] }
      ],
      expectations: [{ text: 'consistency.converged within 10s of heal', held: true, value: 4200 }]
    })
    assert.match(text, /^over the lower bound {2}blocks × 1\.25 at p50, × 1\.50 at p99$/m)
    assert.match(text, /^faults {2}10\.0 s partition n1, n2, n3 and 2 more · 20\.3 s heal$/m)
    assert.match(text, /^✔ consistency\.converged within 10s of heal \(4.2 s\)$/m)
    assert.doesNotMatch(renderSummary(report), /bound|faults/)
  })

  it('leaves out a lower bound of nothing', () => {
    const unbound = { ...report.blocks, over_bound: { p50: null, p99: null } }
    assert.doesNotMatch(renderSummary({ ...report, blocks: unbound }), /bound/)
  })

  it('says how compact blocks became whole', () => {
    const compact = { rebuilt_share: 0.975, missing_per_block: 0.44, requests_hedged: 2, full_fetched: 0 }
    assert.match(
      renderSummary({ ...report, blocks: { ...report.blocks, published: 1, compact } }),
      /1 block\)[\s\S]*^compact blocks {2}97\.5% rebuilt without a request, 0\.4 tx missing per block, 2 hedged, 0 fetched whole$/m
    )
  })

  it('begins with which run it was', () => {
    const named = {
      ...report,
      scenario: 'churn',
      engine: 'virtual',
      nodes: 20,
      seed: 7,
      config: { relay: 'full' }
    } as const
    assert.equal(runLine(named), 'churn   virtual engine · 20 nodes · relay full · seed 7')
  })

  it('has no latency where nothing was delivered', () => {
    const text = renderSummary(base)
    assert.match(text, /^blocks 0 {2}delivered 0\/0 {2}\(n=0, 0 blocks\)$/m)
    assert.match(text, /^txs {4}0 {2}delivered 0\/0$/m)
  })

  it('uses the palette it is given and nothing else', () => {
    const palette = { ...PLAIN, good: (text: string) => `<${text}>` }
    assert.match(renderSummary(report, { palette }), /delivered <1350\/1350> {23}p50/)
    assert.doesNotMatch(renderSummary(report), new RegExp(String.fromCharCode(27)))
  })

  it('tells the nodes at the head from a whole run', () => {
    const run = madeRun({ nodes: 4, blocks: 3, transactionsPerBlock: 1 })
    const collector = startedCollector(run.nodes)
    for (const event of run.events.flat()) collector.onEvent(event)
    const input = reportInput(collector, { endedAt: MESHED_AT + 8000 })
    const text = renderSummary(buildReport(input), { details: buildDetails(input) })
    assert.match(text, /converged at #3, 4\/4 nodes · 0 stale/)
  })
})

describe('sparkline', () => {
  it('shows the share of nodes that held the item, by quarters of the time to the last', () => {
    assert.equal(sparkline(sorted([1, 2, 3, 4])), '▃▅▇█')
    assert.equal(sparkline(sorted([1, 1, 1, 100])), '▇▇▇█')
    assert.equal(sparkline(sorted([0, 0])), '████')
  })

  it('ends below the top when some never got it, and is flat when none did', () => {
    assert.equal(sparkline(sorted([4, Number.POSITIVE_INFINITY])), '▁▁▁▅')
    assert.equal(sparkline(sorted([Number.POSITIVE_INFINITY])), '▁▁▁▁')
  })
})

describe('figures', () => {
  const table: readonly [string, string][] = [
    [formatMs(0.42), '0.4'],
    [formatMs(0), '0'],
    [formatMs(4.2), '4'],
    [formatMs(null), '–'],
    [formatMs(Number.POSITIVE_INFINITY), '–'],
    [preciseMs(4.23), '4.2'],
    [preciseMs(38.2), '38'],
    [preciseMs(null), '–'],
    [formatBytes(812), '812 B'],
    [formatBytes(21_400), '21 kB'],
    [formatBytes(999_600), '1 MB'],
    [formatBytes(1_340_000), '1.3 MB'],
    [formatBytes(2.5e9), '2.5 GB'],
    [formatShare(1), '100%'],
    [formatShare(0.99999), '99.9%'],
    [formatShare(0.5), '50%'],
    [formatShare(0), '0%']
  ]
  for (const [index, [actual, expected]] of table.entries()) {
    it(`are written short: ${expected} (${index + 1})`, () => assert.equal(actual, expected))
  }
})
