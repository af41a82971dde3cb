// Events as trace records (wire/trace.proto), each after its length: written by hand, because this runs for every event
// of every node. One pass over a chunk that is there already; nothing is allocated per event, and nothing throws.
import { fromString as bytesOf } from 'uint8arrays/from-string'
import { traceDefaults } from '../config/index.ts'
import type { Hex } from '../wire/index.ts'
import type {
  DeliveredEvent,
  DuplicateEvent,
  ItemKind,
  MeshEvent,
  NodeEvent,
  PeerEvent,
  PublishedEvent,
  RejectedEvent,
  SyncRoundEvent,
  TipSummary
} from './events.ts'
import { FIELD, OWN_KIND, PUBSUB, STARLING, STATE, TRACE_TYPE, VIA } from './format.ts'

/** Bytes of any record without a list of transactions: five strings and five ids at their limits. */
const PLAIN_RECORD_MAX = 4_096
const TEXT_MAX = 128
const PEER_BYTES_MAX = 128
const ID_BYTES = 32
const NS_PER_MS = 1e6
/** Three groups of seven bits: a time is written as those below and those above. */
const LOW_BITS = 2 ** 21

const VARINT = 0
const DELIMITED = 2

/** A node in a trace, by what its records begin with. */
export interface TraceNode {
  readonly peerId: Uint8Array
}

export interface TraceEncoderInit {
  /** The names of the gossip topics. */
  readonly topics: Readonly<Record<ItemKind, string>>
  /** Takes a chunk with its first `length` bytes in use. Returns the one to go on with, which may be the same. */
  readonly onChunk: (chunk: Uint8Array, length: number, events: number) => Uint8Array
  readonly chunkBytes?: number
}

export class TraceEncoder {
  readonly #onChunk: TraceEncoderInit['onChunk']
  readonly #topics: Readonly<Record<ItemKind, Uint8Array>>
  readonly #peers = new Map<string, Uint8Array>()
  readonly #listed = new Set<Hex>()
  #chunk: Buffer
  #at = 0
  #events = 0

  constructor({ topics, onChunk, chunkBytes = traceDefaults.chunkBytes }: TraceEncoderInit) {
    this.#onChunk = onChunk
    this.#topics = { block: Buffer.from(topics.block), transaction: Buffer.from(topics.transaction) }
    this.#chunk = Buffer.allocUnsafeSlow(chunkBytes)
  }

  /** Names a node. `at`: ms since the Unix epoch. */
  node(name: string, peer: string, at: number): TraceNode {
    const node = { peerId: this.#peer(peer) }
    const record = this.#begin(node, at, TRACE_TYPE.starling, 0)
    const own = this.#beginOwn(OWN_KIND.node)
    this.#text(STARLING.name, name)
    this.#end(own)
    this.#end(record)
    return node
  }

  write(node: TraceNode, event: NodeEvent): void {
    switch (event.type) {
      case 'published':
        this.#published(node, event)
        break
      case 'delivered':
        this.#delivered(node, event)
        break
      case 'duplicate':
        this.#duplicate(node, event)
        break
      case 'rejected':
        this.#rejected(node, event)
        break
      case 'peer':
        this.#peerChange(node, event)
        break
      case 'mesh':
        this.#meshChange(node, event)
        break
      default:
        this.#writeOwn(node, event)
    }
  }

  /** Events in the current chunk. */
  get pending(): number {
    return this.#events
  }

  /** Hands over what is in the current chunk. */
  flush(): void {
    if (this.#events === 0) return
    const next = this.#onChunk(this.#chunk, this.#at, this.#events)
    this.#chunk = Buffer.from(next.buffer, next.byteOffset, next.byteLength)
    this.#at = 0
    this.#events = 0
  }

  /** Records were lost: what they listed is listed again. */
  forget(): void {
    this.#listed.clear()
  }

  // What gossipsub has records for

  #published(node: TraceNode, event: PublishedEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.publish, 0)
    const message = this.#open(FIELD.publish)
    this.#id(PUBSUB.messageId, event.id)
    this.#bytes(PUBSUB.topicOfItem, this.#topics[event.kind])
    this.#end(message)
    const own = this.#open(FIELD.starling)
    this.#number(STARLING.bytes, event.bytes)
    this.#number(STARLING.wireBytes, event.wireBytes)
    this.#number(STARLING.height, event.height)
    this.#number(STARLING.transactions, event.transactions)
    if (event.parent !== undefined) this.#id(STARLING.parent, event.parent)
    this.#end(own)
    this.#end(record)
  }

  #delivered(node: TraceNode, event: DeliveredEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.deliver, 0)
    const message = this.#open(FIELD.deliver)
    this.#id(PUBSUB.messageId, event.id)
    this.#bytes(PUBSUB.topicOfItem, this.#topics[event.kind])
    if (event.from !== undefined) this.#bytes(PUBSUB.deliveredFrom, this.#peer(event.from))
    this.#end(message)
    // The most frequent delivery, of a transaction by gossip, says nothing more.
    if (event.height !== undefined || event.block !== undefined || event.via !== 'gossip') {
      const own = this.#open(FIELD.starling)
      this.#number(STARLING.height, event.height)
      this.#number(STARLING.via, VIA.indexOf(event.via))
      if (event.block !== undefined) this.#id(STARLING.block, event.block)
      this.#end(own)
    }
    this.#end(record)
  }

