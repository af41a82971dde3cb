// Defaults of the tcp engine.
import { type GossipSettings, gossipDefaults, gossipDegrees } from './network.ts'

/** Nodes of any network that is run or read. Ten thousand simulated ones take 3 GB; a larger number is a mistake, or a lie. */
export const NODES_MAX = 10_000

export const tcpEngineDefaults = {
  /** Real nodes of one testnet: more would measure nothing but this machine. */
  nodesMax: 200,
  /** Nodes in one worker process unless asked otherwise: a process costs 60 MB and 0.3 s of CPU, a crowd in one
   * event loop measures that loop. */
  nodesPerProcess: 5,
  /** A worker sends its events this often, ms. Live views lag by as much; times are stamped before. */
  eventFlushMs: 40,
  /** Events waiting in a worker; at the limit further ones are dropped and counted. */
  eventBatchMax: 50_000,
  /** A worker that does not answer for so long is left out, ms. Larger: one that hangs holds up the end of a run. */
  answerMsMax: 10_000,
  /** Measures of traffic that wait for a node that says nothing. More: one that hangs stops the chart for longer. */
  silentMeasuresMax: 3,
  /** So long a node that is about to crash has for the events of its last moments, ms. They would be lost with it. */
  lastWordsMs: 500,
  /** A worker that was asked to stop is killed after this, ms. */
  workerStopMs: 10_000,
  /** A worker whose controller is gone ends after this at the latest, ms. */
  orphanStopMs: 3_000,
  /** How often the controller looks whether the network is meshed, ms. */
  meshPollMs: 100,
  /** It stops waiting for a complete mesh after this, ms, and says so. */
  meshWaitMaxMs: 30_000,
  /** How often it looks whether the drain is over, ms. */
  drainPollMs: 50,
  /** Longest drain, ms: what arrives later counts as never. */
  drainMaxMs: 10_000,
  /** Port of the first node's API, if it is free. */
  apiPort: 7070,
  /** Balance of a development account, and of each account that the load uses. */
  developmentBalance: 1_000_000,
  loadBalance: 1_000_000_000,
  /** Reward of a block's producer. */
  blockReward: 50
} as const

export const virtualEngineDefaults = {
  /**
   * Hashes that a block takes on average. When it is found is drawn, so hashing is only the proof. More: each block
   * costs real time, 2 µs a hash. Less: the difficulty, in whole hashes, can't follow the miners closely.
   */
  hashesPerBlockMax: 256,
  /**
   * Decoded messages, blocks and the like that the nodes of a simulation share, of each kind. More: memory. Less: what
   * takes longer to spread is decoded again.
   */
  internedMax: 256
} as const

/** Gossip for a network whose nodes have `degree` connections: mesh degrees to match, so that there are hops to see. */
export function gossipFor(degree: number, profile: GossipSettings['profile'] = 'tuned'): GossipSettings {
  return { ...gossipDefaults, ...gossipDegrees(degree), profile }
}
