// The answering side of requests. Whoever asks is not trusted: streams, rates, sizes and times of each peer are bounded,
// and whoever passes a bound is reported.
import type { Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { requestDefaults } from '../config/index.ts'
import type { Clock, Logger } from '../runtime/index.ts'
import type { Exchange } from './exchange.ts'
import { decodeMessage, type Exchanges, messageOf } from './exchanges.ts'
import { FrameReader } from './frames.ts'
import { type Host, NetworkError } from './host.ts'
import type { Protocol, RequestFault, RequestHandler } from './protocol.ts'
import { type Rate, RateLimiter } from './rate-limit.ts'

export interface AnsweringComponents {
  readonly host: Host
  readonly clock: Clock
  readonly logger: Logger
  readonly exchanges: Exchanges
  readonly onOffence: (peer: string, code: RequestFault) => void
}

export class Answering {
  readonly #host: Host
  readonly #logger: Logger
  readonly #exchanges: Exchanges
  readonly #onOffence: (peer: string, code: RequestFault) => void
  readonly #rate: RateLimiter
  readonly #served = new Set<string>()
  /** Streams being answered by protocol and peer. Bounded by connections × protocols. */
  readonly #answering = new Map<string, number>()
  /** Those of lasting protocols. Bounded as `#answering`. */
  readonly #listening = new Set<Stream>()
  #stopped = false

  constructor({ host, clock, logger, exchanges, onOffence }: AnsweringComponents) {
    this.#host = host
    this.#logger = logger
    this.#exchanges = exchanges
    this.#onOffence = onOffence
    this.#rate = new RateLimiter(clock, requestDefaults.bucketsMax)
  }

  /** Answers requests of a protocol until `stop`. */
  async serve<Req, Res>(protocol: Protocol<Req, Res>, handler: RequestHandler<Req, Res>): Promise<void> {
    const { id, maxInboundStreams } = protocol
    this.#served.add(id)
    await this.#host.handle(id, (stream, peer) => void this.#admit(protocol, handler, stream, peer), {
      maxInboundStreams
    })
  }

  /** Takes no more requests; resolves when nobody can ask. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#served].map((id) => this.#host.unhandle(id)))
  }

  /** Ends the streams on which peers may still ask. */
  hangUp(): void {
    for (const stream of this.#listening) stream.abort(new NetworkError('closed', 'stopping'))
  }

  async #admit<Req, Res>(
    protocol: Protocol<Req, Res>,
    handler: RequestHandler<Req, Res>,
    stream: Stream,
    peer: string
  ): Promise<void> {
    const key = `${protocol.id} ${peer}`
    const open = this.#answering.get(key) ?? 0
    const refused = this.#stopped || open >= protocol.maxInboundStreams
    if (refused || !this.#rate.take(key, servedRate(protocol), 0)) {
      if (!this.#stopped) this.#onOffence(peer, refused ? 'too-many-streams' : 'rate-limited')
      return stream.abort(new NetworkError('rate-limited', 'refused'))
    }
    this.#answering.set(key, open + 1)
    try {
      if (protocol.lasting === true) await this.#answerOnLine(protocol, handler, stream, peer)
      else await this.#answer(protocol, handler, stream, peer)
    } finally {
      const left = (this.#answering.get(key) ?? 1) - 1
      if (left > 0) this.#answering.set(key, left)
      else this.#answering.delete(key)
    }
  }

  /** Question after question, until the peer ends the stream or one fails. */
  async #answerOnLine<Req, Res>(
    protocol: Protocol<Req, Res>,
    handler: RequestHandler<Req, Res>,
    stream: Stream,
    peer: string
  ): Promise<void> {
    const reader = new FrameReader(stream, protocol.maxRequestBytes)
    this.#listening.add(stream)
    try {
      // Between questions there is no time limit: the stream costs one of the few that the peer may have.
      for (let isOpen = true; isOpen; ) {
        const frame = await reader.next()
        if (frame === undefined) break
        isOpen = await this.#answerFrame(protocol, handler, stream, peer, frame)
      }
      await stream.close()
    } catch (error) {
      stream.abort(new NetworkError('closed', messageOf(error), error))
      const { code } = error as { code?: unknown }
      if (code === 'oversize' || code === 'bad-message') this.#onOffence(peer, code)
    } finally {
      this.#listening.delete(stream)
    }
  }

  /** False when the stream ended with it. */
  async #answerFrame<Req, Res>(
    protocol: Protocol<Req, Res>,
    handler: RequestHandler<Req, Res>,
    stream: Stream,
    peer: string,
    frame: Uint8ArrayList
  ): Promise<boolean> {
    const exchange = this.#exchanges.begin(protocol.timeouts.totalMs)
    exchange.attach(stream)
    const onGone = (): void => exchange.abort(new NetworkError('closed', 'the asker is gone'))
    try {
      const request = decodeMessage(protocol.request, frame)
      if (!this.#rate.take(`${protocol.id} ${peer}`, servedRate(protocol), protocol.rate.cost(request))) {
        this.#onOffence(peer, 'rate-limited')
        throw new NetworkError('rate-limited', 'asked for too much')
      }
      stream.addEventListener('close', onGone, { once: true })
      await this.#respond(exchange, protocol, handler(request, peer, exchange.signal), stream, peer)
      return true
    } catch (error) {
      this.#onUnanswered(exchange, protocol.id, peer, error)
      return false
    } finally {
      stream.removeEventListener('close', onGone)
      exchange.end()
    }
  }

  async #answer<Req, Res>(
    protocol: Protocol<Req, Res>,
    handler: RequestHandler<Req, Res>,
    stream: Stream,
    peer: string
  ): Promise<void> {
    const exchange = this.#exchanges.begin(protocol.timeouts.totalMs)
    exchange.attach(stream)
    try {
      const request = await this.#receive(exchange, protocol, stream)
      // Opening streams for nothing is charged like a question.
      const cost = request === undefined ? Math.min(1, protocol.rate.burst) : protocol.rate.cost(request)
      const granted = this.#rate.take(`${protocol.id} ${peer}`, servedRate(protocol), cost)
      if (request === undefined) return stream.abort(new NetworkError('closed', 'nothing was asked'))
      if (!granted) {
        this.#onOffence(peer, 'rate-limited')
        return exchange.abort(new NetworkError('rate-limited', 'asked for too much'))
      }
      const onGone = (): void => exchange.abort(new NetworkError('closed', 'the asker is gone'))
      stream.addEventListener('close', onGone, { once: true })
      await this.#respond(exchange, protocol, handler(request, peer, exchange.signal), stream, peer)
      stream.removeEventListener('close', onGone)
      await this.#close(exchange, stream)
    } catch (error) {
      this.#onUnanswered(exchange, protocol.id, peer, error)
    } finally {
      exchange.end()
    }
  }

  #onUnanswered(exchange: Exchange, protocol: string, peer: string, error: unknown): void {
    const ours = !(error instanceof NetworkError)
    if (ours) this.#logger.warn('a request was not answered', { protocol, error: messageOf(error) })
    this.#exchanges.fail(exchange, peer, error)
  }

  /** The request, or undefined when the peer ended without one. */
  async #receive<Req, Res>(exchange: Exchange, protocol: Protocol<Req, Res>, stream: Stream): Promise<Req | undefined> {
    const limit = exchange.limit(protocol.timeouts.firstByteMs, 'the request')
    const reader = new FrameReader(stream, protocol.maxRequestBytes)
    const frame = await exchange.untilPeer(reader.next())
    limit.cancel()
    reader.stop()
    return frame === undefined ? undefined : decodeMessage(protocol.request, frame)
  }

  async #respond<Req, Res>(
    exchange: Exchange,
    protocol: Protocol<Req, Res>,
    answer: Promise<Res> | AsyncIterable<Res>,
    stream: Stream,
    peer: string
  ): Promise<void> {
    let frames = 0
    const write = async (response: Res): Promise<void> => {
      const payload = protocol.response.encode(response)
      if (payload.length > protocol.maxResponseBytes) throw new Error(`an answer of ${payload.length} bytes`)
      if (++frames > protocol.maxResponses) throw new Error(`more than ${protocol.maxResponses} answers`)
      // Before it is sent: its reader may ask again at once.
      this.#rate.charge(`${protocol.id} ${peer}`, servedRate(protocol), payload.length)
      await exchange.untilPeer(this.#exchanges.send(stream, protocol, payload, exchange.signal))
    }
    if (!(Symbol.asyncIterator in answer)) return write(await exchange.until(answer))
    const iterator = answer[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await exchange.until(iterator.next())
        if (next.done === true) return
        await write(next.value)
      }
    } finally {
      // Not awaited: a handler that ignores its signal must not keep the stream.
      Promise.resolve(iterator.return?.()).catch(() => {})
    }
  }

  /** Ends our side, then waits a little for the peer to end its own. */
  async #close(exchange: Exchange, stream: Stream): Promise<void> {
    await exchange.untilPeer(stream.close({ signal: exchange.signal }))
    if (stream.status !== 'open') return
    const closed = Promise.withResolvers<void>()
    stream.addEventListener('close', () => closed.resolve(), { once: true })
    exchange.limit(requestDefaults.lingerMs, 'closing the stream')
    await exchange.until(closed.promise)
  }
}

function servedRate<Req, Res>({ rate }: Protocol<Req, Res>): Rate {
  const { serverSlack } = requestDefaults
  return { ...rate, burst: rate.burst * serverSlack, perSecond: rate.perSecond * serverSlack }
}
