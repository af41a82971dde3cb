// The lower bound: when an item could have been where at the earliest. Shortest paths (Dijkstra 1959) from its origin
// over the same connections; a hop costs the link's one-way delay and the time to put the item's bytes on the narrower
// of both access lines, store and forward, as if nothing else were under way. No protocol can be faster.
import type { Percentiles } from './types.ts'

/** The links of a run, nodes by index. Rates in bits/s; Infinity for unlimited. */
export interface LinkGraph {
  /** Each edge once: its delay from a to b, and back where that is another. */
  readonly edges: readonly (readonly [a: number, b: number, oneWayMs: number, backMs?: number])[]
  readonly upBps: readonly number[]
  readonly downBps: readonly number[]
  /** Where each node is; absent when nowhere in particular. */
  readonly regionOf?: readonly string[]
}

/**
 * Arrival times kept, as (origin, bytes) × nodes. At the limit all are forgotten and computed anew. Grows: 8 bytes
 * each.
 */
const ARRIVALS_KEPT_MAX = 4_000_000

/** Best arrivals over one graph; what was computed for an (origin, bytes) is remembered. */
export class LowerBound {
  readonly #nodes: number
  readonly #graph: LinkGraph
  /** Neighbours of node i are at offsets[i] … offsets[i + 1]. */
  readonly #offsets: Int32Array
  readonly #neighbours: Int32Array
  readonly #delaysMs: Float64Array
  readonly #known = new Map<string, Float64Array>()

  constructor(nodes: number, graph: LinkGraph) {
    this.#nodes = nodes
    this.#graph = graph
    const edges = graph.edges.filter(([a, b]) => a >= 0 && b >= 0 && a < nodes && b < nodes)
    this.#offsets = new Int32Array(nodes + 1)
    for (const [a, b] of edges) for (const node of [a, b]) this.#offsets[node + 1] = this.#offset(node + 1) + 1
    for (let node = 0; node < nodes; node++) this.#offsets[node + 1] = this.#offset(node + 1) + this.#offset(node)
    this.#neighbours = new Int32Array(2 * edges.length)
    this.#delaysMs = new Float64Array(2 * edges.length)
    const next = this.#offsets.slice()
    const place = (from: number, to: number, delayMs: number): void => {
      const at = next[from] ?? 0
      this.#neighbours[at] = to
      this.#delaysMs[at] = delayMs
      next[from] = at + 1
    }
    for (const [a, b, delayMs, backMs = delayMs] of edges) {
      place(a, b, delayMs)
      place(b, a, backMs)
    }
  }

  /** Edges looked at for one origin. */
  get edgesPerOrigin(): number {
    return this.#neighbours.length
  }

  /** Milliseconds from publication to the best possible arrival by node; 0 at the origin, Infinity where no path is. */
  arrivals(origin: number, bytes: number): Float64Array {
    const key = `${origin}/${bytes}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if ((this.#known.size + 1) * this.#nodes > ARRIVALS_KEPT_MAX) this.#known.clear()
    const arrivals = this.#shortestPaths(origin, bytes)
    this.#known.set(key, arrivals)
    return arrivals
  }

  #offset(node: number): number {
    return this.#offsets[node] ?? 0
  }

  #shortestPaths(origin: number, bytes: number): Float64Array {
    const arrivals = new Float64Array(this.#nodes).fill(Number.POSITIVE_INFINITY)
    if (origin < 0 || origin >= this.#nodes) return arrivals
    // Milliseconds on each line; the slower of two counts for a hop. Locals: this loop is most of a report's time.
    const bitsMs = bytes * 8000
    const upMs = Float64Array.from(
      arrivals,
      (_, node) => bitsMs / (this.#graph.upBps[node] ?? Number.POSITIVE_INFINITY)
    )
    const downMs = Float64Array.from(
      arrivals,
      (_, node) => bitsMs / (this.#graph.downBps[node] ?? Number.POSITIVE_INFINITY)
    )
    const offsets = this.#offsets
    const neighbours = this.#neighbours
    const delaysMs = this.#delaysMs
    const heap = new ArrivalHeap(this.edgesPerOrigin + 1)
    arrivals[origin] = 0
    heap.push(0, origin)
    for (let node = heap.pop(); node !== -1; node = heap.pop()) {
      const at = arrivals[node] ?? 0
      // Reached earlier on another way since it was pushed.
      if (heap.poppedAt > at) continue
      const up = upMs[node] ?? 0
      const end = offsets[node + 1] ?? 0
      for (let edge = offsets[node] ?? 0; edge < end; edge++) {
        const next = neighbours[edge] ?? 0
        const down = downMs[next] ?? 0
        const arrival = at + (delaysMs[edge] ?? 0) + (up > down ? up : down)
        if (arrival >= (arrivals[next] ?? 0)) continue
        arrivals[next] = arrival
        heap.push(arrival, next)
      }
    }
    return arrivals
  }
}

/** A binary heap of (time, node), earliest first, in typed arrays of a fixed size. */
class ArrivalHeap {
  readonly #times: Float64Array
  readonly #nodes: Int32Array
  #size = 0
  /** Time of the entry that `pop` gave last. */
  poppedAt = 0

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity)
    this.#nodes = new Int32Array(capacity)
  }

  push(time: number, node: number): void {
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#time(parent) <= time) break
      this.#move(parent, at)
      at = parent
    }
    this.#times[at] = time
    this.#nodes[at] = node
  }

  /** −1 when empty. */
  pop(): number {
    if (this.#size === 0) return -1
    const first = this.#nodes[0] ?? -1
    this.poppedAt = this.#time(0)
    const last = --this.#size
    const time = this.#time(last)
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && this.#time(child + 1) < this.#time(child)) child++
      if (this.#time(child) >= time) break
      this.#move(child, at)
      at = child
    }
    this.#times[at] = time
    this.#nodes[at] = this.#nodes[last] ?? -1
    return first
  }

  #time(at: number): number {
    return this.#times[at] ?? 0
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#time(from)
    this.#nodes[to] = this.#nodes[from] ?? -1
  }
}

/** How many times as long as the best possible. Null where either is not known or the bound is zero. */
export function overBound(latency: Percentiles, bound: Percentiles): { p50: number | null; p99: number | null } {
  const ratio = (over: number | null, under: number | null): number | null =>
    over === null || under === null || under === 0 ? null : Math.round((over / under) * 1000) / 1000
  return { p50: ratio(latency.p50, bound.p50), p99: ratio(latency.p99, bound.p99) }
}
