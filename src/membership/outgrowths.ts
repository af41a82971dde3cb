// Somebody remembers more of this node than it does (a lost disk, a clock that went back), or signs with its key. Records of
// earlier starts end; a twin's do not, and two that answer each other would drive generations into the far future. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'

const { outgrowsAtOnce, outgrowPauseRounds } = MEMBERSHIP_LIMITS

export class Outgrowths {
  readonly #pauseMs: number
  readonly #bornAt: number
  /** How often this node may speak after such a record now. */
  #left: number = outgrowsAtOnce
  #at: number

  constructor(roundMs: number, now: number) {
    this.#pauseMs = outgrowPauseRounds * roundMs
    this.#bornAt = now
    this.#at = now
  }

  /**
   * A newer record of this node than its own, signed at `time` (s); undefined: it must wait. `isTwin`: it was signed since this
   * node started.
   */
  meet(time: number, now: number): { readonly isTwin: boolean } | undefined {
    this.#left = Math.min(outgrowsAtOnce, this.#left + Math.max(0, now - this.#at) / this.#pauseMs)
    this.#at = now
    if (this.#left < 1) return undefined
    this.#left--
    return { isTwin: time > Math.ceil(this.#bornAt / 1000) }
  }
}
