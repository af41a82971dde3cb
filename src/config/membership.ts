// Defaults of membership: rounds, what they carry, the detector, the table. "Round" is `intervalMs`.

export interface MembershipSettings {
  /** One gossip round, ms. Less: news spreads and failures show sooner, for as many more bytes. */
  readonly intervalMs: number
  /** Peers in one round. More: fewer rounds until everyone knows, at as many times the digests. */
  readonly fanout: number
  /** Members kept. More: each costs about 200 bytes and its share of digests; beyond, a random sample is kept. */
  readonly tableMax: number
  /** What a node is for: at most 32 printable ASCII characters. */
  readonly role: string
  /** At most 16; names of at most 32, values of at most 64 printable ASCII characters. */
  readonly tags: Readonly<Record<string, string>>
}

export const membershipDefaults: MembershipSettings = {
  intervalMs: 1000,
  fanout: 3,
  tableMax: 1000,
  role: 'node',
  tags: {}
}

export const MEMBERSHIP_LIMITS = {
  /** Share of the interval by which each wait varies, so that nodes don't gossip in step. */
  jitter: 0.2,
  /** Peers that a goodbye is told directly. */
  goodbyePeers: 8,
  /** Heartbeats of the whole network in one round: each node waits members / this rounds. More: fresher views, more bytes. */
  heartbeatsPerRound: 50,
  /**
   * A heartbeat's interval is at most so many times the one before it. More: a network that grows is sooner at its pace, and
   * silence is believed for longer.
   */
  intervalGrowth: 2,
  /**
   * And after a node's start at most so many times the interval of so many rounds ago. More: keys that are kept alive slow
   * heartbeats less. Less: a network that grows at once is sooner at its pace; until then it sends twice as much or so.
   */
  growthPauseRounds: 300,
  /**
   * A member is expected at the interval of its judge, if that is the longer, but at so many times the announced one at the
   * most: two steps of growth, four as long as it does not count. More: a flood of keys delays verdicts for longer. Less: a
   * network that grows at once suspects itself.
   */
  intervalStretch: 4,
  intervalStretchNew: 16,
  /**
   * Arrivals, the two of the prior among them, after which a member counts in the size of the network. Less: a flood of keys
   * that are heard but once slows heartbeats. More: a network that grows at once is busy for longer.
   */
  countedArrivals: 5,
  /**
   * Until a node has spoken this often, it believes in everybody it hears of (others can't have been heard more often than it
   * speaks), but in no more than so many: a larger network takes it a few minutes longer. More: a flood of keys slows nodes
   * that start.
   */
  startHeartbeats: 10,
  startMembersMax: 1000,
  /** A table up to this is compared as a whole, line by line (16 B each); of a larger one, what changed. */
  digestWholeMax: 128,
  /**
   * Lines of what changed since the last exchange with the same peer. Below what changes between two of them (with 8
   * peers: `heartbeatsPerRound` times 8 / 3), some members hear of it by other ways, later.
   */
  digestRecentMax: 224,
  /** Further lines, drawn at random: they find what rounds missed. */
  digestRandom: 32,
  /** Lines for members that somebody wants to hear of (suspects, closed connections), first in each digest. */
  digestAskedMax: 16,
  /**
   * Members beyond the table whose latest news is passed on; at most as many as are kept. Above what arrives between two
   * rounds with the same peer, or some wait longer.
   */
  passingMax: 512,
  /** Bytes of records in one message, newest first. Less: more rounds for a newcomer. More: longer pauses of the loop. */
  deltaMaxBytes: 32 * 1024,
  /**
   * Bytes of records that digests of one peer may draw: at once, and further ones in each round. Less: a newcomer waits.
   * More: a digest of a few bytes draws more of our line. Peers whose allowances are kept; the oldest is forgotten, and
   * full again.
   */
  allowanceMaxBytes: 128 * 1024,
  allowanceBytesPerRound: 16 * 1024,
  allowancesMax: 1024,
  /**
   * Members never heard of before that are taken in one round, shared evenly by the peers that bring some (each has one at
   * least); a node that starts takes a table full at once. More: a flood of new keys costs more, and fewer newcomers stay
   * long enough to be settled. Less: a network that grows at once is known later.
   */
  strangersPerRound: 64,
  /**
   * Arrivals, the two of the prior among them, after which a member is settled: up to half of a full table, strangers don't
   * replace it. Less: a flood settles sooner. More: a node that has just started is open to it for longer.
   */
  settledArrivals: 16,
  /** Records that one peer is asked for in one round; further ones wait. More: memory, and what a liar makes us ask. */
  requestedPerPeerMax: 256,
  /**
   * What a peer was asked for first nobody else is for this long, ms. Less: records come twice. More: liars delay them.
   */
  requestWaitMs: 300,
  /** Records whose signatures are in verification; at the limit further ones are dropped, and come again. */
  verifyingMax: 1024,
  /**
   * Heartbeats that a member may send beyond one in half the interval it announced (a changed profile, a goodbye); more
   * wait. More: one key makes more work. Less: a goodbye after a change of tags waits.
   */
  heartbeatsAtOnce: 2,
  /** Records of a request that cost as much as a request. More: a flood of new keys costs us more signature checks. */
  recordsPerToken: 16,
  /** News of a member beyond the table is passed on for this long after it was signed, s. Longer: it may circulate. */
  passingMaxS: 60,

  /** phi at which a member is suspected, and at which it is down. Higher: fewer mistakes, later verdicts. */
  suspectPhi: 5,
  downPhi: 8,
  /** Rounds that news may be late without being so. More: later verdicts. Less: a busy machine is suspected. */
  pauseRounds: 3,
  /** Lower bound of the deviation: rounds, and share of the announced interval, whichever is more. */
  deviationMinRounds: 2,
  deviationMinShare: 0.25,
  /** Arrivals that the running moments look back on. More: steadier, slower to learn. */
  arrivalsMemory: 32,
  /** Longest gap that is learned from, in announced intervals: an outage must not make the detector blind. */
  gapMax: 4,
  /** Longest heartbeat interval that is believed, ms. A liar could hide its own end for no longer. */
  intervalMaxMs: 300_000,
  /** A round this late, in rounds, means that this node slept: no verdicts from the time it missed. */
  sleptRounds: 2,

  /** Generations and times further ahead than this are refused, s. */
  aheadMaxS: 3600,
  /** A member unheard of for this long is no longer told to others, s. */
  shareMaxS: 12 * 3600,
  /** And for this long is forgotten, s. */
  forgetS: 24 * 3600,

  /** Rounds between looks whether this node's own addresses are still those of its profile. More: it moves unnoticed. */
  addressesEveryRounds: 30,

  /** Rounds brought forward by news that people wait for (joined, left, back, changed profile): per round, and at once. */
  extraRoundsPerRound: 0.25,
  extraRoundsBurst: 8,
  /** How soon they come, in rounds, at random. Less: news of one moment takes several rounds. */
  soonMin: 0.05,
  soonMax: 0.15,
  /**
   * A node that meets a newer record of its own than it signed speaks after it: so often at once (several may remember
   * several of its starts), and again after this many rounds. Otherwise two nodes with one key would drive each other into
   * the far future.
   */
  outgrowsAtOnce: 4,
  outgrowPauseRounds: 60,
  /** A goodbye waits this long at the most for peers to take it, ms. */
  goodbyeMs: 1000,
  /** A member's height above ours makes the node compare with a peer, once in this many ms at the most. */
  aheadPauseMs: 2000
} as const
