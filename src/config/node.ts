// Defaults of the parts above the network: relay, sync, peers, production.

export const relayDefaults = {
  /** Own and re-announced transactions wait this long for company, ms. More: fewer messages, later first hop. */
  batchDelayMs: 5,
  /**
   * Messages of transactions a second, of everybody, above which the wait grows in proportion, up to `batchDelayMaxMs`,
   * and from which on it is at least as long as judging a batch takes here: each costs every node about as much CPU as
   * two verifications, whatever is in it. Less: later first hops on busy networks. More: messages of one transaction
   * each, which few nodes can keep up with.
   */
  batchesPerSecond: 30,
  batchDelayMaxMs: 250,
  /** A batch is sent at once at this size. More: one lost message loses more. */
  batchMaxBytes: 32 * 1024,
  /** Transactions a peer's batch may hold. Bounds the work of one message. */
  batchMaxCount: 512,
  /**
   * Gossiped transactions in verification at a time, of one peer a quarter; batches beyond are ignored, and are not seen
   * again. Above what comes from one peer while the event loop stands still for a second. Larger: whoever sends what
   * must be verified delays everyone else's (about 60 µs of CPU each). Smaller: bursts wait for anti-entropy.
   */
  pendingTransactionsMax: 32_768,
  /** A peer's batches of which nothing was of use count as an offence at most this often, ms. */
  uselessEveryMs: 1000,
  /** Peers for which that is remembered. */
  uselessPeersMax: 256,
  /** A block whose parent is unknown is held this long while the parent is asked for, ms. Beyond it, gossipsub has
   * forgotten the message and forwards nothing anyway (5 heartbeats). */
  orphanHoldMs: 3000,
  /** Blocks held so at a time, and of one peer; at the limit further ones are ignored (anti-entropy brings them). */
  orphansMax: 16,
  orphansPerPeerMax: 4,
  /** Own transactions that no block includes are announced again after this many blocks, and to new mesh peers. */
  announceAgainBlocks: 5,
  /** But not before this has passed since the last time, ms. Less: whoever joins meshes again and again makes it costlier. */
  announceAgainGapMs: 5000,
  /** Own transactions announced again at a time, and their bytes, which go to every mesh peer: far below its queue. */
  announceAgainMax: 512,
  announceAgainMaxBytes: 1024 * 1024,
  /** Different messages accepted for one header, a whole block only as the first. A producer can sign many; honest ones
   * sign one. */
  variantsMax: 2,
  /** Blocks of one sealer in one slot that are accepted. Two are proof that it cheats, and none is needed more. */
  blocksPerTurnMax: 2,
  /** Recent blocks' messages remembered to tell which one a duplicate carried. */
  recentMessagesMax: 4096,
  /** The same for batches, by the transactions in them: copies follow within seconds. About 100 B each. */
  recentIdsMax: 65_536,
  /**
   * A producer sends transactions whole that came to it within this, ms: about what gossip takes over a few hops. More:
   * every peer is sent again what it has. Less: peers ask for what they miss, and the block waits for a round trip.
   */
  prefillRecentMs: 100,
  /** The same for its own users' transactions, which nobody has carried a part of the way already, ms. */
  prefillOwnMs: 300,
  /** Bytes sent whole with one block, or as many as its short ids take, if that is more; the newest go first. */
  prefillBytes: 4 * 1024,
  /** Transactions whose arrival is remembered for it; the oldest are forgotten. */
  arrivalsMax: 8192,
  /**
   * A compact block must be whole this long after it was heard, ms, or it is ignored and anti-entropy brings the block.
   * Less than the time for a verdict: what is accepted later is forwarded to nobody.
   */
  rebuildMs: 3500,
  /** Anti-entropy leaves a block that is being rebuilt to gossip for this long, ms. Less: it comes twice. More: whoever
   * withholds transactions delays the block by as much. */
  rebuildHeadStartMs: 1000,
  /** Compact blocks that wait for missing transactions at a time, and of one peer; further ones are ignored, and
   * announced again once anti-entropy has brought them. More: memory, up to 4 MiB each. Fewer: fewer liars fill them. */
  rebuildsMax: 32,
  rebuildsPerPeerMax: 4,
  /** Peers asked for missing transactions of one block: its sender, then others of the block mesh. */
  missingPeersMax: 4,
  /**
   * Whoever of those others does not hold the block yet is asked again after this, ms, doubled each time up to the
   * maximum. Less: more questions in vain. More: one who announces what it does not hold delays the block by as much.
   */
  notHeldWaitMs: 200,
  notHeldWaitMaxMs: 800,
  /** Usual round trip before one was measured, and its bounds, ms: after it the next peer is asked. Less: more is
   * fetched twice. More: a slow peer delays the block. */
  roundTripInitialMs: 250,
  roundTripMinMs: 20,
  roundTripMaxMs: 1000,
  /** What one peer may ask of missing transactions: tokens at once and a second; a whole block costs as stated. */
  missingBurst: 32_768,
  missingPerSecond: 8192,
  missingBlockCost: 4096,
  /** Signed compact blocks kept for peers that get the block by anti-entropy, and the largest that is kept. */
  compactsKeptMax: 16,
  compactKeptMaxBytes: 128 * 1024,
  /** Recent blocks whose transactions may be in a rival block too, when the mempool has let go of them. */
  rivalsMax: 8
} as const

