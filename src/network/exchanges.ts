// The exchanges under way, asked and answered: what both sides of a request have in common. Each has its time limits, and
// what it sends is counted.
import type { Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Timers } from '../runtime/index.ts'
import type { TrafficByKind } from '../trace/index.ts'
import { Exchange } from './exchange.ts'
import { writeFrame } from './frames.ts'
import { NetworkError } from './host.ts'
import type { MessageCodec, Protocol, RequestFault } from './protocol.ts'

type Traffic = { -readonly [kind in keyof TrafficByKind]: number }

export class Exchanges {
  readonly #timers: Timers
  readonly #onOffence: (peer: string, code: RequestFault) => void
  readonly #active = new Set<Exchange>()
  readonly #sent: Traffic = { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 }

  constructor(timers: Timers, onOffence: (peer: string, code: RequestFault) => void) {
    this.#timers = timers
    this.#onOffence = onOffence
  }

  /** @param totalMs limit of the whole exchange, milliseconds */
  begin(totalMs: number, parent?: AbortSignal): Exchange {
    const exchange = new Exchange(this.#timers, totalMs, (ended) => this.#active.delete(ended), parent)
    this.#active.add(exchange)
    return exchange
  }

  async send<Req, Res>(
    stream: Stream,
    protocol: Protocol<Req, Res>,
    payload: Uint8Array,
    signal: AbortSignal
  ): Promise<void> {
    // Not in one line: the counter would be read before the wait, and what others sent meanwhile lost.
    const bytes = await writeFrame(stream, payload, signal)
    this.#sent[protocol.traffic] += bytes
  }

  /** Turns whatever ended an exchange into a `NetworkError`, resets the stream, and reports the peer if it is to blame. */
  fail(exchange: Exchange, peer: string, error: unknown): NetworkError {
    const failure = error instanceof NetworkError ? error : new NetworkError('closed', messageOf(error), error)
    exchange.abort(failure)
    if (failure.code === 'oversize' || failure.code === 'bad-message') this.#onOffence(peer, failure.code)
    else if (exchange.peerWasLate) this.#onOffence(peer, 'timeout')
    return failure
  }

  /** Bytes sent by traffic kind, length prefixes included. */
  traffic(): TrafficByKind {
    return { ...this.#sent }
  }

  /** Ends everything under way. */
  stop(): void {
    for (const exchange of this.#active) exchange.abort(new NetworkError('closed', 'stopping'))
  }
}

/** Throws `NetworkError` (`bad-message`). */
export function decodeMessage<Message>(codec: MessageCodec<Message>, frame: Uint8ArrayList): Message {
  try {
    return codec.decode(frame)
  } catch (error) {
    throw new NetworkError('bad-message', `a message that does not decode: ${messageOf(error)}`, error)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
