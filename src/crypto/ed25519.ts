// ed25519 signatures (RFC 8032) through node:crypto. Validity is OpenSSL's strict reading (canonical S), and no point of
// small order, whatever OpenSSL's version says of that. Verification in bulk belongs to the runtime's verifier, off the
// event loop.
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { importPublicKey, isSmallOrder } from '../runtime/index.ts'
import { sha256 } from './hash.ts'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX_BYTES = 12

export interface KeyPair {
  /** The 32-byte seed: the whole secret. */
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
  /** 64-byte signature of `message`. Deterministic. */
  sign(message: Uint8Array): Uint8Array
}

/** The key pair of a 32-byte secret. Throws `RangeError` on another length. */
export function keyPairFromSecret(secret: Uint8Array): KeyPair {
  if (secret.length !== 32) throw new RangeError(`a secret key has 32 bytes, got ${secret.length}`)
  const privateKey: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secret]),
    format: 'der',
    type: 'pkcs8'
  })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    secret,
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX_BYTES)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey))
  }
}

/** A key pair whose secret is sha256 of a label: development accounts and tests. Never for anything of worth. */
export function keyPairFromLabel(label: string): KeyPair {
  return keyPairFromSecret(sha256(new TextEncoder().encode(label)))
}

/** Checks one signature on the calling thread (about 150 µs). False for a malformed key or signature. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  if (isSmallOrder(publicKey) || isSmallOrder(signature)) return false
  try {
    return verify(null, message, importPublicKey(publicKey), signature)
  } catch {
    return false
  }
}
