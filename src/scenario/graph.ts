// A simple undirected graph that grows by edges and is changed by random switches. Sizes up to 10,000 nodes of degree
// 50: every operation but `joinComponents` (once over all edges) costs a constant time on average.
import type { Random } from '../runtime/index.ts'

/** An undirected edge by the places of its nodes in the list; the first dials the second. */
export type Edge = readonly [dialer: number, listener: number]

/** Random edges that are tried for a switch before the graph stays an edge short: only tiny, nearly full ones do. */
const SWITCHES_MAX = 200
/** Random partners that are tried for a rewired edge before it stays. */
const PARTNERS_MAX = 100

export class GraphBuilder {
  readonly edges: Edge[] = []
  readonly #neighbours: readonly Set<number>[]
  readonly #random: Random

  constructor(nodes: number, random: Random) {
    this.#neighbours = Array.from({ length: nodes }, () => new Set<number>())
    this.#random = random
  }

  /** Number of edges. */
  get size(): number {
    return this.edges.length
  }

  degreeOf(node: number): number {
    return this.#of(node).size
  }

  /** Adds an edge, which either end dials. False when it would be a loop or a second one. */
  connect(a: number, b: number): boolean {
    if (!this.#canConnect(a, b)) return false
    this.edges.push(this.#link(a, b))
    return true
  }

  /**
   * Gives `a` and `b` one more neighbour each: takes a random edge c–d away, and connects a–c and b–d. Edges before
   * `keep` stay. False when no such edge was found.
   */
  connectBySwitching(a: number, b: number, keep: number): boolean {
    for (let attempt = 0; attempt < SWITCHES_MAX && this.size > keep; attempt++) {
      const at = keep + this.#random.int(this.size - keep)
      const [c, d] = this.edges[at] ?? [a, b]
      const fits = this.#canConnect(a, c) && this.#canConnect(b, d) && !(a === d && b === c)
      if (!fits) continue
      this.#unlink(c, d)
      this.edges[at] = this.#link(a, c)
      this.edges.push(this.#link(b, d))
      return true
    }
    return false
  }

  /** One end of an edge moves to a random node. */
  rewire(at: number): void {
    const [a, b] = this.edges[at] ?? [0, 0]
    for (let attempt = 0; attempt < PARTNERS_MAX; attempt++) {
      const partner = this.#random.int(this.#neighbours.length)
      if (!this.#canConnect(a, partner)) continue
      this.#unlink(a, b)
      this.edges[at] = this.#link(a, partner)
      return
    }
  }

  /** Every component but the largest gets an edge from a random node of it to a random one of the largest. */
  joinComponents(): void {
    const components = this.#components()
    const largest = components.reduce<readonly number[]>((best, one) => (one.length > best.length ? one : best), [])
    for (const component of components) {
      if (component !== largest) this.connect(this.#random.pick(component) ?? 0, this.#random.pick(largest) ?? 0)
    }
  }

  /** The graph of all edges that this one lacks. */
  complement(): GraphBuilder {
    const nodes = this.#neighbours.length
    const graph = new GraphBuilder(nodes, this.#random)
    for (let a = 1; a < nodes; a++) {
      for (let b = 0; b < a; b++) if (this.#canConnect(a, b)) graph.connect(a, b)
    }
    return graph
  }

  #components(): number[][] {
    const seen = new Set<number>()
    return this.#neighbours.flatMap((_, start) => {
      if (seen.has(start)) return []
      const component = new Set([start])
      for (const node of component) for (const next of this.#of(node)) component.add(next)
      for (const node of component) seen.add(node)
      return [[...component]]
    })
  }

  #of(node: number): Set<number> {
    const neighbours = this.#neighbours[node]
    if (neighbours === undefined) throw new RangeError(`no node ${node} in a graph of ${this.#neighbours.length}`)
    return neighbours
  }

  #canConnect(a: number, b: number): boolean {
    return a !== b && !this.#of(a).has(b)
  }

  #link(a: number, b: number): Edge {
    this.#of(a).add(b)
    this.#of(b).add(a)
    return this.#random.next() < 0.5 ? [a, b] : [b, a]
  }

  #unlink(a: number, b: number): void {
    this.#of(a).delete(b)
    this.#of(b).delete(a)
  }
}
