// How busy the network is with transactions, lately: how many messages of them there are, and how long it takes to judge
// one here. Both are decayed exponentially, so that no single burst says much and a quiet second is enough to forget.
import { relayDefaults } from '../config/index.ts'
import type { Clock } from '../runtime/index.ts'

/** Time constant of the decay, ms. */
const MEMORY_MS = 1_000
/** Share of the newest in the mean time of judging. */
const NEWEST = 0.25

export class Busyness {
  readonly #clock: Clock
  #count = 0
  #countedAt = Number.NEGATIVE_INFINITY
  #judgingMs = 0
  #judgedAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A message was heard or sent. */
  add(): void {
    const now = this.#clock.now()
    this.#count = 1 + this.#count * decay(now - this.#countedAt)
    this.#countedAt = now
  }

  /** A message was judged so long after it was heard, ms. */
  judged(ms: number): void {
    const mean = this.judgingMs()
    this.#judgingMs = mean + NEWEST * (ms - mean)
    this.#judgedAt = this.#clock.now()
  }

  perSecond(): number {
    return (1_000 / MEMORY_MS) * this.#count * decay(this.#clock.now() - this.#countedAt)
  }

  judgingMs(): number {
    return this.#judgingMs * decay(this.#clock.now() - this.#judgedAt)
  }

  /**
   * How long the next batch should wait for company, ms. More messages than planned for: longer in proportion. And as
   * long as judging takes where there are that many: what is sent sooner only waits at the other end.
   */
  waitMs(): number {
    const { batchDelayMs, batchesPerSecond, batchDelayMaxMs } = relayDefaults
    const load = this.perSecond() / batchesPerSecond
    return Math.min(batchDelayMaxMs, Math.max(batchDelayMs, batchDelayMs * load, Math.min(1, load) * this.judgingMs()))
  }
}

function decay(ms: number): number {
  return Math.exp(-ms / MEMORY_MS)
}
