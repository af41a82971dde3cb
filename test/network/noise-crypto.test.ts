// Our cipher and the library's are the same to the byte.
import { deepEqual, throws } from 'node:assert/strict'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import { noiseCrypto } from '../../src/network/libp2p/noise-crypto.ts'

const key = new Uint8Array(32).fill(3)
const nonce = new Uint8Array(12).fill(5)
const associated = new Uint8Array(7).fill(6)
const plainOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)
const flat = (bytes: Uint8Array | Uint8ArrayList): Uint8Array => Uint8Array.from(bytes.subarray())

describe("noise's cipher", () => {
  for (const length of [0, 1, 1000, 5000, 65_519]) {
    it(`seals and opens ${length} bytes as the library does`, () => {
      const plain = plainOf(length)
      const sealed = flat(noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, associated, key))
      deepEqual(sealed, flat(defaultCrypto.chaCha20Poly1305Encrypt(plain, nonce, associated, key)))
      const inPieces = new Uint8ArrayList(sealed.slice(0, 1), sealed.slice(1))
      deepEqual(flat(noiseCrypto.chaCha20Poly1305Decrypt(inPieces, nonce, associated, key)), plain)
    })
  }

  it('seals a list of pieces as their whole', () => {
    const pieces = new Uint8ArrayList(plainOf(10), plainOf(2000))
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(pieces, nonce, associated, key)
    deepEqual(flat(sealed), flat(defaultCrypto.chaCha20Poly1305Encrypt(pieces.subarray(), nonce, associated, key)))
  })

  it('opens nothing that was changed or is too short', () => {
    const sealed = flat(noiseCrypto.chaCha20Poly1305Encrypt(plainOf(100), nonce, associated, key))
    const open = (bytes: Uint8Array) => () => noiseCrypto.chaCha20Poly1305Decrypt(bytes, nonce, associated, key)
    throws(open(sealed.with(50, 0xff)))
    throws(open(sealed.with(110, 0xff)))
    throws(open(sealed.subarray(0, 10)))
    throws(open(new Uint8Array()))
  })

  it('takes equal nonces of different keys for different', () => {
    const other = noiseCrypto.chaCha20Poly1305Encrypt(plainOf(9), nonce, associated, new Uint8Array(32).fill(4))
    throws(() => noiseCrypto.chaCha20Poly1305Decrypt(other, nonce, associated, key))
  })
})
