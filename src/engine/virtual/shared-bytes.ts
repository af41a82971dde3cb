// One array for all copies of the same bytes. A block on its way to eight peers of each of a thousand nodes is encoded
// thousands of times; what is kept of that, on the links and in every node's caches, is one copy.

/** Below this a copy costs less than looking for it. */
const SHARED_FROM_BYTES = 1024
/** Arrays remembered: far above what is under way at a time. Larger: memory of what nobody sends any more. */
const ARRAYS_MAX = 64

export class SharedBytes {
  /** Least recently used first. */
  readonly #recent: Uint8Array[] = []
  /** The array with the same bytes, for one that was looked at before: a megabyte is compared once. */
  readonly #twins = new WeakMap<Uint8Array, Uint8Array>()

  /** An array with these bytes that nobody changes: the caller may change its own only where it is small. */
  readonly share = (bytes: Uint8Array): Uint8Array => {
    // A copy: small ones may lie in a buffer that is written to again, or that would be kept for their sake.
    if (bytes.length < SHARED_FROM_BYTES) return bytes.slice()
    const twin = this.#twins.get(bytes)
    if (twin !== undefined) return twin
    const shared = this.#find(bytes)
    this.#twins.set(bytes, shared)
    return shared
  }

  #find(bytes: Uint8Array): Uint8Array {
    for (let i = this.#recent.length - 1; i >= 0; i--) {
      const candidate = this.#recent[i]
      if (candidate === undefined || candidate.length !== bytes.length) continue
      if (Buffer.compare(candidate, bytes) !== 0) continue
      this.#recent.splice(i, 1)
      this.#recent.push(candidate)
      return candidate
    }
    if (this.#recent.length >= ARRAYS_MAX) this.#recent.shift()
    this.#recent.push(bytes)
    return bytes
  }
}
