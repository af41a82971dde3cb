// A stream over a virtual link: the states and events of libp2p's Stream that gossipsub and our requests rely on, as in
// @libp2p/utils' AbstractMessageStream, and nothing else. A simulation has four of them for every connection, so what a
// real stream brings (an EventTarget, buffers, queues, bound functions) would be most of its memory.
import { type Stream, StreamBufferError, StreamResetError, StreamStateError } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'

/** Unread bytes above which a stream is aborted, as in libp2p. */
const READ_BUFFER_BYTES_MAX = 4 * 1024 * 1024

interface StreamEvent {
  readonly type: string
  readonly data?: Uint8Array | Uint8ArrayList
  readonly error?: Error
}
type Listener = (event: StreamEvent) => void

export interface VirtualStreamInit {
  readonly id: string
  readonly protocol: string
  readonly direction: 'inbound' | 'outbound'
  /** Carries `arrive` to the other end; `bytes` cost bandwidth. */
  readonly transmit: (bytes: number, arrive: () => void) => void
  /** It is over, however it ended. */
  readonly onEnd: (stream: VirtualStream) => void
  /** One array for all copies of the same bytes. */
  readonly share: (bytes: Uint8Array) => Uint8Array
}

export class VirtualStream {
  readonly id: string
  readonly protocol: string
  readonly direction: 'inbound' | 'outbound'
  status: 'open' | 'closed' | 'reset' | 'aborted' = 'open'
  readStatus: 'readable' | 'paused' | 'closed' = 'readable'
  writeStatus: 'writable' | 'closed' = 'writable'
  remoteReadStatus: 'readable' | 'closed' = 'readable'
  remoteWriteStatus: 'writable' | 'closed' = 'writable'
  /** Set by gossipsub. Nothing waits here: what is sent is the link's at once. */
  maxWriteBufferLength: number | undefined
  readonly #init: VirtualStreamInit
  #remote: VirtualStream | undefined
  #listeners: { readonly type: string; readonly fn: Listener; readonly once: boolean }[] = []
  /** Read by nobody yet. */
  #unread: Uint8ArrayList | undefined

  constructor(init: VirtualStreamInit) {
    this.#init = init
    this.id = init.id
    this.protocol = init.protocol
    this.direction = init.direction
  }

  /** Joins two ends. */
  static join(a: VirtualStream, b: VirtualStream): void {
    a.#remote = b
    b.#remote = a
  }

  /** libp2p's interface, of which what is used is here. */
  asStream(): Stream {
    return this as unknown as Stream
  }

  addEventListener(type: string, fn: Listener, options?: { once?: boolean }): void {
    if (this.#listeners.some((listener) => listener.type === type && listener.fn === fn)) return
    this.#listeners.push({ type, fn, once: options?.once === true })
    // Not at once: a reader may listen before it is complete.
    if (type === 'message' && this.readBufferLength > 0) queueMicrotask(() => this.#handOver())
  }

  removeEventListener(type: string, fn: Listener): void {
    this.#listeners = this.#listeners.filter((listener) => listener.type !== type || listener.fn !== fn)
  }

  // ---- this end

  get readBufferLength(): number {
    return this.#unread?.byteLength ?? 0
  }

  /** True: there is always room for more. Throws `StreamStateError` when this end has been closed. */
  send(data: Uint8Array | Uint8ArrayList): boolean {
    if (this.writeStatus === 'closed') throw new StreamStateError('Cannot write to a stream that is closed')
    const bytes = this.#init.share(data instanceof Uint8Array ? data : data.subarray())
    if (bytes.length > 0) this.#tell(bytes.length, (remote) => remote.#onData(bytes))
    return true
  }

  async onDrain(): Promise<void> {}

  async close(): Promise<void> {
    if (this.writeStatus === 'closed') return
    this.writeStatus = 'closed'
    this.#tell(0, (remote) => remote.#onRemoteCloseWrite())
    if (this.remoteWriteStatus === 'closed') this.onTransportClosed()
  }

  async closeRead(): Promise<void> {
    if (this.readStatus === 'closed') return
    this.#unread = undefined
    this.readStatus = 'closed'
    this.#tell(0, (remote) => remote.#onRemoteCloseRead())
  }

  abort(error: Error): void {
    if (this.status !== 'open') return
    this.#unread = undefined
    this.readStatus = 'closed'
    this.remoteReadStatus = 'closed'
    this.#tell(0, (remote) => remote.#onRemoteReset())
    this.#end('aborted', error)
  }

  // Windows are not modelled: a paused reader buffers up to its limit, as over TCP with a large window.
  pause(): void {
    if (this.readStatus === 'readable') this.readStatus = 'paused'
  }

  resume(): void {
    if (this.readStatus !== 'paused') return
    this.readStatus = 'readable'
    this.#handOver()
  }

  /** The connection has ended. */
  onTransportClosed(): void {
    if (this.readStatus === 'readable' && this.readBufferLength === 0) this.readStatus = 'closed'
    this.remoteReadStatus = 'closed'
    if (this.status === 'open') this.#end('closed')
  }

  // ---- the other end

  #onData(bytes: Uint8Array): void {
    if (this.readStatus === 'closed') return
    this.#unread ??= new Uint8ArrayList()
    this.#unread.append(bytes)
    this.#handOver()
  }

  #onRemoteCloseWrite(): void {
    if (this.remoteWriteStatus === 'closed') return
    this.remoteWriteStatus = 'closed'
    this.#emit({ type: 'remoteCloseWrite' })
    if (this.writeStatus === 'closed') this.onTransportClosed()
  }

  #onRemoteCloseRead(): void {
    this.remoteReadStatus = 'closed'
  }

  #onRemoteReset(): void {
    if (this.status !== 'open') return
    this.remoteReadStatus = 'closed'
    if (this.readBufferLength === 0) this.readStatus = 'closed'
    this.#end('reset', new StreamResetError())
  }

  // ----

  #tell(bytes: number, arrive: (remote: VirtualStream) => void): void {
    const remote = this.#remote
    if (remote !== undefined) this.#init.transmit(bytes, () => arrive(remote))
  }

  #end(status: 'closed' | 'reset' | 'aborted', error?: Error): void {
    this.status = status
    this.writeStatus = 'closed'
    this.remoteWriteStatus = 'closed'
    this.#init.onEnd(this)
    this.#emit(error === undefined ? { type: 'close' } : { type: 'close', error })
  }

  #emit(event: StreamEvent): void {
    for (const listener of this.#listeners.filter(({ type }) => type === event.type)) {
      if (listener.once) this.removeEventListener(listener.type, listener.fn)
      listener.fn(event)
    }
  }

  /** Gives what has arrived to whoever reads. */
  #handOver(): void {
    const unread = this.#unread
    if (unread === undefined || unread.byteLength === 0) return
    if (this.readStatus === 'readable' && this.#listeners.some(({ type }) => type === 'message')) {
      this.#unread = undefined
      this.#emit({ type: 'message', data: unread })
      if (this.readBufferLength === 0 && this.remoteWriteStatus === 'closed') this.readStatus = 'closed'
    }
    if (this.readBufferLength > READ_BUFFER_BYTES_MAX) {
      this.abort(new StreamBufferError(`${this.readBufferLength} bytes unread, more than ${READ_BUFFER_BYTES_MAX}`))
    }
  }
}
