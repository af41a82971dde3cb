// Connections at one moment, both ends' views as one line, and which of them gossip meshes use.
import { NOBODY, type Timeline } from '../../api/client/index.ts'

export interface LinkView {
  readonly a: number
  readonly b: number
  /** In a mesh of this topic, as one end or both see it. */
  readonly block: boolean
  readonly transaction: boolean
}

interface Pair {
  readonly a: number
  readonly b: number
  connection: boolean
  block: boolean
  transaction: boolean
}

export function linksAt({ links }: Timeline, at: number): LinkView[] {
  const pairs = new Map<number, Pair>()
  for (const { kind, node, peer, from, to } of links) {
    if (from > at || to <= at || node === NOBODY || peer === NOBODY) continue
    const [a, b] = node < peer ? [node, peer] : [peer, node]
    const key = a * 65_536 + b
    let pair = pairs.get(key)
    if (pair === undefined) {
      pair = { a, b, connection: false, block: false, transaction: false }
      pairs.set(key, pair)
    }
    pair[kind] = true
  }
  return [...pairs.values()].filter(({ connection }) => connection)
}
