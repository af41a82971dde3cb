// A binary heap over any order (Williams 1964). Linear to build, logarithmic to change its first element.

export class Heap<T> {
  readonly #items: T[]
  readonly #before: (a: T, b: T) => boolean

  /** Takes `items` over and orders them. `before(a, b)`: a leaves before b; a strict order. */
  constructor(items: T[], before: (a: T, b: T) => boolean) {
    this.#items = items
    this.#before = before
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above] as T
      if (!this.#before(item, parent)) break
      items[at] = parent
      at = above
    }
    items[at] = item
  }

  pop(): T | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (this.#items.length > 0) this.replace(last as T)
    return first
  }

  /** Puts `item` in the place of the first element: cheaper than a pop and a push. The heap must not be empty. */
  replace(item: T): void {
    this.#items[0] = item
    this.#sink(0)
  }

  #sink(from: number): void {
    const items = this.#items
    const item = items[from] as T
    const half = items.length >> 1
    let at = from
    while (at < half) {
      let child = 2 * at + 1
      const right = child + 1
      if (right < items.length && this.#before(items[right] as T, items[child] as T)) child = right
      const below = items[child] as T
      if (!this.#before(below, item)) break
      items[at] = below
      at = child
    }
    items[at] = item
  }
}
