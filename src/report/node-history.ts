// One node over time: when it was up, and which head it had. Both lists are bounded; what is forgotten is the oldest,
// and the times tell from when on the history is whole.
import type { Hex } from '../wire/index.ts'

export interface HeadState {
  readonly hash: Hex
  readonly height: number
  readonly work: bigint
  /** When the node moved to it, milliseconds since the epoch. */
  readonly at: number
}

export interface HeadChange extends HeadState {
  /** Blocks of the former chain that were abandoned. */
  readonly abandoned: number
}

export interface UpInterval {
  readonly from: number
  /** Infinity while it lasts. */
  readonly to: number
  /** The end was no part of the plan: a crash. */
  readonly died: boolean
}

export class NodeHistory {
  readonly name: string
  readonly #intervalsMax: number
  readonly #headChangesMax: number
  #intervals: UpInterval[] = []
  #changes: HeadChange[] = []
  #completeFrom = Number.NEGATIVE_INFINITY
  /** Peers whose hello has passed. */
  readonly #peers = new Set<string>()
  /** Times with at least one, as `intervals`. */
  #connected: { readonly from: number; to: number }[] = []
  #downAt = Number.NEGATIVE_INFINITY

  constructor(name: string, limits: { readonly intervalsMax: number; readonly headChangesMax: number }) {
    this.name = name
    this.#intervalsMax = limits.intervalsMax
    this.#headChangesMax = limits.headChangesMax
  }

  get intervals(): readonly UpInterval[] {
    return this.#intervals
  }

  /** Oldest first. */
  get headChanges(): readonly HeadChange[] {
    return this.#changes
  }

  /** Head changes before this time may have been forgotten; −Infinity when none was. */
  get completeFrom(): number {
    return this.#completeFrom
  }

  get head(): HeadState | undefined {
    return this.#changes.at(-1)
  }

  get isUp(): boolean {
    return this.#intervals.at(-1)?.to === Number.POSITIVE_INFINITY
  }

  up(at: number): void {
    if (this.isUp) return
    this.#intervals.push({ from: at, to: Number.POSITIVE_INFINITY, died: false })
    if (this.#intervals.length > this.#intervalsMax) this.#intervals.shift()
  }

  /** Its process stands still. Its connections stay, as long as its peers have patience. */
  pause(at: number): void {
    this.#endInterval(at, false)
  }

  down(at: number, died: boolean): void {
    this.#endInterval(at, died)
    this.#downAt = at
    this.#peers.clear()
    this.#isolated(at)
  }

  /** A peer came or went. Events from before the node's end may come after it. */
  peer(peer: string, isConnected: boolean, at: number): void {
    if (at <= this.#downAt) return
    if (isConnected && this.#peers.add(peer).size === 1) {
      this.#connected.push({ from: at, to: Number.POSITIVE_INFINITY })
      if (this.#connected.length > this.#intervalsMax) this.#connected.shift()
    } else if (!isConnected && this.#peers.delete(peer) && this.#peers.size === 0) this.#isolated(at)
  }

  #endInterval(at: number, died: boolean): void {
    const last = this.#intervals.at(-1)
    if (last !== undefined && this.isUp) this.#intervals[this.#intervals.length - 1] = { from: last.from, to: at, died }
  }

  #isolated(at: number): void {
    const last = this.#connected.at(-1)
    if (last !== undefined) last.to = Math.min(last.to, at)
  }

  upThroughout(from: number, to: number): boolean {
    return this.#intervals.some((interval) => interval.from <= from && interval.to >= to)
  }

  upAt(at: number): boolean {
    return this.upThroughout(at, at)
  }

  /** The first moment from `at` on at which the node is up; Infinity when there is none. */
  upFrom(at: number): number {
    const next = this.#intervals.find((interval) => interval.to > at)
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(at, next.from)
  }

  /** The first moment from `at` on at which the node is up and has a peer; Infinity when there is none. */
  backFrom(at: number): number {
    for (const { from, to } of this.#connected) {
      const up = this.upFrom(Math.max(at, from))
      if (up < to) return up
    }
    return Number.POSITIVE_INFINITY
  }

  /** Milliseconds of [from, to] in which the node was up. */
  upMs(from: number, to: number): number {
    let total = 0
    for (const interval of this.#intervals) {
      total += Math.max(0, Math.min(to, interval.to) - Math.max(from, interval.from))
    }
    return total
  }

  /** The head the node had at a time; undefined for genesis. */
  headAt(at: number): HeadState | undefined {
    return this.#changes.findLast((change) => change.at <= at)
  }

  changeHead(change: HeadChange): void {
    this.#changes.push(change)
    if (this.#changes.length <= this.#headChangesMax) return
    const forgotten = this.#changes.splice(0, this.#changes.length >> 1)
    this.#completeFrom = forgotten.at(-1)?.at ?? this.#completeFrom
  }
}
