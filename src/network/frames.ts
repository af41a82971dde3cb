// Frames on a stream: a varint length, then that many bytes. The length is checked before the bytes are taken in, and
// a reader that is not asked pauses the stream, so at most one frame and one delivery of the muxer are held.
// (The library's decoder checks after buffering and swallows empty frames, which are valid protobuf messages.)
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { NetworkError } from './host.ts'

/** Longest length prefix: 28 bits, above every frame limit. */
const PREFIX_BYTES_MAX = 4

/** A length as a varint (unsigned LEB128). Throws `RangeError` for what four bytes don't hold. */
function encodePrefix(length: number): Uint8Array {
  if (length >= 2 ** (7 * PREFIX_BYTES_MAX)) throw new RangeError(`a frame of ${length} bytes`)
  const bytes: number[] = []
  for (; length >= 0x80; length >>>= 7) bytes.push((length & 0x7f) | 0x80)
  bytes.push(length)
  return Uint8Array.from(bytes)
}

/** The payload behind its length, in one piece. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const prefix = encodePrefix(payload.length)
  const frame = new Uint8Array(prefix.length + payload.length)
  frame.set(prefix)
  frame.set(payload, prefix.length)
  return frame
}

/**
 * Sends one frame, waiting for the peer to read when the stream is full. Resolves with the bytes of the frame, prefix
 * included. Rejects with `NetworkError` (`closed`), or the signal's reason.
 */
export async function writeFrame(stream: Stream, payload: Uint8Array, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted()
  const prefix = encodePrefix(payload.length)
  try {
    const full = !stream.send(new Uint8ArrayList(prefix, payload))
    if (full) await stream.onDrain({ signal })
    return prefix.length + payload.length
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof NetworkError ? error : new NetworkError('closed', 'the stream ended while sending', error)
  }
}

/** Reads frames one at a time. One reader per stream, one `next` at a time; it needs no signal: abort the stream. */
export class FrameReader {
  readonly #stream: Stream
  readonly #frameBytesMax: number
  readonly #buffer = new Uint8ArrayList()
  #waiting: PromiseWithResolvers<Uint8ArrayList | undefined> | undefined
  /** Once set, everything after what is buffered. */
  #end: { readonly error?: Error } | undefined
  #resuming = false

  constructor(stream: Stream, frameBytesMax: number) {
    this.#stream = stream
    this.#frameBytesMax = frameBytesMax
    // The peer may have ended before anyone listened.
    if (stream.status === 'reset' || stream.status === 'aborted') {
      this.#end = { error: new NetworkError('closed', `stream ${stream.status}`) }
    } else if (stream.remoteWriteStatus === 'closed') this.#end = {}
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    stream.addEventListener('close', this.#onClose)
  }

  /**
   * The next frame, or undefined at a clean end. Rejects with `NetworkError`: `oversize`, `bad-message` (a broken
   * prefix, or an end inside a frame), `closed` (reset), or whatever the stream was aborted with here.
   */
  async next(): Promise<Uint8ArrayList | undefined> {
    const frame = this.#take()
    if (frame !== undefined) return frame
    if (this.#ended()) return this.#finish()
    this.#waiting = Promise.withResolvers()
    const { promise } = this.#waiting
    // Resuming delivers what is there at once. Pausing inside of that would be undone at its end.
    this.#resuming = true
    this.#flow('resume')
    this.#resuming = false
    if (this.#waiting === undefined) this.#flow('pause')
    return promise
  }

  /** Something is there that nobody has asked for yet. */
  get hasMore(): boolean {
    return this.#buffer.byteLength > 0 || this.#stream.readBufferLength > 0
  }

  /** Takes no more: what the peer still sends stays in its window. */
  stop(): void {
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    this.#stream.removeEventListener('close', this.#onClose)
    this.#buffer.consume(this.#buffer.byteLength)
    this.#flow('pause')
  }

  readonly #onMessage = ({ data }: StreamMessageEvent): void => {
    this.#buffer.append(data)
    this.#advance()
    if (this.#waiting === undefined && !this.#resuming) this.#flow('pause')
  }

  readonly #onRemoteCloseWrite = (): void => {
    this.#end ??= {}
    this.#advance()
  }

  readonly #onClose = (event: StreamCloseEvent): void => {
    const { error } = event
    if (error !== undefined) {
      this.#end = { error: error instanceof NetworkError ? error : new NetworkError('closed', 'stream reset', error) }
    }
    this.#end ??= {}
    this.#advance()
  }

  #advance(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    try {
      const frame = this.#take()
      if (frame === undefined && !this.#ended()) return
      this.#waiting = undefined
      waiting.resolve(frame ?? this.#finish())
    } catch (error) {
      this.#waiting = undefined
      waiting.reject(error)
    }
  }

  /** One whole frame from the buffer, if it is there. */
  #take(): Uint8ArrayList | undefined {
    const prefix = this.#prefix()
    if (prefix === undefined) return undefined
    const end = prefix.bytes + prefix.length
    if (this.#buffer.byteLength < end) return undefined
    const frame = this.#buffer.sublist(prefix.bytes, end)
    this.#buffer.consume(end)
    return frame
  }

  #prefix(): { length: number; bytes: number } | undefined {
    let length = 0
    for (let bytes = 0; bytes < this.#buffer.byteLength; bytes++) {
      if (bytes === PREFIX_BYTES_MAX) throw new NetworkError('bad-message', 'a length prefix that does not end')
      const byte = this.#buffer.get(bytes)
      length += (byte & 0x7f) * 2 ** (7 * bytes)
      if (byte >= 0x80) continue
      if (length > this.#frameBytesMax) {
        throw new NetworkError('oversize', `a frame of ${length} bytes where ${this.#frameBytesMax} are allowed`)
      }
      return { length, bytes: bytes + 1 }
    }
    return undefined
  }

  /** The peer will send no more. A paused stream may end before all of it was handed over. */
  #ended(): boolean {
    return this.#end !== undefined && (this.#end.error !== undefined || this.#stream.readBufferLength === 0)
  }

  #finish(): undefined {
    if (this.#end?.error !== undefined) throw this.#end.error
    if (this.#buffer.byteLength > 0) throw new NetworkError('bad-message', 'the stream ended inside a frame')
    return undefined
  }

  #flow(change: 'pause' | 'resume'): void {
    const { readStatus } = this.#stream
    if (readStatus === 'readable' || readStatus === 'paused') this.#stream[change]()
  }
}
