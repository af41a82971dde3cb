// Slow start: what of TCP the links of this engine imitate beyond sharing and loss. Formulas only.
import { SEGMENT_BYTES, timeoutMs } from '../../network/index.ts'

/** RFC 6928: the initial window, ten segments. */
const INITIAL_WINDOW_BYTES = 10 * SEGMENT_BYTES

/**
 * The congestion window in slow start: so many bytes may leave in one round trip; a window that was used up doubles for
 * the next (RFC 5681, 3.1). After idling longer than a timeout it starts again (RFC 5681, 4.1; RFC 2861 would halve it
 * once per timeout instead). It never ends otherwise: without loss nothing else limits the window.
 */
export class SlowStart {
  readonly #rttMs: number
  #window = INITIAL_WINDOW_BYTES
  #left = INITIAL_WINDOW_BYTES
  /** When the first byte of this window is acknowledged. */
  #roundEnd = Number.NEGATIVE_INFINITY
  #lastSent = Number.NEGATIVE_INFINITY

  constructor(rttMs: number) {
    this.#rttMs = rttMs
  }

  /** Bytes that may leave now; 0: none before `roundEnd`. */
  allowance(now: number): number {
    if (now - this.#lastSent > timeoutMs(this.#rttMs)) {
      this.#window = INITIAL_WINDOW_BYTES
      this.#begin(now)
    } else if (now >= this.#roundEnd) {
      if (this.#left <= 0) this.#window *= 2
      this.#begin(now)
    }
    return this.#left
  }

  get roundEnd(): number {
    return this.#roundEnd
  }

  /** So many bytes have left by now. Fewer than `rounding` bytes of allowance count as none. */
  sent(bytes: number, now: number, rounding: number): void {
    if (bytes <= 0) return
    this.#left -= bytes
    if (this.#left < rounding) this.#left = 0
    this.#lastSent = now
  }

  #begin(now: number): void {
    this.#left = this.#window
    this.#roundEnd = now + this.#rttMs
    this.#lastSent = Math.max(this.#lastSent, now)
  }
}