/**
 * How items spread. By gossip, with blocks announced by short ids or whole; both are always understood. Or without
 * gossip, in rounds: whatever differs between a node and the random peers that it picks each sync interval.
 */
export type RelayMode = 'compact' | 'full' | 'rounds'

export const syncDefaults = {
  /** Anti-entropy round, ms, ±20% jitter. Less: faster repair, more chatter. */
  intervalMs: 2000,
  jitter: 0.2,
  /** Peers asked each time. More: faster repair, a round trip each. */
  fanout: 1,
  /** Headers in one answer; 193 B each. */
  headersMax: 512,
  /** Blocks asked of a peer at a time; answers stream. More: a slow peer is found out later. Fewer: a stream more often. */
  blocksMax: 64,
  /** Bytes of blocks in one answer; the server stops after the block that passes it. */
  blocksMaxBytes: 8 * 1024 * 1024,
  /**
   * Bytes of a block that a token of its rate limit buys: a larger one costs one more for each so many started beyond the
   * first. Fewer: catching up on large blocks waits for its turn; with this it gets 125 MiB/s from each peer, more than a
   * gigabit link. More: a peer may make us send more.
   */
  blockBytesPerToken: 64 * 1024,
  /** Blocks this far below the head come with their compact form, for peers to announce. More: repairs cost more. */
  compactDepthMax: 2,
  /** A peer that sends no block of those asked for in this time, ms, is given up. Less: slow links fail. */
  blockWaitMs: 5000,
  /** After this, ms, a body asked of one peer may be asked of another too; a catch-up without news may be replaced. */
  stallMs: 3000,
  /** A catch-up's headers must be here within this, ms. */
  headersPhaseMs: 60_000,
  /** A peer whose catch-up failed is left alone this long, ms; doubles with each failure in a row up to the maximum. */
  coolDownMs: 5000,
  coolDownMaxMs: 300_000,
  /** Peers whose failures are remembered. */
  coolDownPeersMax: 256,
  /** Catch-ups at a time, one per peer. More: a node far behind fetches from more peers, and buffers more. */
  catchUpsMax: 4,
  /** Headers of an answer whose seals are verified ahead of the one that is judged. Larger: a liar costs more. */
  sealsAheadMax: 64,
  /**
   * Bodies asked for this far above the first that is not here, and bytes of those that wait for it; above that only what
   * is next is asked for. Larger: memory, and what is under way besides: `catchUpsMax` answers. Smaller: everybody waits
   * sooner for one who is slow.
   */
  aheadMax: 1024,
  heldMaxBytes: 16 * 1024 * 1024,
  /** A peer that sends nothing for this long, ms, while another has nothing else to do, is helped by that one. */
  slowMs: 1000,
  /** Who waits for bodies that others were asked for looks again after this, ms, if nothing happens before. */
  lookMs: 250,
  /** Fetched blocks in check or import at a time. Bounds memory at this times 2 MiB. Smaller: the thread pool runs dry. */
  importsInFlightMax: 24,
  /** Hashes in a locator that a server reads. */
  locatorMax: 64
} as const

