// Defaults of the mempool.

export interface MempoolLimits {
  /**
   * Transactions held. Above it the tails with the lowest fee rate go and the minimum fee rises. Larger: about 1 kB of
   * memory each (a 250 B transaction); smaller: bursts of load are refused.
   */
  readonly maxCount: number
  /** Bytes of the encoded transactions held; at the limit as above. */
  readonly maxBytes: number
  /**
   * Fee that is asked for each kilobyte started, always: what `minFee` falls back to. 0 would let keys without money
   * send for nothing, for `0 >= 0` is covered. Blocks may still hold cheaper ones. Larger: small payments are refused,
   * and peers with a lower floor send what is not taken here. The same on all nodes is best.
   */
  readonly minFeeFloor: number
  /**
   * Nonces beyond a sender's first missing (or unfunded) one that may wait for it. Larger: more room for arrival out
   * of order, and for junk that may never become valid; smaller: more is dropped and fetched again.
   */
  readonly maxGap: number
  /**
   * Pending nonces of one sender, counted from its account's. Larger: longer recomputation when its balance changes
   * (about 10 ns each); smaller: a busy sender waits for blocks.
   */
  readonly maxPerSender: number
  /**
   * Transactions that can't be included yet (a nonce is missing before them or the balance doesn't cover them), in
   * all. They cost their senders nothing, so they must never crowd out what pays. At the limit newcomers of that kind
   * are refused, and a sender whose own others come to wait loses the last of them.
   */
  readonly maxWaiting: number
  /**
   * Of those, where transactions that their sender's whole balance doesn't cover are refused: keys are free to make.
   * The rest is kept for senders that have the money.
   */
  readonly maxWaitingUnfunded: number
  /**
   * Blocks after which what still waits, without its sender's account having moved, is dropped. Larger: junk stays;
   * smaller: a late predecessor finds its successors gone.
   */
  readonly maxWaitBlocks: number
  /**
   * Ids remembered as not worth fetching (refused for good, or included), two generations of this many. Larger: about
   * 120 B each; smaller: old junk is fetched and judged again.
   */
  readonly maxRefused: number
}

export const MEMPOOL_LIMITS: MempoolLimits = {
  maxCount: 131_072,
  maxBytes: 64 * 1024 * 1024,
  minFeeFloor: 1,
  maxGap: 64,
  maxPerSender: 16_384,
  maxWaiting: 8_192,
  maxWaitingUnfunded: 2_048,
  maxWaitBlocks: 256,
  maxRefused: 32_768
}
