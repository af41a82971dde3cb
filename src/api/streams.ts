// What all streams of server-sent events have in common: so many readers at most, something that is subscribed to while
// anybody reads, a sign of life for those who hear nothing, and an end for those who take nothing.
import type { ServerResponse } from 'node:http'
import type { Clock, TimerHandle, Timers } from '../runtime/index.ts'
import { HttpFault } from './fault.ts'
import { STREAM_HEADERS } from './headers.ts'

export interface StreamsInit {
  readonly readersMax: number
  /** Said to one reader too many. */
  readonly busy: string
  readonly heartbeatMs: number
  readonly timers: Pick<Timers, 'every'>
  /** Called for the first reader; what it returns, when the last one is gone. */
  readonly subscribe: () => () => void
}

export class Streams<R extends { readonly stream: Stream }> {
  readonly readers = new Set<R>()
  readonly #init: StreamsInit
  #unsubscribe: (() => void) | undefined
  #heartbeat: TimerHandle | undefined
  #closed = false

  constructor(init: StreamsInit) {
    this.#init = init
  }

  /** `make` begins the answer. Throws `HttpFault` (`busy`, `closing`) before anything was sent. */
  open(response: ServerResponse, make: () => R): R {
    const { readersMax, busy, timers, heartbeatMs, subscribe } = this.#init
    if (this.#closed) throw new HttpFault(503, 'closing', 'The API is closing.')
    if (this.readers.size >= readersMax) throw new HttpFault(503, 'busy', busy, 'Close another one.')
    const reader = make()
    this.readers.add(reader)
    response.once('close', () => this.#remove(reader))
    this.#unsubscribe ??= subscribe()
    this.#heartbeat ??= timers.every(heartbeatMs, () => {
      for (const { stream } of this.readers) stream.beat()
    })
    return reader
  }

  /** Ends every stream at once. */
  close(): void {
    this.#closed = true
    for (const reader of this.readers) {
      reader.stream.end()
      this.#remove(reader)
    }
  }

  #remove(reader: R): void {
    this.readers.delete(reader)
    if (this.readers.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
  }
}

export interface StreamInit {
  readonly clock: Clock
  /** A reader that takes nothing of what waits for it for longer is not there, ms. */
  readonly stalledMaxMs: number
  /** It has taken everything. */
  readonly onTaken: () => void
}

/** One answer that goes on. */
export class Stream {
  readonly #response: ServerResponse
  readonly #init: StreamInit
  /** When something was taken last, as far as was looked, or nothing was left to take. */
  #takenAt: number
  /** Pending at the last look. */
  #leftBytes = 0
  #isSilent = true

  constructor(response: ServerResponse, init: StreamInit) {
    this.#response = response
    this.#init = init
    this.#takenAt = init.clock.now()
    response.writeHead(200, STREAM_HEADERS)
    response.on('drain', () => {
      this.#takenAt = init.clock.now()
      init.onTaken()
    })
  }

  /** Written, but not taken yet. */
  get pendingBytes(): number {
    return this.#response.writableLength
  }

  /** It asks to wait until everything is taken. */
  get isFull(): boolean {
    return this.#response.writableNeedDrain
  }

  write(text: string): void {
    this.#look()
    this.#isSilent = false
    this.#response.write(text)
    this.#leftBytes = this.pendingBytes
  }

  beat(): void {
    const { clock, stalledMaxMs } = this.#init
    this.#look()
    if (clock.now() - this.#takenAt > stalledMaxMs) this.#response.destroy()
    else if (this.#isSilent && this.pendingBytes === 0) this.write(': alive\n\n')
    this.#isSilent = true
  }

  /** What was written just now still arrives; whoever is behind is not waited for. */
  end(): void {
    if (this.isFull) this.#response.destroy()
    else this.#response.end()
  }

  #look(): void {
    const { pendingBytes } = this
    if (pendingBytes === 0 || pendingBytes < this.#leftBytes) this.#takenAt = this.#init.clock.now()
    this.#leftBytes = pendingBytes
  }
}
