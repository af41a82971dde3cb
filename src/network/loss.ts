// What a lost packet costs a TCP connection, which never shows the loss itself: everything behind it waits until it was
// sent again. Both engines charge the same. Formulas only.
import type { Random } from '../runtime/index.ts'

/** Payload of a segment on Ethernet: 1500 less IPv4 and TCP headers. */
export const SEGMENT_BYTES = 1460
/** Later segments that must arrive before a loss is noticed without waiting (RFC 5681, 3.2: three duplicate ACKs). */
const DUPLICATES_NEEDED = 3
/** Least time above the round trip until a timeout, ms: Linux's TCP_RTO_MIN; RFC 6298 says one second, nobody waits so. */
const TIMEOUT_MARGIN_MS = 200
/** Resends of one segment that are drawn, after which it counts as arrived: at 50% loss, one in a thousand messages. */
const RESENDS_MAX = 10

/**
 * So long, ms, a connection waits for what nobody acknowledges until both its ends give it up. Linux by itself would wait
 * a quarter of an hour (tcp_retries2); whoever runs a network of peers sets TCP_USER_TIMEOUT or a keepalive of 10 to 30 s,
 * because all that is sent meanwhile only queues. Larger: after a partition peers wait for a resend that comes ever later
 * instead of redialling. Smaller: a short hole costs a handshake.
 */
export const PATIENCE_MS = 15_000

/**
 * When a lost message arrives after all, on the clock of `since`: it would have arrived at `since`, and is sent again one
 * timeout later, two after that, and so on; the first of these that is not before `from` gets through. Undefined when
 * the connection's patience is over by then.
 */
export function resentAt(since: number, from: number, rttMs: number): number | undefined {
  let waitMs = timeoutMs(rttMs)
  let at = since + waitMs
  for (; at < from; at += waitMs) waitMs *= 2
  return at - since < PATIENCE_MS ? at : undefined
}

/** Retransmission timeout, ms. */
export function timeoutMs(rttMs: number): number {
  return rttMs + TIMEOUT_MARGIN_MS
}

/**
 * Delay of a message by lost packets, ms. Each packet is lost with probability `loss`. A loss that enough later packets
 * of the message reveal costs one round trip (fast retransmit; all losses of a round trip together, as with SACK); one
 * at the end, and each resend that is lost again, costs a timeout that doubles. Bytes sent again are not charged to the
 * line, and the congestion window does not shrink: at the loss rates of access lines latency is what hurts. `following`: bytes sent right behind these, which reveal a loss as well.
 */
export function lossDelay(bytes: number, loss: number, rttMs: number, random: Random, following = 0): number {
  if (loss <= 0) return 0
  const packets = Math.max(1, Math.ceil(bytes / SEGMENT_BYTES))
  const behind = Math.ceil(following / SEGMENT_BYTES)
  let delay = 0
  let lost = 0
  for (let at = nextLoss(-1, loss, random); at < packets; at = nextLoss(at, loss, random)) {
    lost++
    const isRevealed = packets - 1 - at + behind >= DUPLICATES_NEEDED
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
