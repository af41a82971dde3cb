// A live feed as server-sent events. Nobody has a queue: a reader that is in step gets each update as it comes, one
// that takes its time gets what it missed as it takes it, and one that missed too much gets everything afresh.
import type { ServerResponse } from 'node:http'
import { liveDefaults } from '../config/index.ts'
import type { Clock, Timers } from '../runtime/index.ts'
import type { Feed } from './live/feed.ts'
import type { Update } from './live/types.ts'
import { Stream, Streams } from './streams.ts'

export interface UpdateStreamsInit {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'every'>
}

const { readersMax, heartbeatMs, stalledMaxMs } = liveDefaults

export class UpdateStreams {
  readonly #feed: Feed
  readonly #clock: Clock
  readonly #streams: Streams<Reader>

  constructor(feed: Feed, { clock, timers }: UpdateStreamsInit) {
    this.#feed = feed
    this.#clock = clock
    this.#streams = new Streams({
      readersMax,
      busy: 'Too many live views are open already.',
      heartbeatMs,
      timers,
      subscribe: () =>
        feed.subscribe(() => {
          for (const reader of this.#streams.readers) reader.tell()
        })
    })
  }

  get size(): number {
    return this.#streams.readers.size
  }

  /** Answers a request with the stream. Throws `HttpFault` (`busy`, `closing`) before anything was sent. */
  open(response: ServerResponse): void {
    this.#streams.open(response, () => new Reader(response, this.#feed, this.#clock)).tell()
  }

  /** Ends every stream at once. */
  close(): void {
    this.#streams.close()
  }
}

/** One open stream. */
class Reader {
  readonly stream: Stream
  readonly #feed: Feed
  /** The last update it was sent; none yet. */
  #seq: number | undefined
  /** Of what it was told last, the rest: it is written as the reader takes it. */
  #rest: readonly Update[] = []

  constructor(response: ServerResponse, feed: Feed, clock: Clock) {
    this.#feed = feed
    this.stream = new Stream(response, { clock, stalledMaxMs, onTaken: () => this.tell() })
  }

  /** What it has not got, for as long as it takes what it is given. */
  tell(): void {
    while (!this.stream.isFull) {
      if (this.#rest.length === 0) this.#rest = this.#missed()
      const [update, ...rest] = this.#rest
      if (update === undefined) return
      this.#rest = rest
      this.#seq = update.seq
      this.stream.write(textOf(update))
    }
  }

  #missed(): readonly Update[] {
    const missed = this.#seq === undefined ? undefined : this.#feed.since(this.#seq)
    return missed ?? this.#feed.snapshot()
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
