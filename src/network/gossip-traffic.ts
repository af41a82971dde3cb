// Bytes sent on gossip streams, by kind. Frames are our own, so they are only skimmed: top-level lengths of the RPC
// and the topic of each message (pubsub.proto of the libp2p specification), never a decode.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { Connection, Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

type Registrar = GossipSubComponents['registrar']

export type GossipTraffic = Readonly<Record<'block' | 'transaction' | 'control', number>>

const RPC_MESSAGES_FIELD = 2
const MESSAGE_TOPIC_FIELD = 4
const LENGTH_DELIMITED = 2

/** Adds up sent frames. Topics that are not listed, and everything that is not a message, count as control. */
export class TrafficMeter {
  readonly #kindOf: ReadonlyMap<string, 'block' | 'transaction'>
  readonly #totals = { block: 0, transaction: 0, control: 0 }

  constructor(kindOf: ReadonlyMap<string, 'block' | 'transaction'>) {
    this.#kindOf = kindOf
  }

  totals(): GossipTraffic {
    return { ...this.#totals }
  }

  /** One length-prefixed RPC, as gossipsub hands it to a stream. */
  addFrame(frame: Uint8Array | Uint8ArrayList): void {
    let rest = frame.byteLength
    for (const { topic, bytes } of messagesOf(frame)) {
      const kind = this.#kindOf.get(topic)
      if (kind === undefined) continue
      this.#totals[kind] += bytes
      rest -= bytes
    }
    this.#totals.control += rest
  }
}

/** Topic and size (tag and length included) of each message in a length-prefixed RPC. */
export function messagesOf(frame: Uint8Array | Uint8ArrayList): { topic: string; bytes: number }[] {
  const found: { topic: string; bytes: number }[] = []
  const reader = new Skimmer(frame)
  reader.varint()
  while (reader.more(frame.byteLength)) {
    const start = reader.offset
    const field = reader.field()
    if (field.number === RPC_MESSAGES_FIELD) {
      found.push({ topic: topicOf(reader, field.end), bytes: field.end - start })
    }
    reader.offset = field.end
  }
  return found
}

function topicOf(reader: Skimmer, end: number): string {
  while (reader.more(end)) {
    const field = reader.field()
    if (field.number === MESSAGE_TOPIC_FIELD) return reader.text(field.end)
    reader.offset = field.end
  }
  return ''
}

/** A position in protobuf bytes that moves over fields without reading their contents. */
class Skimmer {
  offset = 0
  readonly #bytes: Uint8Array | Uint8ArrayList

  constructor(bytes: Uint8Array | Uint8ArrayList) {
    this.#bytes = bytes
  }

  more(end: number): boolean {
    return this.offset < end
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** Reads a tag and, for length-delimited fields, the length; `end` is where the field ends, or the bytes do. */
  field(): { number: number; end: number } {
    const tag = this.varint()
    const size = this.varint()
    const { byteLength } = this.#bytes
    this.offset = Math.min(this.offset, byteLength)
    // A torn field must not send anyone looking for its end in the void.
    const end = (tag & 7) === LENGTH_DELIMITED ? Math.min(this.offset + size, byteLength) : this.offset
    return { number: tag >>> 3, end }
  }

  text(end: number): string {
    return Buffer.from(this.#bytes.subarray(this.offset, end)).toString('utf8')
  }

  /** Zeros after the end: a torn frame ends every loop here. */
  #byte(): number {
    const at = this.offset++
    if (at >= this.#bytes.byteLength) return 0
    return (this.#bytes instanceof Uint8Array ? this.#bytes[at] : this.#bytes.get(at)) ?? 0
  }
}

export interface StreamHooks {
  /** A frame was handed to an outgoing stream. */
  readonly onFrame: (frame: Uint8Array | Uint8ArrayList) => void
  /** An outgoing stream was opened. */
  readonly onOpen: (peer: string) => void
  /** An outgoing stream ended, however. */
  readonly onEnd: (peer: string) => void
}

/** The same components, with every stream that gossipsub opens for itself observed. */
export function observeStreams(components: GossipSubComponents, hooks: StreamHooks): GossipSubComponents {
  const registrar = components.registrar
  const observed = (connection: Connection): Connection => observeConnection(connection, hooks)
  const handle: Registrar['handle'] = (protocol, handler, options) =>
    registrar.handle(protocol, (stream, connection) => handler(stream, observed(connection)), options)
  const register: Registrar['register'] = (protocol, topology) => {
    const { onConnect } = topology
    if (onConnect === undefined) return registrar.register(protocol, topology)
    return registrar.register(protocol, {
      ...topology,
      onConnect: (peer, connection) => onConnect(peer, observed(connection))
    })
  }
  return { ...components, registrar: overriding(registrar, { handle, register }) }
}

function observeConnection(connection: Connection, hooks: StreamHooks): Connection {
  const newStream: Connection['newStream'] = async (protocols, options) => {
    const stream = await connection.newStream(protocols, options)
    observeStream(stream, connection.remotePeer.toString(), hooks)
    return stream
  }
  return overriding(connection, { newStream })
}

function observeStream(stream: Stream, peer: string, hooks: StreamHooks): void {
  const send = stream.send.bind(stream)
  stream.send = (frame) => {
    hooks.onFrame(frame)
    return send(frame)
  }
  stream.addEventListener('close', () => hooks.onEnd(peer), { once: true })
  hooks.onOpen(peer)
}

/** `target` with some members replaced. A proxy, because targets are class instances with private state. */
function overriding<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(members, key)) return Reflect.get(members, key)
      const member: unknown = Reflect.get(target, key, target)
      return typeof member === 'function' ? member.bind(target) : member
    }
  })
}
