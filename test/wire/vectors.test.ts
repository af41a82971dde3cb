// The vectors in test/vectors were computed by another implementation in another language.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  keyPairFromSecret,
  merkleRoot,
  merkleRootOfHex,
  sha256,
  sipHash,
  sipHashHexIds,
  sipHashIds,
  sipKey,
  verifySignature
} from '../../src/crypto/index.ts'
import { createGenesis, DEVELOPMENT_ACCOUNTS, developmentKey, type GenesisFile } from '../../src/ledger/index.ts'
import {
  assembleBlock,
  BLOCK_TRANSACTIONS_MAX,
  compactSignatureCheck,
  decodeBlock,
  decodeCompactBlock,
  decodeGaps,
  encodeCompactBlock,
  encodeGaps,
  isCompactOf,
  decodeHeader,
  decodeSealedHeader,
  decodeTransaction,
  encodeHeader,
  encodeSealedHeader,
  fromHex,
  type HeaderFields,
  type Hex,
  sealHeader,
  sealSignatureCheck,
  signTransaction,
  toHex,
  transactionSignatureCheck,
  transactionsRoot,
  WireError
} from '../../src/wire/index.ts'

interface Vectors<T> {
  readonly vectors: T[]
  readonly hostile: { name: string; bytes: Hex; code: string }[]
}

interface TransactionVector {
  name: string
  secret: Hex
  fields: {
    network: Hex
    sender: Hex
    recipient: Hex
    amount: number
    fee: number
    nonce: number
    validUntil: number
    data: Hex
  }
  bytes: Hex
  id: Hex
}

interface HeaderVector {
  name: string
  secret: Hex
  fields: HeaderFields
  hash: Hex
  seal: Hex
  bytes: Hex
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))
}

function refuses(hostile: Vectors<unknown>['hostile'], decode: (bytes: Uint8Array) => unknown): void {
  for (const { name, bytes, code } of hostile) {
    it(`refuses ${name}: ${code}`, () => {
      assert.throws(
        () => decode(fromHex(bytes)),
        (error) => error instanceof WireError && error.code === code
      )
    })
  }
}

describe('Transaction vectors', () => {
  const { vectors, hostile } = read<Vectors<TransactionVector>>('transactions')
  for (const { name, secret, fields, bytes, id } of vectors) {
    it(`${name}: signs to the same bytes and decodes to the same fields`, () => {
      const { sign } = keyPairFromSecret(fromHex(secret))
      const expected = { ...fields, data: fromHex(fields.data), id, bytes: fromHex(bytes) }
      assert.deepEqual(signTransaction(expected, sign), expected)
      const decoded = decodeTransaction(fromHex(bytes))
      assert.deepEqual(decoded, expected)
      const { publicKey, message, signature } = transactionSignatureCheck(decoded)
      assert.ok(verifySignature(publicKey, message, signature))
    })
  }
  refuses(hostile, decodeTransaction)
})

describe('Header vectors', () => {
  const { vectors, hostile } = read<Vectors<HeaderVector>>('headers')
  for (const { name, secret, fields, hash, seal, bytes } of vectors) {
    it(`${name}: encodes, hashes and seals to the same bytes`, () => {
      const header = sealHeader(decodeHeader(encodeHeader(fields)), keyPairFromSecret(fromHex(secret)).sign)
      assert.equal(header.hash, hash)
      assert.equal(toHex(header.seal), seal)
      assert.equal(toHex(encodeSealedHeader(header)), bytes)
      const decoded = decodeSealedHeader(fromHex(bytes))
      assert.deepEqual(decoded, { ...fields, hash, seal: fromHex(seal), bytes: fromHex(bytes).slice(0, 129) })
      const { publicKey, message, signature } = sealSignatureCheck(decoded)
      assert.ok(verifySignature(publicKey, message, signature))
    })
  }
  refuses(hostile, decodeSealedHeader)
})

describe('Block vectors', () => {
  const { vectors, hostile } = read<Vectors<{ name: string; bytes: Hex; hash: Hex; ids: Hex[] }>>('blocks')
  for (const { name, bytes, hash, ids } of vectors) {
    it(`${name}: decodes, has its root, and is put together to the same bytes`, () => {
      const block = decodeBlock(fromHex(bytes))
      assert.equal(block.header.hash, hash)
      assert.deepEqual(
        block.transactions.map(({ id }) => id),
        ids
      )
      assert.equal(transactionsRoot(block.transactions), block.header.merkleRoot)
      assert.equal(toHex(assembleBlock(block.header, block.transactions).bytes), bytes)
    })
  }
  refuses(hostile, decodeBlock)
})

