// A map that keeps its most recently added entries, so that remembering can't grow without bound.

export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number
  readonly #weigh: (value: V) => number
  #weight = 0
  /**
   * Stands before the oldest entry. A new iterator would step over every entry deleted since the map was last laid out
   * anew, thousands in a map of thousands; this one has them behind it.
   */
  #order: MapIterator<K> | undefined

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

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Oldest first. */
  values(): Iterable<V> {
    return this.#entries.values()
  }

  delete(key: K): void {
    // An iterator that nobody moves on would keep what the map was before each new layout.
    this.#order = undefined
    this.#remove(key)
  }

  /** An entry that is here keeps its age. */
  set(key: K, value: V): void {
    const held = this.#entries.get(key)
    if (held !== undefined || this.#entries.has(key)) this.#weight -= this.#weigh(held as V)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    while (this.#weight > this.#max) {
      this.#order ??= this.#entries.keys()
      const oldest = this.#order.next()
      // It ended when the map was empty.
      if (oldest.done) this.#order = undefined
      else this.#remove(oldest.value)
    }
  }

  #remove(key: K): void {
    const value = this.#entries.get(key)
    if (this.#entries.delete(key)) this.#weight -= this.#weigh(value as V)
  }
}