  #duplicate(node: TraceNode, event: DuplicateEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.duplicate, 0)
    const message = this.#open(FIELD.duplicate)
    this.#id(PUBSUB.messageId, event.id)
    this.#bytes(PUBSUB.from, this.#peer(event.from))
    this.#bytes(PUBSUB.duplicateTopic, this.#topics[event.kind])
    this.#end(message)
    this.#end(record)
  }

  #rejected(node: TraceNode, event: RejectedEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.reject, 0)
    const message = this.#open(FIELD.reject)
    if (event.id !== undefined) this.#id(PUBSUB.messageId, event.id)
    if (event.from !== undefined) this.#bytes(PUBSUB.from, this.#peer(event.from))
    this.#text(PUBSUB.reason, event.code)
    if (event.kind !== 'message') this.#bytes(PUBSUB.rejectTopic, this.#topics[event.kind])
    this.#end(message)
    this.#end(record)
  }

  #peerChange(node: TraceNode, event: PeerEvent): void {
    const isNew = event.state === 'connected'
    const record = this.#begin(node, event.at, isNew ? TRACE_TYPE.addPeer : TRACE_TYPE.removePeer, 0)
    const message = this.#open(isNew ? FIELD.addPeer : FIELD.removePeer)
    this.#bytes(PUBSUB.peer, this.#peer(event.peer))
    this.#end(message)
    this.#end(record)
  }

  #meshChange(node: TraceNode, event: MeshEvent): void {
    const isGraft = event.change === 'graft'
    const record = this.#begin(node, event.at, isGraft ? TRACE_TYPE.graft : TRACE_TYPE.prune, 0)
    const message = this.#open(isGraft ? FIELD.graft : FIELD.prune)
    this.#bytes(PUBSUB.peer, this.#peer(event.peer))
    this.#bytes(PUBSUB.meshTopic, this.#topics[event.topic === 'block' ? 'block' : 'transaction'])
    this.#end(message)
    this.#end(record)
  }

  // What it has none for

  #writeOwn(
    node: TraceNode,
    event: Extract<
      NodeEvent,
      { type: 'heard' | 'validated' | 'imported' | 'head' | 'request' | 'banned' | 'rebuilt' | 'sync' | 'member' }
    >
  ): void {
    const ids = event.type === 'imported' ? this.#unlisted(event.id, event.transactions) : []
    const record = this.#begin(node, event.at, TRACE_TYPE.starling, ids.length * ID_BYTES)
    const own = this.#beginOwn(OWN_KIND[event.type])
    switch (event.type) {
      case 'heard':
        this.#bytes(STARLING.topic, this.#topics[event.kind])
        this.#id(STARLING.id, event.id)
        this.#bytes(STARLING.peer, this.#peer(event.from))
        break
      case 'validated':
        this.#bytes(STARLING.topic, this.#topics[event.kind])
        if (event.id !== undefined) this.#id(STARLING.id, event.id)
        this.#number(STARLING.transactions, event.transactions)
        this.#duration(event.durationMs)
        break
      case 'imported':
        this.#id(STARLING.id, event.id)
        this.#id(STARLING.parent, event.parent)
        this.#number(STARLING.height, event.height)
        this.#number(STARLING.transactions, event.transactions.length)
        this.#ids(ids)
        break
      case 'head':
        this.#id(STARLING.id, event.hash)
        this.#number(STARLING.height, event.height)
        this.#text(STARLING.work, event.work)
        this.#number(STARLING.abandoned, event.abandoned)
        break
      case 'request':
        this.#bytes(STARLING.peer, this.#peer(event.peer))
        this.#number(STARLING.bytes, event.bytes)
        this.#duration(event.durationMs)
        this.#text(STARLING.outcome, event.outcome)
        this.#text(STARLING.code, event.code)
        this.#text(STARLING.protocol, event.protocol)
        break
      case 'banned':
        this.#bytes(STARLING.peer, this.#peer(event.peer))
        this.#text(STARLING.code, event.reason)
        this.#tag(STARLING.until, VARINT)
        this.#time(event.until)
        break
      case 'rebuilt':
        this.#id(STARLING.id, event.id)
        this.#number(STARLING.transactions, event.transactions)
        this.#number(STARLING.missing, event.missing)
        this.#number(STARLING.hedged, Number(event.hedged))
        this.#number(STARLING.full, Number(event.full))
        break
      case 'member':
        this.#bytes(STARLING.peer, this.#peer(event.peer))
        this.#text(STARLING.outcome, event.change)
        break
      case 'sync':
        this.#repair(event)
    }
    this.#end(own)
    this.#end(record)
  }

  #repair(event: SyncRoundEvent): void {
    this.#bytes(STARLING.peer, this.#peer(event.peer))
    this.#number(STARLING.bytes, event.bytes)
    this.#duration(event.durationMs)
    this.#text(STARLING.outcome, event.outcome)
    this.#text(STARLING.code, event.code)
    this.#state(STARLING.ours, event.ours)
    this.#state(STARLING.theirs, event.theirs)
    this.#number(STARLING.blocksFetched, event.blocksFetched)
    this.#number(STARLING.transactionsFetched, event.transactionsFetched)
    this.#number(STARLING.transactionsSent, event.transactionsSent)
    this.#number(STARLING.transactionsDiffer, event.transactionsDiffer ?? undefined)
  }

  /** The transactions of a block for the first record of its import; nothing for the others. */
  #unlisted(block: Hex, transactions: readonly Hex[]): readonly Hex[] {
    const room = Math.floor((this.#chunk.length - PLAIN_RECORD_MAX) / ID_BYTES)
    if (this.#listed.has(block) || transactions.length > room) return []
    if (this.#listed.size >= traceDefaults.listedBlocksMax) this.#listed.clear()
    this.#listed.add(block)
    return transactions
  }

  // Records and messages: their length is known at their end.

  /** Begins a record with what every one has. Returns where, for `#end`. */
  #begin({ peerId }: TraceNode, atMs: number, type: number, listBytes: number): number {
    if (this.#chunk.length - this.#at < PLAIN_RECORD_MAX + listBytes) this.flush()
    this.#events++
    const start = this.#reserve()
    this.#number(FIELD.type, type)
    this.#bytes(FIELD.peerId, peerId)
    this.#tag(FIELD.timestamp, VARINT)
    this.#time(atMs)
    return start
  }

  #beginOwn(kind: number): number {
    const own = this.#open(FIELD.starling)
    this.#number(STARLING.kind, kind)
    return own
  }

  #open(field: number): number {
    this.#tag(field, DELIMITED)
    return this.#reserve()
  }

  /** One byte for a length: most messages are shorter than 128 bytes. */
  #reserve(): number {
    return this.#at++
  }

  #end(start: number): void {
    const length = this.#at - start - 1
    if (length < 0x80) {
      this.#chunk[start] = length
      return
    }
    const more = length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : 3
    this.#chunk.copyWithin(start + 1 + more, start + 1, this.#at)
    this.#at = start
    this.#varint(length)
    this.#at += length
  }

  // Fields

  #tag(field: number, wireType: number): void {
    const tag = (field << 3) | wireType
    if (tag < 0x80) this.#chunk[this.#at++] = tag
    else this.#varint(tag)
  }

  #number(field: number, value: number | undefined): void {
    if (value === undefined) return
    this.#tag(field, VARINT)
    this.#varint(value)
  }

  /** ms as ns. */
  #duration(ms: number): void {
    this.#number(STARLING.durationNs, Math.max(0, Math.round(ms * NS_PER_MS)))
  }

  #bytes(field: number, bytes: Uint8Array): void {
    this.#tag(field, DELIMITED)
    this.#varint(bytes.length)
    this.#chunk.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #text(field: number, text: string | undefined): void {
    if (text !== undefined) this.#bytes(field, Buffer.from(text.slice(0, TEXT_MAX)))
  }

  #id(field: number, id: Hex): void {
    this.#tag(field, DELIMITED)
    const start = this.#reserve()
    this.#at += this.#chunk.write(id, this.#at, ID_BYTES, 'hex')
    this.#chunk[start] = this.#at - start - 1
  }

  #ids(ids: readonly Hex[]): void {
    if (ids.length === 0) return
    this.#tag(STARLING.transactionIds, DELIMITED)
    this.#varint(ids.length * ID_BYTES)
    for (const id of ids) this.#at += this.#chunk.write(id, this.#at, ID_BYTES, 'hex')
  }

  #state(field: number, { height, hash, work }: TipSummary): void {
    const start = this.#open(field)
    this.#number(STATE.height, height)
    this.#id(STATE.hash, hash)
    this.#text(STATE.work, work)
    this.#end(start)
  }

  /** A whole number from 0 up to 2^53. */
  #varint(value: number): void {
    const chunk = this.#chunk
    let at = this.#at
    let rest = value
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) chunk[at++] = (rest % 0x80) | 0x80
    for (; rest >= 0x80; rest >>>= 7) chunk[at++] = (rest & 0x7f) | 0x80
    chunk[at++] = rest
    this.#at = at
  }

  /** Nanoseconds since the epoch need 61 bits, eight more than a number has. */
  #time(ms: number): void {
    const whole = Math.floor(ms)
    const high = Math.floor(whole / LOW_BITS) * NS_PER_MS
    const low = (whole % LOW_BITS) * NS_PER_MS + Math.round((ms - whole) * NS_PER_MS)
    const lowest = low % LOW_BITS
    const rest = high + (low - lowest) / LOW_BITS
    const chunk = this.#chunk
    chunk[this.#at++] = (lowest & 0x7f) | 0x80
    chunk[this.#at++] = ((lowest >>> 7) & 0x7f) | 0x80
    chunk[this.#at++] = (lowest >>> 14) | 0x80
    this.#varint(rest)
  }

  #peer(peer: string): Uint8Array {
    const known = this.#peers.get(peer)
    if (known !== undefined) return known
    if (this.#peers.size >= traceDefaults.peersMax) this.#peers.clear()
    const bytes = peerBytes(peer).subarray(0, PEER_BYTES_MAX)
    this.#peers.set(peer, bytes)
    return bytes
  }
}

/** The bytes of a peer id, which is written in base 58; of anything else, its text. */
function peerBytes(peer: string): Uint8Array {
  try {
    return bytesOf(peer, 'base58btc')
  } catch {
    return Buffer.from(peer)
  }
}
