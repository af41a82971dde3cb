// A live feed as server-sent events. Nobody has a queue: a reader that is in step gets each update as it comes, one
// that takes its time gets what it missed as it takes it, and one that missed too much gets everything afresh.
import type { ServerResponse } from 'node:http'
import { liveDefaults } from '../config/index.ts'
import type { Clock, TimerHandle, Timers } from '../runtime/index.ts'
import { HttpFault } from './fault.ts'
import { STREAM_HEADERS } from './headers.ts'
import type { Feed } from './live/feed.ts'
import type { Update } from './live/types.ts'

export interface UpdateStreamsInit {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'every'>
}

const { readersMax, heartbeatMs, stalledMaxMs } = liveDefaults

export class UpdateStreams {
  readonly #feed: Feed
  readonly #init: UpdateStreamsInit
  readonly #readers = new Set<Reader>()
  #unsubscribe: (() => void) | undefined
  #heartbeat: TimerHandle | undefined
  #closed = false

  constructor(feed: Feed, init: UpdateStreamsInit) {
    this.#feed = feed
    this.#init = init
  }

  get size(): number {
    return this.#readers.size
  }

  /** Answers a request with the stream. Throws `HttpFault` (`busy`, `closing`) before anything was sent. */
  open(response: ServerResponse): void {
    if (this.#closed) throw new HttpFault(503, 'closing', 'The API is closing.')
    if (this.#readers.size >= readersMax) {
      throw new HttpFault(503, 'busy', 'Too many live views are open already.', 'Close another one.')
    }
    const reader = new Reader(response, this.#feed, this.#init.clock)
    this.#readers.add(reader)
    response.once('close', () => this.#remove(reader))
    this.#unsubscribe ??= this.#feed.subscribe(() => {
      for (const each of this.#readers) each.tell()
    })
    this.#heartbeat ??= this.#init.timers.every(heartbeatMs, () => {
      for (const each of this.#readers) each.heartbeat()
    })
    reader.tell()
  }

  /** Ends every stream at once. */
  close(): void {
    this.#closed = true
    for (const reader of this.#readers) {
      reader.end()
      this.#remove(reader)
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
  readonly #feed: Feed
  readonly #clock: Clock
  /** The last update it was sent; none yet. */
  #seq: number | undefined
  /** Of what it was told last, the rest: it is written as the reader takes it. */
  #rest: readonly Update[] = []
  #toldAt: number

  constructor(response: ServerResponse, feed: Feed, clock: Clock) {
    this.#response = response
    this.#feed = feed
    this.#clock = clock
    this.#toldAt = clock.now()
    response.writeHead(200, STREAM_HEADERS)
    response.on('drain', () => this.tell())
  }

  /** What it has not got, for as long as it takes what it is given. */
  tell(): void {
    while (!this.#response.writableNeedDrain) {
      if (this.#rest.length === 0) this.#rest = this.#missed()
      const [update, ...rest] = this.#rest
      if (update === undefined) return
      this.#rest = rest
      this.#seq = update.seq
      this.#toldAt = this.#clock.now()
      this.#response.write(textOf(update))
    }
  }

  #missed(): readonly Update[] {
    const missed = this.#seq === undefined ? undefined : this.#feed.since(this.#seq)
    return missed ?? this.#feed.snapshot()
  }

  heartbeat(): void {
    const silentMs = this.#clock.now() - this.#toldAt
    if (this.#response.writableNeedDrain) {
      if (silentMs > stalledMaxMs) this.#response.destroy()
    } else if (silentMs >= heartbeatMs) this.#response.write(': alive\n\n')
  }

  end(): void {
    if (this.#response.writableNeedDrain) this.#response.destroy()
    else this.#response.end()
  }
}

/** One text however many readers. */
const texts = new WeakMap<Update, string>()

function textOf(update: Update): string {
  const known = texts.get(update)
  if (known !== undefined) return known
  const text = `id: ${update.seq}\nevent: update\ndata: ${JSON.stringify(update)}\n\n`
  texts.set(update, text)
  return text
}
