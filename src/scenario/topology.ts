// The graph of a scenario's network: who dials whom at the start. Every graph is connected, without loops or double
// edges, and a function of its random generator.
import type { Random } from '../runtime/index.ts'
import { type Edge, GraphBuilder } from './graph.ts'
import { nodeNames } from './names.ts'
import type { Scenario } from './schema.ts'

export function buildTopology({ nodes, topology }: Pick<Scenario, 'nodes' | 'topology'>, random: Random): Edge[] {
  switch (topology.kind) {
    case 'random':
      return randomGraph(nodes, topology.degree, random)
    case 'erdos-renyi':
      return erdosRenyi(nodes, topology.degree, random)
    case 'small-world':
      return smallWorld(nodes, topology.degree, topology.rewire, random)
    case 'star':
      return fromFirst(nodes, () => 0)
    case 'line':
      return fromFirst(nodes, (node) => node - 1)
    case 'edges': {
      const places = new Map(nodeNames(nodes).map((name, place) => [name, place]))
      return (topology.edges ?? []).flatMap(([a, b]) => {
        const [dialer, listener] = [places.get(a), places.get(b)]
        return dialer === undefined || listener === undefined ? [] : [[dialer, listener] as const]
      })
    }
  }
}

/**
 * Every node has `degree` neighbours (all others if there are fewer, two at the least; one node is an edge short where
 * nodes × degree is odd). A random ring connects everyone; the rest is the configuration model, whose loops and double
 * edges are mended by switching them with other edges (Milo et al., "On the uniform generation of random graphs with
 * prescribed degree sequences", 2003). For degree 3 and more such graphs are expanders with high probability, so paths
 * stay short (Bollobás, "Random Graphs", section on the diameter of random regular graphs).
 */
export function randomGraph(nodes: number, degree: number, random: Random): Edge[] {
  const target = Math.min(Math.max(degree, 2), nodes - 1)
  const others = nodes - 1 - target
  // Dense graphs are always connected, and hard to complete edge by edge: their missing edges are drawn instead.
  const isDense = target > others
  const extra = isDense && (nodes * others) % 2 === 1 ? random.int(nodes) : -1
  const degreeOf = (node: number): number => (isDense ? others + (node === extra ? 1 : 0) : target)
  const wanted = Math.floor((nodes * (isDense ? others : target) + (extra < 0 ? 0 : 1)) / 2)

  let best = pairUp(nodes, degreeOf, !isDense, random)
  for (let attempt = 1; best.size < wanted && attempt < RANDOM_GRAPHS_MAX; attempt++) {
    const next = pairUp(nodes, degreeOf, !isDense, random)
    if (next.size > best.size) best = next
  }
  return isDense ? best.complement().edges : best.edges
}

/** Attempts at an exact random graph: small ones need a few. */
const RANDOM_GRAPHS_MAX = 100

function pairUp(nodes: number, degreeOf: (node: number) => number, withRing: boolean, random: Random): GraphBuilder {
  const graph = new GraphBuilder(nodes, random)
  const order = random.shuffle(Array.from({ length: nodes }, (_, i) => i))
  if (withRing) for (const [i, node] of order.entries()) graph.connect(node, order[(i + 1) % nodes] ?? node)
  const ringEdges = graph.size

  const stubs = random.shuffle(
    order.flatMap((node) => Array.from({ length: degreeOf(node) - graph.degreeOf(node) }, () => node))
  )
  const left: number[] = []
  for (let i = 0; i + 1 < stubs.length; i += 2) {
    const [a = 0, b = 0] = [stubs[i], stubs[i + 1]]
    if (!graph.connect(a, b)) left.push(a, b)
  }
  for (let i = 0; i + 1 < left.length; i += 2) {
    const [a = 0, b = 0] = [left[i], left[i + 1]]
    if (!graph.connect(a, b)) graph.connectBySwitching(a, b, ringEdges)
  }
  return graph
}

/**
 * Each pair is an edge with the same chance, `degree` edges a node on average (Erdős, Rényi 1959; drawn by skipping
 * over the pairs that are none: Batagelj, Brandes 2005). What is not connected to the largest component then gets one
 * random edge into it: with few edges a node that adds some, with a mean degree above ln(nodes) hardly any.
 */
function erdosRenyi(nodes: number, degree: number, random: Random): Edge[] {
  const graph = new GraphBuilder(nodes, random)
  const chance = Math.min(1, degree / Math.max(1, nodes - 1))
  const pairs = (nodes * (nodes - 1)) / 2
  const skip = (): number => (chance === 1 ? 0 : Math.floor(Math.log(1 - random.next()) / Math.log(1 - chance)))
  let row = 1
  let rowStart = 0
  for (let pair = skip(); pair < pairs; pair += 1 + skip()) {
    // Pairs are numbered row by row below the diagonal: row r has r of them.
    while (pair >= rowStart + row) rowStart += row++
    graph.connect(row, pair - rowStart)
  }
  graph.joinComponents()
  return graph.edges
}

/**
 * A ring in which each node knows the `degree / 2` next to it on both sides (an odd degree counts as the even one
 * below, but two at the least); then each edge leads to a random node instead with chance `rewire` (Watts, Strogatz
 * 1998). Components that rewiring cut off are joined as for Erdős and Rényi.
 */
function smallWorld(nodes: number, degree: number, rewire: number, random: Random): Edge[] {
  const graph = new GraphBuilder(nodes, random)
  const reach = Math.max(1, Math.floor(degree / 2))
  for (let step = 1; step <= reach; step++) {
    for (let node = 0; node < nodes; node++) graph.connect(node, (node + step) % nodes)
  }
  for (let edge = 0; edge < graph.size; edge++) {
    if (random.next() < rewire) graph.rewire(edge)
  }
  graph.joinComponents()
  return graph.edges
}

/** Each node but the first dials one that came before it. */
function fromFirst(nodes: number, listenerOf: (node: number) => number): Edge[] {
  return Array.from({ length: Math.max(0, nodes - 1) }, (_, i) => [i + 1, listenerOf(i + 1)] as const)
}
