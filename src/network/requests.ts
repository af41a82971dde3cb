// Requests: one question per stream, 0..n answers, over a Host.
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Runtime } from '../runtime/index.ts'
import type { TrafficByKind } from '../trace/index.ts'
import type { Host } from './host.ts'

/** Encodes and decodes one kind of message. */
export interface MessageCodec<Message> {
  encode(message: Message): Uint8Array
  decode(bytes: Uint8Array | Uint8ArrayList): Message
}

/** A request protocol as data. Frames: varint length, protobuf. One request per stream, 0..n answers, then close. */
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
  readonly timeouts: { readonly openMs: number; readonly firstByteMs: number; readonly totalMs: number }
  /** Streams of this protocol that one peer may have open here at a time. */
  readonly maxInboundStreams: number
  /** Token bucket per peer: capacity, refill per second, cost of a request. */
  readonly rate: { readonly burst: number; readonly perSecond: number; cost(request: Req): number }
  /** What its bytes count as in the traffic report. */
  readonly traffic: keyof TrafficByKind
}

export type RequestHandler<Req, Res> = (
  request: Req,
  peer: string,
  signal: AbortSignal
) => Promise<Res> | AsyncIterable<Res>

export interface RequestsComponents {
  readonly host: Host
  readonly runtime: Runtime
  /** A peer broke a rule; `code` is safe as a metric label. */
  readonly onOffence?: (peer: string, code: string) => void
}

export class Requests {
  constructor(_components: RequestsComponents) {}
  async serve<Req, Res>(_protocol: Protocol<Req, Res>, _handler: RequestHandler<Req, Res>): Promise<void> {}
  /** The first (only) answer frame. Rejects with NetworkError. */
  async call<Req, Res>(
    _peer: string,
    _protocol: Protocol<Req, Res>,
    _request: Req,
    _signal?: AbortSignal
  ): Promise<Res> {
    throw new Error('not built yet')
  }
  /** Answer frames as they come, with backpressure. */
  stream<Req, Res>(
    _peer: string,
    _protocol: Protocol<Req, Res>,
    _request: Req,
    _signal?: AbortSignal
  ): AsyncIterable<Res> {
    throw new Error('not built yet')
  }
  /** Bytes sent (requests and answers) by traffic kind. */
  traffic(): TrafficByKind {
    return { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 }
  }
  async stop(): Promise<void> {}
}
