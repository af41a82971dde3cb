// Protobuf written by hand into a chunk that is there already: records, each after its length, and the fields in them.
// Whoever begins a record says how much room it may take; beyond that nothing is checked, and no message is built.
import { traceDefaults } from '../config/index.ts'
import type { Hex } from '../wire/index.ts'

export const ID_BYTES = 32
const TEXT_MAX = 128
const NS_PER_MS = 1e6
/** Three groups of seven bits: a time is written as those below and those above. */
const LOW_BITS = 2 ** 21

const VARINT = 0
const DELIMITED = 2

export interface RecordWriterInit {
  /** Takes a chunk with its first `length` bytes in use. Returns the one to go on with, which may be the same. */
  readonly onChunk: (chunk: Uint8Array, length: number, records: number) => Uint8Array
  readonly chunkBytes?: number
}

export class RecordWriter {
  readonly #onChunk: RecordWriterInit['onChunk']
  #chunk: Buffer
  #at = 0
  #records = 0

  constructor({ onChunk, chunkBytes = traceDefaults.chunkBytes }: RecordWriterInit) {
    this.#onChunk = onChunk
    this.#chunk = Buffer.allocUnsafeSlow(chunkBytes)
  }

  get chunkBytes(): number {
    return this.#chunk.length
  }

  /** Records in the current chunk. */
  get pending(): number {
    return this.#records
  }

  /** Hands over what is in the current chunk. */
  flush(): void {
    if (this.#records === 0) return
    const next = this.#onChunk(this.#chunk, this.#at, this.#records)
    this.#chunk = Buffer.from(next.buffer, next.byteOffset, next.byteLength)
    this.#at = 0
    this.#records = 0
  }

  // Records and messages: their length is known at their end.

  /** Begins a record of at most `roomBytes`, in a new chunk if it must be. Returns where, for `end`. */
  begin(roomBytes: number): number {
    if (this.#chunk.length - this.#at < roomBytes) this.flush()
    this.#records++
    return this.#reserve()
  }

  /** Begins a message in a field. Returns where, for `end`. */
  open(field: number): number {
    this.#tag(field, DELIMITED)
    return this.#reserve()
  }

  /** Ends the record or message that began at `start`. */
  end(start: number): void {
    const length = this.#at - start - 1
    if (length < 0x80) {
      this.#chunk[start] = length
      return
    }
    const more = length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : 3
    this.#chunk.copyWithin(start + 1 + more, start + 1, this.#at)
    this.#at = start
    this.#varint(length)
    this.#at += length
  }

  // Fields

  /** A whole number from 0 up to 2^53; nothing when it is undefined. */
  number(field: number, value: number | undefined): void {
    if (value === undefined) return
    this.#tag(field, VARINT)
    this.#varint(value)
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#tag(field, DELIMITED)
    this.#varint(bytes.length)
    this.#chunk.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Cut to its limit; nothing when it is undefined. */
  text(field: number, text: string | undefined): void {
    if (text !== undefined) this.bytes(field, Buffer.from(text.slice(0, TEXT_MAX)))
  }

  id(field: number, id: Hex): void {
    this.#tag(field, DELIMITED)
    const start = this.#reserve()
    this.#at += this.#chunk.write(id, this.#at, ID_BYTES, 'hex')
    this.#chunk[start] = this.#at - start - 1
  }

  /** Packed into one field; nothing when there are none. */
  ids(field: number, ids: readonly Hex[]): void {
    if (ids.length === 0) return
    this.#tag(field, DELIMITED)
    this.#varint(ids.length * ID_BYTES)
    for (const id of ids) this.#at += this.#chunk.write(id, this.#at, ID_BYTES, 'hex')
  }

  /** ms since the epoch as ns, which need 61 bits: eight more than a number has. */
  time(field: number, ms: number): void {
    this.#tag(field, VARINT)
    const whole = Math.floor(ms)
    const high = Math.floor(whole / LOW_BITS) * NS_PER_MS
    const low = (whole % LOW_BITS) * NS_PER_MS + Math.round((ms - whole) * NS_PER_MS)
    const lowest = low % LOW_BITS
    const rest = high + (low - lowest) / LOW_BITS
    const chunk = this.#chunk
    chunk[this.#at++] = (lowest & 0x7f) | 0x80
    chunk[this.#at++] = ((lowest >>> 7) & 0x7f) | 0x80
    chunk[this.#at++] = (lowest >>> 14) | 0x80
    this.#varint(rest)
  }

  /** One byte for a length: most messages are shorter than 128 bytes. */
  #reserve(): number {
    return this.#at++
  }

  #tag(field: number, wireType: number): void {
    const tag = (field << 3) | wireType
    if (tag < 0x80) this.#chunk[this.#at++] = tag
    else this.#varint(tag)
  }

  #varint(value: number): void {
    const chunk = this.#chunk
    let at = this.#at
    let rest = value
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) chunk[at++] = (rest % 0x80) | 0x80
    for (; rest >= 0x80; rest >>>= 7) chunk[at++] = (rest & 0x7f) | 0x80
    chunk[at++] = rest
    this.#at = at
  }
}
