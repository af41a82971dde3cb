import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScenario, type ScenarioInput, simulate } from '../../src/index.ts'
import { MergedTrace, type TracedEvent } from '../../src/trace/index.ts'

const SCENARIO: ScenarioInput = {
  nodes: 10,
  seed: 5,
  duration: '18s',
  consensus: 'authority',
  block: { interval: '1s' },
  load: { rate: 5 },
  links: { latency: '10ms..40ms' }
}

const run = async (more: ScenarioInput) => (await simulate({ ...SCENARIO, ...more })).report

/** The report, and what one node told, by its time since the mesh, ms. */
async function watched(more: ScenarioInput, watchedNode: string) {
  const directory = mkdtempSync(join(tmpdir(), 'starling-faults-'))
  try {
    const { report, details } = await simulate({ ...SCENARIO, ...more }, { directory, trace: 'file' })
    const events: TracedEvent[] = []
    const trace = new MergedTrace([join(directory, 'traces', 'all.pb.gz')], { onEnd: () => {} })
    for await (const { node, event } of trace.records()) if (node === watchedNode) events.push(event)
    return { report, details, events }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

describe('faults in virtual time', () => {
  it('let a paused node stand still, its work under way included, and a cut one lose every connection', async () => {
    const faults: ScenarioInput['faults'] = [
      { at: '3s', do: 'pause', nodes: 'n6', for: '4s' },
      { at: '9s', do: 'cut', nodes: 'n6' }
    ]
    const expect = ['consistency.converged within 1500ms of resume']
    const { report, events } = await watched({ duration: '12s', validation: { block: '50ms' }, faults, expect }, 'n6')
    const told = events.filter(({ type }) => type !== 'mesh').map(({ at }) => at)
    const gaps = told.slice(1).map((at, i) => at - (told[i] ?? at))
    const longest = Math.max(...gaps)
    ok(longest >= 4000 && longest < 5500, `silent for ${longest} ms at the longest`)
    const resumedAt = told[gaps.indexOf(longest) + 1] ?? Number.NaN
    const lost = events.filter((event) => event.type === 'peer' && event.state === 'disconnected')
    const cutAt = lost[0]?.at ?? Number.NaN
    ok(Math.abs(cutAt - resumedAt - 2000) < 500, `resumed at ${resumedAt}, cut at ${cutAt}`)
    ok(lost.length >= 3, `${lost.length} connections`)
    equal(report.consistency.converged, true)
    equal(report.expectations[0]?.held, true, 'with the connections that it had')
  })

  it('wipe a node that is down already', async () => {
    const report = await run({
      duration: '8s',
      faults: [
        { at: '2s', do: 'crash', nodes: 'n2' },
        { at: '3s', do: 'wipe', nodes: ['n2'], for: '2s' }
      ]
    })
    deepEqual(
      report.faults?.map(({ kind }) => kind),
      ['crash', 'wipe', 'start']
    )
    equal(report.consistency.converged, true)
    // What was in effect is a scenario again, as a file has it.
    const again = loadScenario({ file: { name: 'report.json', text: JSON.stringify(report.config) } })
    deepEqual([report.config.duration, again.duration, again.seed], ['8s', 8000, report.seed])
  })

  it('part a network: both sides go on alone, and agree after it healed', async () => {
    const report = await run({ faults: [{ at: '5s', do: 'partition', groups: [['n1', 'n2', 'n3']], for: '10s' }] })
    equal(report.validity.ok, true, report.validity.reasons.join())
    equal(report.consistency.converged, true)
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
    const report = await run({
      duration: '25s',
      faults: [{ at: '3s', do: 'partition', groups: [['n1', 'n2', 'n3']], for: '18s' }]
    })
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
    const [plain, slowed, restored] = await Promise.all([
      run({ duration: '10s' }),
      run({ duration: '10s', faults: [{ at: '0s', ...slow }] }),
      run({ duration: '12s', faults: [{ at: '0s', ...slow, for: '2s' }] })
    ])
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
    const [one, two, other] = await Promise.all([run({ faults }), run({ faults }), run({ faults, seed: 6 })])
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
