// Records the events of one node, or of a whole simulation: encoder, file, hash. The hash covers the records in their
// order, so it is that of the uncompressed file; it does not depend on whether there is one, nor on what it dropped.
import { createHash } from 'node:crypto'
import type { NodeEvent } from './events.ts'
import { TraceEncoder, type TraceEncoderInit, type TraceNode } from './encoder.ts'
import type { TraceFile } from './file.ts'

export interface TraceRecorderInit {
  readonly topics: TraceEncoderInit['topics']
  readonly file?: TraceFile
  /** Compute the hash. */
  readonly hashed?: boolean
}

export interface TraceCounters {
  readonly events: number
  /** Events that are missing from the file. */
  readonly dropped: number
}

export class TraceRecorder {
  readonly #encoder: TraceEncoder
  readonly #file: TraceFile | undefined
  readonly #hash
  #closed = false

  constructor({ topics, file, hashed = false }: TraceRecorderInit) {
    this.#file = file
    this.#hash = hashed ? createHash('sha256') : undefined
    this.#encoder = new TraceEncoder({ topics, onChunk: (...chunk) => this.#onChunk(...chunk) })
  }

  /** Names a node; what it returns stands for it. `at`: ms since the Unix epoch. */
  node(name: string, peer: string, at: number): TraceNode {
    return this.#encoder.node(name, peer, at)
  }

  /** Never waits, never throws. After `close` it does nothing. */
  write(node: TraceNode, event: NodeEvent): void {
    if (!this.#closed) this.#encoder.write(node, event)
  }

  counters(): TraceCounters {
    return { events: (this.#file?.events ?? 0) + this.#encoder.pending, dropped: this.#file?.dropped ?? 0 }
  }

  /** Sends everything so far on its way to the disk. */
  flush(): void {
    if (this.#closed) return
    this.#encoder.flush()
    this.#file?.flush()
  }

  /** For who can wait: resolves when the file has room again. */
  async drained(): Promise<void> {
    await this.#file?.drained()
  }

  /** Resolves with the hash, hex (empty when none was wanted), when the file is complete. */
  async close(): Promise<string> {
    this.#encoder.flush()
    this.#closed = true
    await this.#file?.close()
    return this.#hash?.digest('hex') ?? ''
  }

  #onChunk(chunk: Uint8Array, length: number, events: number): Uint8Array {
    this.#hash?.update(chunk.subarray(0, length))
    if (this.#file === undefined) return chunk
    const next = this.#file.take(chunk, length, events)
    // The hash must not depend on the disk: only without it may what was lost be listed again.
    if (next === chunk && this.#hash === undefined) this.#encoder.forget()
    return next
  }
}
