// Server-sent events (WHATWG HTML, section 9.2): one subscription to the source however many read, and each event
// turned into text once. A reader that is too slow loses events and is told how many; it never holds memory.
import type { ServerResponse } from 'node:http'
import { apiDefaults } from '../config/index.ts'
import type { Clock, TimerHandle, Timers } from '../runtime/index.ts'
import { HttpFault } from './fault.ts'
import { STREAM_HEADERS } from './headers.ts'
import type { EventFilter } from './route.ts'

/** Something that tells events until the returned function is called. */
export type Subscribe<E> = (sink: (event: E) => void) => () => void

export interface EventStreamsInit {
  readonly clock: Clock
  readonly timers: Timers
  readonly onDropped?: (count: number) => void
}

const { streamsMax, pendingMaxBytes, heartbeatMs, stalledMaxMs } = apiDefaults.events

export class EventStreams<E extends { readonly type: string }> {
  readonly #subscribe: Subscribe<E>
  readonly #init: EventStreamsInit
  readonly #readers = new Set<Reader>()
  #unsubscribe: (() => void) | undefined
  #heartbeat: TimerHandle | undefined
  #lastId = 0
  #closed = false

  constructor(subscribe: Subscribe<E>, init: EventStreamsInit) {
    this.#subscribe = subscribe
    this.#init = init
  }

  get size(): number {
    return this.#readers.size
  }

  /** Answers a request with the stream. Throws `HttpFault` (`busy`, `closing`) before anything was sent. */
  open(response: ServerResponse, filter: EventFilter): void {
    if (this.#closed) throw new HttpFault(503, 'closing', 'The API is closing.')
    if (this.#readers.size >= streamsMax) {
      throw new HttpFault(503, 'busy', 'Too many event streams are open already.', 'Close another one.')
    }
    const reader = new Reader(response, filter, this.#init)
    this.#readers.add(reader)
    response.once('close', () => this.#remove(reader))
    this.#unsubscribe ??= this.#subscribe((event) => this.#tell(event))
    this.#heartbeat ??= this.#init.timers.every(heartbeatMs, () => {
      for (const each of this.#readers) each.heartbeat()
    })
  }

  /** Ends every stream at once. */
  close(): void {
    this.#closed = true
    for (const reader of this.#readers) {
      reader.end()
      this.#remove(reader)
    }
  }

  #tell(event: E): void {
    const id = ++this.#lastId
    let text: string | undefined
    for (const reader of this.#readers) {
      if (!reader.wants(event.type)) continue
      text ??= `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
      reader.send(text)
    }
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
  }
}

/** One open stream. */
class Reader {
  readonly #response: ServerResponse
  readonly #filter: EventFilter
  readonly #init: EventStreamsInit
  #dropped = 0
  /** When the reader last had nothing left to take. */
  #emptyAt: number
  #sentSinceHeartbeat = false

  constructor(response: ServerResponse, filter: EventFilter, init: EventStreamsInit) {
    this.#response = response
    this.#filter = filter
    this.#init = init
    this.#emptyAt = init.clock.now()
    response.writeHead(200, STREAM_HEADERS)
    // Once the backlog is sent the reader hears what it missed, even if nothing happens any more.
    response.on('drain', () => this.#tellDropped())
    response.write(': events follow\n\n')
  }

  wants(type: string): boolean {
    return this.#filter === undefined || this.#filter.has(type)
  }

  send(text: string): void {
    if (this.#response.writableLength > pendingMaxBytes || this.#dropped > 0) {
      // From the first loss on everything is dropped until the reader has caught up: one gap instead of many.
      this.#dropped++
      this.#init.onDropped?.(1)
      return
    }
    this.#sentSinceHeartbeat = true
    this.#response.write(text)
  }

  heartbeat(): void {
    const now = this.#init.clock.now()
    if (this.#response.writableLength === 0) this.#emptyAt = now
    else if (now - this.#emptyAt > stalledMaxMs) return void this.#response.destroy()
    if (!this.#sentSinceHeartbeat && this.#response.writableLength === 0) this.#response.write(': alive\n\n')
    this.#sentSinceHeartbeat = false
  }

  end(): void {
    if (this.#response.writableLength > 0) this.#response.destroy()
    else this.#response.end()
  }

  #tellDropped(): void {
    this.#emptyAt = this.#init.clock.now()
    if (this.#dropped === 0) return
    const count = this.#dropped
    this.#dropped = 0
    this.#response.write(`event: dropped\ndata: {"count":${count}}\n\n`)
  }
}
