// What a live view is told: facts with their times, combined into few updates. A page, a terminal and a finished run
// are made of the same updates. Nodes are numbers: their place in `LiveRun.nodes`. Times are ms since the Unix epoch.
import type {
  DeliveredVia,
  FaultEvent,
  ItemKind,
  MemberEvent,
  SyncRoundEvent,
  TrafficByKind
} from '../../trace/index.ts'

/** What runs, or ran. */
export interface LiveRun {
  readonly version: string
  readonly scenario: string
  readonly seed: number
  readonly engine: 'tcp' | 'virtual'
  readonly network: string
  readonly directory: string
  readonly startedAt: number
  readonly state: 'starting' | 'running' | 'draining' | 'done'
  /** Names, in the order of the scenario. */
  readonly nodes: readonly string[]
  /** By node: how it misbehaves on purpose; null for honest ones. Absent: all are honest. */
  readonly roles?: readonly (string | null)[]
  /** Development accounts that can pay here. */
  readonly accounts?: readonly string[]
}

export type NodeState = 'up' | 'paused' | 'down'
/** `connection`, or a mesh of gossip. */
export type LinkKind = 'connection' | ItemKind

export interface StateChange {
  readonly type: 'state'
  readonly node: number
  readonly at: number
  readonly state: NodeState
}

export interface HeadChange {
  readonly type: 'head'
  readonly node: number
  readonly at: number
  readonly id: string
  readonly height: number
  readonly abandoned: number
}

/** An item was made. */
export interface ItemChange {
  readonly type: 'item'
  readonly kind: ItemKind
  readonly id: string
  readonly origin: number
  readonly at: number
  readonly bytes: number
  readonly height?: number
  readonly parent?: string
  readonly transactions?: number
}

/** An item reached nodes: four columns of one length. */
export interface ArrivalsChange {
  readonly type: 'arrivals'
  readonly kind: ItemKind
  readonly id: string
  readonly nodes: number[]
  /** When: ms after `at`. */
  readonly at: number
  readonly after: number[]
  /** Who sent it; −1 where that is nobody of the run. */
  readonly from: number[]
  /** Places in `VIAS`. */
  readonly via: number[]
}

/** A block became part of some node's chain for the first time. */
export interface BlockChange {
  readonly type: 'block'
  readonly id: string
  readonly at: number
  readonly height: number
  /** Absent in traces that don't say. */
  readonly parent?: string
  readonly transactions: number
  /** Of the followed transactions, those in it. */
  readonly included: readonly string[]
}

/** As `node` sees it: connected to `peer`, or `peer` in its mesh. */
export interface LinkChange {
  readonly type: 'link'
  readonly kind: LinkKind
  readonly node: number
  readonly peer: number
  readonly at: number
  readonly on: boolean
}

/** An anti-entropy round, told by the node that began it, when it was over. */
export interface RoundChange
  extends Pick<
    SyncRoundEvent,
    | 'blocksFetched'
    | 'transactionsFetched'
    | 'transactionsSent'
    | 'transactionsDiffer'
    | 'bytes'
    | 'durationMs'
    | 'outcome'
    | 'code'
  > {
  readonly type: 'round'
  readonly node: number
  readonly peer: number
  readonly at: number
  readonly ours: number
  readonly theirs: number
}

/** Done to nodes on purpose, at one moment. */
export interface FaultChange {
  readonly type: 'fault'
  readonly fault: FaultEvent['fault']
  readonly at: number
  readonly nodes: number[]
  /** Partitions: by the same place as `nodes`, who can talk to whom. */
  readonly groups?: number[]
}

/** `node` changed its mind about member `of`. */
export interface MemberChange {
  readonly type: 'member'
  readonly node: number
  readonly of: number
  readonly at: number
  readonly change: MemberEvent['change']
}

/** Something a person may want to know: a refusal, a ban. */
export interface RemarkChange {
  readonly type: 'remark'
  readonly node: number
  readonly at: number
  readonly what: 'rejected' | 'banned'
  readonly of: number
  readonly code: string
}

/** Sums since the run began. */
export interface CountsChange {
  readonly type: 'counts'
  readonly transactions: number
  readonly included: number
  readonly duplicates: number
  readonly rejected: number
  /** Published, but not followed from node to node. */
  readonly unfollowed: number
}

/** A measure of all nodes that run. */
export interface SampleChange {
  readonly type: 'sample'
  readonly at: number
  /** Bytes sent since the run began, by what they were for. */
  readonly sent: TrafficByKind
}

export type Change =
  | StateChange
  | HeadChange
  | ItemChange
  | ArrivalsChange
  | BlockChange
  | LinkChange
  | RoundChange
  | FaultChange
  | MemberChange
  | RemarkChange
  | CountsChange
  | SampleChange

export interface Update {
  /** Grows by one from update to update; those of one snapshot have the same. */
  readonly seq: number
  /** The run's clock at the end of this update. */
  readonly now: number
  /** Forget everything before. */
  readonly reset?: true
  /** What runs, where that is new. */
  readonly run?: LiveRun
  readonly changes: readonly Change[]
}

export const VIAS: readonly DeliveredVia[] = ['own', 'gossip', 'requested', 'repair']
