// Score parameters of a topic, from how much it carries. The specification's own (gossipsub v1.1, "Peer scoring") are
// for Ethereum's rates, and the method is from its scoring: a peer that delivers its share earns a known number of
// points, whatever that share is.

export interface TopicRate {
  /** Messages a second that the topic is expected to carry. */
  readonly perSecond: number
  /** Peers in its mesh, of whom each should be the first with its share. */
  readonly degree: number
}

export interface FirstDeliveryScore {
  /** Points for each message that a peer was the first to bring (P2). */
  readonly weight: number
  /** The most messages that count. */
  readonly cap: number
  /** Seconds in which what counts halves. */
  readonly halfLifeS: number
}

/** Points that a peer with its full share of first deliveries earns. Far below what one invalid message costs. */
const FULL_SHARE_POINTS = 4
/** A peer's share must be remembered over so many of its messages, or a quiet topic would earn nobody anything. */
const SHARE_MESSAGES = 5
const HALF_LIFE_MIN_S = 60
const HALF_LIFE_MAX_S = 3600

/** Throws `RangeError` for a rate or degree that is not above 0. */
export function firstDeliveryScore({ perSecond, degree }: TopicRate): FirstDeliveryScore {
  if (!(perSecond > 0 && degree > 0)) throw new RangeError(`not a rate: ${perSecond}/s over ${degree} peers`)
  const sharePerSecond = perSecond / degree
  const halfLifeS = Math.min(HALF_LIFE_MAX_S, Math.max(HALF_LIFE_MIN_S, SHARE_MESSAGES / sharePerSecond))
  // A counter that gains its share each second and decays settles at share / (1 − decay).
  const settled = sharePerSecond / (1 - decayOf(halfLifeS))
  return { weight: FULL_SHARE_POINTS / settled, cap: settled, halfLifeS }
}

/** The factor that halves a counter every `halfLifeS` seconds when applied once a second. */
export function decayOf(halfLifeS: number): number {
  return 0.5 ** (1 / halfLifeS)
}
