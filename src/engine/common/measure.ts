// What an engine reads off its nodes: how far the network is, and what was sent.
import type { Node } from '../../node/index.ts'
import type { TrafficByKind, TrafficCounters } from '../../trace/index.ts'

export interface NodeMeasure {
  readonly name: string
  readonly traffic: TrafficCounters
  readonly height: number
  readonly head: string
  readonly peers: number
  /** Mesh peers by topic. */
  readonly mesh: { readonly block: readonly string[]; readonly transaction: readonly string[] }
}

export function measureNode(name: string, node: Node): NodeMeasure {
  return {
    name,
    traffic: node.traffic(),
    height: node.chain.head.height,
    head: node.chain.head.hash,
    peers: node.peers.peers().length,
    mesh: { block: node.gossip.meshPeers('block'), transaction: node.gossip.meshPeers('transaction') }
  }
}

/**
 * Traffic of all nodes between two measures; a node that is missing from the second counts as it was. A node that comes
 * again in `after` was started again in between, with counters from 0.
 */
export function sumTraffic(before: readonly NodeMeasure[], after: readonly NodeMeasure[]): TrafficCounters {
  const total = { bytesSent: 0, byKind: { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 } }
  const start = new Map(before.map(({ name, traffic }) => [name, traffic]))
  for (const { name, traffic } of after) {
    const from = start.get(name)
    start.delete(name)
    total.bytesSent += traffic.bytesSent - (from?.bytesSent ?? 0)
    for (const kind of Object.keys(total.byKind) as (keyof TrafficByKind)[]) {
      total.byKind[kind] += traffic.byKind[kind] - (from?.byKind[kind] ?? 0)
    }
  }
  return total
}
