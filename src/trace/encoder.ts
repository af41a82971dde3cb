// Events as trace records (wire/trace.proto): which event is which record, and what is in it. This runs for every event of
// every node, in one pass without a message in between; nothing throws.
import { traceDefaults } from '../config/index.ts'
import type { Hex } from '../wire/index.ts'
import type {
  DeliveredEvent,
  DuplicateEvent,
  ImportedEvent,
  ItemKind,
  MeshEvent,
  NodeEvent,
  PeerEvent,
  PublishedEvent,
  RejectedEvent,
  RequestEvent,
  SyncRoundEvent,
  TipSummary
} from './events.ts'
import { FIELD, OWN_KIND, PUBSUB, STARLING, STATE, TRACE_TYPE, VIA } from './format.ts'
import { peerBytes } from './peer-ids.ts'
import { ID_BYTES, RecordWriter, type RecordWriterInit } from './record-writer.ts'

/** Bytes of any record without a list of transactions: five strings and five ids at their limits. */
const PLAIN_RECORD_MAX = 4_096
const NS_PER_MS = 1e6

/** A node in a trace, by what its records begin with. */
export interface TraceNode {
  readonly peerId: Uint8Array
}

export interface TraceEncoderInit extends RecordWriterInit {
  /** The names of the gossip topics. */
  readonly topics: Readonly<Record<ItemKind, string>>
}

/** Those that gossipsub has no records for, but for imports. */
type OwnEvent = Extract<
  NodeEvent,
  { type: 'heard' | 'validated' | 'head' | 'request' | 'banned' | 'rebuilt' | 'sync' | 'member' }
>

export class TraceEncoder {
  readonly #out: RecordWriter
  readonly #topics: Readonly<Record<ItemKind, Uint8Array>>
  readonly #listed = new Set<Hex>()

  constructor({ topics, ...writing }: TraceEncoderInit) {
    this.#out = new RecordWriter(writing)
    this.#topics = { block: Buffer.from(topics.block), transaction: Buffer.from(topics.transaction) }
  }

