// The asking side of requests: a stream for each question, or for lasting protocols an idle one, kept or opened ahead. We
// hold ourselves to the rate that the peer grants, so that an honest asker never offends: who is too fast waits its turn.
import type { Stream } from '@libp2p/interface'
import { requestDefaults } from '../config/index.ts'
import type { Clock, Timers } from '../runtime/index.ts'
import type { RequestEvent } from '../trace/index.ts'
import type { Exchange } from './exchange.ts'
import { decodeMessage, type Exchanges } from './exchanges.ts'
import { FrameReader } from './frames.ts'
import { type Host, NetworkError } from './host.ts'
import { IdleStreams, type Line } from './idle-streams.ts'
import type { LastingProtocol, Protocol } from './protocol.ts'
import { RateLimiter } from './rate-limit.ts'

export interface AskingComponents {
  readonly host: Host
  readonly clock: Clock
  readonly timers: Timers
  readonly exchanges: Exchanges
  /** A request to a peer ended. */
  readonly onAsked: (event: RequestEvent) => void
}

/** A request under way, for the record. */
interface AskedRecord {
  readonly peer: string
  readonly protocol: string
  readonly startedAt: number
  bytes: number
  failure: NetworkError | undefined
}

export class Asking {
  readonly #host: Host
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #exchanges: Exchanges
  readonly #onAsked: (event: RequestEvent) => void
  /** What we may ask of a peer: the same bucket that it keeps for us. */
  readonly #rate: RateLimiter
  /** Streams of lasting protocols, between two questions. */
  readonly #idle = new IdleStreams()
  #stopped = false

  constructor({ host, clock, timers, exchanges, onAsked }: AskingComponents) {
    this.#host = host
    this.#clock = clock
    this.#timers = timers
    this.#exchanges = exchanges
    this.#onAsked = onAsked
    this.#rate = new RateLimiter(clock, requestDefaults.bucketsMax)
  }

