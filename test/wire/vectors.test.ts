// The vectors in test/vectors were computed by another implementation in another language.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { keyPairFromSecret, merkleRoot, merkleRootOfHex, sha256, verifySignature } from '../../src/crypto/index.ts'
import { createGenesis, DEVELOPMENT_ACCOUNTS, developmentKey, type GenesisFile } from '../../src/ledger/index.ts'
import {
  assembleBlock,
  decodeBlock,
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
