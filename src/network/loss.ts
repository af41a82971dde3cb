// What a lost packet costs a TCP connection, which never shows the loss itself: everything behind it waits until it was
// sent again. Both engines charge the same.
import type { Random } from '../runtime/index.ts'

/** Payload of one packet: Ethernet's 1500 bytes without the headers of IPv4 and TCP. */
const PACKET_BYTES = 1460
/** Shortest retransmission timeout of common kernels, ms (RFC 6298 allows a second). */
const RETRANSMIT_MS_MIN = 200

/**
 * Wait that losses add to `bytes` sent together, ms: 0 when every packet got through, else a retransmission timeout
 * (at least a round trip), twice as long for each further loss of the same packet. Draws nothing when `loss` is 0.
 */
export function lossDelayMs(bytes: number, loss: number, delayMs: number, random: Random): number {
  if (loss <= 0 || bytes === 0) return 0
  const packets = Math.ceil(bytes / PACKET_BYTES)
  const lossOfAny = 1 - (1 - loss) ** packets
  if (random.next() >= lossOfAny) return 0
  let timeoutMs = Math.max(RETRANSMIT_MS_MIN, 2 * delayMs)
  let waitMs = timeoutMs
  while (random.next() < loss) {
    timeoutMs *= 2
    waitMs += timeoutMs
  }
  return waitMs
}
