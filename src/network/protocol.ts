// What a request protocol is, as data. Protocols themselves are defined where they are used.
import type { Uint8ArrayList } from 'uint8arraylist'
import type { TrafficByKind } from '../trace/index.ts'
import type { Rate } from './rate-limit.ts'

/** Encodes and decodes one kind of message. `decode` throws on malformed bytes. */
export interface MessageCodec<Message> {
  encode(message: Message): Uint8Array
  decode(bytes: Uint8Array | Uint8ArrayList): Message
}

/**
 * A request protocol as data. Frames: varint length, protobuf. One request per stream, 0..n answers, then close; or, if
 * it is `lasting`, request after request on one stream, each with one answer.
 */
export interface Protocol<Req, Res> {
  /** As negotiated on the wire: `/starling/headers/1`. */
  readonly id: string
  readonly request: MessageCodec<Req>
  readonly response: MessageCodec<Res>
  readonly maxRequestBytes: number
  /** Of one frame. */
  readonly maxResponseBytes: number
  /** Frames per answer. */
  readonly maxResponses: number
  /**
   * Milliseconds: to open the stream; from the request to the first byte of the answer (and, serving, to the
   * request's last byte); for all of it, the time that the caller takes to consume answers included.
   */
  readonly timeouts: { readonly openMs: number; readonly firstByteMs: number; readonly totalMs: number }
  /** The stream stays open for the next question: spares a round trip and the negotiation's bytes each time. */
  readonly lasting?: true
  /** Streams of this protocol that one peer may have open here at a time. */
  readonly maxInboundStreams: number
  /** Token bucket per peer, and the cost of a request (never above `burst`). */
  readonly rate: Rate & { cost(request: Req): number }
  /** What its bytes count as in the traffic report. */
  readonly traffic: keyof TrafficByKind
}

/** A protocol whose streams outlast a question. */
export type LastingProtocol<Req, Res> = Protocol<Req, Res> & { readonly lasting: true }

/** Answers one request. `signal` aborts when the asker is gone or time is up. */
export type RequestHandler<Req, Res> = (
  request: Req,
  peer: string,
  signal: AbortSignal
) => Promise<Res> | AsyncIterable<Res>

/** What a peer can be reported for; safe as a metric label. */
export type RequestFault = 'oversize' | 'bad-message' | 'timeout' | 'rate-limited' | 'too-many-streams'
