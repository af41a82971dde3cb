// Bytes from outside: a decoder gives a value that encodes back to the same bytes, or throws a WireError.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import {
  assembleBlock,
  BlockAnnouncement,
  BlockResponse,
  BlocksRequest,
  bigintToBytes,
  bytesToBigint,
  Digest,
  decodeBlock,
  decodeSealedHeader,
  decodeTransaction,
  encodeSealedHeader,
  encodeTransactionBody,
  fromHex,
  HeadersRequest,
  HeadersResponse,
  Hello,
  TransactionBatch,
  toHex,
  WireError
} from '../../src/wire/index.ts'

interface Decoder {
  readonly name: 'transactions' | 'headers' | 'blocks'
  readonly decode: (bytes: Uint8Array) => Uint8Array
}

/** Each decodes and encodes again. */
const decoders: readonly Decoder[] = [
  {
    name: 'transactions',
    decode: (bytes) => {
      const transaction = decodeTransaction(bytes)
      const body = encodeTransactionBody(transaction)
      return new Uint8Array([...body, ...transaction.bytes.subarray(body.length)])
    }
  },
  { name: 'headers', decode: (bytes) => encodeSealedHeader(decodeSealedHeader(bytes)) },
  {
    name: 'blocks',
    decode: (bytes) => {
      const { header, transactions } = decodeBlock(bytes)
      return assembleBlock(header, transactions).bytes
    }
  }
]

function seedsOf(name: Decoder['name']): Uint8Array[] {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text).vectors.map(({ bytes }: { bytes: string }) => fromHex(bytes))
}

/** A change to sound bytes: other bytes in place, a cut, an addition, a hostile integer at any offset. */
type Mutation = (bytes: Uint8Array) => Uint8Array

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, bytes]) => overwrite(at, bytes)),
  fc.nat().map((length) => (bytes: Uint8Array) => bytes.slice(0, length % (bytes.length + 1))),
  fc.uint8Array({ maxLength: 200 }).map((more) => (bytes: Uint8Array) => new Uint8Array([...bytes, ...more])),
  fc
    .tuple(fc.nat(), fc.constantFrom('ffffffff', '7fffffff', '80000000', '00010000', '00010001', '00000000'))
    .map(([at, value]) => overwrite(at, fromHex(value))),
  fc.tuple(fc.nat(), fc.nat()).map(([from, length]) => (bytes: Uint8Array) => {
    const start = from % (bytes.length + 1)
    return new Uint8Array([...bytes.slice(0, start), ...bytes.slice(start + (length % 300))])
  })
)

function overwrite(at: number, value: Uint8Array): Mutation {
  return (bytes) => {
    const changed = bytes.slice()
    const offset = at % Math.max(1, bytes.length)
    changed.set(value.subarray(0, bytes.length - offset), offset)
    return changed
  }
}

function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([seed, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), seed))
}

/** Whether it decoded. */
function decodesOrRefuses({ decode }: Decoder, bytes: Uint8Array): boolean {
  try {
    assert.deepEqual(decode(bytes), bytes)
    return true
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

describe('Decoders of bytes from outside', () => {
  for (const decoder of decoders) {
    it(`${decoder.name}: random bytes`, () => {
      const any = fc.uint8Array({ maxLength: 2000, size: 'max' })
      fc.assert(
        fc.property(any, (bytes) => void decodesOrRefuses(decoder, bytes)),
        { seed: 1, numRuns: 2000 }
      )
    })

    it(`${decoder.name}: mutated, cut and lengthened bytes, with hostile integers`, () => {
      let decoded = 0
      const count = (bytes: Uint8Array) => {
        decoded += decodesOrRefuses(decoder, bytes) ? 1 : 0
      }
      fc.assert(fc.property(mutated(seedsOf(decoder.name)), count), { seed: 2, numRuns: 5000 })
      assert.ok(decoded > 100, `only ${decoded} inputs were sound enough to decode`)
    })

    it(`${decoder.name}: every prefix of sound bytes is refused`, () => {
      for (const bytes of seedsOf(decoder.name)) {
        assert.ok(decodesOrRefuses(decoder, bytes))
        for (let length = 0; length < bytes.length; length++) {
          assert.ok(!decodesOrRefuses(decoder, bytes.subarray(0, length)))
        }
      }
    })
  }

  it('a count of transactions costs no memory before the bytes are there', () => {
    const [block = new Uint8Array()] = seedsOf('blocks')
    const hostile = overwrite(193, fromHex('ffffffff'))(block)
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
    const [bytes = new Uint8Array()] = seedsOf('blocks')
    const large = new Uint8Array(1_000_000)
    large.set(bytes)
    const { header } = decodeBlock(large.subarray(0, bytes.length))
    assert.ok(header.bytes.buffer.byteLength < 1000)
    assert.ok(header.seal.buffer.byteLength < 1000)
  })
})

describe('Protobuf messages', () => {
  const messages = {
    BlockAnnouncement,
    BlockResponse,
    BlocksRequest,
    Digest,
    HeadersRequest,
    HeadersResponse,
    Hello,
    TransactionBatch
  }
  const tip = { height: 7, hash: new Uint8Array(32), work: Uint8Array.of(1, 2) }
  const some = [Uint8Array.of(1), new Uint8Array(300)]
  const seeds = [
    Hello.encode({ version: 1, genesis: new Uint8Array(32), agent: 'a', salt: new Uint8Array(16), head: tip }),
    HeadersRequest.encode({ locator: some, limit: 9 }),
    HeadersResponse.encode({ startHeight: 3, headers: some, tip }),
    TransactionBatch.encode({ transactions: some }),
    BlockAnnouncement.encode({ full: new Uint8Array(300) })
  ]
  for (const [name, message] of Object.entries(messages)) {
    it(`${name}: random and mutated bytes give a message that encodes again, or an error`, () => {
      const bytes = fc.oneof(fc.uint8Array({ maxLength: 500, size: 'max' }), mutated(seeds))
      fc.assert(
        fc.property(bytes, (input) => {
          let decoded: unknown
          try {
            decoded = message.decode(input)
          } catch (error) {
            assert.ok(error instanceof Error)
            return
          }
          assert.deepEqual(message.decode(message.encode(Object(decoded))), decoded)
        }),
        { seed: 5, numRuns: 3000 }
      )
    })
  }
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
