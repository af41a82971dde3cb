// A map that keeps its most recently added entries, so that remembering can't grow without bound.

export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number
  readonly #weigh: (value: V) => number
  #weight = 0

  /** Keeps entries that weigh `max` together, 1 each unless said otherwise; the oldest is forgotten first. */
  constructor(max: number, weigh: (value: V) => number = () => 1) {
    this.#max = max
    this.#weigh = weigh
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Oldest first. */
  values(): Iterable<V> {
    return this.#entries.values()
  }

  delete(key: K): void {
    const value = this.#entries.get(key)
    if (this.#entries.delete(key)) this.#weight -= this.#weigh(value as V)
  }

  /** An entry that is here keeps its age. */
  set(key: K, value: V): void {
    const held = this.#entries.get(key)
    if (this.#entries.has(key)) this.#weight -= this.#weigh(held as V)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    while (this.#weight > this.#max) {
      const oldest = this.#entries.keys().next()
      if (oldest.done) return
      this.delete(oldest.value)
    }
  }
}
