// Who connects to whom: along the edges of the scenario's topology, or, where nodes choose their peers, from a bootstrap
// address on.
import { peerTargets, type PeerTargets } from '../../config/index.ts'
import type { Random } from '../../runtime/index.ts'
import { buildTopology, type Edge, type Scenario } from '../../scenario/index.ts'

/** Undefined: a node keeps to its edges. */
export function peerTargetsOf({ peers, topology }: Scenario): PeerTargets | undefined {
  return peers === 'static' ? undefined : { ...peerTargets, outbound: topology.degree }
}

/** Who is told whose address, dialer first. */
export function plannedEdges(
  scenario: Scenario,
  random: Random,
  names: readonly string[],
  late: readonly string[]
): readonly Edge[] {
  if (scenario.peers === 'static') return buildTopology(scenario, random)
  const isLate = new Set(late)
  const [first = 0, second = first] = names.flatMap((name, i) => (isLate.has(name) ? [] : [i]))
  // Whoever joins later has a second address, for the first node may be gone by then.
  return names.flatMap((name, i) =>
    [...new Set(isLate.has(name) ? [first, second] : [first])].filter((to) => to !== i).map((to): Edge => [i, to])
  )
}

/** Pairs that may come to be connected: the edges, or, where nodes choose, all of them. */
export function possibleEdges({ peers, nodes }: Scenario, edges: readonly Edge[]): readonly Edge[] {
  if (peers === 'static') return edges
  return Array.from({ length: nodes }, (_, a) => a).flatMap((a) =>
    Array.from({ length: nodes - a - 1 }, (_, i): Edge => [a, a + 1 + i])
  )
}

/**
 * Peers that each node should have once those `present` (numbers) are meshed, by number; the others 0: one for each edge,
 * or, where nodes choose and have somebody to choose from, as many as they dial.
 */
export function wantedDegrees(
  { peers, nodes, topology, membership }: Scenario,
  edges: readonly Edge[],
  present: ReadonlySet<number>
): readonly number[] {
  if (peers === 'managed' && membership.max > 0) {
    const wanted = Math.min(topology.degree, present.size - 1)
    return Array.from({ length: nodes }, (_, i) => (present.has(i) ? wanted : 0))
  }
  const degrees = Array.from({ length: nodes }, () => 0)
  for (const edge of edges) {
    if (!edge.every((end) => present.has(end))) continue
    for (const end of edge) degrees[end] = (degrees[end] ?? 0) + 1
  }
  return degrees
}