  /** The first (only) answer frame. Rejects with `NetworkError`. */
  async call<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): Promise<Res> {
    if (protocol.lasting === true) return this.#askOnLine(peer, protocol, request, signal)
    const only = { framesMin: 1, framesMax: 1 }
    for await (const response of this.#ask(peer, protocol, request, only, signal)) return response
    throw noAnswer(peer, protocol)
  }

  /** Answer frames as they come, with backpressure. Rejects with `NetworkError`; leaving the loop resets the stream. */
  stream<Req, Res>(peer: string, protocol: Protocol<Req, Res>, request: Req, signal?: AbortSignal): AsyncIterable<Res> {
    return this.#ask(peer, protocol, request, { framesMin: 0, framesMax: protocol.maxResponses }, signal)
  }

  /** Opens a stream for the next question, unless one waits already. Never rejects: the question will tell. */
  async open<Req, Res>(peer: string, protocol: LastingProtocol<Req, Res>): Promise<void> {
    const key = keyOf(peer, protocol)
    if (this.#stopped || this.#idle.has(key)) return
    const exchange = this.#exchanges.begin(protocol.timeouts.openMs)
    try {
      this.#keep(key, await this.#openLine(exchange, peer, protocol))
    } catch {
      exchange.abort(new NetworkError('closed', 'not opened'))
    } finally {
      exchange.end()
    }
  }

  /** Nothing more is asked. */
  refuse(): void {
    this.#stopped = true
  }

  /** Ends the streams that wait for a question. */
  hangUp(): void {
    this.#idle.stop()
  }

  async *#ask<Req, Res>(
    peer: string,
    protocol: Protocol<Req, Res>,
    request: Req,
    { framesMin, framesMax }: { readonly framesMin: number; readonly framesMax: number },
    signal: AbortSignal | undefined
  ): AsyncGenerator<Res, void, undefined> {
    const payload = await this.#prepare(peer, protocol, request, signal)
    const exchange = this.#exchanges.begin(protocol.timeouts.totalMs, signal)
    const record = this.#record(peer, protocol.id, payload.length)
    let frames = 0
    let finish = (): void => exchange.end()
    try {
      const stream = await this.#open(exchange, peer, protocol)
      finish = () => this.#cut(exchange, stream)
      const reader = new FrameReader(stream, protocol.maxResponseBytes)
      await exchange.untilPeer(this.#exchanges.send(stream, protocol, payload, exchange.signal))
      stream.close().catch(() => {})
      const firstByte = exchange.limit(protocol.timeouts.firstByteMs, 'the first byte of the answer')
      stream.addEventListener('message', () => firstByte.cancel(), { once: true })
      for (;;) {
        const frame = await exchange.untilPeer(reader.next())
        firstByte.cancel()
        if (frame === undefined) {
          if (frames < framesMin) throw noAnswer(peer, protocol)
          finish = () => exchange.end()
          return
        }
        record.bytes += frame.byteLength
        this.#rate.charge(keyOf(peer, protocol), protocol.rate, frame.byteLength)
        if (++frames > framesMax) throw new NetworkError('bad-message', 'more answers than were asked for')
        if (frames === framesMax) finish = () => void this.#linger(exchange, stream, reader, peer)
        yield decodeMessage(protocol.response, frame)
      }
    } catch (error) {
      finish = () => exchange.end()
      record.failure = this.#exchanges.fail(exchange, peer, error)
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
    const payload = await this.#prepare(peer, protocol, request, signal)
    const key = keyOf(peer, protocol)
    const exchange = this.#exchanges.begin(protocol.timeouts.totalMs, signal)
    const record = this.#record(peer, protocol.id, payload.length)
    try {
      const line = this.#idle.take(key) ?? (await this.#openLine(exchange, peer, protocol))
      exchange.attach(line.stream)
      if (line.reader.hasMore) throw new NetworkError('bad-message', 'an answer to no question')
      await exchange.untilPeer(this.#exchanges.send(line.stream, protocol, payload, exchange.signal))
      exchange.limit(protocol.timeouts.firstByteMs, 'the answer')
      const frame = await exchange.untilPeer(line.reader.next())
      if (frame === undefined) throw noAnswer(peer, protocol)
      record.bytes += frame.byteLength
      this.#rate.charge(key, protocol.rate, frame.byteLength)
      const response = decodeMessage(protocol.response, frame)
      this.#keep(key, line)
      return response
    } catch (error) {
      record.failure = this.#exchanges.fail(exchange, peer, error)
      throw record.failure
    } finally {
      exchange.end()
      this.#tell(record)
    }
  }

  #record(peer: string, protocol: string, bytes: number): AskedRecord {
    return { peer, protocol, bytes, startedAt: this.#clock.now(), failure: undefined }
  }

  #tell({ peer, protocol, bytes, startedAt, failure }: AskedRecord): void {
    const at = this.#clock.now()
    const end =
      failure === undefined ? { outcome: 'answered' as const } : { outcome: 'failed' as const, code: failure.code }
    this.#onAsked({ type: 'request', protocol, peer, bytes, durationMs: at - startedAt, ...end, at })
  }

  async #openLine<Req, Res>(exchange: Exchange, peer: string, protocol: Protocol<Req, Res>): Promise<Line> {
    const stream = await this.#open(exchange, peer, protocol)
    return { stream, reader: new FrameReader(stream, protocol.maxResponseBytes) }
  }

  /** Keeps a stream for the next question. */
  #keep(key: string, line: Line): void {
    if (this.#stopped) line.stream.abort(new NetworkError('closed', 'stopping'))
    else this.#idle.put(key, line)
  }

  async #prepare<Req, Res>(
    peer: string,
    protocol: Protocol<Req, Res>,
    request: Req,
    signal: AbortSignal | undefined
  ): Promise<Uint8Array> {
    this.#refuseWhenStopped()
    const payload = protocol.request.encode(request)
    if (payload.length > protocol.maxRequestBytes) {
      throw new NetworkError('oversize', `a ${protocol.id} request of ${payload.length} bytes`)
    }
    await this.#waitForTurn(peer, protocol, protocol.rate.cost(request), signal)
    this.#refuseWhenStopped()
    return payload
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new NetworkError('closed', 'stopped')
  }

  /** Until the peer's rate allows the question, at most as long as its answer may take: not the peer's time. */
  async #waitForTurn<Req, Res>(
    peer: string,
    protocol: Protocol<Req, Res>,
    cost: number,
    signal: AbortSignal | undefined
  ): Promise<void> {
    const { id, rate, timeouts } = protocol
    const key = keyOf(peer, protocol)
    const waitMs = this.#rate.reserve(key, rate, cost, timeouts.totalMs)
    if (waitMs === undefined) {
      throw new NetworkError('rate-limited', `asking ${peer} for ${id} faster than it will answer`)
    }
    if (waitMs === 0) return
    const wait = this.#exchanges.begin(timeouts.totalMs, signal)
    try {
      await wait.until(this.#timers.sleep(waitMs, wait.signal))
    } catch (error) {
      this.#rate.giveBack(key, rate, cost)
      throw error
    } finally {
      wait.end()
    }
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
      this.#exchanges.fail(exchange, peer, error)
      stream.abort(new NetworkError('closed', 'not closed by the peer'))
    } finally {
      exchange.end()
    }
  }
}

function keyOf<Req, Res>(peer: string, { id }: Protocol<Req, Res>): string {
  return `${id} ${peer}`
}

function noAnswer<Req, Res>(peer: string, { id }: Protocol<Req, Res>): NetworkError {
  return new NetworkError('closed', `${peer} ended ${id} without an answer`)
}
