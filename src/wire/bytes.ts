// Hex strings and fixed-width integers. Big-endian throughout. Ids, keys and hashes are lowercase hex inside the
// process (they key maps and print as they are) and raw bytes on the wire.

/** What can be wrong with bytes from outside, or with how they answer what was asked. */
export type WireErrorCode =
  | 'bad-compact-signature'
  | 'bad-hex'
  | 'bad-index'
  | 'bad-signature'
  | 'bad-text'
  | 'bad-tip'
  | 'empty'
  | 'length'
  | 'not-canonical'
  | 'oversize'
  | 'trailing-bytes'
  | 'truncated'
  | 'unlinked'
  | 'unsafe-integer'
  | 'version'
  | 'wrong-block'
  | 'wrong-count'
  | 'wrong-short-ids'

/** What every decoder of bytes from outside throws; `code` is safe as a metric label. */
export class WireError extends Error {
  readonly code: WireErrorCode
  constructor(code: WireErrorCode, message: string) {
    super(message)
    this.name = 'WireError'
    this.code = code
  }
}

/** Lowercase hex. 64 digits for ids, hashes and keys. */
export type Hex = string

export function toHex(bytes: Uint8Array): Hex {
  return bufferOf(bytes).toString('hex')
}

/** The same bytes as a Buffer: `toString('hex', start, end)` on it makes no further objects. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Throws `WireError` (`bad-hex`) unless `text` is an even number of hex digits (`length` bytes of them, if given). */
export function fromHex(text: string, length?: number): Uint8Array {
  // The pattern is needed: Node reads only the low byte of a character, so U+0141 would pass for A.
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text) || (length !== undefined && text.length !== 2 * length)) {
    throw new WireError('bad-hex', length === undefined ? 'not hex' : `not ${2 * length} hex digits`)
  }
  return new Uint8Array(Buffer.from(text, 'hex'))
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads an unsigned 64-bit integer; throws `WireError` (`unsafe-integer`) at 2^53 and above. */
export function readSafeUint64(view: DataView, offset: number): number {
  const high = view.getUint32(offset)
  if (high > 0x1fffff) throw new WireError('unsafe-integer', 'integer at or above 2^53')
  return high * 0x100000000 + view.getUint32(offset + 4)
}

/** Writes an integer below 2^53 as 64 bits; throws `WireError` (`unsafe-integer`) for anything else. */
export function writeSafeUint64(view: DataView, offset: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new WireError('unsafe-integer', `not an amount: ${value}`)
  view.setUint32(offset, Math.floor(value / 0x100000000))
  view.setUint32(offset + 4, value % 0x100000000)
}

/** Writes an integer below 2^32; throws `WireError` (`unsafe-integer`) for anything else. */
export function writeUint32(view: DataView, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new WireError('unsafe-integer', `not an unsigned 32-bit integer: ${value}`)
  }
  view.setUint32(offset, value)
}

/** A big-endian unsigned integer without leading zeros (zero is empty): cumulative work on the wire. */
export function bigintToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new WireError('unsafe-integer', 'negative work')
  if (value === 0n) return new Uint8Array(0)
  const hex = value.toString(16)
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`)
}

/** The inverse; at most 40 bytes (320 bits) are read. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length > 40) throw new WireError('oversize', 'work of more than 320 bits')
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`)
}
