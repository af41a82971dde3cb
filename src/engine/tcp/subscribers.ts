// Those who hear of something, in the order in which they came.
export class Subscribers<T> {
  readonly #sinks = new Set<(value: T) => void>()

  readonly tell = (value: T): void => {
    for (const sink of this.#sinks) sink(value)
  }

  /** Returns the function that unsubscribes. */
  readonly subscribe = (sink: (value: T) => void): (() => void) => {
    this.#sinks.add(sink)
    return () => void this.#sinks.delete(sink)
  }
}
