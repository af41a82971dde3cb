// Server-sent events (WHATWG HTML, section 9.2): one subscription to the source however many read, and each event
// turned into text once. A reader that is too slow loses events and is told how many; it never holds memory.
import type { ServerResponse } from 'node:http'
import { apiDefaults } from '../config/index.ts'
import type { Clock, Timers } from '../runtime/index.ts'
import type { EventFilter } from './route.ts'
import { Stream, Streams } from './streams.ts'

/** Something that tells events until the returned function is called. */
export type Subscribe<E> = (sink: (event: E) => void) => () => void

export interface EventStreamsInit {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'every'>
  readonly onDropped?: (count: number) => void
}

const { streamsMax, pendingMaxBytes, heartbeatMs, stalledMaxMs } = apiDefaults.events

export class EventStreams<E extends { readonly type: string }> {
  readonly #init: EventStreamsInit
  readonly #streams: Streams<Reader>
  #lastId = 0

  constructor(subscribe: Subscribe<E>, init: EventStreamsInit) {
    this.#init = init
    this.#streams = new Streams({
      readersMax: streamsMax,
      busy: 'Too many event streams are open already.',
      heartbeatMs,
      timers: init.timers,
      subscribe: () => subscribe((event) => this.#tell(event))
    })
  }

  get size(): number {
    return this.#streams.readers.size
  }

  /** Answers a request with the stream. Throws `HttpFault` (`busy`, `closing`) before anything was sent. */
  open(response: ServerResponse, filter: EventFilter): void {
    this.#streams.open(response, () => new Reader(response, filter, this.#init))
  }

  /** Ends every stream at once. */
  close(): void {
    this.#streams.close()
  }

  #tell(event: E): void {
    const id = ++this.#lastId
    let text: string | undefined
    for (const reader of this.#streams.readers) {
      if (!reader.wants(event.type)) continue
      text ??= `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
      reader.send(text)
    }
  }
}

/** One open stream. */
class Reader {
  readonly stream: Stream
  readonly #filter: EventFilter
  readonly #onDropped: EventStreamsInit['onDropped']
  #dropped = 0

  constructor(response: ServerResponse, filter: EventFilter, { clock, onDropped }: EventStreamsInit) {
    this.#filter = filter
    this.#onDropped = onDropped
    // Once the backlog is sent the reader hears what it missed, even if nothing happens any more.
    this.stream = new Stream(response, { clock, stalledMaxMs, onTaken: () => this.#tellDropped() })
    this.stream.write(': events follow\n\n')
  }

  wants(type: string): boolean {
    return this.#filter === undefined || this.#filter.has(type)
  }

  send(text: string): void {
    if (this.stream.pendingBytes > pendingMaxBytes || this.#dropped > 0) {
      // From the first loss on everything is dropped until the reader has caught up: one gap instead of many.
      this.#dropped++
      this.#onDropped?.(1)
      return
    }
    this.stream.write(text)
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return
    const count = this.#dropped
    this.#dropped = 0
    this.stream.write(`event: dropped\ndata: {"count":${count}}\n\n`)
  }
}