describe('Compact block vectors', () => {
  interface CompactVector {
    name: string
    secret: Hex
    block: Hex
    salt: Hex
    prefilled: number[]
    shortIds: Hex[]
    bytes: Hex
  }
  const { vectors, hostile } = read<Vectors<CompactVector>>('compact-blocks')
  /** As on the wire: 6 bytes, little-endian. */
  const onTheWire = (shortId: number): Hex => {
    const bytes = Buffer.alloc(6)
    bytes.writeUIntLE(shortId, 0, 6)
    return toHex(bytes)
  }
  for (const { name, secret, block: blockHex, salt, prefilled, shortIds, bytes } of vectors) {
    it(`${name}: is made and signed to the same bytes, and decodes to what it was made of`, () => {
      const block = decodeBlock(fromHex(blockHex))
      const { sign, publicKey } = keyPairFromSecret(fromHex(secret))
      assert.equal(toHex(encodeCompactBlock(block, fromHex(salt), new Set(prefilled), sign)), bytes)
      const compact = decodeCompactBlock(fromHex(bytes))
      assert.deepEqual(compact.header, block.header)
      assert.equal(toHex(compact.salt), salt)
      assert.equal(compact.count, block.transactions.length)
      assert.deepEqual([...compact.prefilled.keys()], prefilled)
      assert.deepEqual(compact.shortIds.map(onTheWire), shortIds)
      assert.ok(isCompactOf(compact, block))
      const check = compactSignatureCheck(compact)
      assert.deepEqual(check.publicKey, publicKey)
      assert.ok(verifySignature(check.publicKey, check.message, check.signature))
    })
  }
  refuses(hostile, decodeCompactBlock)

  it('is refused when the block it tells of can only be too large', () => {
    const [first] = vectors
    const good = fromHex(first?.bytes ?? '')
    const count = BLOCK_TRANSACTIONS_MAX + 1
    const bytes = new Uint8Array(206 + 6 * count + 64)
    bytes.set(good.subarray(0, 202))
    bytes.set([count >> 8, count & 0xff], 202)
    assert.throws(() => decodeCompactBlock(bytes), { code: 'oversize' })
  })

  it('is not of another block, nor with another short id or prefilled transaction', () => {
    const [first, second] = vectors.map(({ bytes }) => fromHex(bytes))
    const block = decodeBlock(fromHex(vectors[0]?.block ?? ''))
    const other = decodeBlock(fromHex(vectors[2]?.block ?? ''))
    assert.ok(first !== undefined && second !== undefined)
    assert.ok(isCompactOf(decodeCompactBlock(second), block))
    assert.ok(!isCompactOf(decodeCompactBlock(first), other))
    const spoiled = first.slice()
    const lastShortId = spoiled.length - 64 - 1
    spoiled[lastShortId] = (spoiled[lastShortId] ?? 0) ^ 1
    assert.ok(!isCompactOf(decodeCompactBlock(spoiled), block))
  })
})

describe('Gaps', () => {
  it('give ascending indexes back, and nothing else', () => {
    for (const indexes of [[], [0], [0, 1, 2], [5, 6, 300, BLOCK_TRANSACTIONS_MAX - 1]]) {
      assert.deepEqual(decodeGaps(encodeGaps(indexes)), indexes)
    }
    assert.equal(toHex(encodeGaps([5, 6, 300])), '000500000125')
    assert.throws(() => encodeGaps([3, 3]), RangeError)
    assert.throws(() => decodeGaps(fromHex('000500')), { code: 'length' })
    assert.throws(() => decodeGaps(fromHex('ffff')), { code: 'bad-index' })
  })
})

describe('SipHash vectors', () => {
  const { sequence, ids } = read<Record<'sequence' | 'ids', { key: Hex; hashes: Hex[] }>>('siphash')
  const bytesOf = (low: number, high: number): Hex => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(low, 0)
    bytes.writeUInt32LE(high, 4)
    return toHex(bytes)
  }

  it('of the 64 shortest messages', () => {
    assert.equal(sequence.hashes.length, 64)
    for (const [length, hash] of sequence.hashes.entries()) {
      const message = Uint8Array.from({ length }, (_, i) => i)
      assert.equal(bytesOf(...sipHash(sipKey(fromHex(sequence.key)), message)), hash)
    }
  })

  it('of ids, in bulk and at any offset in memory', () => {
    const key = sipKey(fromHex(ids.key))
    const messages = ids.hashes.map((_, i) => sha256(Uint8Array.of(0, 0, 0, i)))
    const shifted = Buffer.concat([Buffer.alloc(3), ...messages]).subarray(3)
    for (const halves of [sipHashIds(key, shifted), sipHashHexIds(key, messages.map(toHex))]) {
      assert.deepEqual(
        ids.hashes.map((_, i) => bytesOf(halves[2 * i] ?? 0, halves[2 * i + 1] ?? 0)),
        ids.hashes
      )
    }
  })

  it('refuse what is no key and no id', () => {
    const key = sipKey(new Uint8Array(16))
    assert.throws(() => sipKey(new Uint8Array(15)), RangeError)
    assert.throws(() => sipHashIds(key, new Uint8Array(33)), RangeError)
    assert.throws(() => sipHashHexIds(key, ['zz'.repeat(32)]), RangeError)
  })
})

describe('Merkle vectors', () => {
  const { vectors } = read<Vectors<{ leaves: number; root: Hex }>>('merkle')
  for (const { leaves: count, root } of vectors) {
    it(`${count} leaves`, () => {
      const leaves = Array.from({ length: count }, (_, i) => sha256(Uint8Array.of(0, 0, 0, i)))
      assert.equal(toHex(merkleRoot(leaves)), root)
      assert.equal(toHex(merkleRootOfHex(leaves.map(toHex))), root)
    })
  }
})

describe('Genesis vectors', () => {
  interface GenesisVector {
    name: string
    file: GenesisFile
    encoding: Hex
    header: Hex
    hash: Hex
    network: Hex
  }
  const { vectors, developmentAccounts } = read<
    Vectors<GenesisVector> & { developmentAccounts: { name: string; address: Hex }[] }
  >('genesis')
  for (const { name, file, encoding, header, hash, network } of vectors) {
    it(name, () => {
      const genesis = createGenesis(file)
      assert.equal(genesis.header.merkleRoot, toHex(sha256(fromHex(encoding))))
      assert.equal(toHex(genesis.header.bytes), header)
      assert.deepEqual([genesis.hash, genesis.network], [hash, network])
    })
  }
  it('development accounts', () => {
    const ours = DEVELOPMENT_ACCOUNTS.map((name) => ({ name, address: toHex(developmentKey(name).publicKey) }))
    assert.deepEqual(ours, developmentAccounts)
  })
})
