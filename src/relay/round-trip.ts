// The usual round trip of a request, as TCP estimates it (RFC 6298, section 2): two running moments.
export interface RoundTripBounds {
  /** Before anything was measured, ms. */
  readonly initialMs: number
  readonly minMs: number
  readonly maxMs: number
}

export class RoundTrip {
  readonly #bounds: RoundTripBounds
  #smoothed: number | undefined
  #variation = 0

  constructor(bounds: RoundTripBounds) {
    this.#bounds = bounds
  }

  /** An answer took this long, ms. */
  measured(ms: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = ms
      this.#variation = ms / 2
      return
    }
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - ms)
    this.#smoothed = 0.875 * this.#smoothed + 0.125 * ms
  }

  /** After this long without an answer, ms, one is overdue. */
  get overdueMs(): number {
    const { initialMs, minMs, maxMs } = this.#bounds
    if (this.#smoothed === undefined) return initialMs
    return Math.min(maxMs, Math.max(minMs, this.#smoothed + 4 * this.#variation))
  }
}
