// How hard the misbehaving nodes of scenarios and tests try.

export const adversaryDefaults = {
  /** ms between two offences of one node. Less: a busier liar, sooner banned. */
  intervalMs: 250,
  /** Transactions in a batch of spam. */
  spamBatch: 16,
  /** Hashes tried for one block of its own; then it gives up until the next. */
  hashesMax: 2 ** 22,
  /** Hashes between two turns of the loop. */
  hashesPerSlice: 2_000,
  /** Bytes that an oversized frame says it has: above every limit, below what a prefix can hold. */
  frameBytes: 2 ** 27,
  /** Blocks of its own that it serves; the oldest is forgotten. */
  ownBlocksMax: 16,
  /** Streams that a slow reader leaves unread with one peer: as many as a protocol serves. */
  unreadStreamsMax: 4
} as const
