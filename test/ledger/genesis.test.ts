import assert from 'node:assert/strict'
import {
  createGenesis,
  DEVELOPMENT_ACCOUNTS,
  developmentKey,
  LedgerError,
  parseGenesis
} from '../../src/ledger/index.ts'
import { decodeHeader, toHex } from '../../src/wire/index.ts'
import { genesis, keyOf, PEOPLE, SEALERS } from './builder.ts'

const { file } = genesis
const pow = { kind: 'pow', intervalMs: 3000, halfLifeMs: 60_000, bits: 0x1f00ffff } as const

describe('Genesis', () => {
  it('names the network by the first 8 bytes of its header hash', () => {
    assert.equal(genesis.network, genesis.hash.slice(0, 16))
    assert.equal(decodeHeader(genesis.header.bytes).hash, genesis.hash)
    assert.equal(genesis.header.network, '00'.repeat(8))
    assert.equal(genesis.header.height, 0)
  })

  it('survives a trip through JSON', () => {
    assert.equal(parseGenesis(JSON.stringify(file)).hash, genesis.hash)
  })

  it('does not depend on the order in which accounts are listed', () => {
    assert.equal(createGenesis({ ...file, accounts: file.accounts.toReversed() }).hash, genesis.hash)
  })

  it('commits to every parameter', () => {
    const variants = [
      { ...file, name: 'other' },
      { ...file, time: file.time + 1 },
      { ...file, reward: file.reward + 1 },
      { ...file, accounts: file.accounts.slice(1) },
      { ...file, accounts: file.accounts.map((account) => ({ ...account, balance: account.balance + 1 })) },
      { ...file, consensus: { kind: 'authority', slotMs: 999, sealers: SEALERS } as const },
      { ...file, consensus: { kind: 'authority', slotMs: 1000, sealers: SEALERS.toReversed() } as const },
      { ...file, consensus: pow },
      { ...file, consensus: { ...pow, intervalMs: 3001 } },
      { ...file, consensus: { ...pow, halfLifeMs: 60_001 } },
      { ...file, consensus: { ...pow, bits: 0x1f00fffe } }
    ]
    const hashes = [genesis.hash, ...variants.map((variant) => createGenesis(variant).hash)]
    assert.equal(new Set(hashes).size, hashes.length)
  })

  const bad: [name: string, json: string, sentence: RegExp][] = [
    ['text that is not JSON', '{', /^Genesis: the file is not JSON\.$/],
    ['another type', '7', /^Genesis: the file: /],
    ['another schema', JSON.stringify({ ...file, schema: 'starling-genesis/2' }), /^Genesis: schema: /],
    ['an unknown field', JSON.stringify({ ...file, extra: 1 }), /^Genesis: the file: .*extra/],
    ['a missing field', JSON.stringify({ ...file, reward: undefined }), /^Genesis: reward: /],
    ['a fraction', JSON.stringify({ ...file, reward: 0.5 }), /^Genesis: reward: /],
    [
      'a malformed address',
      JSON.stringify({ ...file, accounts: [{ address: 'xyz', balance: 1 }] }),
      /^Genesis: accounts\.0\.address: expected 64/
    ],
    [
      'an address listed twice',
      JSON.stringify({ ...file, accounts: [file.accounts[0], file.accounts[0]] }),
      /^Genesis: accounts: an address is listed twice\.$/
    ],
    [
      'balances that pass 2^53',
      JSON.stringify({ ...file, accounts: PEOPLE.map((address) => ({ address, balance: 2 ** 52 })) }),
      /^Genesis: accounts: balances add up/
    ],
    [
      'no sealers',
      JSON.stringify({ ...file, consensus: { kind: 'authority', slotMs: 1000, sealers: [] } }),
      /^Genesis: consensus\.sealers: /
    ],
    [
      'a target that is none',
      JSON.stringify({ ...file, consensus: { ...pow, bits: 0 } }),
      /^Genesis: consensus\.bits: not a target/
    ],
    [
      'a target above the limit',
      JSON.stringify({ ...file, consensus: { ...pow, bits: 0x2100ffff } }),
      /^Genesis: consensus\.bits: not a target/
    ]
  ]
  for (const [name, json, sentence] of bad) {
    it(`refuses ${name} with one sentence`, () => {
      assert.throws(
        () => parseGenesis(json),
        (error) => error instanceof LedgerError && error.code === 'bad-genesis' && sentence.test(error.message)
      )
    })
  }

  it('has ten development accounts, distinct and the same everywhere', () => {
    const keys = DEVELOPMENT_ACCOUNTS.map((name) => toHex(developmentKey(name).publicKey))
    assert.equal(new Set(keys).size, 10)
    assert.equal(keys[0], '2acb5ddbe4efc48a8a3f4c9a49a9e58fd7ce4fbbe6e3d059bf7c0da2c8e75eeb')
    assert.notEqual(keys[0], keyOf('alice'))
  })
})
