// What the controller and its workers say to each other over the process channel (structured clone, so bytes travel
// as bytes). Every command has one answer; events flow on their own.
import type { MembershipSettings, PeerTargets, RelayMode } from '../../config/index.ts'
import type { LinkTable } from '../../network/libp2p/index.ts'
import type { ClockOrigin } from '../../runtime/index.ts'
import type { NamedEvent, TraceCounters } from '../../trace/index.ts'
import type { Misbehaviour } from '../../scenario/index.ts'
import type { NodeMeasure } from '../common/measure.ts'

/** Where a node listens the first time. */
export const ANY_PORT: readonly string[] = ['/ip4/127.0.0.1/tcp/0']

export interface NodeSpec {
  readonly name: string
  /** 32-byte ed25519 secret: identity and producer key. */
  readonly secret: Uint8Array
  readonly directory: string
  /** Genesis file as JSON. */
  readonly genesis: string
  /** Preferred port of the HTTP API; taken over by the system's choice when it is in use. Absent: system's choice. */
  readonly apiPort?: number
  /** Drawn from the run's seed. */
  readonly seed: string
  readonly degree: number
  /** It makes blocks, or misbehaves, while the others produce. */
  readonly produces: boolean
  readonly relay: RelayMode
  readonly gossipProfile: 'tuned' | 'default'
  /** Multiaddrs; the first time a port of the system's choice, later the same again. */
  readonly listen: readonly string[]
  readonly syncIntervalMs: number
  readonly syncFanout: number
  /** Undefined: off. */
  readonly membership: MembershipSettings | undefined
  /** Undefined: static. */
  readonly peers: PeerTargets | undefined
  readonly blockMaxBytes: number
  readonly hashRate: number
  /** Directory for its trace; absent: it records none. */
  readonly traces?: string
  /** How it misbehaves; absent: not at all. */
  readonly role?: Misbehaviour | undefined
}

/** A node and what lies between it and the others now. */
export interface NodeOrder extends NodeSpec {
  readonly links: LinkTable
}

export interface StartedNode {
  readonly name: string
  readonly peer: string
  readonly addresses: readonly string[]
  readonly api: string
  /** Its chain as it was found, at this time. */
  readonly head: { readonly height: number; readonly hash: string; readonly work: string }
  readonly at: number
}

export interface WorkerMeasure {
  /** The run's clock when it was taken. */
  readonly at: number
  readonly nodes: readonly NodeMeasure[]
  readonly loopLagP99Ms: number
  readonly droppedEvents: number
  readonly trace: TraceCounters
}

/** Commands by name: what goes in and what comes out. */
export interface Commands {
  init: { in: { origin: ClockOrigin }; out: undefined }
  startNode: { in: NodeOrder; out: StartedNode }
  connect: { in: { node: string; addresses: readonly string[] }; out: undefined }
  shape: { in: { node: string; links: LinkTable }; out: undefined }
  /** Closes all connections. */
  cut: { in: { node: string }; out: undefined }
  /** One node of several ends: in good order, or as if it had been killed. The process goes on. */
  endNode: { in: { node: string; how: 'stop' | 'crash' }; out: undefined }
  /** All nodes of the worker, or one. */
  produce: { in: { on: boolean; node?: string }; out: undefined }
  submit: { in: { node: string; transaction: Uint8Array }; out: { id: string } }
  /** The measured time begins. */
  begin: { in: undefined; out: undefined }
  measure: { in: undefined; out: WorkerMeasure }
  /** Stops every node; the process ends by itself afterwards. */
  stop: { in: undefined; out: undefined }
}

export type CommandName = keyof Commands

export interface CommandMessage<N extends CommandName = CommandName> {
  readonly id: number
  readonly command: N
  readonly argument: Commands[N]['in']
}

export type WorkerMessage =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: 'events'; readonly events: readonly NamedEvent[] }
