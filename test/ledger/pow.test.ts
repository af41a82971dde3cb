import assert from 'node:assert/strict'
import {
  bitsToTarget,
  createConsensus,
  createGenesis,
  type Genesis,
  type HeaderNode,
  POW_LIMIT_BITS,
  targetToBits,
  targetToWork
} from '../../src/ledger/index.ts'
import { decodeHeader, encodeHeader, type HeaderFields, type SealedHeader } from '../../src/wire/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { codeOf, GENESIS_TIME, TestNode } from './builder.ts'

const INTERVAL_MS = 3000

function powGenesis(bits: number, halfLifeMs = 60_000): Genesis {
  const consensus = { kind: 'pow', intervalMs: INTERVAL_MS, halfLifeMs, bits } as const
  return createGenesis({
    schema: 'starling-genesis/1',
    name: 'pow',
    time: GENESIS_TIME,
    consensus,
    reward: 1,
    accounts: []
  })
}

/** Searches nonces until the hash is under the header's own bits, or above it with `under` false. */
function mine(fields: HeaderFields, under = true): SealedHeader {
  const target = bitsToTarget(fields.bits) ?? 0n
  for (let i = 0; ; i++) {
    const header = decodeHeader(encodeHeader({ ...fields, nonce: i.toString(16).padStart(16, '0') }))
    if (BigInt(`0x${header.hash}`) <= target === under) return { ...header, seal: new Uint8Array(64) }
  }
}

function childOf(genesis: Genesis, parent: SealedHeader, change: Partial<HeaderFields> = {}): HeaderFields {
  return {
    network: genesis.network,
    parent: parent.hash,
    height: parent.height + 1,
    time: parent.time + INTERVAL_MS,
    merkleRoot: '00'.repeat(32),
    producer: '11'.repeat(32),
    bits: POW_LIMIT_BITS,
    nonce: '00'.repeat(8),
    ...change
  }
}

describe('Proof of work', () => {
  const genesis = powGenesis(0x2000ffff)
  const consensus = createConsensus(genesis)
  const root: HeaderNode = {
    ...genesis.header,
    work: consensus.work(genesis.header),
    parent: undefined,
    header: genesis.header
  }
  const due = consensus.bitsFor(root, 0, '')

  it('gives the child of genesis the genesis target, and a late chain an easier one', () => {
    assert.equal(due, 0x2000ffff)
    const late: HeaderNode = { ...root, height: 1, time: GENESIS_TIME + INTERVAL_MS + 60_000 }
    assert.equal(consensus.bitsFor(late, 0, ''), 0x2001fffe)
  })

  it('accepts a hash under the scheduled target and counts its work', () => {
    const header = mine(childOf(genesis, genesis.header, { bits: due }))
    consensus.checkHeader(header, root)
    assert.equal(consensus.work(header), targetToWork(bitsToTarget(due) ?? 0n))
  })

  it('demands of a header whose parent nobody knows that its hash is under the target that it names', () => {
    const orphan = (under: boolean) =>
      mine(childOf(genesis, genesis.header, { bits: due, parent: 'ab'.repeat(32) }), under)
    consensus.checkAlone(orphan(true))
    assert.equal(
      codeOf(() => consensus.checkAlone(orphan(false))),
      'insufficient-work'
    )
  })

  const cases: [name: string, code: string, change: Partial<HeaderFields>, under?: boolean][] = [
    ['a hash above the target', 'insufficient-work', {}, false],
    ['bits easier than scheduled', 'wrong-bits', { bits: POW_LIMIT_BITS }],
    ['bits that are no target', 'wrong-bits', { bits: 0 }, false],
    ['another network', 'wrong-network', { network: 'ff'.repeat(8) }],
    ['a height that skips one', 'wrong-height', { height: 2 }],
    ["its parent's time", 'time-not-after-parent', { time: GENESIS_TIME }]
  ]
  for (const [name, code, change, under] of cases) {
    it(`refuses ${name}`, () => {
      const header = mine(childOf(genesis, genesis.header, { bits: due, ...change }), under)
      assert.equal(
        codeOf(() => consensus.checkHeader(header, root)),
        code
      )
    })
  }

  it('prefers fewer blocks with more work to more blocks with less', () => {
    const easy = powGenesis(0x2003ffff, 10_000)
    const rules = createConsensus(easy)
    const node = new TestNode({}, { genesis: easy, consensus: rules })
    const extend = (length: number, gapMs: number) => {
      let parent = easy.header
      for (let i = 0; i < length; i++) {
        const above = node.chain.headerNode(parent.hash)
        assert.ok(above)
        const header = mine(childOf(easy, parent, { time: parent.time + gapMs, bits: rules.bitsFor(above, 0, '') }))
        assert.equal(node.chain.insertHeader(header, header.time), 'added')
        parent = header
      }
      return parent.hash
    }
    extend(6, 20_000)
    const fast = extend(5, 1000)
    assert.equal(node.chain.bestHeader.hash, fast)
  })

  // Block times are drawn from the exponential distribution that hashing has; the bits are the real rule's.
  it('holds the block interval when the hash rate changes tenfold, up and down', () => {
    const random = seededRandom('hash rate')
    const start = powGenesis(targetToBits((1n << 256n) / 6000n), 30 * INTERVAL_MS)
    const rules = createConsensus(start)
    let parent: HeaderNode = { ...start.header, work: 1n, parent: undefined, header: start.header }
    const meanInterval = (blocks: number, hashesPerMs: number) => {
      const from = parent.time
      for (let i = 0; i < blocks; i++) {
        const target = bitsToTarget(rules.bitsFor(parent, 0, '')) ?? 0n
        const meanMs = Number(targetToWork(target)) / hashesPerMs
        const time = parent.time + Math.max(1, Math.round(random.exponential(meanMs)))
        parent = { ...parent, height: parent.height + 1, time, parent: undefined }
      }
      return (parent.time - from) / blocks
    }
    for (const hashesPerMs of [2, 20, 2]) {
      meanInterval(300, hashesPerMs)
      const settled = meanInterval(2000, hashesPerMs)
      assert.ok(Math.abs(settled / INTERVAL_MS - 1) < 0.03, `${settled} ms at ${hashesPerMs} hashes/ms`)
    }
  })
})
