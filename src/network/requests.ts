// Requests: one question per stream, 0..n answers, over a Host. Every wait, size and rate has the limit that the
// protocol names; whoever breaks one is reported. It knows nothing of what is asked.
import type { Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { requestDefaults } from '../config/index.ts'
import type { Logger, Runtime } from '../runtime/index.ts'
import type { RequestEvent, TrafficByKind } from '../trace/index.ts'
import { Exchange } from './exchange.ts'
import { FrameReader, writeFrame } from './frames.ts'
import { type Host, NetworkError } from './host.ts'
import { IdleStreams, type Line } from './idle-streams.ts'
import type { MessageCodec, Protocol, RequestFault, RequestHandler } from './protocol.ts'
import { RateLimiter } from './rate-limit.ts'

export interface RequestsComponents {
  readonly host: Host
  readonly runtime: Runtime
  /** A peer broke a limit; What it asked or answered is refused. */
  readonly onOffence?: (peer: string, code: RequestFault) => void
  /** A request to a peer ended. */
  readonly onAsked?: (event: RequestEvent) => void
}

/** A request under way, for the record. */
interface AskedRecord {
  readonly peer: string
  readonly protocol: string
  readonly startedAt: number
  bytes: number
  failure: NetworkError | undefined
}

type Traffic = { -readonly [kind in keyof TrafficByKind]: number }

export class Requests {
  readonly #host: Host
  readonly #runtime: Runtime
  readonly #logger: Logger
  readonly #onOffence: (peer: string, code: RequestFault) => void
  readonly #onAsked: (event: RequestEvent) => void
  /** What we may ask of a peer: the same bucket that it keeps for us, so that an honest caller never offends. */
  readonly #asking: RateLimiter
  readonly #serving: RateLimiter
  readonly #served = new Set<string>()
  /** Streams being answered by protocol and peer. Bounded by connections × protocols. */
  readonly #answering = new Map<string, number>()
  readonly #active = new Set<Exchange>()
  /** Streams of lasting protocols that we ask on, between two questions. */
  readonly #idle = new IdleStreams()
  /** Those that peers ask on. Bounded as `#answering`. */
  readonly #listening = new Set<Stream>()
  readonly #sent: Traffic = { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 }
  #stopped = false

  constructor({ host, runtime, onOffence = () => {}, onAsked = () => {} }: RequestsComponents) {
    this.#host = host
    this.#runtime = runtime
    this.#logger = runtime.logger.child({ component: 'requests' })
    this.#onOffence = onOffence
    this.#onAsked = onAsked
    this.#asking = new RateLimiter(runtime.clock, requestDefaults.bucketsMax)
    this.#serving = new RateLimiter(runtime.clock, requestDefaults.bucketsMax)
  }

  /** Answers requests of a protocol until `stop`. */
  async serve<Req, Res>(protocol: Protocol<Req, Res>, handler: RequestHandler<Req, Res>): Promise<void> {
    const { id, maxInboundStreams } = protocol
    this.#served.add(id)
    await this.#host.handle(id, (stream, peer) => void this.#admit(protocol, handler, stream, peer), {
      maxInboundStreams
    })
  }

  /** The first (only) answer frame. Rejects with `NetworkError`. */
  async call<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): Promise<Res> {
    if (protocol.lasting === true) return this.#askOnLine(peer, protocol, request, signal)
    for await (const response of this.#ask(peer, protocol, request, 1, signal)) return response
    throw new NetworkError('closed', `${peer} ended ${protocol.id} without an answer`)
  }

  /** Answer frames as they come, with backpressure. Rejects with `NetworkError`; leaving the loop resets the stream. */
  stream<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): AsyncIterable<Res> {
    return this.#ask(peer, protocol, request, protocol.maxResponses, signal)
  }

  /** Bytes sent (requests and answers) by traffic kind, length prefixes included. */
  traffic(): TrafficByKind {
    return { ...this.#sent }
  }

  /** Serves no more, and ends everything under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#served].map((id) => this.#host.unhandle(id)))
    for (const exchange of this.#active) exchange.abort(new NetworkError('closed', 'stopping'))
    this.#idle.stop()
    for (const stream of this.#listening) stream.abort(new NetworkError('closed', 'stopping'))
  }

  // Asking

  async *#ask<Req, Res>(
    peer: string,
    protocol: Protocol<Req, Res>,
    request: Req,
    framesMax: number,
    signal: AbortSignal | undefined
  ): AsyncGenerator<Res, void, undefined> {
    const payload = this.#prepare(peer, protocol, request)
    const exchange = this.#begin(protocol.timeouts.totalMs, signal)
    const record = this.#record(peer, protocol.id, payload.length)
    let frames = 0
    let finish = (): void => exchange.end()
    try {
      const stream = await this.#open(exchange, peer, protocol)
      finish = () => this.#cut(exchange, stream)
      const reader = new FrameReader(stream, protocol.maxResponseBytes)
      await exchange.untilPeer(this.#send(stream, protocol, payload, exchange.signal))
      stream.close().catch(() => {})
      const firstByte = exchange.limit(protocol.timeouts.firstByteMs, 'the first byte of the answer')
      stream.addEventListener('message', () => firstByte.cancel(), { once: true })
      for (;;) {
        const frame = await exchange.untilPeer(reader.next())
        firstByte.cancel()
        if (frame === undefined) {
          finish = () => exchange.end()
          return
        }
        record.bytes += frame.byteLength
        if (++frames > framesMax) throw new NetworkError('bad-message', 'more answers than were asked for')
        if (frames === framesMax) finish = () => void this.#linger(exchange, stream, reader, peer)
        yield decode(protocol.response, frame)
      }
    } catch (error) {
      finish = () => exchange.end()
      record.failure = this.#failure(exchange, peer, error)
      throw record.failure
    } finally {
      finish()
      this.#tell(record)
    }
  }

  async #askOnLine<Req, Res>(
    peer: string,
    protocol: Protocol<Req, Res>,
    request: Req,
    signal: AbortSignal | undefined
  ): Promise<Res> {
    const payload = this.#prepare(peer, protocol, request)
    const key = `${protocol.id} ${peer}`
    const exchange = this.#begin(protocol.timeouts.totalMs, signal)
    const record = this.#record(peer, protocol.id, payload.length)
    try {
      const line = this.#idle.take(key) ?? (await this.#openLine(exchange, peer, protocol))
      exchange.attach(line.stream)
      if (line.reader.hasMore) throw new NetworkError('bad-message', 'an answer to no question')
      await exchange.untilPeer(this.#send(line.stream, protocol, payload, exchange.signal))
      exchange.limit(protocol.timeouts.firstByteMs, 'the answer')
      const frame = await exchange.untilPeer(line.reader.next())
      if (frame === undefined) throw new NetworkError('closed', `${peer} ended ${protocol.id} without an answer`)
      record.bytes += frame.byteLength
      const response = decode(protocol.response, frame)
      if (this.#stopped) line.stream.abort(new NetworkError('closed', 'stopping'))
      else this.#idle.put(key, line)
      return response
    } catch (error) {
      record.failure = this.#failure(exchange, peer, error)
      throw record.failure
    } finally {
      exchange.end()
      this.#tell(record)
    }
  }

  #record(peer: string, protocol: string, bytes: number): AskedRecord {
    return { peer, protocol, bytes, startedAt: this.#runtime.clock.now(), failure: undefined }
  }

  #tell({ peer, protocol, bytes, startedAt, failure }: AskedRecord): void {
    const at = this.#runtime.clock.now()
    const end =
      failure === undefined ? { outcome: 'answered' as const } : { outcome: 'failed' as const, code: failure.code }
    this.#onAsked({ type: 'request', protocol, peer, bytes, durationMs: at - startedAt, ...end, at })
  }

  async #openLine<Req, Res>(exchange: Exchange, peer: string, protocol: Protocol<Req, Res>): Promise<Line> {
    const stream = await this.#open(exchange, peer, protocol)
    return { stream, reader: new FrameReader(stream, protocol.maxResponseBytes) }
  }

  #prepare<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req): Uint8Array {
    if (this.#stopped) throw new NetworkError('closed', 'stopped')
    const payload = protocol.request.encode(request)
    if (payload.length > protocol.maxRequestBytes) {
      throw new NetworkError('oversize', `a ${protocol.id} request of ${payload.length} bytes`)
    }
    if (!this.#asking.take(`${protocol.id} ${peer}`, protocol.rate, protocol.rate.cost(request))) {
      throw new NetworkError('rate-limited', `asking ${peer} for ${protocol.id} faster than it will answer`)
    }
    return payload
  }

  async #open<Req, Res>(exchange: Exchange, peer: string, protocol: Protocol<Req, Res>): Promise<Stream> {
    const limit = exchange.limit(protocol.timeouts.openMs, 'opening a stream')
    const opening = this.#host.openStream(peer, protocol.id, exchange.signal)
    // A stream that opens after all is not left behind: `attach` aborts it.
    opening.then((stream) => exchange.attach(stream)).catch(() => {})
    const stream = await exchange.untilPeer(opening)
    limit.cancel()
    return stream
  }

  /** Turns whatever ended an exchange into a `NetworkError`, resets the stream, and reports the peer if it is to blame. */
  #failure(exchange: Exchange, peer: string, error: unknown): NetworkError {
    const failure = error instanceof NetworkError ? error : new NetworkError('closed', messageOf(error), error)
    exchange.abort(failure)
    if (failure.code === 'oversize' || failure.code === 'bad-message') this.#onOffence(peer, failure.code)
    else if (exchange.peerWasLate) this.#onOffence(peer, 'timeout')
    return failure
  }

  #cut(exchange: Exchange, stream: Stream): void {
    stream.abort(new NetworkError('closed', 'no more answers wanted'))
    exchange.end()
  }

  /** The answer is complete but for the peer's close. Nobody waits for that, and it must be all that comes. */
  async #linger(exchange: Exchange, stream: Stream, reader: FrameReader, peer: string): Promise<void> {
    exchange.limit(requestDefaults.lingerMs, 'closing the stream')
    try {
      const frame = await exchange.until(reader.next())
      if (frame !== undefined) throw new NetworkError('bad-message', 'more answers than were asked for')
    } catch (error) {
      this.#failure(exchange, peer, error)
      stream.abort(new NetworkError('closed', 'not closed by the peer'))
    } finally {
      exchange.end()
    }
  }

  // Answering

  async #admit<Req, Res>(
    protocol: Protocol<Req, Res>,
    handler: RequestHandler<Req, Res>,
    stream: Stream,
    peer: string
  ): Promise<void> {
    const key = `${protocol.id} ${peer}`
    const open = this.#answering.get(key) ?? 0
    const refused = this.#stopped || open >= protocol.maxInboundStreams
    if (refused || !this.#serving.take(key, servedRate(protocol), 0)) {
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
    const exchange = this.#begin(protocol.timeouts.totalMs)
    exchange.attach(stream)
    const onGone = (): void => exchange.abort(new NetworkError('closed', 'the asker is gone'))
    try {
      const request = decode(protocol.request, frame)
      if (!this.#serving.take(`${protocol.id} ${peer}`, servedRate(protocol), protocol.rate.cost(request))) {
        this.#onOffence(peer, 'rate-limited')
        throw new NetworkError('rate-limited', 'asked for too much')
      }
      stream.addEventListener('close', onGone, { once: true })
      await this.#respond(exchange, protocol, handler(request, peer, exchange.signal), stream)
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
    const exchange = this.#begin(protocol.timeouts.totalMs)
    exchange.attach(stream)
    try {
      const request = await this.#receive(exchange, protocol, stream)
      // Opening streams for nothing is charged like a question.
      const cost = request === undefined ? Math.min(1, protocol.rate.burst) : protocol.rate.cost(request)
      const granted = this.#serving.take(`${protocol.id} ${peer}`, servedRate(protocol), cost)
      if (request === undefined) return stream.abort(new NetworkError('closed', 'nothing was asked'))
      if (!granted) {
        this.#onOffence(peer, 'rate-limited')
        return exchange.abort(new NetworkError('rate-limited', 'asked for too much'))
      }
      const onGone = (): void => exchange.abort(new NetworkError('closed', 'the asker is gone'))
      stream.addEventListener('close', onGone, { once: true })
      await this.#respond(exchange, protocol, handler(request, peer, exchange.signal), stream)
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
    this.#failure(exchange, peer, error)
  }

  /** The request, or undefined when the peer ended without one. */
  async #receive<Req, Res>(exchange: Exchange, protocol: Protocol<Req, Res>, stream: Stream): Promise<Req | undefined> {
    const limit = exchange.limit(protocol.timeouts.firstByteMs, 'the request')
    const reader = new FrameReader(stream, protocol.maxRequestBytes)
    const frame = await exchange.untilPeer(reader.next())
    limit.cancel()
    reader.stop()
    return frame === undefined ? undefined : decode(protocol.request, frame)
  }

  async #respond<Req, Res>(
    exchange: Exchange,
    protocol: Protocol<Req, Res>,
    answer: Promise<Res> | AsyncIterable<Res>,
    stream: Stream
  ): Promise<void> {
    let frames = 0
    const write = async (response: Res): Promise<void> => {
      const payload = protocol.response.encode(response)
      if (payload.length > protocol.maxResponseBytes) throw new Error(`an answer of ${payload.length} bytes`)
      if (++frames > protocol.maxResponses) throw new Error(`more than ${protocol.maxResponses} answers`)
      await exchange.untilPeer(this.#send(stream, protocol, payload, exchange.signal))
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

  // Both

  #begin(totalMs: number, parent?: AbortSignal): Exchange {
    const exchange = new Exchange(this.#runtime.timers, totalMs, (ended) => this.#active.delete(ended), parent)
    this.#active.add(exchange)
    return exchange
  }

  async #send<Req, Res>(
    stream: Stream,
    protocol: Protocol<Req, Res>,
    payload: Uint8Array,
    signal: AbortSignal
  ): Promise<void> {
    // Not in one line: the counter would be read before the wait, and what others sent meanwhile lost.
    const bytes = await writeFrame(stream, payload, signal)
    this.#sent[protocol.traffic] += bytes
  }
}

function servedRate<Req, Res>({ rate }: Protocol<Req, Res>): { burst: number; perSecond: number } {
  const { serverSlack } = requestDefaults
  return { burst: rate.burst * serverSlack, perSecond: rate.perSecond * serverSlack }
}

function decode<Message>(codec: MessageCodec<Message>, frame: Uint8ArrayList): Message {
  try {
    return codec.decode(frame)
  } catch (error) {
    throw new NetworkError('bad-message', `a message that does not decode: ${messageOf(error)}`, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
