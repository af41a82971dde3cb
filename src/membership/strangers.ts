// Members never heard of before: keys are free to make, so only so many are taken in a round, each peer that brings some
// has its share of them, and each may always bring itself. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import { memberIdOfPeer } from './identity.ts'

export interface StrangersInit {
  /** A node that starts takes so many at once, from whomever. */
  readonly atStart: number
  readonly random: Random
}

export class Strangers {
  readonly #random: Random
  #atStart: number
  /** Taken in this round, by who brought them. Bounded by connections. */
  readonly #taken = new Map<string, number>()
  /** Peers that brought some in the round before. */
  #bringers = 0

  constructor({ atStart, random }: StrangersInit) {
    this.#atStart = atStart
    this.#random = random
  }

  newRound(): void {
    this.#bringers = this.#taken.size
    this.#taken.clear()
  }

  /**
   * Of what a peer offers, as much as it may bring now: at random, so that who comes along with a flood comes through it,
   * and first what it says of itself.
   */
  choose<T extends { readonly id: string }>(offered: readonly T[], via: string): readonly T[] {
    const left = this.#left(via)
    if (offered.length <= left) return offered
    const own = memberIdOfPeer(via)
    const others = offered.filter(({ id }) => id !== own)
    return [...offered.filter(({ id }) => id === own), ...this.#random.shuffle(others).slice(0, left)]
  }

  /** Whether this one may be taken now; it then counts. */
  take(id: string, via: string): boolean {
    if (this.#left(via) <= 0) return memberIdOfPeer(via) === id
    if (this.#atStart > 0) this.#atStart--
    else this.#taken.set(via, (this.#taken.get(via) ?? 0) + 1)
    return true
  }

  #left(via: string): number {
    const taken = this.#taken.get(via)
    const bringers = Math.max(this.#bringers, this.#taken.size + (taken === undefined ? 1 : 0))
    const share = Math.max(1, Math.floor(MEMBERSHIP_LIMITS.strangersPerRound / bringers))
    return this.#atStart + Math.max(0, share - (taken ?? 0))
  }
}
