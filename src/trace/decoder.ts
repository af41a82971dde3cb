// Trace records back into events, whoever wrote them: records of other implementations and of kinds that this version
// does not know come out as `other`.
import { type Hex, TraceEvent, toHex } from '../wire/index.ts'
import type { ImportedEvent, ItemKind, NodeEvent, TipSummary } from './events.ts'
import { OWN_KIND, TRACE_TYPE, VIA } from './format.ts'
import { peerText } from './peer-ids.ts'

const ID_BYTES = 32
const NS_PER_MS = 1_000_000n

/** As `ImportedEvent`, but a file lists a block's transactions only where it is imported first. */
export interface TracedImport extends Omit<ImportedEvent, 'transactions'> {
  readonly transactions: number
  readonly transactionIds?: readonly Hex[]
}

/** Which node a peer id stands for. */
export interface NodeRecord {
  readonly type: 'node'
  readonly at: number
  readonly name: string
}

/** A record that has no event here; `code` is its `TraceEvent.type`. */
export interface OtherRecord {
  readonly type: 'other'
  readonly at: number
  readonly code: number
}

export type TracedEvent = Exclude<NodeEvent, ImportedEvent> | TracedImport | NodeRecord | OtherRecord
export type TracedEventType = TracedEvent['type']

export interface TraceRecord {
  /** Peer id of the node that recorded it. */
  readonly peer: string
  /** Since the Unix epoch, exact; `event.at` is the same in ms. */
  readonly ns: bigint
  readonly event: TracedEvent
}

/** Decodes one record, without its length. Throws protobuf's errors, or `RangeError` for what is missing. */
export function decodeTraceRecord(bytes: Uint8Array): TraceRecord {
  const message = TraceEvent.decode(bytes)
  const ns = message.timestamp ?? 0n
  return { peer: peerText(message.peerID), ns, event: eventOf(message, toMs(ns)) }
}

/** The nearest number, which is the one that was written. */
function toMs(ns: bigint): number {
  return Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / Number(NS_PER_MS)
}

function eventOf(message: TraceEvent, at: number): TracedEvent {
  const own = message.starling
  switch (message.type) {
    case TRACE_TYPE.publish: {
      const { messageID, topic } = needed(message.publishMessage)
      const { height, transactions, wireBytes, parent } = own ?? {}
      const more = {
        ...given('wireBytes', wireBytes),
        ...given('parent', parent && hex(parent)),
        ...given('height', height),
        ...given('transactions', transactions)
      }
      return { type: 'published', at, kind: kindOf(topic), id: hex(messageID), bytes: own?.bytes ?? 0, ...more }
    }
    case TRACE_TYPE.deliver: {
      const { messageID, topic, receivedFrom } = needed(message.deliverMessage)
      const more = {
        ...given('from', receivedFrom && peerText(receivedFrom)),
        ...given('block', own?.block && hex(own.block)),
        ...given('height', own?.height)
      }
      const via = VIA[own?.via ?? 0] ?? 'gossip'
      return { type: 'delivered', at, kind: kindOf(topic), id: hex(messageID), via, ...more }
    }
    case TRACE_TYPE.duplicate: {
      const { messageID, topic, receivedFrom } = needed(message.duplicateMessage)
      return { type: 'duplicate', at, kind: kindOf(topic), id: hex(messageID), from: peerText(receivedFrom) }
    }
    case TRACE_TYPE.reject: {
      const { messageID, topic, receivedFrom, reason } = needed(message.rejectMessage)
      const more = {
        ...given('id', messageID && hex(messageID)),
        ...given('from', receivedFrom && peerText(receivedFrom))
      }
      return {
        type: 'rejected',
        at,
        kind: topic === undefined ? 'message' : kindOf(topic),
        code: reason ?? '',
        ...more
      }
    }
    case TRACE_TYPE.addPeer:
      return { type: 'peer', at, state: 'connected', peer: peerText(message.addPeer?.peerID) }
    case TRACE_TYPE.removePeer:
      return { type: 'peer', at, state: 'disconnected', peer: peerText(message.removePeer?.peerID) }
    case TRACE_TYPE.graft:
    case TRACE_TYPE.prune: {
      const change = message.type === TRACE_TYPE.graft ? 'graft' : 'prune'
      const { peerID, topic } = needed(message.graft ?? message.prune)
      return { type: 'mesh', at, change, topic: kindOf(topic), peer: peerText(peerID) }
    }
    case TRACE_TYPE.starling:
      return ownEvent(needed(own), at)
    default:
      return { type: 'other', at, code: message.type ?? 0 }
  }
}

