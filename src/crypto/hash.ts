// SHA-256 (FIPS 180-4). @noble/hashes for the short inputs that dominate here, where it equals node:crypto without
// the cost of crossing into native code; node:crypto above 1 KiB, where it is about twelve times faster.
import { createHash } from 'node:crypto'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

const NATIVE_FROM_BYTES = 1024

/** The 32-byte digest of `data`. */
export function sha256(data: Uint8Array): Uint8Array {
  if (data.length < NATIVE_FROM_BYTES) return nobleSha256(data)
  return new Uint8Array(createHash('sha256').update(data).digest())
}

/** sha256 of sha256: the hash of headers, as in Bitcoin. */
export function sha256d(data: Uint8Array): Uint8Array {
  return nobleSha256(sha256(data))
}
