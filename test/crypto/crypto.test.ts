import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  keyPairFromLabel,
  keyPairFromSecret,
  merkleRoot,
  merkleRootOfHex,
  sha256,
  sha256d,
  sha256Hex,
  verifySignature
} from '../../src/crypto/index.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('sha256', () => {
  // FIPS 180-4 examples; the 64-digit results are the standard's.
  const cases: [input: string, digest: string][] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0']
  ]
  for (const [input, digest] of cases) {
    it(`of ${input.length} bytes`, () => {
      assert.equal(toHex(sha256(new TextEncoder().encode(input))), digest)
      assert.equal(sha256Hex(new TextEncoder().encode(input)), digest)
    })
  }

  it('agrees with node:crypto at every length around the switch to native code, for views into larger buffers too', () => {
    const large = Uint8Array.from({ length: 2100 }, (_, i) => (i * 7) & 0xff)
    for (let length = 0; length <= 2048; length++) {
      const view = large.subarray(50, 50 + length)
      assert.equal(toHex(sha256(view)), createHash('sha256').update(view).digest('hex'))
    }
  })

  it('d hashes twice (the genesis header of Bitcoin)', () => {
    const merkle = '3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a'
    const header = hex(`01000000${'00'.repeat(32)}${merkle}29ab5f49ffff001d1dac2b7c`)
    const hash = toHex(sha256d(header).toReversed())
    assert.equal(hash, '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f')
  })
})

describe('Merkle root', () => {
  const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const leaves = fc.array(leaf, { minLength: 1, maxLength: 20 })

  it('changes with any leaf, any order, any length', () => {
    fc.assert(
      fc.property(leaves, leaves, (a, b) => {
        const same = a.length === b.length && a.every((bytes, i) => toHex(bytes) === toHex(b[i] ?? new Uint8Array()))
        assert.equal(toHex(merkleRoot(a)) === toHex(merkleRoot(b)), same)
      }),
      { seed: 1 }
    )
  })

  it('is not the same when the last leaf is doubled (CVE-2012-2459)', () => {
    fc.assert(
      fc.property(leaves, (list) => {
        const doubled = [...list, ...list.slice(-1)]
        assert.notEqual(toHex(merkleRoot(list)), toHex(merkleRoot(doubled)))
      }),
      { seed: 2 }
    )
  })

  it('can not be had by showing inner nodes as leaves', () => {
    const four = [1, 2, 3, 4].map((byte) => sha256(Uint8Array.of(byte)))
    const inner = [merkleRoot(four.slice(0, 2)), merkleRoot(four.slice(2))]
    assert.notEqual(toHex(merkleRoot(inner)), toHex(merkleRoot(four)))
  })

  it('refuses leaves of another length', () => {
    assert.throws(() => merkleRoot([new Uint8Array(31)]), RangeError)
    assert.throws(() => merkleRootOfHex(['ab'.repeat(31)]), RangeError)
    assert.throws(() => merkleRootOfHex(['zz'.repeat(32)]), RangeError)
  })
})

describe('ed25519', () => {
  // RFC 8032, section 7.1, tests 1 to 3.
  const cases: [secret: string, publicKey: string, message: string, signature: string][] = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'
    ]
  ]
  for (const [secret, publicKey, message, signature] of cases) {
    it(`signs and verifies RFC 8032's message of ${message.length / 2} bytes`, () => {
      const pair = keyPairFromSecret(hex(secret))
      assert.equal(toHex(pair.publicKey), publicKey)
      assert.equal(toHex(pair.sign(hex(message))), signature)
      assert.ok(verifySignature(hex(publicKey), hex(message), hex(signature)))
    })
  }

  it('refuses a signature after any bit of it, of the message or of the key has changed', () => {
    const pair = keyPairFromLabel('bits')
    const message = hex('00112233')
    const signature = pair.sign(message)
    const flip = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, i) => (i === Math.floor(bit / 8) % bytes.length ? byte ^ (1 << (bit % 8)) : byte))
    fc.assert(
      fc.property(fc.nat({ max: 511 }), (bit) => {
        assert.ok(!verifySignature(pair.publicKey, message, flip(signature, bit)))
        assert.ok(!verifySignature(pair.publicKey, flip(message, bit), signature))
        assert.ok(!verifySignature(flip(pair.publicKey, bit), message, signature))
      }),
      { seed: 3 }
    )
  })

  it('refuses a second form of a signature: S + L (RFC 8032, section 5.1.7)', () => {
    const pair = keyPairFromLabel('malleable')
    const signature = pair.sign(hex('01'))
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const scalar = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + order
    const forged = new Uint8Array([...signature.slice(0, 32), ...hex(scalar.toString(16).padStart(64, '0')).reverse()])
    assert.ok(!verifySignature(pair.publicKey, hex('01'), forged))
  })

  it('says no to malformed keys and signatures, and throws only for a secret of another length', () => {
    const pair = keyPairFromLabel('x')
    const message = hex('00')
    assert.ok(!verifySignature(pair.publicKey.slice(1), message, pair.sign(message)))
    assert.ok(!verifySignature(pair.publicKey, message, new Uint8Array(63)))
    assert.ok(!verifySignature(new Uint8Array(32).fill(0xff), message, pair.sign(message)))
    assert.throws(() => keyPairFromSecret(new Uint8Array(31)), RangeError)
  })
})
