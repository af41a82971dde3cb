// Our settings as gossipsub's options. Names on the left are the library's, parameters P1 to P7 are the
// specification's (gossipsub v1.1, "Peer scoring").
import { type GossipsubOpts, StrictNoSign } from '@chainsafe/libp2p-gossipsub'
import {
  createPeerScoreParams,
  createTopicScoreParams,
  type PeerScoreParams,
  type TopicScoreParams
} from '@chainsafe/libp2p-gossipsub/score'
import { decayOf, type FirstDeliveryScore, firstDeliveryScore, type GossipSettings } from '../config/index.ts'

/** Names of the topics on the wire. */
export type GossipTopics = Readonly<Record<'block' | 'transaction', string>>

/** Options for both profiles; identity functions are the caller's. */
export function gossipsubOptions(settings: GossipSettings, topics: GossipTopics): Partial<GossipsubOpts> {
  return { ...commonOptions(settings, topics), ...(settings.profile === 'tuned' ? tunedOptions(settings, topics) : {}) }
}

/**
 * Milliseconds that a verdict has before its message may leave the message cache. A message enters the newest slot at
 * any moment of a heartbeat, so the first slot counts for nothing.
 */
export function verdictDeadlineMs(settings: GossipSettings): number {
  if (settings.profile === 'tuned') return settings.verdictMsMax
  return Math.min(settings.verdictMsMax, (LIBRARY_CACHE_HEARTBEATS - 1) * LIBRARY_HEARTBEAT_MS)
}

const LIBRARY_CACHE_HEARTBEATS = 5
const LIBRARY_HEARTBEAT_MS = 1_000

/**
 * What the node cannot do without, whatever the profile: identity, verdicts, limits, and peers that share an address.
 * With the profile `default` all that shapes propagation is the library's: flood publishing, D 6 (4 … 12), a heartbeat
 * of 1 s, IDONTWANT from 512 bytes, no topic scores.
 */
function commonOptions(settings: GossipSettings, topics: GossipTopics): Partial<GossipsubOpts> {
  return {
    // Payloads are signed where it matters; signing envelopes quadruples the cost of a message.
    globalSignaturePolicy: StrictNoSign,
    asyncValidation: true,
    // A node that is alone, or publishes what it just heard, has done nothing wrong.
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: Object.values(topics),
    // Mesh membership must not write to the peer store: which connections to keep is the peer manager's decision.
    tagMeshPeers: false,
    fallbackToFloodsub: false,
    doPX: false,
    maxInboundDataLength: settings.maxRpcBytes,
    maxOutboundBufferSize: settings.maxQueuedBytesPerPeer,
    scoreParams: { IPColocationFactorWeight: settings.ipColocationWeight }
  }
}

function tunedOptions(settings: GossipSettings, topics: GossipTopics): Partial<GossipsubOpts> {
  const { D, Dlo, Dhi } = settings
  if (!(Dlo >= 1 && Dlo <= D && D <= Dhi))
    throw new RangeError(`gossip degrees must be Dlo ≤ D ≤ Dhi: ${Dlo}, ${D}, ${Dhi}`)
  return {
    D,
    Dlo,
    Dhi,
    Dscore: Math.min(4, D),
    // The specification's bounds on Dout: below Dlo, at most D / 2.
    Dout: Math.max(0, Math.min(2, Dlo - 1, Math.floor(D / 2))),
    heartbeatInterval: settings.heartbeatMs,
    mcacheLength: Math.ceil(settings.verdictMsMax / settings.heartbeatMs) + 2,
    floodPublish: settings.floodPublish,
    batchPublish: settings.batchPublish,
    idontwantMinDataSize: settings.idontwantBytesMin,
    pruneBackoff: settings.pruneBackoffMs,
    // Twice as fast as the backoff is a flood, not impatience. Must stay below the backoff.
    graftFloodThreshold: Math.floor(settings.pruneBackoffMs / 2),
    scoreParams: scoreParams(settings, topics)
  }
}

function scoreParams(settings: GossipSettings, topics: GossipTopics): PeerScoreParams {
  const { expectedPerSecond, D } = settings
  const paramsOf = (topic: keyof GossipTopics) =>
    topicScoreParams(firstDeliveryScore({ perSecond: expectedPerSecond[topic], degree: D }))
  return createPeerScoreParams({
    topics: { [topics.block]: paramsOf('block'), [topics.transaction]: paramsOf('transaction') },
    // At most this much credit, so that good behaviour never pays for two invalid messages.
    topicScoreCap: 10,
    IPColocationFactorWeight: settings.ipColocationWeight,
    // P7. An overloaded honest peer breaks an IWANT promise or two; only more than six at a time is abuse.
    behaviourPenaltyWeight: -10,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: decayOf(10),
    decayInterval: 1_000,
    decayToZero: 0.01,
    retainScore: 10 * 60 * 1_000
  })
}

function topicScoreParams(first: FirstDeliveryScore): TopicScoreParams {
  return createTopicScoreParams({
    topicWeight: 1,
    // P1: up to 1 point for five minutes in the mesh.
    timeInMeshWeight: 1 / 300,
    timeInMeshQuantum: 1_000,
    timeInMeshCap: 300,
    // P2: up to 4 points for being first, derived from what the topic carries.
    firstMessageDeliveriesWeight: first.weight,
    firstMessageDeliveriesDecay: decayOf(first.halfLifeS),
    firstMessageDeliveriesCap: first.cap,
    // P3 and P3b punish a mesh peer for delivering little. With a block every few seconds that is everybody.
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    // P4: a reject is provable fault. One suspends gossip with the peer (−20), two exclude it (−80).
    invalidMessageDeliveriesWeight: -20,
    invalidMessageDeliveriesDecay: decayOf(120)
  })
}