export const reconcileDefaults = {
  /** Cells sent with a digest. 20 tell five transactions apart at once in 98% of cases. More: quiet rounds cost more. */
  firstCells: 20,
  /** Cells kept current for each peer that is compared with. At least `firstCells`; 12 bytes and 1 µs per change each. */
  keptCells: 64,
  /** Peers whose sketches are kept current; of any other they are computed from the whole mempool, 0.5 µs for each id. */
  sketchesMax: 64,
  /**
   * Changes of the mempool remembered for the next time a sketch is asked for: this many, or as many as there are
   * transactions. Beyond, sketches are made anew. More: 8 bytes each. Fewer: a busy mempool is hashed whole more often.
   */
  changesKeptMin: 4_096,
  /** First request for more: this many cells for each transaction that the estimate says differs. Less: more round
   * trips; more: more bytes. A difference of d needs 1.35 d to 1.5 d cells. */
  cellsPerDifference: 1.37,
  /** Each further request, as a share of the first. */
  growth: 0.12,
  /** Requests for more cells in one round; then the round gives up, and the next may try the symbols themselves. */
  requestsMax: 5,
  /** Cells in one answer. Larger differences go by symbols: 65,536 cells are as large as the symbols of 98,304. */
  cellsMax: 65_536,
  /** Symbols in one answer; beyond, a round settles what it can. */
  symbolsMax: 131_072,
  /** Digests of others whose mempool is kept for further questions, and for how long, ms. Bounds memory at this times
   * about 32 bytes for each transaction. At the limit a peer is told "not compared". */
  sessionsMax: 8,
  sessionMs: 15_000,
  /** A peer that has asked nothing for this long, ms, gives way when there is no place. Less: rounds on slow links end
   * half done. More: eight liars keep everybody else from comparing for longer. */
  sessionIdleMs: 2_000,
  /**
   * Ids that are hashed and walked through on behalf of one peer, and of all, per second, and at once: about 1 µs each,
   * so all peers together may cost a quarter of a core. Beyond, nothing is compared. Less: large mempools are compared
   * seldom. At once a peer may cost eight of the largest mempools, so that any round comes to its end.
   */
  hashedIdsPerPeerPerSecond: 65_536,
  hashedIdsPerPeerBurst: 1_048_576,
  hashedIdsPerSecond: 262_144,
  hashedIdsBurst: 4_194_304,
  /**
   * A round of ours settles what differs within this, ms, or is given up; what was taken until then stays. Less: slow
   * links bring less in a round. More: liars that answer slowly make us keep more tables, one for each round.
   */
  settlingMs: 30_000,
  /** Transactions that came less than this ago, ms, are probably still on their way by gossip: not sent. Less: bodies
   * travel twice. More: slower repair. */
  settleMs: 1_000,
  /**
   * Rest after a comparison that found a difference and moved less than `movedShareMin` of the mempool, ms for each
   * transaction held, and at the most: hashing for it takes both sides 3 µs each, and a node answers as often as it asks,
   * so that it stays at a hundredth of the time. Less: busy networks with large mempools spend more on it. More: what
   * gossip lost there is repaired later.
   */
  restPerIdMs: 0.6,
  restMaxMs: 15_000,
  movedShareMin: 1 / 16,
  /** Bytes of transactions in one message. */
  bodiesMaxBytes: 256 * 1024,
  /** Symbols in one message. */
  namesMax: 4_096,
  /** Exchanges of bodies in one round; what is left waits for the next. */
  exchangesMax: 16,
  /** Ids too far beyond their sender's next nonce, remembered until the next block or transaction of that sender. */
  declinedMax: 16_384
} as const

export const peerDefaults = {
  /** Look for addresses to dial this often, ms. */
  tickMs: 500,
  /** First wait after a failed dial, ms; doubles up to the maximum, ±50% so that a restarted network spreads out. */
  backoffMs: 1000,
  backoffMaxMs: 60_000,
  dialTimeoutMs: 5000,
  /** A connection that ends before this, ms, counts as a failed dial: whoever accepts and closes is left alone. */
  settledMs: 10_000,
  /** An inbound connection must greet within this, ms, or it is closed. */
  helloWaitMs: 5000,
  /** Dials at a time. */
  dialsInFlightMax: 4,
  /** Addresses that led to a peer, kept across restarts; at the limit the one that failed most is forgotten. */
  triedMax: 256,
  /** Addresses that others told us; at the limit whoever told most loses one. About 200 B each. */
  newMax: 1024,
  /** Addresses told by one source. More: one liar fills more of the picks. Less: a single bootstrap node helps less. */
  newPerSourceMax: 256,
  /** Addresses of one peer. Keys are free, but one key must not be worth many dials. */
  addressesPerPeerMax: 4,
  /** An address that was told and failed this often is forgotten. */
  newFailuresMax: 8,
  /** Characters of an address. */
  addressLengthMax: 256,
  /** Addresses are written to disk this long after a change, ms: what a crash may lose. */
  saveAfterMs: 10_000
} as const

/** How many connections a node sees to itself. A testnet's nodes have none of it: their edges are the scenario's. */
export interface PeerTargets {
  /**
   * Connections to peers of its own choice: those nobody else can choose for it. More: harder to surround, more traffic
   * for all. Fewer: a liar needs fewer addresses to be all that it sees.
   */
  readonly outbound: number
  /** Connections in all; above it, inbound ones are closed. Stays below `connectionsMax`, where they are refused unseen. */
  readonly connections: number
}

export const peerTargets: PeerTargets = { outbound: 8, connections: 100 }

export const nodeDefaults = {
  /** What a node calls itself to its peers. */
  agent: 'starling/0.1.0',
  /** Connections a node keeps at the most; further ones are refused. Each costs about 100 kB. */
  connectionsMax: 200,
  /** How it announces blocks. */
  relay: 'compact' as RelayMode,
  /** Largest block a node produces, bytes (the protocol's limit is 2 MiB). More: fewer blocks, slower propagation. */
  blockMaxBytes: 1024 * 1024
} as const

export const productionDefaults = {
  /** Hashes per second of a miner: low enough that twenty of them leave a laptop alone. */
  hashRate: 500,
  /** A miner's slice of hashing comes this often, ms. Less: smoother load, more timers. */
  sliceMs: 50,
  /** Longest slice, ms of CPU. The event loop waits for it. */
  sliceMaxMs: 4,
  /**
   * Hashing that a busy miner may be behind and make up for, ms at its rate; more is lost. Larger: a longer burst after
   * the machine was asleep. Smaller: a busy machine mines more slowly than it was told to.
   */
  owedMaxMs: 5_000,
  /** A template is rebuilt at this age so that new transactions get in, ms. */
  templateAgeMs: 1000,
  /** Transactions in a block at the most. */
  transactionsMax: 8192
} as const
