// Defaults of the network: the transport, gossipsub, requests. Each with its unit, its reason, and what gets worse.

const KIB = 1024
const MIB = 1024 * KIB

/** libp2p over TCP. */
export const transportDefaults = {
  /**
   * Inbound connections a second from one address. The library's 5 resets dials as soon as a testnet's nodes share an
   * address. Larger: one address can make us do more handshakes (about 2 ms of CPU each). Smaller: testnets mesh late.
   */
  inboundPerSecondPerAddress: 512,
  /** Inbound connections in their handshake. Larger: more memory for half-open peers. Smaller: start-ups are refused. */
  incomingPendingMax: 256,
  /** Dials at a time. Larger: a burst of handshakes delays gossip. Smaller: meshing takes longer. */
  parallelDialsMax: 16,
  /** ms for a whole dial, shorter than a person waits. Smaller: slow links fail. Larger: dead addresses hold a slot. */
  dialTimeoutMs: 10_000,
  /** ms to close one connection politely before it is cut. Larger: stopping next to a dead peer takes longer. */
  closeTimeoutMs: 1_000,
  /**
   * Streams one connection may have open in each direction. Gossip, identify and about ten request protocols with a
   * few streams each stay far below. Larger: a peer can hold more buffers here. Smaller: bursts of requests fail.
   */
  streamsPerConnectionMax: 256,
  /** Bytes unread on one stream before it is aborted: above the receive window, so only a cheater meets it. */
  streamReadBufferBytesMax: 4 * MIB,
  /**
   * Receive window of one stream, bytes. It must stay below the read buffer, or a paused reader is aborted for what the
   * window allowed. Smaller: throughput on long links is window / round trip (2 MiB at 100 ms: 20 MB/s).
   */
  streamWindowBytesMax: 2 * MIB,
  /**
   * Share of a receive window that is used before the sender is told of more room. Smaller: a frame goes back for each
   * that comes, which doubles the cost of small messages. Larger: long links wait for room.
   */
  windowUsedShare: 0.25,
  /** Bytes of one turn of the loop that leave together; about what one encrypted message holds. Larger: later starts. */
  gatheredBytesMax: 64 * 1024,
  /** Bytes that link shaping holds back for one connection before it asks the sender to wait. Above bandwidth × delay. */
  delayQueueBytesMax: 8 * MIB
} as const

/** What of gossipsub can be chosen. `D…` are the specification's names. */
export interface GossipSettings {
  /** `tuned` is ours; `default` keeps the library's parameters, as the baseline of comparisons. */
  readonly profile: 'tuned' | 'default'
  /** Mesh degree aimed at when a mesh is refilled or cut. Larger: more duplicates. Smaller: more hops, less robust. */
  readonly D: number
  /** Below this a mesh is refilled: in practice the degree it settles at. Must be at most D. */
  readonly Dlo: number
  /** Above this a mesh is cut back to D. */
  readonly Dhi: number
  /** ms between mesh repairs and IHAVE rounds. Smaller: more control traffic. Larger: late repair of lost messages. */
  readonly heartbeatMs: number
  /** Send own messages to all peers instead of the mesh: costs seconds on large blocks, saves a hop on small ones. */
  readonly floodPublish: boolean
  /** Encode an own message once for all peers; the library does it for each. It costs no control message its place. */
  readonly batchPublish: boolean
  /**
   * Bytes from which on a message is followed by an IDONTWANT to the rest of the mesh, before it is judged. One costs
   * about 90 bytes with its encryption, times the mesh; it saves the message from those it reaches in time. Smaller:
   * more bytes for small messages. Larger: large ones arrive more than once over slow links.
   */
  readonly idontwantBytesMin: number
  /** Messages a second that each topic is expected to carry, all peers together: what first deliveries are worth. */
  readonly expectedPerSecond: { readonly block: number; readonly transaction: number }
  /**
   * Score weight of sharing an address with more than 10 others; 0 switches it off. The library's −5 empties every
   * mesh when a testnet shares one address. On a public network a negative weight makes Sybils pay for addresses.
   */
  readonly ipColocationWeight: number
  /**
   * ms a handler may take for its verdict; later counts as ignore. Above the 3 s that a block waits for its parent.
   * The message cache is sized by it, because an accept after eviction would forward nothing. Larger: more memory.
   */
  readonly verdictMsMax: number
  /** Messages of a topic that wait for a verdict, and their bytes; more are ignored. One peer may use a quarter of each. */
  readonly pendingVerdictsMax: number
  readonly pendingVerdictBytesMax: number
  /** Bytes of one gossipsub RPC. Above a 2 MB block and its control data; the library fails above 4 MiB. */
  readonly maxRpcBytes: number
  /** Bytes queued for one peer before its gossip stream is dropped. Larger: slow peers hold more memory. */
  readonly maxQueuedBytesPerPeer: number
  /** ms that a pruned peer must wait. Larger: slower recovery of a shaken mesh. Smaller: graft and prune ping-pong. */
  readonly pruneBackoffMs: number
}

export const gossipDefaults: GossipSettings = {
  profile: 'tuned',
  // Dlo, not D, is where meshes settle. Measured with compact blocks of 24 KB over 50 Mbit/s (1,000 nodes, degree 20,
  // three blocks), p99 over the lower bound: 1.68 with 8 and 6, 1.71 with 6 and 5, which saves a seventh of the bytes;
  // 1.74 with 5 and 4 (400 nodes). Every further peer shares the uplink, every peer less costs hops.
  D: 8,
  Dlo: 6,
  Dhi: 12,
  heartbeatMs: 1_000,
  // The library floods: a block of 1 MB to fifty peers takes a 50 Mbit/s uplink 8 s before the last one has it.
  floodPublish: false,
  batchPublish: true,
  idontwantBytesMin: 1_024,
  // A block every 3 s, and 20 batches a second. The node puts in what its genesis says of blocks.
  expectedPerSecond: { block: 1 / 3, transaction: 20 },
  ipColocationWeight: 0,
  verdictMsMax: 4_000,
  pendingVerdictsMax: 2_048,
  pendingVerdictBytesMax: 64 * MIB,
  maxRpcBytes: 4 * MIB,
  maxQueuedBytesPerPeer: 16 * MIB,
  // The specification's minute is for large networks; a restarted testnet node should be back in the mesh sooner.
  pruneBackoffMs: 15_000
}

/** Mesh degrees for a node with about `connections` peers: the whole neighbourhood while it is small. */
export function gossipDegrees(connections: number): Pick<GossipSettings, 'D' | 'Dlo' | 'Dhi'> {
  const D = Math.max(1, Math.min(gossipDefaults.D, connections))
  return { D, Dlo: Math.min(gossipDefaults.Dlo, D), Dhi: Math.max(gossipDefaults.Dhi, D) }
}

/** Requests. The limits of a single protocol are with the protocol. */
export const requestDefaults = {
  /** Token buckets kept (one per peer and protocol), least recently used dropped. Smaller: floods are forgotten sooner. */
  bucketsMax: 8_192,
  /**
   * What a server grants over what an honest caller sends (callers hold themselves to the same bucket). Covers jitter
   * that bunches requests on the way. Larger: floods cost more before they are refused. Below 1: honest peers offend.
   */
  serverSlack: 2,
  /** ms for a peer to end an answer after its last frame, before the stream is reset. */
  lingerMs: 5_000
} as const
