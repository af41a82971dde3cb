// One connection under link shaping: what it sends crosses the node's uplink, then the delay of the link, in order; what
// it receives crosses the node's downlink. It sits below encryption, so that handshakes, acknowledgements and window
// updates are shaped like data. A blocked link holds everything, ends included, as a black hole does to TCP: neither
// side learns anything until a resend gets through after it healed, or the connection's patience is over.
import type { AbortOptions, MultiaddrConnection, StreamCloseEvent } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import type { TimerHandle } from '../../runtime/index.ts'
import { lossDelay, PATIENCE_MS, resentAt } from '../loss.ts'
import { type Flow, isFull } from './access-line.ts'
import type { LinkShaper, Shaped } from './link-shaper.ts'

interface Held {
  readonly dueAt: number
  readonly data: Uint8ArrayList
}

export class ShapedConnection extends AbstractMultiaddrConnection implements Shaped {
  readonly #inner: MultiaddrConnection
  readonly #shaper: LinkShaper
  readonly #up: Flow
  readonly #down: Flow
  #peer: string | undefined
  /** On the link, oldest first. With the uplink's queue bounded by the sender's respect of backpressure. */
  readonly #held: Held[] = []
  #heldBytes = 0
  #lastDueAt = 0
  #timer: TimerHandle | undefined
  #isBlocked: boolean
  /** The first of what a block swallowed would have arrived then. */
  #lostAt: number | undefined
  #patience: TimerHandle | undefined
  #innerFull = false
  #isPaused = false
  /** The downlink has too much of this connection waiting. */
  #isBehind = false
  #emptied: PromiseWithResolvers<void> | undefined
  /** The other side's end, until what came before it has been read and no partition hides it. */
  #ended: StreamCloseEvent | undefined
  /** Our end, which a partition keeps from the other side. */
  #hiddenReset: Error | undefined

