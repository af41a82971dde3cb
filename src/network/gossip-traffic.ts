// Bytes sent on gossip streams, by kind. Frames are our own, so they are only skimmed: lengths in the RPC, the topic of
// each message and what each control message is about (pubsub.proto of the libp2p specification), never a decode.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { Connection, Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { overriding } from './overriding.ts'

type Registrar = GossipSubComponents['registrar']

export type GossipTraffic = Readonly<Record<'block' | 'transaction' | 'control', number>>

type Kind = 'block' | 'transaction'

const RPC_MESSAGES_FIELD = 2
const RPC_CONTROL_FIELD = 3
const MESSAGE_TOPIC_FIELD = 4
/** IHAVE, GRAFT and PRUNE name their topic; IWANT and IDONTWANT only messages. Both in field 1. */
const CONTROL_WITH_TOPIC: ReadonlySet<number> = new Set([1, 3, 4])
const CONTROL_SUBJECT_FIELD = 1
const LENGTH_DELIMITED = 2

/** What a control message is about: a topic, or a message of one. */
export type ControlSubject = { readonly topic: string } | { readonly id: string }

export interface TrafficMeterInit {
  readonly kindOf: ReadonlyMap<string, Kind>
  /** Kind of a message by its id, in hex, if it is remembered. */
  readonly kindOfId: (id: string) => Kind | undefined
}

/**
 * Adds up sent frames. What is said about blocks counts as blocks, control messages included; all other control
 * messages, subscriptions, framing and topics that are not listed count as control.
 */
export class TrafficMeter {
  readonly #init: TrafficMeterInit
  readonly #totals = { block: 0, transaction: 0, control: 0 }

  constructor(init: TrafficMeterInit) {
    this.#init = init
  }

  totals(): GossipTraffic {
    return { ...this.#totals }
  }

  /** One length-prefixed RPC, as gossipsub hands it to a stream. */
  addFrame(frame: Uint8Array | Uint8ArrayList): void {
    let rest = frame.byteLength
    const { messages, control } = skimFrame(frame)
    for (const { topic, bytes } of messages) {
      const kind = this.#init.kindOf.get(topic)
      if (kind === undefined) continue
      this.#totals[kind] += bytes
      rest -= bytes
    }
    for (const { subject, bytes } of control) {
      if (this.#kindOfSubject(subject) !== 'block') continue
      this.#totals.block += bytes
      rest -= bytes
    }
    this.#totals.control += rest
  }

  #kindOfSubject(subject: ControlSubject): Kind | undefined {
    return 'topic' in subject ? this.#init.kindOf.get(subject.topic) : this.#init.kindOfId(subject.id)
  }
}

export interface SkimmedFrame {
  readonly messages: { readonly topic: string; readonly bytes: number }[]
  /** Of several message ids, the first stands for all. */
  readonly control: { readonly subject: ControlSubject; readonly bytes: number }[]
}

/** What each message and control message in a length-prefixed RPC is about, and its size, tag and length included. */
export function skimFrame(frame: Uint8Array | Uint8ArrayList): SkimmedFrame {
  const skimmed: SkimmedFrame = { messages: [], control: [] }
  const reader = new Skimmer(frame)
  reader.varint()
  while (reader.more(frame.byteLength)) {
    const start = reader.offset
    const field = reader.field()
    if (field.number === RPC_MESSAGES_FIELD) {
      skimmed.messages.push({ topic: topicOf(reader, field.end), bytes: field.end - start })
    } else if (field.number === RPC_CONTROL_FIELD) skimControl(reader, field.end, skimmed.control)
    reader.offset = field.end
  }
  return skimmed
}

function skimControl(reader: Skimmer, end: number, found: SkimmedFrame['control']): void {
  while (reader.more(end)) {
    const start = reader.offset
    const entry = reader.field()
    const subject = reader.more(entry.end) ? reader.field() : undefined
    if (subject?.number === CONTROL_SUBJECT_FIELD) {
      const about = CONTROL_WITH_TOPIC.has(entry.number)
        ? { topic: reader.text(subject.end) }
        : { id: reader.hex(subject.end) }
      found.push({ subject: about, bytes: entry.end - start })
    }
    reader.offset = entry.end
  }
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

  hex(end: number): string {
    return Buffer.from(this.#bytes.subarray(this.offset, end)).toString('hex')
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
