// Links as a scenario gives them out: shares, delays, regions.
import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../src/runtime/index.ts'
import { assignLinks, type LinkPlan, type ScenarioInput, scenarioSchema } from '../../src/scenario/index.ts'
import { REGION_MATRICES } from '../../src/scenario/regions.ts'

function planned(nodes: number, links: ScenarioInput['links'], seed = 1): LinkPlan {
  return assignLinks(scenarioSchema.parse({ nodes, links }), seededRandom(seed))
}

describe('links', () => {
  it('are unlimited and without delay unless a scenario says more', () => {
    const plan = planned(2, {})
    deepEqual(plan.nodes[0], { upBps: Number.POSITIVE_INFINITY, downBps: Number.POSITIVE_INFINITY })
    deepEqual([plan.delayMs(0, 1), plan.jitterMs, plan.loss, plan.tcp], [0, 0, 0, 'fluid'])
  })

  it('have one delay for a pair, the same both ways, in any order of asking', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(9999), fc.nat(), (a, b, seed) => {
        const plan = planned(2, { latency: '40ms..130ms' }, seed)
        const delay = plan.delayMs(a, b)
        ok(delay >= 40 && delay < 130)
        equal(plan.delayMs(b, a), delay)
        equal(planned(2, { latency: '40ms..130ms' }, seed).delayMs(a, b), delay)
      }),
      { seed: 1, numRuns: 200 }
    )
  })

  it('spread their delays evenly over the range', () => {
    const { delayMs } = planned(2, { latency: '0ms..100ms' })
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let a = 0; a < 200; a++) {
      for (let b = 0; b < a; b++) {
        const tenth = Math.floor(delayMs(a, b) / 10)
        tenths[tenth] = (tenths[tenth] ?? 0) + 1
      }
    }
    const expected = (200 * 199) / 2 / 10
    const chiSquare = tenths.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    ok(chiSquare < 27.9, `χ² = ${chiSquare} with 9 degrees of freedom`) // exceeded once in 1,000
  })

  it('give bandwidth classes exact shares at random places', () => {
    const bandwidth = [
      { share: 0.2, up: '1Gbit', down: '1Gbit' },
      { share: 0.8, up: '50Mbit', down: '100Mbit' }
    ]
    const fast = (seed: number): number[] =>
      planned(1000, { bandwidth }, seed).nodes.flatMap(({ upBps }, node) => (upBps === 1e9 ? [node] : []))
    equal(fast(1).length, 200)
    equal(fast(2).length, 200)
    ok(fast(1).join() !== fast(2).join())
    ok(fast(1).some((node) => node > 900) && fast(1).some((node) => node < 100))
  })

  it('leave no node without a class, however the shares round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 7 }), (nodes, classes) => {
        const bandwidth = Array.from({ length: classes }, (_, i) => ({
          share: 1 / classes,
          up: 1000 * (i + 1),
          down: 1e6
        }))
        const counts = new Map<number, number>()
        for (const { upBps } of planned(nodes, { bandwidth }).nodes) counts.set(upBps, (counts.get(upBps) ?? 0) + 1)
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
        equal(total, nodes)
        ok([...counts.values()].every((count) => Math.abs(count - nodes / classes) < 1))
      }),
      { seed: 1 }
    )
  })

  it('follow the matrix of their regions, which need not be symmetric', () => {
    const matrix = { names: ['here', 'there'], oneWayMs: [[1, 20], [30, 2]] } // biome-ignore format: a matrix
    const { nodes, delayMs } = planned(10, { regions: { matrix } })
    const [here, there] = ['here', 'there'].map((name) => nodes.findIndex(({ region }) => region === name))
    deepEqual([delayMs(here ?? 0, there ?? 0), delayMs(there ?? 0, here ?? 0)], [20, 30])
    equal(nodes.filter(({ region }) => region === 'here').length, 5)
  })

  it('weigh regions: those that are not named get nobody', () => {
    const { nodes } = planned(100, { regions: { matrix: 'world-8', weights: { europe: 3, 'us-east': 1 } } })
    const inEurope = nodes.filter(({ region }) => region === 'europe').length
    deepEqual([inEurope, nodes.filter(({ region }) => region === 'us-east').length], [75, 25])
  })

  it('come with a matrix that is square and as long as its names', () => {
    for (const { names, oneWayMs } of Object.values(REGION_MATRICES)) {
      equal(oneWayMs.length, names.length)
      ok(oneWayMs.every((row) => row.length === names.length))
      equal(new Set(names).size, names.length)
    }
  })
})
