import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LowerBound, overBound } from '../../src/report/bound.ts'
import { buildReport, type LinkGraph } from '../../src/report/index.ts'
import { hash, MESHED_AT, madeRun, nodeNames, reportInput, startedCollector } from './made-run.ts'

const UNLIMITED = Number.POSITIVE_INFINITY
const MBIT = 1e6

describe('the lower bound', () => {
  /** n1 — 10 ms — n2 — 20 ms — n3. */
  const line = (upBps: number[], downBps: number[]): LowerBound =>
    new LowerBound(3, {
      edges: [
        [0, 1, 10],
        [1, 2, 20]
      ],
      upBps,
      downBps
    })
  const unlimited = [UNLIMITED, UNLIMITED, UNLIMITED]

  const table: readonly [rule: string, up: number[], down: number[], bytes: number, origin: number, ms: number[]][] = [
    ['is the sum of delays where bandwidth is unlimited', unlimited, unlimited, 1e6, 0, [0, 10, 30]],
    ['is the same in both directions then', unlimited, unlimited, 1e6, 2, [30, 20, 0]],
    // 125,000 bytes are 1 Mbit: 100 ms at 10 Mbit/s, 50 ms at 20 Mbit/s.
    ['puts the bytes on each hop', [10 * MBIT, 20 * MBIT, MBIT], unlimited, 125_000, 0, [0, 110, 180]],
    [
      'takes the narrower of both lines',
      [10 * MBIT, 20 * MBIT, MBIT],
      [MBIT, 5 * MBIT, 10 * MBIT],
      125_000,
      0,
      [0, 210, 330]
    ],
    ['takes the sender’s uplink on the way back', [MBIT, 20 * MBIT, 10 * MBIT], unlimited, 125_000, 2, [180, 120, 0]]
  ]
  for (const [rule, up, down, bytes, origin, expected] of table) {
    it(rule, () => assert.deepEqual([...line(up, down).arrivals(origin, bytes)], expected))
  }

  it('goes around a slow link', () => {
    const edges = [
      [0, 1, 100],
      [0, 2, 30],
      [2, 1, 40]
    ] as const
    const rates = { upBps: unlimited, downBps: unlimited }
    assert.deepEqual([...new LowerBound(3, { edges, ...rates }).arrivals(0, 10)], [0, 70, 30])
  })

  it('takes the delay of the direction', () => {
    const graph = { edges: [[0, 1, 10, 25]] as const, upBps: unlimited, downBps: unlimited }
    assert.deepEqual([...new LowerBound(2, graph).arrivals(0, 1)], [0, 10])
    assert.deepEqual([...new LowerBound(2, graph).arrivals(1, 1)], [25, 0])
  })

  it('is infinite where no path leads, and ignores edges to nobody', () => {
    const graph: LinkGraph = { edges: [[0, 1, 5], [1, 9, 1]], upBps: unlimited, downBps: unlimited } // biome-ignore format: a table
    assert.deepEqual([...new LowerBound(3, graph).arrivals(0, 1)], [0, 5, UNLIMITED])
    assert.deepEqual([...new LowerBound(3, graph).arrivals(-1, 1)], [UNLIMITED, UNLIMITED, UNLIMITED])
  })

  it('is what relaxing every edge until nothing changes gives (Bellman and Ford)', () => {
    const nodes = 9
    const edge = fc.tuple(fc.nat(nodes - 1), fc.nat(nodes - 1), fc.integer({ min: 0, max: 50 }))
    const rates = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: nodes, maxLength: nodes })
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 30 }), rates, rates, (edges, up, down) => {
        const kbit = (rate: number): number => rate * 1000
        const graph = { edges, upBps: up.map(kbit), downBps: down.map(kbit) }
        const expected = new Float64Array(nodes).fill(UNLIMITED)
        expected[0] = 0
        for (let round = 0; round < nodes; round++) {
          for (const [a, b, ms] of edges) {
            for (const [from, to] of [
              [a, b],
              [b, a]
            ] as const) {
              // biome-ignore format: a pair
              const hop = ms + (100 * 8) / Math.min(up[from] ?? 0, down[to] ?? 0)
              expected[to] = Math.min(expected[to] ?? 0, (expected[from] ?? 0) + hop)
            }
          }
        }
        const found = new LowerBound(nodes, graph).arrivals(0, 100)
        for (const [node, ms] of expected.entries()) {
          assert.ok(
            found[node] === ms || Math.abs((found[node] ?? 0) - ms) < 1e-6,
            `node ${node}: ${found[node]}, ${ms}`
          )
        }
      }),
      { seed: 5, numRuns: 200 }
    )
  })
})

describe('over_bound', () => {
  const links: LinkGraph = {
    edges: [
      [0, 1, 10],
      [1, 2, 20]
    ],
    upBps: [UNLIMITED, UNLIMITED, UNLIMITED],
    downBps: [8 * MBIT, 8 * MBIT, 8 * MBIT],
    regionOf: ['eu', 'us', 'us']
  }
  const at = MESHED_AT + 5000
  const reportOf = (wireBytes: number | undefined, late: number) => {
    const collector = startedCollector(nodeNames(3))
    const item = { kind: 'block', id: hash('a'), at } as const
    const wire = wireBytes === undefined ? {} : { wireBytes }
    collector.onEvent({ ...item, ...wire, node: 'n1', type: 'published', bytes: 20_000, height: 1, transactions: 0 })
    for (const [node, from, ms] of [
      ['n2', 'n1', 15],
      ['n3', 'n2', late]
    ] as const) {
      // biome-ignore format: a table
      collector.onEvent({ ...item, node, type: 'delivered', via: 'gossip', from: `peer-${from}`, at: at + ms })
    }
    return buildReport(reportInput(collector, { links })).blocks
  }

  it('is the ratio of percentiles over the same pairs, with the bytes that travel', () => {
    // 2,000 bytes take 2 ms a hop at 8 Mbit/s: 12 and 34 ms at best.
    assert.deepEqual(reportOf(2000, 51).over_bound, { p50: 1.25, p99: 1.5 })
    // 20,000 bytes take 20 ms a hop: 30 and 70 ms at best. Faster than the bound would be a fault of the links.
    assert.deepEqual(reportOf(undefined, 140).over_bound, { p50: 0.5, p99: 2 })
  })

  it('is null where a percentile is not known or costs nothing', () => {
    const none = { p50: null, p90: null, p95: null, p99: null, max: null, n: 1 }
    assert.deepEqual(overBound({ ...none, p50: 4 }, { ...none, p50: 0 }), { p50: null, p99: null })
  })

  it('is absent where the links are not known', () => {
    const run = madeRun({ nodes: 3, blocks: 2, transactionsPerBlock: 1 })
    const collector = startedCollector(run.nodes)
    for (const event of run.events.flat()) collector.onEvent(event)
    assert.equal('over_bound' in buildReport(reportInput(collector)).blocks, false)
  })

  it('comes with latencies by hop and by the receiver’s region', () => {
    const { by_hop, by_region } = reportOf(2000, 51)
    assert.deepEqual(by_hop, [
      { hops: 1, p50: 15, p95: 15, p99: 15, n: 1 },
      { hops: 2, p50: 51, p95: 51, p99: 51, n: 1 }
    ])
    assert.deepEqual(by_region, [{ region: 'us', delivery_ratio: 1, p50: 15, p95: 51, p99: 51, n: 2 }])
  })
})
