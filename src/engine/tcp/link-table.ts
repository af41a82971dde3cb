// What lies between a node and the others now, as its link shaper wants it.
import type { LinkTable } from '../../network/libp2p/index.ts'
import type { LinkState } from '../common/link-state.ts'

/**
 * `place`: the node's, of `count`. `peers`: peer ids of those that can be dialled, by place; to nodes that were never
 * started nobody can dial, their peer ids come when they join.
 */
export function linkTable(
  links: LinkState,
  place: number,
  { count, peers }: { readonly count: number; readonly peers: ReadonlyMap<number, string> }
): LinkTable {
  const others = Array.from({ length: count }, (_, other) => other).filter((other) => other !== place)
  const mean = others.reduce((sum, other) => sum + links.link(place, other).delayMs, 0) / Math.max(1, others.length)
  return {
    others: { delayMs: mean, loss: 0, blocked: false },
    peers: new Map(
      [...peers].flatMap(([other, peer]) => (other === place ? [] : [[peer, links.link(place, other)] as const]))
    ),
    jitterMs: links.jitterMs,
    ...links.line(place)
  }
}
