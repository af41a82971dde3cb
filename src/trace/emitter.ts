// Hands every event to each subscriber, in order, synchronously. A sink that throws is a bug of the sink and is
// dropped after it is reported, so that observation never changes what a node does.
import type { EventSink, NodeEvent } from './events.ts'

export interface EventSource {
  /** Returns the function that unsubscribes. */
  subscribe(sink: EventSink): () => void
}

export class EventEmitter implements EventSource {
  readonly #sinks = new Set<EventSink>()
  readonly #onSinkError: (error: unknown) => void

  constructor(onSinkError: (error: unknown) => void = () => {}) {
    this.#onSinkError = onSinkError
  }

  readonly emit = (event: NodeEvent): void => {
    for (const sink of this.#sinks) {
      try {
        sink(event)
      } catch (error) {
        this.#sinks.delete(sink)
        this.#onSinkError(error)
      }
    }
  }

  subscribe(sink: EventSink): () => void {
    this.#sinks.add(sink)
    return () => void this.#sinks.delete(sink)
  }
}
