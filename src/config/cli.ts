// Defaults of the command line.

export const cliDefaults = {
  /** Where runs and the note about the running testnet live, in the directory where the command was typed. */
  directory: '.starling',
  /** How long a testnet runs when nobody watches (no terminal) and no duration was given, ms. */
  unattendedDurationMs: 60_000,
  /** `tx send` waits this long, ms: several blocks at the usual interval. Shorter gives up before a slow block. */
  sendTimeoutMs: 30_000,
  /** On the way to its block, `tx send` waits this long for "seen by all" before it goes on, ms. */
  seenPatienceMs: 5000,
  /** Fee of a transaction when none is given, for each kilobyte started: the least that a node relays. */
  fee: 1,
  /** Transactions of one `tx send --count`. A larger count is a load, and a scenario describes loads. */
  sendCountMax: 100_000,
  /** Transactions of one `tx send --count` that wait for their block at a time; the server bounds its own waits. */
  sendWaitsMax: 64,
  /** A refused nonce (another sender used it first) is asked for again this often. */
  nonceRetries: 3,
  /** Rows of a list. More scrolls the first ones away. */
  listLimit: 20,
  /** Items looked through for one that begins with the given digits; the API's own limit of a list. */
  prefixSearchLimit: 1000,
  /** Time for a detached testnet to be up, ms; 200 nodes on a small machine need most of it. */
  detachTimeoutMs: 120_000,
  /** `stop` waits this long for the report and the end of all processes, ms: a drain of 10 s and the writing. */
  stopTimeoutMs: 30_000,
  /**
   * Signals within this time are one Ctrl-C, ms: a terminal sends it to the whole process group, and npm hands it on
   * once more. Longer makes a real second Ctrl-C wait.
   */
  interruptMs: 500,
  /** Nodes on the first screen; the others are summed up. */
  screenNodesMax: 12,
  /** A line of progress is rewritten at most this often, ms: more often can't be read. */
  progressEveryMs: 100,
  /** `watch` waits this long before it connects again, ms. */
  watchRetryMs: 1_000,
  /** How often `stop` looks whether the process is gone, ms. */
  stopPollMs: 50
} as const
