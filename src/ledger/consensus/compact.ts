// Targets and work. The compact encoding of a target ("bits") is Bitcoin's nBits: one byte of length, three bytes of
// mantissa, value = mantissa × 256^(length − 3), with the mantissa's top bit a sign that must be clear.

/** The easiest target: every second hash is under it. */
export const POW_LIMIT_BITS = 0x207fffff
export const POW_LIMIT = 0x7fffffn << 232n

const MANTISSA_SIGN = 0x800000

/** The target that `bits` stand for; `undefined` when they stand for none (negative, zero, above 256 bits). */
export function bitsToTarget(bits: number): bigint | undefined {
  const length = bits >>> 24
  const mantissa = bits & 0xffffff
  if ((mantissa & MANTISSA_SIGN) !== 0) return undefined
  const shift = BigInt(8 * (length - 3))
  const target = shift >= 0n ? BigInt(mantissa) << shift : BigInt(mantissa) >> -shift
  return target > 0n && target >> 256n === 0n ? target : undefined
}

/** The compact encoding of a positive target of at most 256 bits; bits below the mantissa are cut off. */
export function targetToBits(target: bigint): number {
  if (target <= 0n || target >> 256n !== 0n) throw new RangeError('a target has 1 to 256 bits')
  let length = Math.ceil(target.toString(16).length / 2)
  let mantissa = Number(length > 3 ? target >> BigInt(8 * (length - 3)) : target << BigInt(8 * (3 - length)))
  if ((mantissa & MANTISSA_SIGN) !== 0) {
    mantissa >>>= 8
    length++
  }
  return length * 0x1000000 + mantissa
}

/** How many hashes it takes on average to get under `target`: what a header counts in the fork choice. */
export function targetToWork(target: bigint): bigint {
  return (1n << 256n) / (target + 1n)
}
