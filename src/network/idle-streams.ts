// Streams of lasting protocols between two questions: at most one for each peer and protocol, so bounded by connections
// times protocols. Whoever takes one owns it until it is put back.
import type { Stream } from '@libp2p/interface'
import type { FrameReader } from './frames.ts'
import { NetworkError } from './host.ts'

/** A stream with its reader, which may hold the beginning of a frame. */
export interface Line {
  readonly stream: Stream
  readonly reader: FrameReader
}

export class IdleStreams {
  readonly #lines = new Map<string, Line>()

  /** Whether a stream waits for the next question. */
  has(key: string): boolean {
    return this.#lines.has(key)
  }

  /** The idle stream of this peer and protocol, if there is one that still stands. */
  take(key: string): Line | undefined {
    const line = this.#lines.get(key)
    this.#lines.delete(key)
    return line?.stream.status === 'open' && line.stream.remoteWriteStatus !== 'closed' ? line : undefined
  }

  /** Keeps a stream for the next question; a second one is closed. */
  put(key: string, line: Line): void {
    if (line.stream.status !== 'open') return
    if (this.#lines.has(key)) return void line.stream.close().catch(() => {})
    this.#lines.set(key, line)
    line.stream.addEventListener('close', () => this.#forget(key, line), { once: true })
  }

  stop(): void {
    for (const { stream } of this.#lines.values()) stream.abort(new NetworkError('closed', 'stopping'))
    this.#lines.clear()
  }

  #forget(key: string, line: Line): void {
    if (this.#lines.get(key) === line) this.#lines.delete(key)
  }
}
