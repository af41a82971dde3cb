// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash of 64 bits, so that nobody
// who does not know the key can make two ids collide. 64-bit words are two 32-bit halves in local variables, without
// BigInt: an id of 32 bytes takes about 0.3 µs.

export const SIPHASH_KEY_BYTES = 16

/** The key's two little-endian words, as halves. */
export interface SipKey {
  readonly k0Low: number
  readonly k0High: number
  readonly k1Low: number
  readonly k1High: number
}

const ID_BYTES = 32

/** Reads a key of 16 bytes. Throws `RangeError` on another length. */
export function sipKey(bytes: Uint8Array): SipKey {
  if (bytes.length !== SIPHASH_KEY_BYTES) throw new RangeError(`a SipHash key has 16 bytes, got ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    k0Low: view.getInt32(0, true),
    k0High: view.getInt32(4, true),
    k1Low: view.getInt32(8, true),
    k1High: view.getInt32(12, true)
  }
}

/** The hash of `data` as its low and high half, each an unsigned 32-bit integer. */
export function sipHash(key: SipKey, data: Uint8Array): [low: number, high: number] {
  const out = new Uint32Array(2)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  sipHashInto(key, view, out)
  return [out[0] ?? 0, out[1] ?? 0]
}

/** The same of all that `view` shows, into the first two of `out`: makes no objects. */
export function sipHashInto(key: SipKey, view: DataView, out: Uint32Array): void {
  hashInto(key, view, 0, view.byteLength, out, 0)
}

/**
 * The hashes of ids laid out one after another, 32 bytes each: low half, high half of the first, then of the next.
 * Throws `RangeError` when the length is not a multiple of 32.
 */
export function sipHashIds(key: SipKey, ids: Uint8Array): Uint32Array {
  if (ids.length % ID_BYTES !== 0) throw new RangeError(`ids have ${ID_BYTES} bytes each, got ${ids.length} in all`)
  const count = ids.length / ID_BYTES
  const out = new Uint32Array(2 * count)
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength)
  for (let i = 0; i < count; i++) hashInto(key, view, i * ID_BYTES, ID_BYTES, out, 2 * i)
  return out
}

/** The same for ids as the 64 hex digits that they are inside the process. Throws `RangeError` on another length. */
export function sipHashHexIds(key: SipKey, ids: readonly string[]): Uint32Array {
  const bytes = Buffer.allocUnsafe(ids.length * ID_BYTES)
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? ''
    // Writing stops short at what is no hex digit.
    if (id.length !== 2 * ID_BYTES || bytes.write(id, i * ID_BYTES, ID_BYTES, 'hex') !== ID_BYTES) {
      throw new RangeError(`not ${2 * ID_BYTES} hex digits: ${id.slice(0, 80)}`)
    }
  }
  return sipHashIds(key, bytes)
}

/** Section 2.2: initialise, compress each word with 2 rounds, finish with 4. Sums of halves carry by hand. */
function hashInto(
  { k0Low, k0High, k1Low, k1High }: SipKey,
  view: DataView,
  offset: number,
  length: number,
  out: Uint32Array,
  at: number
): void {
  let aLow = k0Low ^ 0x70736575
  let aHigh = k0High ^ 0x736f6d65
  let bLow = k1Low ^ 0x6e646f6d
  let bHigh = k1High ^ 0x646f7261
  let cLow = k0Low ^ 0x6e657261
  let cHigh = k0High ^ 0x6c796765
  let dLow = k1Low ^ 0x79746573
  let dHigh = k1High ^ 0x74656462
  const words = length >>> 3
  for (let word = 0; word <= words + 1; word++) {
    let mLow = 0
    let mHigh = 0
    let rounds = 2
    if (word < words) {
      mLow = view.getInt32(offset + 8 * word, true)
      mHigh = view.getInt32(offset + 8 * word + 4, true)
    } else if (word === words) {
      // The last word: what is left over, and the length's lowest byte on top.
      for (let i = length & 7; i-- > 0; ) {
        const byte = view.getUint8(offset + 8 * words + i)
        if (i < 4) mLow |= byte << (8 * i)
        else mHigh |= byte << (8 * (i - 4))
      }
      mHigh |= length << 24
    } else {
      cLow ^= 0xff
      rounds = 4
    }
    dLow ^= mLow
    dHigh ^= mHigh
    while (rounds-- > 0) {
      let low = (aLow >>> 0) + (bLow >>> 0)
      aHigh = (aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) | 0
      aLow = low | 0
      let high = (bHigh << 13) | (bLow >>> 19)
      bLow = ((bLow << 13) | (bHigh >>> 19)) ^ aLow
      bHigh = high ^ aHigh
      high = aHigh
      aHigh = aLow
      aLow = high
      low = (cLow >>> 0) + (dLow >>> 0)
      cHigh = (cHigh + dHigh + (low > 0xffffffff ? 1 : 0)) | 0
      cLow = low | 0
      high = (dHigh << 16) | (dLow >>> 16)
      dLow = ((dLow << 16) | (dHigh >>> 16)) ^ cLow
      dHigh = high ^ cHigh
      low = (aLow >>> 0) + (dLow >>> 0)
      aHigh = (aHigh + dHigh + (low > 0xffffffff ? 1 : 0)) | 0
      aLow = low | 0
      high = (dHigh << 21) | (dLow >>> 11)
      dLow = ((dLow << 21) | (dHigh >>> 11)) ^ aLow
      dHigh = high ^ aHigh
      low = (cLow >>> 0) + (bLow >>> 0)
      cHigh = (cHigh + bHigh + (low > 0xffffffff ? 1 : 0)) | 0
      cLow = low | 0
      high = (bHigh << 17) | (bLow >>> 15)
      bLow = ((bLow << 17) | (bHigh >>> 15)) ^ cLow
      bHigh = high ^ cHigh
      high = cHigh
      cHigh = cLow
      cLow = high
    }
    aLow ^= mLow
    aHigh ^= mHigh
  }
  out[at] = aLow ^ bLow ^ cLow ^ dLow
  out[at + 1] = aHigh ^ bHigh ^ cHigh ^ dHigh
}
