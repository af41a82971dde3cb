// How often a node speaks: less often the more members there are, so that what each of them hears stays bounded; in steps
// that those who judge it expect. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'

const LIMITS = MEMBERSHIP_LIMITS

export interface PaceInit {
  /** Length of a round, ms. */
  readonly roundMs: number
  readonly random: Random
}

export class Pace {
  readonly #init: PaceInit
  /** Announced last, ms. */
  #intervalMs = 0
  #renewAt = 0
  /** Heartbeats so far. */
  #spoken = 0

  constructor(init: PaceInit) {
    this.#init = init
  }

  isDue(now: number): boolean {
    return now >= this.#renewAt
  }

  /** Arrivals after which others count in the size of the network. */
  get arrivalsMin(): number {
    return this.#spoken <= LIMITS.startHeartbeats ? 0 : LIMITS.countedArrivals
  }

  /** This node speaks, in a network of so many; returns when it will again, ms from now at the latest. */
  speak(members: number, now: number): number {
    const { roundMs, random } = this.#init
    const before = this.#intervalMs
    const wanted = Math.round((Math.max(1, members) / LIMITS.heartbeatsPerRound) * roundMs)
    const reached = Math.max(roundMs, before * LIMITS.intervalGrowth)
    this.#intervalMs = Math.max(roundMs, Math.min(LIMITS.intervalMaxMs, reached, wanted))
    this.#spoken++
    // Many grow at once: without chance they would speak all at once from then on, and digests hold so many changes.
    const longer = Math.max(0, this.#intervalMs - Math.max(roundMs, before))
    // Half a round early is on time: rounds are what renews.
    this.#renewAt = now + this.#intervalMs - longer * random.next() - roundMs / 2
    return this.#intervalMs
  }
}
