// What lies between any two nodes right now: the figures of the scenario, and what faults did to them. Both engines ask
// here, so that a partition or a slow link is the same in both. Pure.

import type { LinkPlan } from '../../scenario/index.ts'

/** Nodes by their place in the scenario. */
export interface CurrentLink {
  readonly delayMs: number
  readonly loss: number
  /** What is sent is lost, and sent again until the connection gives up. */
  readonly blocked: boolean
}

/** Bits per second; Infinity: unlimited. */
export interface CurrentLine {
  readonly upBps: number
  readonly downBps: number
}

/** What `slow` adds to every link of a node, in both directions. */
export interface Slowness {
  readonly latencyMs: number
  readonly bandwidth?: number | undefined
  readonly loss: number
}

export class LinkState {
  readonly #plan: LinkPlan
  /** From node to group; nodes in no group are one more. Absent: no partition. */
  #groupOf: ReadonlyMap<number, number> | undefined
  readonly #slow = new Map<number, Slowness>()

  constructor(plan: LinkPlan) {
    this.#plan = plan
  }

  get jitterMs(): number {
    return this.#plan.jitterMs
  }

  get isPartitioned(): boolean {
    return this.#groupOf !== undefined
  }

  /** Takes the place of an earlier one. */
  partition(groups: readonly (readonly number[])[]): void {
    this.#groupOf = new Map(groups.flatMap((group, i) => group.map((node) => [node, i] as const)))
  }

  heal(): void {
    this.#groupOf = undefined
  }

  slow(node: number, slowness: Slowness): void {
    this.#slow.set(node, slowness)
  }

  /** False when it was not slow. */
  restore(node: number): boolean {
    return this.#slow.delete(node)
  }

  blocked(from: number, to: number): boolean {
    return this.#groupOf?.get(from) !== this.#groupOf?.get(to)
  }

  /** Slow nodes add up: each is slow on its own side of the link. */
  link(from: number, to: number): CurrentLink {
    const { loss } = this.#plan
    const [a, b] = [this.#slow.get(from), this.#slow.get(to)]
    return {
      delayMs: this.#plan.delayMs(from, to) + (a?.latencyMs ?? 0) + (b?.latencyMs ?? 0),
      loss: a === undefined && b === undefined ? loss : 1 - (1 - loss) * (1 - (a?.loss ?? 0)) * (1 - (b?.loss ?? 0)),
      blocked: this.blocked(from, to)
    }
  }

  line(node: number): CurrentLine {
    const { upBps = Infinity, downBps = Infinity } = this.#plan.nodes[node] ?? {}
    const limit = this.#slow.get(node)?.bandwidth ?? Infinity
    return { upBps: Math.min(upBps, limit), downBps: Math.min(downBps, limit) }
  }
}
