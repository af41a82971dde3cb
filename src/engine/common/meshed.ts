// When is a network meshed: when every node has passed the hello with as many peers as it should have, and, where there
// is gossip, the mesh of both topics connects everyone, so that a block published anywhere can reach all.
import type { NodeMeasure } from './measure.ts'

export interface WantedMesh {
  /** Peers that each node should have, by its number in `names`. */
  readonly degrees: readonly number[]
  readonly names: readonly string[]
  /** False: items spread in rounds, connections are enough. */
  readonly gossips: boolean
}

/**
 * How far the network is: nodes whose connections and meshes stand. `meshed` when all do and the meshes connect.
 * `expected`: nodes that are there and honest, all unless said.
 */
export function meshProgress(
  nodes: readonly NodeMeasure[],
  { degrees, names, gossips }: WantedMesh,
  nameOfPeer: ReadonlyMap<string, string>,
  expected: readonly string[] = names
): { readonly ready: number; readonly meshed: boolean } {
  const degree = new Map(names.map((name, i) => [name, degrees[i] ?? 0]))
  const counted = new Set(expected)
  const here = nodes.filter(({ name }) => counted.has(name))
  const ready = here.filter(({ name, peers, mesh }) => {
    const wanted = degree.get(name) ?? 0
    const meshWanted = gossips ? Math.min(1, wanted) : 0
    return peers >= wanted && mesh.block.length >= meshWanted && mesh.transaction.length >= meshWanted
  }).length
  const meshed =
    ready === expected.length &&
    (!gossips ||
      (isConnected(here, ({ mesh }) => mesh.block, nameOfPeer) &&
        isConnected(here, ({ mesh }) => mesh.transaction, nameOfPeer)))
  return { ready, meshed }
}

function isConnected(
  nodes: readonly NodeMeasure[],
  meshOf: (node: NodeMeasure) => readonly string[],
  nameOfPeer: ReadonlyMap<string, string>
): boolean {
  const neighbours = new Map<string, Set<string>>(nodes.map(({ name }) => [name, new Set()]))
  for (const node of nodes) {
    for (const peer of meshOf(node)) {
      const other = nameOfPeer.get(peer)
      // Nobody relies on a path through a node that is not counted.
      if (other === undefined || !neighbours.has(other)) continue
      neighbours.get(node.name)?.add(other)
      neighbours.get(other)?.add(node.name)
    }
  }
  const first = nodes[0]
  if (first === undefined) return true
  const reached = new Set([first.name])
  for (const name of reached) for (const next of neighbours.get(name) ?? []) reached.add(next)
  return reached.size === nodes.length
}

/**
 * A network that did not mesh in time is measured all the same, and its report says so. Undefined where that is no
 * mishap: among nodes that misbehave the meshes of the others may stay in pieces, and what comes of it is the question.
 */
export function unmeshed(
  { ready, expected, attacked }: { readonly ready: number; readonly expected: number; readonly attacked: boolean },
  waitedMs: number
): string | undefined {
  const what = 'the mesh was incomplete when the measured time began'
  const after = `after ${Math.round(waitedMs / 1000)} s`
  if (ready < expected) return `${what}: ${ready} of ${expected} nodes were ready ${after}`
  return attacked ? undefined : `${what}: it was in pieces ${after}, though each of the ${expected} nodes was ready`
}
