// What happens in a node, as data: the one stream that the API's event feed, the traces, the live view and the
// reports are made of. Times are milliseconds since the Unix epoch on the machine's one clock, taken before queues.
import type { Hex } from '../wire/index.ts'

export type ItemKind = 'block' | 'transaction'

/**
 * How a whole item reached a node: made here, by gossip, asked for because gossip announced it or a child of it,
 * fetched by anti-entropy, or (transactions) inside a block, with the way that block came.
 */
export type DeliveredVia = 'own' | 'gossip' | 'requested' | 'repair'

interface Base {
  readonly at: number
}

/** Time zero of an item: a block when it was sealed, a transaction when the API accepted it. */
export interface PublishedEvent extends Base {
  readonly type: 'published'
  readonly kind: ItemKind
  readonly id: Hex
  readonly bytes: number
  /** What travels of it at first, where that is not the item itself: a compact block. Absent: `bytes`. */
  readonly wireBytes?: number
  /** Blocks only. */
  readonly parent?: Hex
  readonly height?: number
  readonly transactions?: number
}

/** The first callback that showed an announcement of the item: event-loop lag included. */
export interface HeardEvent extends Base {
  readonly type: 'heard'
  readonly kind: ItemKind
  readonly id: Hex
  /** Peer id of the announcer. */
  readonly from: string
}

/** The node holds the whole, validated item. */
export interface DeliveredEvent extends Base {
  readonly type: 'delivered'
  readonly kind: ItemKind
  readonly id: Hex
  readonly via: DeliveredVia
  /** Peer id it came from; absent for own items. */
  readonly from?: string
  /** Transactions only: hash of the block it came inside. */
  readonly block?: Hex
  /** Blocks only. */
  readonly height?: number
}

/** A copy of an item after the first. `from` sent it. */
export interface DuplicateEvent extends Base {
  readonly type: 'duplicate'
  readonly kind: ItemKind
  readonly id: Hex
  readonly from: string
}

/** A compact block became whole. */
export interface RebuiltEvent extends Base {
  readonly type: 'rebuilt'
  readonly id: Hex
  readonly transactions: number
  /** Transactions that had to be asked for. */
  readonly missing: number
  /** More than one peer was asked. */
  readonly hedged: boolean
  /** The whole block had to be fetched. */
  readonly full: boolean
}

/**
 * Items from peers were found valid by themselves (form, seal, root, signatures): a block, or those transactions of a
 * message that were not known before. What it cost, the wait for the verifier included.
 */
export interface ValidatedEvent extends Base {
  readonly type: 'validated'
  readonly kind: ItemKind
  /** Blocks only. */
  readonly id?: Hex
  readonly transactions: number
  readonly durationMs: number
}

/** A block became part of this node's best chain. */
export interface ImportedEvent extends Base {
  readonly type: 'imported'
  readonly id: Hex
  readonly parent: Hex
  readonly height: number
  readonly transactions: readonly Hex[]
}

/** Something a peer sent was refused. `code` is one of a fixed list, safe as a metric label. */
export interface RejectedEvent extends Base {
  readonly type: 'rejected'
  readonly kind: ItemKind | 'message'
  readonly id?: Hex
  readonly from?: string
  readonly code: string
}

/** The best chain changed. */
export interface HeadEvent extends Base {
  readonly type: 'head'
  readonly hash: Hex
  readonly height: number
  /** Cumulative work, decimal. */
  readonly work: string
  /** Blocks of the former best chain that were abandoned: 0 for plain growth. */
  readonly abandoned: number
}

export interface PeerEvent extends Base {
  readonly type: 'peer'
  readonly state: 'connected' | 'disconnected'
  readonly peer: string
}

/** A peer is refused until `until`, ms since the epoch. `reason` is an offence of config/penalties.ts. */
export interface BannedEvent extends Base {
  readonly type: 'banned'
  readonly peer: string
  readonly reason: string
  readonly until: number
}

/** A topic mesh gained or lost a peer. */
export interface MeshEvent extends Base {
  readonly type: 'mesh'
  readonly change: 'graft' | 'prune'
  readonly topic: string
  readonly peer: string
}

export interface TipSummary {
  readonly height: number
  readonly hash: Hex
  /** Decimal. */
  readonly work: string
}

/** One anti-entropy round, after it ended. */
export interface SyncRoundEvent extends Base {
  readonly type: 'sync'
  readonly peer: string
  readonly ours: TipSummary
  readonly theirs: TipSummary
  /** Blocks fetched from this peer in consequence of the round. */
  readonly blocksFetched: number
  readonly transactionsFetched: number
  readonly transactionsSent: number
  /** Pending transactions that only one side had; null when the mempools were not compared, or not to the end. */
  readonly transactionsDiffer: number | null
  /** Of blocks and transactions that crossed. */
  readonly bytes: number
  readonly durationMs: number
  readonly outcome: 'equal' | 'behind' | 'ahead' | 'failed'
  /** Failures only. */
  readonly code?: string
}

/** A request to a peer, after it ended. */
export interface RequestEvent extends Base {
  readonly type: 'request'
  readonly protocol: string
  readonly peer: string
  /** Of question and answers, without length prefixes. */
  readonly bytes: number
  readonly durationMs: number
  readonly outcome: 'answered' | 'failed'
  /** Failures only. */
  readonly code?: string
}

/** What this node makes of a member: its own view, told to nobody. `forgotten`: no longer kept. */
export interface MemberEvent extends Base {
  readonly type: 'member'
  readonly change: 'joined' | 'suspected' | 'down' | 'back' | 'left' | 'forgotten'
  readonly peer: string
}

export type NodeEvent =
  | PublishedEvent
  | HeardEvent
  | DeliveredEvent
  | DuplicateEvent
  | RebuiltEvent
  | ValidatedEvent
  | ImportedEvent
  | RejectedEvent
  | HeadEvent
  | PeerEvent
  | BannedEvent
  | MeshEvent
  | RequestEvent
  | SyncRoundEvent
  | MemberEvent

export type NodeEventType = NodeEvent['type']

/** Where events go. Must return quickly and never throw. */
export type EventSink = (event: NodeEvent) => void

/**
 * Somebody did this to the node on purpose: a step of the scenario's plan, or by hand. Told by whoever runs the network;
 * no node knows of it.
 */
export interface FaultEvent extends Base {
  readonly type: 'fault'
  readonly fault:
    | 'crash'
    | 'stop'
    | 'wipe'
    | 'start'
    | 'pause'
    | 'resume'
    | 'cut'
    | 'partition'
    | 'heal'
    | 'slow'
    | 'restore'
  /** Partitions only: nodes with the same number can talk; 0 is that of the nodes nobody named. */
  readonly group?: number
}

/** An event with the node it happened on, as a testnet's controller and its reports see it. */
export type NamedEvent = (NodeEvent | FaultEvent) & { readonly node: string }

/** Bytes a node sent, by what they were for. */
export interface TrafficByKind {
  readonly block: number
  readonly transaction: number
  readonly control: number
  readonly repair: number
  readonly membership: number
}

/** Cumulative counters of a node; the difference of two readings is the traffic in between. */
export interface TrafficCounters {
  readonly bytesSent: number
  readonly byKind: TrafficByKind
}
