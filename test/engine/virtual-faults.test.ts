import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { type ScenarioInput, simulate } from '../../src/index.ts'

const SCENARIO: ScenarioInput = {
  nodes: 10,
  seed: 5,
  duration: '30s',
  consensus: 'authority',
  block: { interval: '1s' },
  load: { rate: 5 },
  links: { latency: '10ms..40ms' }
}

const run = async (more: ScenarioInput) => (await simulate({ ...SCENARIO, ...more })).report

describe('faults in virtual time', () => {
  it('part a network: both sides go on alone, and agree after it healed', async () => {
    const report = await run({ faults: [{ at: '5s', do: 'partition', groups: [['n1', 'n2', 'n3']], for: '10s' }] })
    equal(report.validity.ok, true, report.validity.reasons.join())
    equal(report.consistency.converged, true)
    equal(report.blocks.delivery_ratio, 1)
    ok(report.consistency.longest_disagreement_s > 8, `${report.consistency.longest_disagreement_s} s`)
    ok(report.consistency.longest_disagreement_s < 15, `${report.consistency.longest_disagreement_s} s`)
    ok(report.consistency.max_reorg_depth > 2)
    deepEqual(
      report.faults?.map(({ at_s, kind }) => [at_s, kind]),
      [
        [5, 'partition'],
        [15, 'heal']
      ]
    )
  })

  it('part it for longer than connections last: gossip lost what was sent, and anti-entropy repairs', async () => {
    const report = await run({ faults: [{ at: '3s', do: 'partition', groups: [['n1', 'n2', 'n3']], for: '18s' }] })
    equal(report.consistency.converged, true)
    const { gossip, requested, repair } = report.blocks.delivered_by
    ok(requested + repair > 20, `${requested} asked for and ${repair} repaired, ${gossip} by gossip`)
    ok(report.repair.transactions_fetched > 0)
    const healed = report.faults?.at(-1)
    deepEqual([healed?.at_s, healed?.kind], [21, 'heal'])
    ok(report.consistency.longest_disagreement_s > 15, `${report.consistency.longest_disagreement_s} s`)
  })

  it('take nodes down and bring them back: with their data, without it, or for the first time', async () => {
    const report = await run({
      faults: [
        { at: '3s', do: 'crash', nodes: 'n2', for: '5s' },
        { at: '4s', do: 'wipe', nodes: 'n3', for: '3s' },
        { at: '5s', do: 'stop', nodes: 'n4', for: '4s' },
        { at: '6s', do: 'restart', nodes: 'n5' },
        { at: '7s', do: 'pause', nodes: 'n6', for: '3s' },
        { at: '8s', do: 'join', nodes: 'n7' },
        { at: '9s', do: 'cut', nodes: 'n8' }
      ]
    })
    equal(report.validity.ok, true, report.validity.reasons.join())
    equal(report.consistency.converged, true)
    equal(report.consistency.tips, 1)
    equal(report.blocks.delivery_ratio, 1)
    equal(report.faults?.length, 12)
  })

  it('slow a link down for as long as they last', async () => {
    const slow = { do: 'slow', nodes: '50%', latency: '300ms', bandwidth: '1Mbit', loss: 0.01 } as const
    const plain = await run({ duration: '10s' })
    const slowed = await run({ duration: '10s', faults: [{ at: '0s', ...slow }] })
    const restored = await run({ duration: '12s', faults: [{ at: '0s', ...slow, for: '2s' }] })
    const p95 = (report: typeof plain): number => report.blocks.latency_ms.p95 ?? Number.NaN
    ok(p95(slowed) > p95(plain) + 300, `${p95(slowed)} ms, ${p95(plain)} ms without`)
    ok((restored.blocks.latency_ms.p50 ?? Number.NaN) < (plain.blocks.latency_ms.p50 ?? 0) + 20)
  })

  it('happen again in the same way, and in another with another seed', async () => {
    const faults: ScenarioInput['faults'] = [
      { at: '2s', do: 'churn', rate: 60, down: '2s', for: '10s' },
      { at: '4s', do: 'partition', groups: ['40%'], for: '3s' },
      { at: '6s', do: 'pause', nodes: 2, for: '3s' }
    ]
    const [one, two, other] = [await run({ faults }), await run({ faults }), await run({ faults, seed: 6 })]
    const hash = (report: typeof one) => report.environment.trace_sha256
    equal(hash(one), hash(two))
    notEqual(hash(one), hash(other))
    equal(one.consistency.converged, true)
    equal(other.consistency.converged, true)
  })

  it('are not needed to spoil a run: one whose network never meshed is invalid, and says so', async () => {
    // Nobody can greet in time over a minute of delay.
    const report = await run({ nodes: 3, duration: '5s', links: { latency: '60s' } })
    equal(report.validity.ok, false)
    ok(
      report.validity.reasons.some((text) => /mesh was incomplete .* 0 of 3 nodes/.test(text)),
      report.validity.reasons.join()
    )
  })
})
