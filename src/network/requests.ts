// Requests: one question per stream, 0..n answers, over a Host. Every wait, size and rate has the limit that the
// protocol names; whoever breaks one is reported. It knows nothing of what is asked.
import type { Runtime } from '../runtime/index.ts'
import type { RequestEvent, TrafficByKind } from '../trace/index.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import { Exchanges } from './exchanges.ts'
import type { Host } from './host.ts'
import type { LastingProtocol, Protocol, RequestFault, RequestHandler } from './protocol.ts'

export interface RequestsComponents {
  readonly host: Host
  readonly runtime: Runtime
  /** A peer broke a limit; What it asked or answered is refused. */
  readonly onOffence?: (peer: string, code: RequestFault) => void
  /** A request to a peer ended. */
  readonly onAsked?: (event: RequestEvent) => void
}

export class Requests {
  readonly #asking: Asking
  readonly #answering: Answering
  readonly #exchanges: Exchanges

  constructor({ host, runtime, onOffence = () => {}, onAsked = () => {} }: RequestsComponents) {
    const { clock, timers } = runtime
    const logger = runtime.logger.child({ component: 'requests' })
    const exchanges = new Exchanges(timers, onOffence)
    this.#exchanges = exchanges
    this.#asking = new Asking({ host, clock, timers, exchanges, onAsked })
    this.#answering = new Answering({ host, clock, logger, exchanges, onOffence })
  }

  /** Answers requests of a protocol until `stop`. */
  serve<Req, Res>(protocol: Protocol<Req, Res>, handler: RequestHandler<Req, Res>): Promise<void> {
    return this.#answering.serve(protocol, handler)
  }

  /** The first (only) answer frame. Rejects with `NetworkError`. */
  call<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): Promise<Res> {
    return this.#asking.call(peer, protocol, request, signal)
  }

  /** Answer frames as they come, with backpressure. Rejects with `NetworkError`; leaving the loop resets the stream. */
  stream<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): AsyncIterable<Res> {
    return this.#asking.stream(peer, protocol, request, signal)
  }

  /**
   * Opens a stream ahead of the first question, which then takes a round trip less. Does nothing while one waits for a
   * question. Never rejects: what is wrong with the peer, the question will tell.
   */
  open<Req, Res>(peer: string, protocol: LastingProtocol<Req, Res>): Promise<void> {
    return this.#asking.open(peer, protocol)
  }

  /** Bytes sent (requests and answers) by traffic kind, length prefixes included. */
  traffic(): TrafficByKind {
    return this.#exchanges.traffic()
  }

  /** Serves no more, and ends everything under way. */
  async stop(): Promise<void> {
    this.#asking.refuse()
    await this.#answering.stop()
    this.#exchanges.stop()
    this.#asking.hangUp()
    this.#answering.hangUp()
  }
}
