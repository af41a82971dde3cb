// The frame reader over a stream that is not there: delivers bytes in pieces, pauses and ends as a muxer's does.
import type { Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { FrameReader } from '../../src/network/frames.ts'

class BytesStream extends EventTarget {
  readonly status = 'open'
  readonly remoteWriteStatus = 'writable'
  readStatus: 'readable' | 'paused' = 'paused'
  readonly #pieces: Uint8Array[]

  constructor(bytes: Uint8Array) {
    super()
    // Three pieces, cut where the bytes themselves say.
    const cuts = [(bytes[0] ?? 0) % (bytes.length + 1), (bytes.at(-1) ?? 0) % (bytes.length + 1)].sort((a, b) => a - b)
    this.#pieces = [bytes.subarray(0, cuts[0]), bytes.subarray(cuts[0], cuts[1]), bytes.subarray(cuts[1])]
  }

  get readBufferLength(): number {
    return this.#pieces.reduce((sum, { length }) => sum + length, 0)
  }

  pause(): void {
    this.readStatus = 'paused'
  }

  resume(): void {
    this.readStatus = 'readable'
    while (this.readStatus === 'readable') {
      const data = this.#pieces.shift()
      if (data === undefined) break
      this.dispatchEvent(Object.assign(new Event('message'), { data }))
    }
    if (this.#pieces.length === 0) this.dispatchEvent(new Event('remoteCloseWrite'))
  }
}

/** Every frame in `bytes`. Rejects with the reader's `NetworkError`. */
export async function readFrames(bytes: Uint8Array, frameBytesMax: number): Promise<Uint8ArrayList[]> {
  const reader = new FrameReader(new BytesStream(bytes) as unknown as Stream, frameBytesMax)
  const frames: Uint8ArrayList[] = []
  for (;;) {
    const frame = await reader.next()
    if (frame === undefined) return frames
    frames.push(frame)
  }
}
