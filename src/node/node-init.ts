// What whoever makes a node says of it: how it is to behave, and which of its parts are to be others.
import type { GossipSettings, MembershipSettings, PeerTargets, RelayMode } from '../config/index.ts'
import type { KeyPair } from '../crypto/index.ts'
import { Gossip, type GossipComponents, type GossipInit } from '../network/index.ts'
import { Producer, type ProducerComponents, type ProducerInit, type Production } from '../production/index.ts'

export interface NodeMembership extends MembershipSettings {
  /** Of the host's identity: it signs the node's records. */
  readonly key: KeyPair
}

export interface NodeInit {
  /** What the node calls itself to its peers, at most 64 characters. */
  readonly agent: string
  /** Multiaddrs, with their /p2p/ parts, to keep connected to. */
  readonly bootstrap: readonly string[]
  /** Absent: its connections are those it is told to make, and nobody is let go for being too many. */
  readonly targets?: PeerTargets | undefined
  readonly gossip: GossipSettings
  /** How it spreads what is new. Whole and compact blocks are understood either way; `rounds` takes no part in gossip. */
  readonly relay: RelayMode
  /** Anti-entropy interval, ms. */
  readonly syncIntervalMs: number
  /** Peers asked each time. */
  readonly syncFanout: number
  /** Largest block this node produces, bytes. */
  readonly blockMaxBytes: number
  /** Absent: it takes no part in membership. */
  readonly membership?: NodeMembership | undefined
  /** Absent: the node never produces. */
  readonly production?: Pick<ProducerInit, 'key' | 'hashRate' | 'search'>
}

/** Parts that may be replaced: how src/adversary makes nodes that misbehave. */
export interface PartMakers {
  createGossip(components: GossipComponents, init: GossipInit): Gossip
  createProducer(components: ProducerComponents, init: ProducerInit): Production
}

export const HONEST: PartMakers = {
  createGossip: (components, init) => new Gossip(components, init),
  createProducer: (components, init) => new Producer(components, init)
}

/** What parts need of the life of their node. */
export interface Life {
  readonly isStarted: () => boolean
  /** The store can't be written any more. */
  readonly onFailed: () => void
}
