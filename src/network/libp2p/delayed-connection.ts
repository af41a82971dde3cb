// Link shaping inside the transport: everything a connection sends leaves a constant time later, in order. It sits
// below encryption, so handshakes, acknowledgements and window updates are delayed like data.
import type { AbortOptions, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { transportDefaults } from '../../config/index.ts'
import type { Runtime, TimerHandle } from '../../runtime/index.ts'

interface Held {
  readonly dueAt: number
  readonly data: Uint8ArrayList
}

/** A connection whose outgoing bytes arrive at `inner` after `latencyMs`. Incoming bytes pass through at once. */
export class DelayedConnection extends AbstractMultiaddrConnection {
  readonly #inner: MultiaddrConnection
  readonly #latencyMs: number
  readonly #runtime: Pick<Runtime, 'clock' | 'timers'>
  /** Oldest first; bounded by the sender's respect of backpressure at `delayQueueBytesMax`. */
  readonly #held: Held[] = []
  #heldBytes = 0
  #timer: TimerHandle | undefined
  #innerFull = false
  #emptied: PromiseWithResolvers<void> | undefined

  constructor(inner: MultiaddrConnection, latencyMs: number, runtime: Pick<Runtime, 'clock' | 'timers'>) {
    super({ remoteAddr: inner.remoteAddr, direction: inner.direction, log: inner.log })
    this.#inner = inner
    this.#latencyMs = latencyMs
    this.#runtime = runtime
    inner.addEventListener('message', (event) => this.onData(event.data))
    inner.addEventListener('drain', () => {
      this.#innerFull = false
      this.#release()
    })
    inner.addEventListener('close', (event) => {
      this.#drop()
      if (event.error === undefined) this.onTransportClosed()
      else if (event.local) this.abort(event.error)
      else this.onRemoteReset()
    })
  }

  /**
   * While what is held back drains before a close, the muxer may still react to frames that arrive. The library would
   * take that for an error and reset the connection, and what is held back would be lost.
   */
  override send(data: Uint8Array | Uint8ArrayList): boolean {
    return this.status === 'closing' ? true : super.send(data)
  }

  override sendData(data: Uint8ArrayList): SendResult {
    const sentBytes = data.byteLength
    this.#held.push({ dueAt: this.#runtime.clock.now() + this.#latencyMs, data })
    this.#heldBytes += sentBytes
    this.#schedule()
    return { sentBytes, canSendMore: this.#heldBytes < transportDefaults.delayQueueBytesMax }
  }

  /** Resolves when everything held back was sent and the connection closed. */
  override async sendClose(options?: AbortOptions): Promise<void> {
    if (this.#held.length > 0) {
      this.#emptied ??= Promise.withResolvers()
      await abortable(this.#emptied.promise, options?.signal)
    }
    await this.#inner.close(options)
  }

  /** A reset overtakes what is held back, as it does in a socket's buffer. */
  override sendReset(error: Error): void {
    this.#drop()
    this.#inner.abort(error)
  }

  override sendPause(): void {
    this.#inner.pause()
  }

  override sendResume(): void {
    this.#inner.resume()
  }

  #schedule(): void {
    const oldest = this.#held[0]
    if (oldest === undefined || this.#timer !== undefined || this.#innerFull) return
    // Rounded up: timers cut fractions, and nothing may leave early.
    const waitMs = Math.max(0, Math.ceil(oldest.dueAt - this.#runtime.clock.now()))
    this.#timer = this.#runtime.timers.after(waitMs, () => {
      this.#timer = undefined
      this.#release()
    })
  }

  #release(): void {
    if (this.#inner.status !== 'open') return
    const now = this.#runtime.clock.now()
    const wasFull = this.#heldBytes >= transportDefaults.delayQueueBytesMax
    let due = 0
    for (; due < this.#held.length && !this.#innerFull; due++) {
      const held = this.#held[due]
      if (held === undefined || held.dueAt > now) break
      this.#heldBytes -= held.data.byteLength
      this.#innerFull = !this.#inner.send(held.data)
    }
    this.#held.splice(0, due)
    this.#schedule()
    if (wasFull && this.#heldBytes < transportDefaults.delayQueueBytesMax) this.safeDispatchEvent('drain')
    if (this.#held.length === 0) this.#settle()
  }

  #drop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#held.length = 0
    this.#heldBytes = 0
    this.#settle()
  }

  #settle(): void {
    this.#emptied?.resolve()
    this.#emptied = undefined
  }
}

async function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
