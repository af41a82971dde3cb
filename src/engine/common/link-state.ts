// What lies between any two nodes right now: the figures of the scenario, and what faults did to them. Both engines ask
// here, so that a partition or a slow link is the same in both. Pure.

/** The links as drawn at the start; nodes by their index. */
export interface LinkFigures {
  /** Access lines, bits per second; absent: unlimited. */
  readonly nodes: readonly { readonly upBps?: number | undefined; readonly downBps?: number | undefined }[]
  /** One way, ms. */
  delayMs(from: number, to: number): number
  readonly jitterMs: number
  readonly loss: number
}

export interface CurrentLink {
  readonly delayMs: number
  readonly loss: number
  /** What is sent is held until the partition heals. */
  readonly blocked: boolean
}

export interface CurrentLine {
  readonly upBps: number | undefined
  readonly downBps: number | undefined
}

/** What `slow` adds to every link of a node, in both directions. */
export interface Slowness {
  readonly latencyMs: number
  readonly bandwidth?: number | undefined
  readonly loss: number
}

export class LinkState {
  readonly #figures: LinkFigures
  /** One map from node to group for each partition; nodes in no group are one more. They lie over each other. */
  #partitions: ReadonlyMap<number, number>[] = []
  readonly #slow = new Map<number, Slowness>()

  constructor(figures: LinkFigures) {
    this.#figures = figures
  }

  get jitterMs(): number {
    return this.#figures.jitterMs
  }

  get isPartitioned(): boolean {
    return this.#partitions.length > 0
  }

  partition(groups: readonly (readonly number[])[]): void {
    this.#partitions.push(new Map(groups.flatMap((group, i) => group.map((node) => [node, i] as const))))
  }

  /** Ends every partition. */
  heal(): void {
    this.#partitions = []
  }

  slow(node: number, slowness: Slowness): void {
    this.#slow.set(node, slowness)
  }

  restore(node: number): void {
    this.#slow.delete(node)
  }

  blocked(from: number, to: number): boolean {
    return this.#partitions.some((groupOf) => groupOf.get(from) !== groupOf.get(to))
  }

  /** Slow nodes add up: each is slow on its own side of the link. */
  link(from: number, to: number): CurrentLink {
    const { loss } = this.#figures
    const [a, b] = [this.#slow.get(from), this.#slow.get(to)]
    return {
      delayMs: this.#figures.delayMs(from, to) + (a?.latencyMs ?? 0) + (b?.latencyMs ?? 0),
      loss: a === undefined && b === undefined ? loss : 1 - (1 - loss) * (1 - (a?.loss ?? 0)) * (1 - (b?.loss ?? 0)),
      blocked: this.blocked(from, to)
    }
  }

  line(node: number): CurrentLine {
    const { upBps, downBps } = this.#figures.nodes[node] ?? {}
    const limit = this.#slow.get(node)?.bandwidth
    return { upBps: lower(upBps, limit), downBps: lower(downBps, limit) }
  }
}

function lower(rate: number | undefined, limit: number | undefined): number | undefined {
  return rate === undefined || limit === undefined ? (rate ?? limit) : Math.min(rate, limit)
}
