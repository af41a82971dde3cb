// The cipher of noise connections (ChaCha20-Poly1305, RFC 8439) by node:crypto with keys that were imported once:
// importing a key costs three times as much as sealing a small message with it. All else is the library's.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { ICryptoInterface } from '@chainsafe/libp2p-noise'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'

const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16
const TAG = { authTagLength: TAG_BYTES }

/** By the bytes that the library keeps for the life of a connection, and never changes. */
const keys = new WeakMap<Uint8Array, KeyObject>()

function keyOf(raw: Uint8Array): KeyObject {
  let key = keys.get(raw)
  if (key === undefined) {
    key = createSecretKey(raw)
    keys.set(raw, key)
  }
  return key
}

export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt: (plain, nonce, associated, raw) => {
    const cipher = createCipheriv(CIPHER, keyOf(raw), nonce, TAG)
    cipher.setAAD(associated, { plaintextLength: plain.byteLength })
    // A stream cipher gives all at once: nothing is left for the end but the tag.
    const sealed = cipher.update(plain.subarray())
    cipher.final()
    return Buffer.concat([sealed, cipher.getAuthTag()])
  },
  /** Throws when the tag is wrong. */
  chaCha20Poly1305Decrypt: (sealed, nonce, associated, raw) => {
    const bytes = sealed.subarray()
    const end = bytes.length - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, keyOf(raw), nonce, TAG)
    decipher.setAAD(associated, { plaintextLength: end })
    decipher.setAuthTag(bytes.subarray(end))
    const plain = decipher.update(bytes.subarray(0, end))
    decipher.final()
    return plain
  }
}
