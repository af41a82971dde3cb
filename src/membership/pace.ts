// How often a node speaks: less often the more members there are, so that what each of them hears stays bounded; in steps
// that those who judge it expect, and, once it knows its network, slowly: keys are free to make and to keep alive. Pure.
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
  /** The interval from which it may double, and until when, ms. */
  #base = { intervalMs: 0, until: 0 }

  constructor(init: PaceInit) {
    this.#init = init
  }

  isDue(now: number): boolean {
    return now >= this.#renewAt
  }

  /** Arrivals after which others count in the size of the network. */
  get arrivalsMin(): number {
    return this.#isStarting ? 0 : LIMITS.countedArrivals
  }

  get #isStarting(): boolean {
    return this.#spoken <= LIMITS.startHeartbeats
  }

  /** This node speaks, in a network of so many; returns when it will again, ms from now at the latest. */
  speak(members: number, now: number): number {
    const { roundMs, random } = this.#init
    const before = this.#intervalMs
    const believed = this.#believed(members, now)
    const wanted = Math.round((believed / LIMITS.heartbeatsPerRound) * roundMs)
    this.#intervalMs = Math.max(roundMs, Math.min(LIMITS.intervalMaxMs, before * LIMITS.intervalGrowth, wanted))
    this.#spoken++
    // Many grow at once: without chance they would speak all at once from then on, and digests hold so many changes.
    const longer = Math.max(0, this.#intervalMs - Math.max(roundMs, before))
    // Half a round early is on time: rounds are what renews.
    this.#renewAt = now + this.#intervalMs - longer * random.next() - roundMs / 2
    return this.#intervalMs
  }

  /** Of so many members, how many are believed in now. */
  #believed(members: number, now: number): number {
    const { roundMs } = this.#init
    if (now >= this.#base.until || this.#isStarting) {
      this.#base = { intervalMs: Math.max(roundMs, this.#intervalMs), until: now + LIMITS.growthPauseRounds * roundMs }
    }
    const grown = (LIMITS.intervalGrowth * this.#base.intervalMs * LIMITS.heartbeatsPerRound) / roundMs
    return Math.min(members, this.#isStarting ? LIMITS.startMembersMax : grown)
  }
}
