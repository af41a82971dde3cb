// ASERT (aserti3-2d), the difficulty rule of Bitcoin Cash since November 2020: the target depends only on how far the
// chain is ahead of or behind an absolute schedule that starts at one anchor, so errors never accumulate. Integers
// only; 2^x for the fraction is the specification's cubic in 16-bit fixed point. Any unit of time will do, as long as
// all times share it.

export interface AsertInput {
  readonly anchorTarget: bigint
  /** Time of the parent (the last block known) minus time of the anchor's parent. */
  readonly timeDelta: bigint
  /** Height of the parent minus height of the anchor. */
  readonly heightDelta: bigint
  /** Ideal time between blocks. */
  readonly interval: bigint
  /** Being this far behind schedule doubles the target, ahead of it halves it. */
  readonly halfLife: bigint
  /** The largest target allowed. */
  readonly limit: bigint
}

const FRACTION_BITS = 16n
/** Beyond this many doublings every target has met a limit; keeps shifts small whatever a clock says. */
const MAX_DOUBLINGS = 512n

/** The target of the next block: between 1 and `limit`. */
export function asertTarget(input: AsertInput): bigint {
  const lateness = input.timeDelta - input.interval * (input.heightDelta + 1n)
  // BigInt division truncates towards zero and >> floors, as the specification's reference does.
  const exponent = (lateness << FRACTION_BITS) / input.halfLife
  const doublings = exponent >> FRACTION_BITS
  if (doublings > MAX_DOUBLINGS) return input.limit
  if (doublings < -MAX_DOUBLINGS) return 1n
  const fraction = BigInt.asUintN(16, exponent)
  const factor =
    65536n + ((195766423245049n * fraction + 971821376n * fraction ** 2n + 5127n * fraction ** 3n + (1n << 47n)) >> 48n)
  const shift = doublings - FRACTION_BITS
  const scaled = input.anchorTarget * factor
  const target = shift < 0n ? scaled >> -shift : scaled << shift
  if (target === 0n) return 1n
  return target > input.limit ? input.limit : target
}
