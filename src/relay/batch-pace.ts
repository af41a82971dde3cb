// How long own transactions wait for company: a few ms on a node at leisure; on a busy one as long as batches of others
// take here to be judged. Each message costs every node what a few signatures cost, so where work queues up, fewer and
// fuller messages are sooner everywhere than many small ones. Nagle (RFC 896) waits for the same reason.

export interface BatchPaceInit {
  readonly minMs: number
  readonly maxMs: number
}

/** Share of the newest measurement in the average: about the last ten batches count. */
const WEIGHT = 0.1

export class BatchPace {
  readonly #init: BatchPaceInit
  #usualMs = 0

  constructor(init: BatchPaceInit) {
    this.#init = init
  }

  /** A batch of somebody else's was judged so long after its first copy was heard. */
  judged(ms: number): void {
    this.#usualMs += WEIGHT * (ms - this.#usualMs)
  }

  get delayMs(): number {
    return Math.min(this.#init.maxMs, Math.max(this.#init.minMs, this.#usualMs))
  }
}
