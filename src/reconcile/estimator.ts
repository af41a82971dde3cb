// How large is the difference, before it is known? Strata (Eppstein, Goodrich, Uyeda, Varghese, "What's the
// Difference?", SIGCOMM 2011), each an odd sketch (Mitzenmacher, Pagh, Pham, "Efficient estimation for high similarities
// using odd sketches", WWW 2014): a bitmap in which every symbol flips one bit, so that common symbols cancel.

const STRATA = 6
const STRATUM_BITS = 512
/** Encoded size. Good for differences up to about 250,000; larger ones are underestimated, at 250,000 and more. */
export const ESTIMATOR_BYTES = (STRATA * STRATUM_BITS) / 8

/** Bits that differ in a stratum above which it says little. */
const USABLE_BITS = 0.36 * STRATUM_BITS

export class DifferenceEstimator {
  readonly #bits: Uint8Array

  constructor() {
    this.#bits = new Uint8Array(ESTIMATOR_BYTES)
  }

  /** Throws `RangeError` on another length than `ESTIMATOR_BYTES`. */
  static decode(bytes: Uint8Array): DifferenceEstimator {
    if (bytes.length !== ESTIMATOR_BYTES) throw new RangeError(`an estimator has ${ESTIMATOR_BYTES} bytes`)
    const estimator = new DifferenceEstimator()
    estimator.#bits.set(bytes)
    return estimator
  }

  encode(): Uint8Array {
    return this.#bits.slice()
  }

  /** Stratum j holds the symbols whose high half ends in 2j or 2j + 1 zero bits: a quarter of the one before. */
  toggle(low: number, high: number): void {
    const zeros = high === 0 ? 32 : 31 - Math.clz32(high & -high)
    const stratum = Math.min(STRATA - 1, zeros >> 1)
    const bit = stratum * STRATUM_BITS + (low & (STRATUM_BITS - 1))
    this.#bits[bit >> 3] = (this.#bits[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  }

  /** The estimated size of the difference of both sets; about 7% off beyond a few hundred, almost exact below. */
  difference(other: DifferenceEstimator): number {
    let sum = 0
    for (let stratum = STRATA - 1; stratum >= 0; stratum--) {
      const odd = this.#oddBits(other, stratum)
      // The strata above hold what remains of the whole: a quarter for each one that is left out.
      // Of the last stratum, what it can say.
      if (odd > USABLE_BITS && stratum < STRATA - 1) return Math.round(sum * 4 ** (stratum + 1))
      sum += (-STRATUM_BITS / 2) * Math.log(1 - (2 * Math.min(odd, USABLE_BITS)) / STRATUM_BITS)
    }
    return Math.round(sum)
  }

  #oddBits(other: DifferenceEstimator, stratum: number): number {
    let odd = 0
    const from = (stratum * STRATUM_BITS) / 8
    for (let i = from; i < from + STRATUM_BITS / 8; i++) {
      for (let bits = (this.#bits[i] ?? 0) ^ (other.#bits[i] ?? 0); bits !== 0; bits &= bits - 1) odd++
    }
    return odd
  }
}