function ownEvent(own: TraceEvent.Starling, at: number): TracedEvent {
  const { height = 0, transactions = 0, bytes = 0 } = own
  const durationMs = Number(own.durationNs ?? 0n) / Number(NS_PER_MS)
  const failure = given('code', own.code)
  switch (own.kind) {
    case OWN_KIND.node:
      return { type: 'node', at, name: own.name ?? '' }
    case OWN_KIND.heard:
      return { type: 'heard', at, kind: kindOf(own.topic), id: hex(own.id), from: peerText(own.peer) }
    case OWN_KIND.validated: {
      const id = given('id', own.id && hex(own.id))
      return { type: 'validated', at, kind: kindOf(own.topic), ...id, transactions, durationMs }
    }
    case OWN_KIND.imported: {
      const listed = given('transactionIds', own.transactionIds && idsOf(own.transactionIds))
      return { type: 'imported', at, id: hex(own.id), parent: hex(own.parent), height, transactions, ...listed }
    }
    case OWN_KIND.head:
      return { type: 'head', at, hash: hex(own.id), height, work: own.work ?? '0', abandoned: own.abandoned ?? 0 }
    case OWN_KIND.request: {
      const outcome = own.outcome === 'answered' ? 'answered' : 'failed'
      const peer = peerText(own.peer)
      return { type: 'request', at, protocol: own.protocol ?? '', peer, bytes, durationMs, outcome, ...failure }
    }
    case OWN_KIND.banned:
      return { type: 'banned', at, peer: peerText(own.peer), reason: own.code ?? '', until: toMs(own.until ?? 0n) }
    case OWN_KIND.rebuilt: {
      const { missing = 0, hedged = false, full = false } = own
      return { type: 'rebuilt', at, id: hex(own.id), transactions, missing, hedged, full }
    }
    case OWN_KIND.member: {
      const change = CHANGES.find((each) => each === own.outcome)
      if (change === undefined) return { type: 'other', at, code: TRACE_TYPE.starling }
      return { type: 'member', at, change, peer: peerText(own.peer) }
    }
    case OWN_KIND.sync:
      return {
        type: 'sync',
        at,
        peer: peerText(own.peer),
        ours: tipOf(own.ours),
        theirs: tipOf(own.theirs),
        blocksFetched: own.blocksFetched ?? 0,
        transactionsFetched: own.transactionsFetched ?? 0,
        transactionsSent: own.transactionsSent ?? 0,
        transactionsDiffer: own.transactionsDiffer ?? null,
        bytes,
        durationMs,
        outcome: OUTCOMES.find((each) => each === own.outcome) ?? 'failed',
        ...failure
      }
    default:
      return { type: 'other', at, code: TRACE_TYPE.starling }
  }
}

const CHANGES = ['joined', 'suspected', 'down', 'back', 'left', 'forgotten'] as const
const OUTCOMES = ['equal', 'behind', 'ahead', 'failed'] as const

function needed<T>(message: T | undefined): T {
  if (message === undefined) throw new RangeError('a trace record without the message of its type')
  return message
}

/** A field that is only there when it has a value. */
function given<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]?: V })
}

/** What a topic carries; in traces of others, everything that is not a block is a message like a transaction. */
function kindOf(topic: string | undefined): ItemKind {
  return topic?.endsWith('/block/1') ? 'block' : 'transaction'
}

function hex(bytes: Uint8Array | undefined): Hex {
  return toHex(bytes ?? new Uint8Array())
}

function idsOf(bytes: Uint8Array): Hex[] {
  return Array.from({ length: Math.floor(bytes.length / ID_BYTES) }, (_, i) =>
    toHex(bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES))
  )
}

function tipOf(state: TraceEvent.State | undefined): TipSummary {
  return { height: state?.height ?? 0, hash: hex(state?.hash), work: state?.work ?? '0' }
}
