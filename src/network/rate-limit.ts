// Token buckets, one per key, for a bounded number of keys. A full bucket equals no bucket, so forgetting the least
// recently used key costs little: its owner gains at most one burst.
import type { Clock } from '../runtime/index.ts'

export interface Rate {
  /** Tokens a full bucket holds. A request that costs more never passes. */
  readonly burst: number
  readonly perSecond: number
  /** A frame of the answer costs one for each so many bytes that it starts beyond the first so many. Absent: nothing. */
  readonly answerBytesPerToken?: number | undefined
}

interface Bucket {
  /** Below zero while tokens are spent that are still to come. */
  tokens: number
  at: number
}

export class RateLimiter {
  readonly #clock: Clock
  readonly #keysMax: number
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, keysMax: number) {
    this.#clock = clock
    this.#keysMax = keysMax
  }

  get size(): number {
    return this.#buckets.size
  }

  /** Takes `cost` tokens, or none and answers false. A cost of 0 asks whether anything is left. */
  take(key: string, rate: Rate, cost: number): boolean {
    const bucket = this.#refilled(key, rate)
    const enough = cost > 0 ? bucket.tokens >= cost : bucket.tokens > 0
    if (enough) bucket.tokens -= cost
    this.#keep(key, bucket)
    return enough
  }

  /**
   * Takes `cost` tokens ahead of time, and says after how many ms they will be there: whoever takes later waits longer.
   * Undefined, and takes nothing, when that is longer than `waitMsMax`, or never.
   */
  reserve(key: string, rate: Rate, cost: number, waitMsMax: number): number | undefined {
    const bucket = this.#refilled(key, rate)
    const waitMs = (Math.max(0, cost - bucket.tokens) / rate.perSecond) * 1_000
    const granted = cost <= rate.burst && waitMs <= waitMsMax
    if (granted) bucket.tokens -= cost
    this.#keep(key, bucket)
    return granted ? waitMs : undefined
  }

  /** What was reserved is not needed. */
  giveBack(key: string, rate: Rate, cost: number): void {
    const bucket = this.#refilled(key, rate)
    bucket.tokens = Math.min(rate.burst, bucket.tokens + cost)
    this.#keep(key, bucket)
  }

  /**
   * Takes what a frame of an answer costs, be it there or not: nobody knew before. Until that has flowed back, nothing
   * is left for a question.
   */
  charge(key: string, rate: Rate, bytes: number): void {
    const { answerBytesPerToken = Number.POSITIVE_INFINITY } = rate
    if (bytes <= answerBytesPerToken) return
    const bucket = this.#refilled(key, rate)
    bucket.tokens -= Math.ceil(bytes / answerBytesPerToken) - 1
    this.#keep(key, bucket)
  }

  #refilled(key: string, rate: Rate): Bucket {
    const now = this.#clock.now()
    const held = this.#buckets.get(key)
    if (held === undefined) return { tokens: rate.burst, at: now }
    const gained = (Math.max(0, now - held.at) / 1_000) * rate.perSecond
    return { tokens: Math.min(rate.burst, held.tokens + gained), at: now }
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= this.#keysMax) return
    const oldest = this.#buckets.keys().next().value
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
