// SHA-256 (FIPS 180-4). Short inputs go to @noble/hashes, longer ones to node:crypto's one-shot hash, which is two to
// ten times faster as long as its result is taken as a hex string (0.6 µs for 65 bytes; a buffer costs 1 µs more).
import { hash } from 'node:crypto'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** From here on the native call is faster even when bytes are made of its hex result. */
const NATIVE_FROM_BYTES = 56

/** The 32-byte digest of `data`. */
export function sha256(data: Uint8Array): Uint8Array {
  if (data.length < NATIVE_FROM_BYTES) return nobleSha256(data)
  return new Uint8Array(Buffer.from(hash('sha256', data, 'hex'), 'hex'))
}

/** The digest as 64 lowercase hex digits: the fastest way to an id. */
export function sha256Hex(data: Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** sha256 of sha256: the hash of headers, as in Bitcoin. */
export function sha256d(data: Uint8Array): Uint8Array {
  return nobleSha256(sha256(data))
}
