// Numbers of the trace format: wire/trace.proto, whose first 16 fields are pb/trace.proto of go-libp2p-pubsub.
import type { DeliveredVia } from './events.ts'

/** `TraceEvent.type`. Pubsub's, and one that is none of them. */
export const TRACE_TYPE = {
  publish: 0,
  reject: 1,
  duplicate: 2,
  deliver: 3,
  addPeer: 4,
  removePeer: 5,
  graft: 11,
  prune: 12,
  starling: 64
} as const

/** Fields of `TraceEvent`. */
export const FIELD = {
  type: 1,
  peerId: 2,
  timestamp: 3,
  publish: 4,
  reject: 5,
  duplicate: 6,
  deliver: 7,
  addPeer: 8,
  removePeer: 9,
  graft: 15,
  prune: 16,
  starling: 1000
} as const

/** Fields of pubsub's messages; topic and peer have another number in nearly every one. */
export const PUBSUB = {
  messageId: 1,
  peer: 1,
  topicOfItem: 2,
  meshTopic: 2,
  from: 2,
  reason: 3,
  deliveredFrom: 3,
  duplicateTopic: 3,
  rejectTopic: 4
} as const

/** Fields of the extension. */
export const STARLING = {
  kind: 1,
  name: 2,
  topic: 3,
  id: 4,
  peer: 5,
  height: 6,
  bytes: 7,
  transactions: 8,
  transactionIds: 9,
  via: 10,
  block: 11,
  durationNs: 12,
  outcome: 13,
  code: 14,
  protocol: 15,
  work: 16,
  abandoned: 17,
  ours: 18,
  theirs: 19,
  blocksFetched: 20,
  transactionsFetched: 21,
  until: 22,
  missing: 23,
  hedged: 24,
  full: 25,
  wireBytes: 26,
  transactionsSent: 27,
  transactionsDiffer: 28,
  parent: 29
} as const

export const STATE = { height: 1, hash: 2, work: 3 } as const

/** `Starling.kind`. */
export const OWN_KIND = {
  node: 1,
  heard: 2,
  validated: 3,
  imported: 4,
  head: 5,
  request: 6,
  sync: 7,
  banned: 8,
  rebuilt: 9,
  member: 10
} as const

/** `Starling.via` is the index. */
export const VIA: readonly (DeliveredVia | undefined)[] = [undefined, 'own', 'gossip', 'requested', 'repair']
