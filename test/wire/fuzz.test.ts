// Bytes from outside: a decoder gives a value that encodes back to the same bytes, or throws an error of our own.
// `npm run fuzz` tries the same decoders for as long as it is given.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../src/runtime/index.ts'
import {
  bigintToBytes,
  bytesToBigint,
  decodeBlock,
  decodeSealedHeader,
  decodeTransaction,
  fromHex,
  toHex,
  WireError
} from '../../src/wire/index.ts'
import { makeInput } from '../support/fuzz-inputs.ts'
import { fuzzTargets, tryInput, vectors } from '../support/fuzz-targets.ts'

const INPUTS = 2000

describe('Decoders of bytes from outside', () => {
  for (const target of fuzzTargets) {
    it(`${target.name}: decodes what is sound, and refuses the rest`, async () => {
      for (const seed of target.seeds.slice(0, 1)) assert.equal(await tryInput(target, seed), 'sound')
      const random = seededRandom(`fuzz ${target.name}`)
      for (let i = 0; i < INPUTS; i++) {
        const input = makeInput(random, target.seeds, target.maxBytes)
        const outcome = await tryInput(target, input).catch((error: unknown) => error)
        assert.ok(outcome === 'sound' || outcome === 'refused', `${toHex(input)}: ${String(outcome)}`)
      }
    })
  }

  const layouts = { transactions: decodeTransaction, headers: decodeSealedHeader, blocks: decodeBlock }
  for (const name of ['transactions', 'headers', 'blocks'] as const) {
    it(`${name}: every prefix of sound bytes is refused`, () => {
      for (const bytes of vectors(name)) {
        for (let length = 0; length < bytes.length; length++) {
          assert.throws(() => layouts[name](bytes.subarray(0, length)), WireError)
        }
      }
    })
  }

  it('a count of transactions costs no memory before the bytes are there', () => {
    const [block = new Uint8Array()] = vectors('blocks')
    const hostile = block.slice()
    hostile.set(fromHex('ffffffff'), 193)
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 1000; i++) assert.throws(() => decodeBlock(hostile), WireError)
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
  })

  it('a block above 2 MiB is refused before it is read', () => {
    assert.throws(
      () => decodeBlock(new Uint8Array(2 * 1024 * 1024 + 1)),
      (error) => error instanceof WireError && error.code === 'oversize'
    )
  })

  it('a decoded header owns its bytes: it does not keep the block it came in', () => {
    const [bytes = new Uint8Array()] = vectors('blocks')
    const large = new Uint8Array(1_000_000)
    large.set(bytes)
    const { header } = decodeBlock(large.subarray(0, bytes.length))
    assert.ok(header.bytes.buffer.byteLength < 1000)
    assert.ok(header.seal.buffer.byteLength < 1000)
  })
})

describe('Hex and integers', () => {
  it('hex goes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)),
      { seed: 3 }
    )
  })

  for (const text of ['0', 'zz', '0x00', ' 00', '\u0141\u0141', 'é0']) {
    it(`${JSON.stringify(text)} is not hex`, () => assert.throws(() => fromHex(text), WireError))
  }

  it('work goes there and back without leading zeros, up to 320 bits', () => {
    const work = fc.bigInt({ min: 0n, max: 2n ** 320n - 1n })
    fc.assert(
      fc.property(work, (value) => {
        assert.equal(bytesToBigint(bigintToBytes(value)), value)
        assert.notEqual(bigintToBytes(value)[0], 0)
      }),
      { seed: 4 }
    )
    assert.throws(() => bytesToBigint(new Uint8Array(41)), WireError)
    assert.throws(() => bigintToBytes(-1n), WireError)
  })
})
