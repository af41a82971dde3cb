// The graphs of networks.
import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../src/runtime/index.ts'
import { buildTopology, type Edge, randomGraph, type Scenario, scenarioSchema } from '../../src/scenario/index.ts'

type Topology = Scenario['topology']

const topology = (fields: Partial<Topology>): Topology => ({ kind: 'random', degree: 4, rewire: 0.1, ...fields })

function build(nodes: number, fields: Partial<Topology>, seed = 1): Edge[] {
  return buildTopology({ nodes, topology: topology(fields) }, seededRandom(seed))
}

/** Neighbours of each node; fails on a loop or a double edge. */
function neighboursOf(nodes: number, edges: readonly Edge[]): Set<number>[] {
  const neighbours = Array.from({ length: nodes }, () => new Set<number>())
  for (const [a, b] of edges) {
    ok(a !== b && neighbours[a]?.has(b) === false, 'no loop, no double edge')
    neighbours[a]?.add(b)
    neighbours[b]?.add(a)
  }
  return neighbours
}

/** Steps from the first node to each; a node that is not reached has none. */
function distances(neighbours: readonly ReadonlySet<number>[]): Map<number, number> {
  const steps = new Map([[0, 0]])
  for (const [node, at] of steps) {
    for (const next of neighbours[node] ?? []) if (!steps.has(next)) steps.set(next, at + 1)
  }
  return steps
}

describe('topology', () => {
  const anyGraph = fc.record({
    kind: fc.constantFrom('random', 'erdos-renyi', 'small-world', 'star', 'line'),
    nodes: fc.integer({ min: 1, max: 70 }),
    degree: fc.integer({ min: 1, max: 12 }),
    rewire: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat()
  })

  it('is connected and simple whatever the kind, and a function of its seed', () => {
    fc.assert(
      fc.property(anyGraph, ({ nodes, seed, ...fields }) => {
        const edges = build(nodes, fields as Partial<Topology>, seed)
        equal(distances(neighboursOf(nodes, edges)).size, nodes)
        deepEqual(edges, build(nodes, fields as Partial<Topology>, seed))
      }),
      { seed: 1, numRuns: 500 }
    )
  })

  it('gives every node of a random graph exactly the degree asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 60 }), fc.nat(), (nodes, degree, seed) => {
        const degrees = neighboursOf(nodes, randomGraph(nodes, degree, seededRandom(seed))).map(({ size }) => size)
        const target = Math.min(Math.max(2, degree), nodes - 1)
        ok(degrees.every((size) => size <= target))
        const missing = degrees.reduce((sum, size) => sum + target - size, 0)
        equal(missing, (nodes * target) % 2, 'one node lacks an edge where the sum is odd')
      }),
      { seed: 1, numRuns: 500 }
    )
  })

  it('gives an Erdős–Rényi graph its mean degree and binomial spread', () => {
    const degrees = neighboursOf(2000, build(2000, { kind: 'erdos-renyi', degree: 10 })).map(({ size }) => size)
    const mean = degrees.reduce((sum, size) => sum + size, 0) / degrees.length
    const variance = degrees.reduce((sum, size) => sum + (size - mean) ** 2, 0) / degrees.length
    ok(Math.abs(mean - 10) < 0.4, `mean ${mean}`)
    ok(variance > 8 && variance < 12, `variance ${variance}`)
  })

  it('adds one edge for each component when Erdős–Rényi leaves some', () => {
    // With a mean degree of 1 about a third of the nodes have no edge at all.
    const edges = build(300, { kind: 'erdos-renyi', degree: 1 })
    ok(edges.length >= 299 && edges.length < 330, `${edges.length} edges`)
  })

  it('leaves the ring of a small world when nothing is rewired, and shortens it when some is', () => {
    const far = (rewire: number): number =>
      Math.max(...distances(neighboursOf(400, build(400, { kind: 'small-world', degree: 6, rewire }))).values())
    equal(far(0), Math.ceil(200 / 3))
    ok(far(0.1) < 15, `${far(0.1)} steps`)
    equal(build(400, { kind: 'small-world', degree: 6, rewire: 0.1 }).length, 1200)
  })

  it('has all nodes of a star dial the first, and each of a line the one before', () => {
    deepEqual(build(4, { kind: 'star' }), [
      [1, 0],
      [2, 0],
      [3, 0]
    ])
    deepEqual(build(4, { kind: 'line' }), [
      [1, 0],
      [2, 1],
      [3, 2]
    ])
  })

  it('takes edges by name, the first dials', () => {
    const input = { nodes: 3, topology: { kind: 'edges', edges: [['n3', 'n1'], ['n2', 'n3']] } } as const // biome-ignore format: short
    deepEqual(buildTopology(scenarioSchema.parse(structuredClone(input)), seededRandom(1)), [
      [2, 0],
      [1, 2]
    ])
  })

  it('is quick for 10,000 nodes of degree 20', function () {
    this.timeout(4000)
    for (const kind of ['random', 'erdos-renyi', 'small-world'] as const) {
      ok(Math.abs(build(10_000, { kind, degree: 20 }).length - 100_000) < 2000)
    }
  })
})
