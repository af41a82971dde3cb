// What of TCP the links imitate beyond sharing: what a lost packet costs, and slow start. Formulas only.
import type { Random } from '../../runtime/index.ts'

/** Payload of a segment on Ethernet: 1500 less IPv4 and TCP headers. */
export const SEGMENT_BYTES = 1460
/** RFC 6928: the initial window, ten segments. */
export const INITIAL_WINDOW_BYTES = 10 * SEGMENT_BYTES
/** Later segments that must arrive before a loss is noticed without waiting (RFC 5681, 3.2: three duplicate ACKs). */
const DUPLICATES_NEEDED = 3
/** Least time above the round trip until a timeout, ms: Linux's TCP_RTO_MIN; RFC 6298 says one second, nobody waits so. */
const TIMEOUT_MARGIN_MS = 200
/** Resends of one segment that are drawn, after which it counts as arrived: at 50% loss, one in a thousand messages. */
const RESENDS_MAX = 10

/** Retransmission timeout, ms. */
export function timeoutMs(rttMs: number): number {
  return rttMs + TIMEOUT_MARGIN_MS
}

/**
 * Delay of a message by lost packets, ms. Each packet is lost with probability `loss`. A loss that enough later packets
 * of the message reveal costs one round trip (fast retransmit; all losses of a round trip together, as with SACK); one
 * at the end, and each resend that is lost again, costs a timeout that doubles. Bytes sent again are not charged to the
 * line, and the congestion window does not shrink: at the loss rates of access lines latency is what hurts.
 */
export function lossDelay(bytes: number, loss: number, rttMs: number, random: Random): number {
  if (loss <= 0) return 0
  const packets = Math.max(1, Math.ceil(bytes / SEGMENT_BYTES))
  let delay = 0
  let lost = 0
  for (let at = nextLoss(-1, loss, random); at < packets; at = nextLoss(at, loss, random)) {
    lost++
    const isRevealed = packets - 1 - at >= DUPLICATES_NEEDED
    delay = Math.max(delay, isRevealed ? rttMs : timeoutMs(rttMs))
  }
  for (let round = 0; lost > 0 && round < RESENDS_MAX; round++) {
    let again = 0
    for (let at = nextLoss(-1, loss, random); at < lost; at = nextLoss(at, loss, random)) again++
    if (again > 0) delay += timeoutMs(rttMs) * 2 ** round
    lost = again
  }
  return delay
}

/** The next packet that is lost after number `at`: gaps between losses are geometric. */
function nextLoss(at: number, loss: number, random: Random): number {
  return at + 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - loss))
}

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
