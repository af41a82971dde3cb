// The time limits of one request, asked or answered, and everything that must end with it.
import type { Stream } from '@libp2p/interface'
import type { TimerHandle, Timers } from '../runtime/index.ts'
import { NetworkError } from './host.ts'

/** Owns a deadline, the signal that carries it, and the stream that is aborted by it. `end` releases everything. */
export class Exchange {
  /** True while the peer is to act: only then is running out of time its fault. */
  waitingForPeer = false
  readonly #timers: Timers
  readonly #controller = new AbortController()
  readonly #limits = new Set<TimerHandle>()
  /** Those who wait; told in order. Listeners of the signal would cost more than all the rest. */
  readonly #waits = new Set<(reason: unknown) => void>()
  readonly #onEnd: (exchange: Exchange) => void
  readonly #parent: AbortSignal | undefined
  #stream: Stream | undefined
  #late = false

  /** @param totalMs limit of the whole exchange, milliseconds */
  constructor(timers: Timers, totalMs: number, onEnd: (exchange: Exchange) => void, parent?: AbortSignal) {
    this.#timers = timers
    this.#onEnd = onEnd
    this.#parent = parent
    this.limit(totalMs, 'the whole answer')
    if (parent?.aborted) this.#onParentAbort()
    else parent?.addEventListener('abort', this.#onParentAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Time ran out while it was the peer's turn. */
  get peerWasLate(): boolean {
    return this.#late
  }

  /** A further limit, until cancelled. */
  limit(ms: number, what: string): TimerHandle {
    const timer = this.#timers.after(ms, () => {
      this.#limits.delete(timer)
      if (!this.signal.aborted) this.#late = this.waitingForPeer
      this.abort(new NetworkError('timeout', `${what} took longer than ${ms} ms`))
    })
    this.#limits.add(timer)
    return {
      cancel: () => {
        this.#limits.delete(timer)
        timer.cancel()
      }
    }
  }

  /** The stream is aborted with the exchange. */
  attach(stream: Stream): void {
    this.#stream = stream
    if (this.signal.aborted) stream.abort(this.#reason())
  }

  /** Waits, at most as long as the exchange lives. */
  async until<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    work.then(resolve, reject)
    if (this.signal.aborted) reject(this.signal.reason)
    else this.#waits.add(reject)
    try {
      return await promise
    } finally {
      this.#waits.delete(reject)
    }
  }

  /** As `until`, for something that only the peer can bring about. */
  async untilPeer<T>(work: Promise<T>): Promise<T> {
    this.waitingForPeer = true
    try {
      return await this.until(work)
    } finally {
      this.waitingForPeer = false
    }
  }

  /** Ends it by force: waits reject with `error`, the stream is reset. */
  abort(error: NetworkError): void {
    if (this.signal.aborted) return
    this.#controller.abort(error)
    for (const reject of this.#waits) reject(error)
    this.#stream?.abort(error)
  }

  /** Ends it in peace. The stream is the caller's to close. */
  end(): void {
    for (const limit of this.#limits) limit.cancel()
    this.#limits.clear()
    this.#parent?.removeEventListener('abort', this.#onParentAbort)
    this.#onEnd(this)
  }

  #reason(): Error {
    const reason: unknown = this.signal.reason
    return reason instanceof Error ? reason : new NetworkError('closed', String(reason))
  }

  readonly #onParentAbort = (): void => {
    const reason: unknown = this.#parent?.reason
    this.abort(reason instanceof NetworkError ? reason : new NetworkError('closed', 'given up by the caller', reason))
  }
}
