// A trace file: chunks of records through gzip (in zlib's threads) onto the disk. Whoever records never waits: when
// compressor and disk fall behind by the limit, chunks are dropped and their events counted.
import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { constants, createGzip, type Gzip } from 'node:zlib'
import { traceDefaults } from '../config/index.ts'
import type { Logger } from '../runtime/index.ts'

/** Directory of a run's traces. */
export const TRACES = 'traces'
export const TRACE_SUFFIX = '.pb.gz'

export interface TraceFileInit {
  readonly chunksMax?: number
  readonly logger: Logger
}

/**
 * A new file for `name` in a directory, which is made if missing. One that is there already (of a node's earlier life)
 * stays: `n3.pb.gz`, then `n3.2.pb.gz`. Rejects when the directory can't be written.
 */
export async function openTraceFile(directory: string, name: string, init: TraceFileInit): Promise<TraceFile> {
  await mkdir(directory, { recursive: true })
  const taken = new Set(await readdir(directory))
  let file = `${name}${TRACE_SUFFIX}`
  for (let life = 2; taken.has(file); life++) file = `${name}.${life}${TRACE_SUFFIX}`
  const handle = await open(join(directory, file), 'wx', 0o600)
  return new TraceFile(handle.createWriteStream(), init)
}

export class TraceFile {
  /** Events that were given, and those of them that were dropped. */
  events = 0
  dropped = 0
  readonly #gzip: Gzip = createGzip({ level: traceDefaults.gzipLevel })
  readonly #chunksMax: number
  readonly #logger: Logger
  readonly #free: Uint8Array[] = []
  readonly #ended = Promise.withResolvers<void>()
  #waiting = 0
  #broken = false
  #onDrained: (() => void)[] = []

  /** Takes the stream over. */
  constructor(target: Writable, { chunksMax = traceDefaults.chunksMax, logger }: TraceFileInit) {
    this.#chunksMax = chunksMax
    this.#logger = logger
    this.#gzip.pipe(target)
    for (const stream of [this.#gzip, target]) stream.on('error', (error) => this.#fail(error))
    target.once('close', () => this.#ended.resolve())
  }

  /** Queues a chunk and returns a free one; returns the same one when there is no room, and its events are dropped. */
  take(chunk: Uint8Array, length: number, events: number): Uint8Array {
    this.events += events
    if (this.#broken || this.#waiting >= this.#chunksMax) {
      this.dropped += events
      return chunk
    }
    this.#waiting++
    this.#gzip.write(chunk.subarray(0, length), () => {
      this.#waiting--
      this.#free.push(chunk)
      if (this.#isDrained) this.#tellDrained()
    })
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(chunk.length)
  }

  /** Sends what was taken on its way to the disk. */
  flush(): void {
    if (!this.#broken) this.#gzip.flush(constants.Z_SYNC_FLUSH)
  }

  /** Resolves when at most half of the room is in use: for who can wait. */
  async drained(): Promise<void> {
    if (!this.#isDrained) await new Promise<void>((resolve) => this.#onDrained.push(resolve))
  }

  /** Resolves when everything is written, or can't be. Nothing may be given afterwards. */
  async close(): Promise<void> {
    if (!this.#broken) this.#gzip.end()
    await this.#ended.promise
  }

  get #isDrained(): boolean {
    return this.#broken || this.#waiting <= this.#chunksMax / 2
  }

  #tellDrained(): void {
    for (const resolve of this.#onDrained.splice(0)) resolve()
  }

  #fail(error: Error): void {
    if (this.#broken) return
    this.#broken = true
    this.#logger.warn('a trace can not be written; its events are dropped', { error: error.message })
    this.#gzip.destroy()
    this.#ended.resolve()
    this.#tellDrained()
  }
}
