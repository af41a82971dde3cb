// What a peer can do wrong and what it costs. The list is closed: its names label metrics, events and bans.

export interface OffenceTerms {
  /** Points. 50 disconnect, 100 ban (`penaltyDefaults`). */
  readonly weight: number
  /** Points that this offence alone can bring a peer to. Absent: as many as it likes. */
  readonly scoreMax?: number
}

/**
 * An honest node may be slow, behind, or ahead of what it can show, and may pass on what it can't judge: such things
 * cost little, decay, and never ban. What no honest node sends, because it would have refused it itself, costs 60: the
 * first ends the connection, the second within some minutes bans.
 */
export const OFFENCES = {
  /** Bytes that do not decode, or not canonically. Whoever relays decodes first. */
  malformed: { weight: 60 },
  /** More bytes, or more answers, than the protocol allows. */
  oversize: { weight: 60 },
  /** A block whose header rules, seal, root or signatures do not hold: checked by everyone before it is forwarded. */
  'forged-block': { weight: 60 },
  /** A batch with a bad signature: verified by everyone before it is forwarded. */
  'forged-transaction': { weight: 60 },
  /** A member's record with a bad signature: verified by everyone before it is passed on. */
  'forged-record': { weight: 60 },
  /** An answer to something else than was asked. */
  'wrong-answer': { weight: 60 },
  /** It claimed a better chain and could not show it. A reorganisation in between explains that once or twice. */
  undelivered: { weight: 10, scoreMax: 60 },
  /** It announced its own block by short ids, and when asked at once did not hold it. A crash in between explains one. */
  withheld: { weight: 25 },
  /** Faster than the rate limit, which leaves room for twice of what honest callers send: a hundred in a short time. */
  flood: { weight: 1 },
  /**
   * A batch of which nothing was known and nothing was taken. Whoever forwards one had use for it, but tips and mempools
   * differ, and a node that catches up can use nothing: alone it never even disconnects.
   */
  useless: { weight: 1, scoreMax: 20 },
  /** No answer in time. A busy machine is no liar: alone it never even disconnects. */
  timeout: { weight: 1, scoreMax: 40 },
  /** Another network or version: the hello ends the connection, and being elsewhere is no crime. */
  stranger: { weight: 0 },
  /** What whoever passed it on can't have known: state, our own limits and clock. Counted, never held against anyone. */
  unprovable: { weight: 0 }
} as const satisfies Readonly<Record<string, OffenceTerms>>

export type Offence = keyof typeof OFFENCES

export const penaltyDefaults = {
  /** From here on an offence ends the connection. */
  disconnectScore: 50,
  /** From here on the peer is banned. */
  banScore: 100,
  /** ms in which a score halves. Larger: rare faults add up to a ban. Smaller: a patient liar gets away. */
  halfLifeMs: 10 * 60_000,
  /** ms of a ban: a liar gets two messages an hour through. Larger: a ban for a bug that was mended lasts longer. */
  banMs: 60 * 60_000,
  /** Peers and addresses whose scores are remembered; at the limit the one whose last offence is oldest is forgotten. */
  scoresMax: 4_096,
  /** Bans remembered; at the limit the one that ends first is forgotten. About 200 B each, in memory and on disk. */
  bansMax: 1_024
} as const
