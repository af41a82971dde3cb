// Defaults of the HTTP API and its client. Pure data: the browser loads it too.

export const apiDefaults = {
  /** Address to listen on. Any other than loopback demands a token. */
  host: '127.0.0.1',
  /**
   * Port of a testnet's first node, if it is free (otherwise the system chooses), so that commands and bookmarks keep
   * working from run to run.
   */
  port: 7070,
  /** Port of a testnet's controller and its dashboard, if it is free, for the same reason. */
  controllerPort: 7069,

  /** Items of a list when the request does not say. Larger: slower answers for people who only looked. */
  limit: 50,
  /** Most items of a list. Larger: one request can hold the event loop longer (1,000 transactions ≈ 0.5 MB of JSON). */
  limitMax: 1000,
  /**
   * Bytes of a request's body. A transaction is at most 64 KiB of data and a fixed part, twice that as hex. Smaller
   * refuses valid transactions; larger only lets strangers fill memory.
   */
  bodyMaxBytes: 160 * 1024,
  /** Open connections of one API. Fewer locks out dashboards with several pages; more costs about 20 kB each. */
  connectionsMax: 256,
  /** Time for a client to send its whole request, ms. Longer lets slow senders hold connections. */
  requestTimeoutMs: 10_000,
  /**
   * A connection on which nothing moved for this long is cut, ms: it bounds readers that don't take their answer. Must
   * be longer than a long poll and the heartbeat of streams.
   */
  idleTimeoutMs: 90_000,
  /** Connections between two requests are closed after this, ms. Shorter: more reconnects by polling clients. */
  keepAliveMs: 5_000,
  /** Time for answers to finish when the API closes, ms. Longer delays the end of a node for a slow reader. */
  closeGraceMs: 200,

  /** Length of a long poll when the request does not say, ms. */
  waitMs: 30_000,
  /** Longest long poll of one request, ms; the client strings several together. Proxies often cut at 60 s. */
  waitMaxMs: 55_000,
  /** Long polls at a time. Each looks at every event and asks the node again when one concerns it. */
  waitsMax: 128,
  /**
   * A long poll also looks without an event after this, ms: an event may be told just before what it announces can be
   * read. Shorter costs look-ups, longer delays that rare answer.
   */
  waitRecheckMs: 250,

  /** A payment whose nonce somebody else used is signed again this often. */
  paymentRetries: 3,

  events: {
    /** Event streams at a time. Each costs a JSON copy of every event to the socket. */
    streamsMax: 32,
    /**
     * Unsent bytes of one stream before events are dropped for it (and counted). Smaller drops in short stalls;
     * larger lets `streamsMax` stalled readers hold that many times as much memory.
     */
    pendingMaxBytes: 256 * 1024,
    /** A comment after this much silence keeps proxies and clients from giving up, ms. */
    heartbeatMs: 10_000,
    /** A reader that took nothing for this long is closed, ms. Shorter cuts off suspended laptops. */
    stalledMaxMs: 60_000
  },

  client: {
    /** Time for an answer, ms. Shorter gives up on a node that is busy starting. */
    timeoutMs: 10_000,
    /** Longest event, characters; an import event of a full block is the longest (5,000 ids ≈ 350 kB). */
    eventMaxChars: 4 * 1024 * 1024
  },

  metrics: {
    /**
     * Bucket bounds of propagation, seconds: from one hop on loopback to a slow world-wide relay. More buckets: more
     * series per node.
     */
    propagationBucketsSeconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  }
} as const
