import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { type Report, type ScenarioInput, simulate } from '../../src/index.ts'
import { renderSummary } from '../../src/report/index.ts'
import { parseScenario, ScenarioError } from '../../src/scenario/index.ts'

const rumor: ScenarioInput = {
  nodes: 8,
  relay: 'rounds',
  topology: { degree: 7 },
  links: { latency: '20ms' },
  consensus: 'authority',
  // Longer than a rumour takes: a block that a rival beats before it was asked for is told of no more.
  block: { interval: '4s' },
  load: { rate: 5 },
  sync: { interval: '500ms', fanout: 3 },
  membership: { max: 0 },
  duration: '20s',
  seed: 5
}

describe('spreading in rounds', () => {
  let report: Report
  let large: Report
  before(async () => {
    const finished = await Promise.all([simulate(rumor), simulate({ ...rumor, nodes: 24 })])
    report = finished[0].report
    large = finished[1].report
  })

  it('brings every block and transaction to all, without a byte of gossip', async () => {
    const { blocks, transactions, traffic, consistency } = report
    ok(blocks.published >= 4 && transactions.published >= 80)
    for (const items of [blocks, transactions]) {
      equal(items.delivery_ratio, 1)
      deepEqual(items.delivered_by, { gossip: items.delivered, requested: 0, repair: 0 })
      equal(items.heard_ms.n, items.eligible)
      ok((items.hops.max ?? 0) >= 2)
    }
    equal(consistency.converged, true)
    ok(traffic !== undefined && traffic.by_kind.repair > 0)
    // The rest of it: hello. Gossipsub would send its subscriptions at least.
    deepEqual([traffic.by_kind.block, traffic.by_kind.transaction, traffic.by_kind.control], [0, 0, 0])
  })

  it('tells the rounds that it took beside the logarithm, which they follow', () => {
    const { coverage_ms, rounds } = report.blocks
    equal(rounds?.log2_n, 3)
    equal(rounds?.log_n, 1.5)
    ok(Math.abs((rounds?.t95 ?? 0) - (coverage_ms.t95 ?? 0) / 500) < 0.001)
    // Three times the nodes: about one round more, not three times as many.
    const growth = (large.transactions.rounds?.t100 ?? 0) - (report.transactions.rounds?.t100 ?? 0)
    ok(growth > 0 && growth < 1.5, `${growth} rounds more`)
    ok(/rounds {2}blocks half \d\.\d, 95% \d\.\d, all \d\.\d · txs half/.test(renderSummary(report)))
  })

  it('refuses rounds that peers would take for a flood', () => {
    throws(
      () => parseScenario({ ...rumor, sync: { interval: '50ms' } }),
      (error) => error instanceof ScenarioError && /sync\.interval .* 300ms/.test(error.message)
    )
  })
})
