// Gossip of transactions and blocks: gossipsub over a Host.
import type { GossipSettings } from '../config/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Host } from './host.ts'

export type Topic = 'transaction' | 'block'

/** What a handler decides about a message: gossipsub's three verdicts. `reject` is provable fault of the sender. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface GossipMessage {
  readonly topic: Topic
  readonly data: Uint8Array
  /** Peer that delivered it first. */
  readonly from: string
  /** Local time of the first callback that saw any copy of it (stamped before queues), ms. */
  readonly heardAt: number
  /** Stable id of the message: sha256 over topic and data, hex of the first 20 bytes. */
  readonly id: string
}

export interface GossipComponents {
  readonly host: Host
  readonly runtime: Runtime
  readonly events: EventEmitter
}

export interface GossipInit {
  /** First 8 hex digits of the genesis hash. */
  readonly network: string
  readonly settings: GossipSettings
}

export class Gossip {
  constructor(_components: GossipComponents, _init: GossipInit) {}
  /** Exactly one handler per topic, set before start. It must decide; a throw counts as ignore and is logged. */
  onMessage(_topic: Topic, _handler: (message: GossipMessage) => Verdict | Promise<Verdict>): void {}
  /** Called for each further copy of a message. Copies of unknown ids are not reported. */
  onDuplicate(_handler: (topic: Topic, id: string, from: string, at: number) => void): void {}
  /** Resolves with the number of peers it went to (0 when alone: not an error) and the message id. */
  async publish(_topic: Topic, _data: Uint8Array): Promise<{ id: string; peers: number }> {
    throw new Error('not built yet')
  }
  meshPeers(_topic: Topic): string[] {
    return []
  }
  /** gossipsub's own score of a peer. */
  score(_peer: string): number {
    return 0
  }
  /** Bytes sent so far on gossip streams, by kind. */
  traffic(): { block: number; transaction: number; control: number } {
    return { block: 0, transaction: 0, control: 0 }
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}
