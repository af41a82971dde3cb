// How many messages a second there are, lately: an exponentially decayed count, so that no single burst says much.
import type { Clock } from '../runtime/index.ts'

/** Time constant of the decay, ms. */
const MEMORY_MS = 1_000

export class Busyness {
  readonly #clock: Clock
  #count = 0
  #at = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A message was heard or sent. */
  add(): void {
    const now = this.#clock.now()
    this.#count = this.#decayed(now) + 1
    this.#at = now
  }

  perSecond(): number {
    return (1_000 / MEMORY_MS) * this.#decayed(this.#clock.now())
  }

  #decayed(now: number): number {
    return this.#count * Math.exp((this.#at - now) / MEMORY_MS)
  }
}