  /** Names a node. `at`: ms since the Unix epoch. */
  node(name: string, peer: string, at: number): TraceNode {
    const node = { peerId: peerBytes(peer) }
    const record = this.#begin(node, at, TRACE_TYPE.starling, 0)
    const own = this.#beginOwn(OWN_KIND.node)
    this.#out.text(STARLING.name, name)
    this.#out.end(own)
    this.#out.end(record)
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
      case 'imported':
        this.#imported(node, event)
        break
      default:
        this.#writeOwn(node, event)
    }
  }

  /** Events in the current chunk. */
  get pending(): number {
    return this.#out.pending
  }

  /** Hands over what is in the current chunk. */
  flush(): void {
    this.#out.flush()
  }

  /** Records were lost: what they listed is listed again. */
  forget(): void {
    this.#listed.clear()
  }

  // What gossipsub has records for

  #published(node: TraceNode, event: PublishedEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.publish, 0)
    const message = this.#out.open(FIELD.publish)
    this.#out.id(PUBSUB.messageId, event.id)
    this.#out.bytes(PUBSUB.topicOfItem, this.#topics[event.kind])
    this.#out.end(message)
    const own = this.#out.open(FIELD.starling)
    this.#out.number(STARLING.bytes, event.bytes)
    this.#out.number(STARLING.wireBytes, event.wireBytes)
    this.#out.number(STARLING.height, event.height)
    this.#out.number(STARLING.transactions, event.transactions)
    if (event.parent !== undefined) this.#out.id(STARLING.parent, event.parent)
    this.#out.end(own)
    this.#out.end(record)
  }

  #delivered(node: TraceNode, event: DeliveredEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.deliver, 0)
    const message = this.#out.open(FIELD.deliver)
    this.#out.id(PUBSUB.messageId, event.id)
    this.#out.bytes(PUBSUB.topicOfItem, this.#topics[event.kind])
    if (event.from !== undefined) this.#out.bytes(PUBSUB.deliveredFrom, peerBytes(event.from))
    this.#out.end(message)
    // The most frequent delivery, of a transaction by gossip, says nothing more.
    if (event.height !== undefined || event.block !== undefined || event.via !== 'gossip') {
      const own = this.#out.open(FIELD.starling)
      this.#out.number(STARLING.height, event.height)
      this.#out.number(STARLING.via, VIA.indexOf(event.via))
      if (event.block !== undefined) this.#out.id(STARLING.block, event.block)
      this.#out.end(own)
    }
    this.#out.end(record)
  }

  #duplicate(node: TraceNode, event: DuplicateEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.duplicate, 0)
    const message = this.#out.open(FIELD.duplicate)
    this.#out.id(PUBSUB.messageId, event.id)
    this.#out.bytes(PUBSUB.from, peerBytes(event.from))
    this.#out.bytes(PUBSUB.duplicateTopic, this.#topics[event.kind])
    this.#out.end(message)
    this.#out.end(record)
  }

  #rejected(node: TraceNode, event: RejectedEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.reject, 0)
    const message = this.#out.open(FIELD.reject)
    if (event.id !== undefined) this.#out.id(PUBSUB.messageId, event.id)
    if (event.from !== undefined) this.#out.bytes(PUBSUB.from, peerBytes(event.from))
    this.#out.text(PUBSUB.reason, event.code)
    if (event.kind !== 'message') this.#out.bytes(PUBSUB.rejectTopic, this.#topics[event.kind])
    this.#out.end(message)
    this.#out.end(record)
  }

  #peerChange(node: TraceNode, event: PeerEvent): void {
    const isNew = event.state === 'connected'
    const record = this.#begin(node, event.at, isNew ? TRACE_TYPE.addPeer : TRACE_TYPE.removePeer, 0)
    const message = this.#out.open(isNew ? FIELD.addPeer : FIELD.removePeer)
    this.#out.bytes(PUBSUB.peer, peerBytes(event.peer))
    this.#out.end(message)
    this.#out.end(record)
  }

  #meshChange(node: TraceNode, event: MeshEvent): void {
    const isGraft = event.change === 'graft'
    const record = this.#begin(node, event.at, isGraft ? TRACE_TYPE.graft : TRACE_TYPE.prune, 0)
    const message = this.#out.open(isGraft ? FIELD.graft : FIELD.prune)
    this.#out.bytes(PUBSUB.peer, peerBytes(event.peer))
    this.#out.bytes(PUBSUB.meshTopic, this.#topics[event.topic === 'block' ? 'block' : 'transaction'])
    this.#out.end(message)
    this.#out.end(record)
  }

  // What it has none for

  #imported(node: TraceNode, event: ImportedEvent): void {
    const ids = this.#unlisted(event.id, event.transactions)
    const record = this.#begin(node, event.at, TRACE_TYPE.starling, ids.length * ID_BYTES)
    const own = this.#beginOwn(OWN_KIND.imported)
    this.#out.id(STARLING.id, event.id)
    this.#out.id(STARLING.parent, event.parent)
    this.#out.number(STARLING.height, event.height)
    this.#out.number(STARLING.transactions, event.transactions.length)
    this.#out.ids(STARLING.transactionIds, ids)
    this.#out.end(own)
    this.#out.end(record)
  }

  #writeOwn(node: TraceNode, event: OwnEvent): void {
    const record = this.#begin(node, event.at, TRACE_TYPE.starling, 0)
    const own = this.#beginOwn(OWN_KIND[event.type])
    switch (event.type) {
      case 'heard':
        this.#out.bytes(STARLING.topic, this.#topics[event.kind])
        this.#out.id(STARLING.id, event.id)
        this.#out.bytes(STARLING.peer, peerBytes(event.from))
        break
      case 'validated':
        this.#out.bytes(STARLING.topic, this.#topics[event.kind])
        if (event.id !== undefined) this.#out.id(STARLING.id, event.id)
        this.#out.number(STARLING.transactions, event.transactions)
        this.#duration(event.durationMs)
        break
      case 'head':
        this.#out.id(STARLING.id, event.hash)
        this.#out.number(STARLING.height, event.height)
        this.#out.text(STARLING.work, event.work)
        this.#out.number(STARLING.abandoned, event.abandoned)
        break
      case 'request':
        this.#request(event)
        break
      case 'banned':
        this.#out.bytes(STARLING.peer, peerBytes(event.peer))
        this.#out.text(STARLING.code, event.reason)
        this.#out.time(STARLING.until, event.until)
        break
      case 'rebuilt':
        this.#out.id(STARLING.id, event.id)
        this.#out.number(STARLING.transactions, event.transactions)
        this.#out.number(STARLING.missing, event.missing)
        this.#out.number(STARLING.hedged, Number(event.hedged))
        this.#out.number(STARLING.full, Number(event.full))
        break
      case 'member':
        this.#out.bytes(STARLING.peer, peerBytes(event.peer))
        this.#out.text(STARLING.outcome, event.change)
        break
      case 'sync':
        this.#repair(event)
    }
    this.#out.end(own)
    this.#out.end(record)
  }

  #request(event: RequestEvent): void {
    this.#out.bytes(STARLING.peer, peerBytes(event.peer))
    this.#out.number(STARLING.bytes, event.bytes)
    this.#duration(event.durationMs)
    this.#out.text(STARLING.outcome, event.outcome)
    this.#out.text(STARLING.code, event.code)
    this.#out.text(STARLING.protocol, event.protocol)
  }

  #repair(event: SyncRoundEvent): void {
    this.#out.bytes(STARLING.peer, peerBytes(event.peer))
    this.#out.number(STARLING.bytes, event.bytes)
    this.#duration(event.durationMs)
    this.#out.text(STARLING.outcome, event.outcome)
    this.#out.text(STARLING.code, event.code)
    this.#state(STARLING.ours, event.ours)
    this.#state(STARLING.theirs, event.theirs)
    this.#out.number(STARLING.blocksFetched, event.blocksFetched)
    this.#out.number(STARLING.transactionsFetched, event.transactionsFetched)
    this.#out.number(STARLING.transactionsSent, event.transactionsSent)
    this.#out.number(STARLING.transactionsDiffer, event.transactionsDiffer ?? undefined)
  }

  /** The transactions of a block for the first record of its import; nothing for the others. */
  #unlisted(block: Hex, transactions: readonly Hex[]): readonly Hex[] {
    const room = Math.floor((this.#out.chunkBytes - PLAIN_RECORD_MAX) / ID_BYTES)
    if (this.#listed.has(block) || transactions.length > room) return []
    if (this.#listed.size >= traceDefaults.listedBlocksMax) this.#listed.clear()
    this.#listed.add(block)
    return transactions
  }

  // What records have in common

  /** Begins a record with what every one has. Returns where, for the writer's `end`. */
  #begin({ peerId }: TraceNode, atMs: number, type: number, listBytes: number): number {
    const out = this.#out
    const start = out.begin(PLAIN_RECORD_MAX + listBytes)
    out.number(FIELD.type, type)
    out.bytes(FIELD.peerId, peerId)
    out.time(FIELD.timestamp, atMs)
    return start
  }

  #beginOwn(kind: number): number {
    const own = this.#out.open(FIELD.starling)
    this.#out.number(STARLING.kind, kind)
    return own
  }

  /** ms as ns. */
  #duration(ms: number): void {
    this.#out.number(STARLING.durationNs, Math.max(0, Math.round(ms * NS_PER_MS)))
  }

  #state(field: number, { height, hash, work }: TipSummary): void {
    const start = this.#out.open(field)
    this.#out.number(STATE.height, height)
    this.#out.id(STATE.hash, hash)
    this.#out.text(STATE.work, work)
    this.#out.end(start)
  }
}
