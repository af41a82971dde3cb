// First in, first out, both in constant time: an array's own shift() moves all that remain.

/** What was taken is let go once it is this much, and more than half. */
const TAKEN_MAX = 1024

export class Fifo<T> {
  readonly #items: (T | undefined)[] = []
  #taken = 0

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#taken]
    if (this.#taken === this.#items.length) return undefined
    this.#items[this.#taken++] = undefined
    if (this.#taken === this.#items.length) this.#items.length = this.#taken = 0
    else if (this.#taken >= TAKEN_MAX && 2 * this.#taken > this.#items.length) {
      this.#items.splice(0, this.#taken)
      this.#taken = 0
    }
    return item
  }
}
