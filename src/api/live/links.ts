// Connections and meshes as spans of time.
import type { LinkChange, LinkKind } from './types.ts'

export interface Link {
  readonly kind: LinkKind
  /** Whose view it is: connected to `peer`, or `peer` in its mesh. */
  readonly node: number
  readonly peer: number
  readonly from: number
  /** Infinity while it lasts. */
  to: number
}

export class Links {
  /** Grows with every change. */
  version: number
  readonly #limit: number
  readonly #open = new Map<string, Link>()
  readonly #ended: Link[] = []
  /** Connections by the two nodes, as both tell of them. */
  readonly #between = new Map<string, Set<Link>>()

  constructor(limit: number, version = 0) {
    this.#limit = limit
    this.version = version
  }

  get all(): readonly Link[] {
    return [...this.#ended, ...this.#open.values()]
  }

  /** Connections of two nodes, in no order: found at once, because every drop of a wave asks for them in every frame. */
  between(a: number, b: number): Iterable<Link> {
    return this.#between.get(pairOf(a, b)) ?? []
  }

  change({ kind, node, peer, at, on }: LinkChange): void {
    const key = `${kind} ${node} ${peer}`
    const open = this.#open.get(key)
    if (on === (open !== undefined)) return
    this.version++
    if (open === undefined) this.#begin(key, { kind, node, peer, from: at, to: Number.POSITIVE_INFINITY })
    else this.#end(key, open, at)
  }

  /** A node is gone: so is what it was connected to, and nobody tells. */
  close(node: number, at: number): void {
    for (const [key, link] of this.#open) {
      if (link.node !== node && link.peer !== node) continue
      this.version++
      this.#end(key, link, at)
    }
  }

  /** As changes that make the same links. */
  changes(): LinkChange[] {
    return this.all.flatMap(({ kind, node, peer, from, to }): LinkChange[] => {
      const begun: LinkChange = { type: 'link', kind, node, peer, at: from, on: true }
      return to === Number.POSITIVE_INFINITY ? [begun] : [begun, { ...begun, at: to, on: false }]
    })
  }

  #begin(key: string, link: Link): void {
    this.#open.set(key, link)
    if (link.kind !== 'connection') return
    const pair = pairOf(link.node, link.peer)
    const known = this.#between.get(pair)
    if (known === undefined) this.#between.set(pair, new Set([link]))
    else known.add(link)
  }

  #end(key: string, link: Link, at: number): void {
    this.#open.delete(key)
    link.to = at
    this.#ended.push(link)
    if (this.#ended.length <= this.#limit * 1.125) return
    for (const old of this.#ended.splice(0, this.#ended.length - this.#limit)) this.#forget(old)
  }

  #forget(link: Link): void {
    const pair = pairOf(link.node, link.peer)
    const known = this.#between.get(pair)
    known?.delete(link)
    if (known?.size === 0) this.#between.delete(pair)
  }
}

function pairOf(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
