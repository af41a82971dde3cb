// Random connected graphs of a given degree: a random ring, which connects everyone, then random extra edges between
// nodes that still lack some. For degree 3 and more such graphs are expanders with high probability, so paths stay
// short (Bollobás, "Random Graphs", section on the diameter of random regular graphs).
import type { Random } from '../runtime/index.ts'

/** An undirected edge; the first node dials the second. */
export type Edge = readonly [dialer: number, listener: number]

/** Attempts at a random partner before an edge is given up: leaves a node one short at worst. */
const ATTEMPTS_MAX = 200

/** Edges of a connected graph in which every node has `degree` neighbours, or all others if there are fewer. */
export function randomGraph(nodes: number, degree: number, random: Random): Edge[] {
  const neighbours = Array.from({ length: nodes }, () => new Set<number>())
  const edges: Edge[] = []
  const connect = (a: number, b: number): boolean => {
    const ofA = neighbours[a]
    const ofB = neighbours[b]
    if (ofA === undefined || ofB === undefined || a === b || ofA.has(b)) return false
    ofA.add(b)
    ofB.add(a)
    edges.push(random.next() < 0.5 ? [a, b] : [b, a])
    return true
  }

  const ring = random.shuffle(Array.from({ length: nodes }, (_, i) => i))
  for (const [i, node] of ring.entries()) connect(node, ring[(i + 1) % nodes] ?? node)

  const target = Math.min(degree, nodes - 1)
  const lacking = (): number[] => ring.filter((node) => (neighbours[node]?.size ?? target) < target)
  for (let attempt = 0, open = lacking(); open.length > 1 && attempt < ATTEMPTS_MAX * nodes; attempt++) {
    const a = random.pick(open)
    const b = random.pick(open)
    if (a !== undefined && b !== undefined && connect(a, b)) open = lacking()
    else if (open.length <= target + 1 && !canConnect(open, neighbours)) break
  }
  return edges
}

function canConnect(open: readonly number[], neighbours: readonly Set<number>[]): boolean {
  return open.some((a) => open.some((b) => a !== b && neighbours[a]?.has(b) === false))
}