  /** `peer`: whom a dial is meant for; an inbound connection learns it from its handshake (`identify`). */
  constructor(inner: MultiaddrConnection, peer: string | undefined, shaper: LinkShaper) {
    super({ remoteAddr: inner.remoteAddr, direction: inner.direction, log: inner.log })
    this.#inner = inner
    this.#peer = peer
    this.#shaper = shaper
    this.#isBlocked = shaper.link(peer).blocked
    this.#up = shaper.up.flow((data, at) => this.#cross(data, at))
    this.#down = shaper.down.flow((data) => this.#arrive(data))
    shaper.join(this)
    inner.addEventListener('message', ({ data }) => this.#receive(data))
    inner.addEventListener('drain', () => {
      this.#innerFull = false
      this.#release()
    })
    inner.addEventListener('close', (event) => this.#onEnd(event))
  }

  /** The handshake has said who is at the other end. */
  identify(peer: string): void {
    this.#peer = peer
    this.onTable()
  }

  onTable(): void {
    const { blocked, delayMs } = this.#shaper.link(this.#peer)
    const healed = this.#isBlocked && !blocked
    this.#isBlocked = blocked
    if (!healed) {
      this.#lose()
      return
    }
    // What was held arrives when it is sent again; where no resend comes in time, the connection ends.
    const arrivesAt = this.#shaper.runtime.clock.now() + delayMs
    const dueAt = this.#lostAt === undefined ? arrivesAt : (resentAt(this.#lostAt, arrivesAt, 2 * delayMs) ?? Infinity)
    for (const [i, held] of this.#held.entries()) this.#held[i] = { ...held, dueAt: Math.max(held.dueAt, dueAt) }
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt)
    if (this.#hiddenReset !== undefined) this.release()
    else if (this.#ended !== undefined) this.#tellEnd()
    else this.#schedule()
  }

  release(): void {
    const reason = this.#hiddenReset
    if (reason === undefined) return
    this.#hiddenReset = undefined
    this.#shaper.leave(this)
    this.#inner.abort(reason)
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
    this.#heldBytes += sentBytes
    this.#up.push(data, this.#shaper.runtime.clock.now())
    return { sentBytes, canSendMore: !isFull(this.#heldBytes) }
  }

  /** Resolves when everything held back was sent and the connection closed. */
  override async sendClose(options?: AbortOptions): Promise<void> {
    if (this.#heldBytes > 0) {
      this.#emptied ??= Promise.withResolvers()
      await abortable(this.#emptied.promise, options?.signal)
    }
    await this.#inner.close(options)
  }

  /** A reset overtakes what is held back, as it does in a socket's buffer; but not through a partition. */
  override sendReset(error: Error): void {
    this.#drop()
    this.#down.clear()
    if (this.#isBlocked && this.#inner.status === 'open') {
      this.#hiddenReset = error
      return
    }
    this.#inner.abort(error)
  }

  override sendPause(): void {
    this.#isPaused = true
    this.#inner.pause()
  }

  override sendResume(): void {
    this.#isPaused = false
    if (!this.#isBehind) this.#inner.resume()
  }

  /** Something has crossed the uplink and is on the link. */
  #cross(data: Uint8ArrayList, at: number): void {
    const { runtime, jitterMs } = this.#shaper
    const { delayMs, loss } = this.#shaper.link(this.#peer)
    let dueAt = at + delayMs
    if (jitterMs > 0) dueAt += jitterMs * runtime.random.next()
    if (loss > 0) dueAt += lossDelay(data.byteLength, loss, 2 * delayMs, runtime.random, this.#up.bytes)
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt)
    this.#held.push({ dueAt: this.#lastDueAt, data })
    this.#lose()
    // Where nothing is added, no timer is either.
    if (this.#timer === undefined && this.#lastDueAt <= runtime.clock.now()) this.#release()
    else this.#schedule()
  }

  /** What is on the link is swallowed from now on. */
  #lose(): void {
    const oldest = this.#held[0]
    if (!this.#isBlocked || oldest === undefined || this.#lostAt !== undefined) return
    const { clock, timers } = this.#shaper.runtime
    const now = clock.now()
    this.#lostAt = Math.max(now, oldest.dueAt)
    this.#patience = timers.after(this.#lostAt - now + PATIENCE_MS, () => {
      this.abort(new Error(`nothing was acknowledged for ${PATIENCE_MS} ms`))
    })
  }

  #acknowledged(): void {
    this.#lostAt = undefined
    this.#patience?.cancel()
    this.#patience = undefined
  }

  #schedule(): void {
    const oldest = this.#held[0]
    if (
      oldest === undefined ||
      oldest.dueAt === Infinity ||
      this.#timer !== undefined ||
      this.#innerFull ||
      this.#isBlocked
    )
      return
    const { clock, timers } = this.#shaper.runtime
    // Rounded up: timers cut fractions, and nothing may leave early.
    const waitMs = Math.max(0, Math.ceil(oldest.dueAt - clock.now()))
    this.#timer = timers.after(waitMs, () => {
      this.#timer = undefined
      this.#release()
    })
  }

  #release(): void {
    if (this.#inner.status !== 'open' || this.#isBlocked) return
    const now = this.#shaper.runtime.clock.now()
    const wasFull = isFull(this.#heldBytes)
    let due = 0
    for (; due < this.#held.length && !this.#innerFull; due++) {
      const held = this.#held[due]
      if (held === undefined || held.dueAt > now) break
      this.#heldBytes -= held.data.byteLength
      this.#innerFull = !this.#inner.send(held.data)
    }
    this.#held.splice(0, due)
    if (due > 0) this.#acknowledged()
    this.#schedule()
    if (wasFull && !isFull(this.#heldBytes)) this.safeDispatchEvent('drain')
    if (this.#heldBytes === 0) this.#settle()
  }

  #receive(data: Uint8Array | Uint8ArrayList): void {
    if (this.status === 'aborted' || this.status === 'reset') return
    this.#down.push(data instanceof Uint8Array ? new Uint8ArrayList(data) : data, this.#shaper.runtime.clock.now())
    if (this.#isBehind || !isFull(this.#down.bytes)) return
    this.#isBehind = true
    this.#inner.pause()
  }

  /** Something has crossed the downlink. */
  #arrive(data: Uint8ArrayList): void {
    this.onData(data)
    if (this.#isBehind && !isFull(this.#down.bytes)) {
      this.#isBehind = false
      if (!this.#isPaused) this.#inner.resume()
    }
    if (this.#ended !== undefined) this.#tellEnd()
  }

  #onEnd(event: StreamCloseEvent): void {
    this.#drop()
    this.#hiddenReset = undefined
    this.#ended = event
    this.#tellEnd()
  }

  #tellEnd(): void {
    const event = this.#ended
    if (event === undefined) return
    const isOurs = event.local || this.status !== 'open'
    if (!isOurs && (this.#isBlocked || this.#down.bytes > 0)) return
    this.#ended = undefined
    this.#down.clear()
    this.#shaper.leave(this)
    if (this.status === 'aborted' || this.status === 'reset') return
    if (event.error === undefined) this.onTransportClosed()
    else if (event.local) this.abort(event.error)
    else this.onRemoteReset()
  }

  #drop(): void {
    this.#acknowledged()
    this.#timer?.cancel()
    this.#timer = undefined
    this.#up.clear()
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
