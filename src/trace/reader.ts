// Reads trace files, one record at a time, as far as they are whole: a node that was killed leaves a torn file, and
// what is before the tear counts.
import { createReadStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, crc32, createGunzip } from 'node:zlib'
import { traceDefaults } from '../config/index.ts'
import { decodeTraceRecord, type TraceRecord } from './decoder.ts'
import { TRACE_SUFFIX } from './file.ts'

const TRAILER_BYTES = 8

/** What became of a file after its last whole record. */
export interface TraceEnd {
  readonly records: number
  /** `torn`: it ends early, or is still being written. `damaged`: something else than records follows. */
  readonly state: 'whole' | 'torn' | 'damaged'
}

/** Paths of the trace files in a directory, by name. Rejects like `readdir`. */
export async function traceFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(TRACE_SUFFIX))
  const order = new Intl.Collator('en', { numeric: true })
  return names.toSorted(order.compare).map((name) => join(directory, name))
}

/** Every record that can be read, in the order of the file; returns how it ends. Rejects when it can't be opened. */
export async function* readTrace(path: string): AsyncGenerator<TraceRecord, TraceEnd, undefined> {
  const splitter = new RecordSplitter()
  const trailer = await readTrailer(path)
  let checksum = 0
  let bytes = 0
  let records = 0
  try {
    for await (const piece of decompress(path)) {
      checksum = crc32(piece, checksum)
      bytes += piece.length
      for (const record of splitter.add(piece)) {
        yield decodeTraceRecord(record)
        records++
      }
    }
  } catch (error) {
    if (isSystemError(error)) throw error
    return { records, state: 'damaged' }
  }
  const whole = trailer?.checksum === checksum && trailer.bytes === bytes % 2 ** 32 && splitter.isEmpty
  return { records, state: whole ? 'whole' : 'torn' }
}

/** What a gzip file says of its contents at its end (RFC 1952), or whatever is there instead. */
async function readTrailer(path: string): Promise<{ checksum: number; bytes: number } | undefined> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < TRAILER_BYTES) return undefined
    const { buffer } = await file.read(Buffer.alloc(TRAILER_BYTES), 0, TRAILER_BYTES, size - TRAILER_BYTES)
    return { checksum: buffer.readUInt32LE(0), bytes: buffer.readUInt32LE(4) }
  } finally {
    await file.close()
  }
}

/** Decompressed pieces, up to where the file ends. Rejects with zlib's error for what is not gzip. */
async function* decompress(path: string): AsyncGenerator<Buffer, void, undefined> {
  // Without this a torn file is an error that takes the last pieces with it.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  const piped = pipeline(createReadStream(path), gunzip)
  piped.catch(() => {})
  try {
    for await (const piece of gunzip) yield piece as Buffer
  } finally {
    gunzip.destroy()
    await piped.catch(() => {})
  }
}

/** Cuts a stream of records, each after its length as a varint, into records. */
class RecordSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** Nothing of an unfinished record is left. */
  get isEmpty(): boolean {
    return this.#rest.length === 0
  }

  /** The records that are complete with these bytes. Throws `RangeError` for a length that is none. */
  *add(piece: Buffer): Generator<Buffer, void, undefined> {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    let start = 0
    try {
      for (;;) {
        const prefix = lengthAt(bytes, start)
        if (prefix === undefined || bytes.length < prefix.end + prefix.length) return
        start = prefix.end + prefix.length
        yield bytes.subarray(prefix.end, start)
      }
    } finally {
      this.#rest = bytes.subarray(start)
    }
  }
}

/** The length at a place, and where it ends; undefined when it goes on after the bytes. */
function lengthAt(bytes: Buffer, start: number): { length: number; end: number } | undefined {
  let length = 0
  for (let at = start, shift = 0; at < bytes.length; at++, shift += 7) {
    const byte = bytes[at] ?? 0
    length += (byte & 0x7f) * 2 ** shift
    if (length > traceDefaults.recordBytesMax || shift > 28) throw new RangeError('no trace record is so long')
    if (byte < 0x80) return { length, end: at + 1 }
  }
  return undefined
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string'
}
