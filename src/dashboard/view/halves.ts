// Where to cut a network in two so that it is two: halves by name fall into pieces, as nodes know few others.
import type { LinkView } from './links.ts'

/** One half: of what is near each node, that which leaves the fewest pieces, and of these the fewest links across. */
export function halfOf(nodes: number, links: readonly Pick<LinkView, 'a' | 'b'>[]): readonly number[] {
  const peers = Array.from({ length: nodes }, (): number[] => [])
  for (const { a, b } of links) {
    peers[a]?.push(b)
    peers[b]?.push(a)
  }
  const all = [...peers.keys()]
  const rank = (half: ReadonlySet<number>): number => {
    const rest = new Set(all.filter((node) => !half.has(node)))
    const across = links.filter(({ a, b }) => half.has(a) !== half.has(b)).length
    return (pieces(half, peers) + pieces(rest, peers)) * (links.length + 1) + across
  }
  let best: { readonly half: ReadonlySet<number>; readonly rank: number } | undefined
  for (const start of all) {
    // Who is not connected to anybody comes last.
    const near = new Set([...walk(start, peers, () => true), ...all])
    const half = new Set([...near].slice(0, Math.ceil(nodes / 2)))
    const found = { half, rank: rank(half) }
    if (best === undefined || found.rank < best.rank) best = found
  }
  return [...(best?.half ?? [])].sort((a, b) => a - b)
}

/** Nodes by their distance from one, through those that are `allowed`. */
function walk(start: number, peers: readonly number[][], allowed: (node: number) => boolean): ReadonlySet<number> {
  const found = new Set([start])
  // A set's walk meets what is added on the way.
  for (const node of found) for (const peer of peers[node] ?? []) if (allowed(peer)) found.add(peer)
  return found
}

function pieces(nodes: ReadonlySet<number>, peers: readonly number[][]): number {
  const left = new Set(nodes)
  let count = 0
  for (const node of nodes) {
    if (!left.has(node)) continue
    count++
    for (const reached of walk(node, peers, (peer) => nodes.has(peer))) left.delete(reached)
  }
  return count
}
