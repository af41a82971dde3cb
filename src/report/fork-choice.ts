// Fork choice as the nodes do it, over what they told of their heads: whose head is the network's.
import type { HeadState, NodeHistory } from './node-history.ts'

/** Of `nodes`, by number, the one whose head wins among those that are up at a time (among all of them when none is). */
export function nodeWithBestHead(histories: readonly NodeHistory[], nodes: readonly number[], at: number): number {
  const up = nodes.filter((node) => histories[node]?.upAt(at))
  const candidates = up.length > 0 ? up : nodes
  return candidates.reduce(
    (best, node) => (beats(histories[node]?.headAt(at), histories[best]?.headAt(at)) ? node : best),
    candidates[0] ?? 0
  )
}

/** Most work, then the lowest hash; any head over none. */
function beats(head: HeadState | undefined, best: HeadState | undefined): boolean {
  if (head === undefined || best === undefined) return head !== undefined
  return head.work > best.work || (head.work === best.work && head.hash < best.hash)
}
