import assert from 'node:assert/strict'
import { createConsensus, createGenesis, type Equivocation } from '../../src/ledger/index.ts'
import {
  codeOf,
  consensus,
  GENESIS_TIME,
  genesis,
  genesisNode,
  keyOf,
  makeBlock,
  makeBranch,
  makeHeader,
  nodeOf,
  SEALERS,
  SLOT_MS,
  TestNode
} from './builder.ts'

const slotStart = (slot: number) => GENESIS_TIME + slot * SLOT_MS

function headerAt(time: number, sealer: number, bits: number, parent = genesis.header) {
  return makeHeader({ parent: parent.hash, height: parent.height + 1, time, producer: SEALERS[sealer] ?? '', bits })
}

describe('Proof of authority', () => {
  it('lets the sealers take turns, one slot each, with weight 2', () => {
    for (const slot of [1, 2, 3, 4, 5, 6]) {
      consensus.checkHeader(headerAt(slotStart(slot), slot % 3, 2), genesisNode)
    }
    assert.equal(consensus.work(headerAt(slotStart(1), 1, 2)), 2n)
  })

  it('lets the others seal in the second half of the slot, one after another, with weight 1', () => {
    // Slot 1 is s1's; s2 comes next, s0 last.
    consensus.checkHeader(headerAt(slotStart(1) + 500, 2, 1), genesisNode)
    consensus.checkHeader(headerAt(slotStart(1) + 750, 0, 1), genesisNode)
  })

  it('judges sealer, place, weight and time also of a header whose parent nobody knows', () => {
    const alone = (time: number, sealer: number, bits: number, fields: { producer?: string } = {}) => {
      const { height } = genesis.header
      const producer = SEALERS[sealer] ?? ''
      consensus.checkAlone(makeHeader({ parent: 'ab'.repeat(32), height: height + 9, time, producer, bits, ...fields }))
    }
    alone(slotStart(1), 1, 2)
    alone(slotStart(1) + 500, 2, 1)
    const refusals = [
      () => alone(slotStart(1), 1, 2, { producer: keyOf('x') }),
      () => alone(slotStart(1) + 499, 2, 1),
      () => alone(slotStart(1) + 500, 2, 2),
      () => alone(slotStart(1), 1, 99)
    ]
    assert.deepEqual(refusals.map(codeOf), ['not-a-sealer', 'out-of-turn', 'wrong-bits', 'wrong-bits'])
  })

  const late = nodeOf(headerAt(slotStart(4), 1, 2))
  const cases: [name: string, code: string, act: () => void][] = [
    [
      'a key that genesis does not name',
      'not-a-sealer',
      () => {
        consensus.checkHeader(
          makeHeader({ parent: genesis.hash, height: 1, time: slotStart(1), producer: keyOf('x') }),
          genesisNode
        )
      }
    ],
    [
      'an out-of-turn block before its delay',
      'out-of-turn',
      () => {
        consensus.checkHeader(headerAt(slotStart(1) + 499, 2, 1), genesisNode)
      }
    ],
    [
      'the last in the queue before its place',
      'out-of-turn',
      () => {
        consensus.checkHeader(headerAt(slotStart(1) + 749, 0, 1), genesisNode)
      }
    ],
    [
      'weight 2 out of turn',
      'wrong-bits',
      () => consensus.checkHeader(headerAt(slotStart(1) + 500, 2, 2), genesisNode)
    ],
    ['weight 1 in turn', 'wrong-bits', () => consensus.checkHeader(headerAt(slotStart(1), 1, 1), genesisNode)],
    [
      'more weight than there is',
      'wrong-bits',
      () => consensus.checkHeader(headerAt(slotStart(1), 1, 99), genesisNode)
    ],
    [
      "the parent's slot again",
      'slot-taken',
      () => {
        consensus.checkHeader(headerAt(slotStart(4) + 700, 2, 1, late.header), late)
      }
    ],
    ['the slot of genesis', 'slot-taken', () => consensus.checkHeader(headerAt(slotStart(0) + 600, 1, 1), genesisNode)]
  ]
  for (const [name, code, act] of cases) {
    it(`refuses ${name}`, () => assert.equal(codeOf(act), code))
  }

  it('lets nobody step in but the next two in the queue; the others wait for a slot in which they are', () => {
    const sealers = Array.from({ length: 6 }, (_, i) => keyOf(`crowd ${i}`))
    const crowd = createGenesis({ ...genesis.file, consensus: { kind: 'authority', slotMs: SLOT_MS, sealers } })
    const rules = createConsensus(crowd)
    const root = nodeOf(crowd.header)
    const header = (time: number, sealer: number) =>
      makeHeader({
        network: crowd.network,
        parent: crowd.hash,
        height: 1,
        time,
        producer: sealers[sealer] ?? '',
        bits: rules.bitsFor(root, time, sealers[sealer] ?? '')
      })
    // Slot 1 is sealer 1's; 2 and 3 may step in.
    const mayIn = (slot: number): number[] =>
      sealers
        .map((_, i) => i)
        .filter((i) => codeOf(() => rules.checkHeader(header(slotStart(slot) + 999, i), root)) === 'nothing thrown')
    assert.deepEqual(mayIn(1), [1, 2, 3])
    assert.deepEqual(mayIn(5), [0, 1, 5])
    assert.equal(
      codeOf(() => rules.checkHeader(header(slotStart(1) + 999, 4), root)),
      'out-of-turn'
    )
    assert.equal(rules.sealTime?.(root, sealers[4] ?? '', slotStart(1)), slotStart(2) + 750)
    for (const [i, producer] of sealers.entries()) {
      const time = rules.sealTime?.(root, producer, slotStart(1) + 10) ?? 0
      rules.checkHeader(header(time, i), root)
    }
  })

  describe('sealTime', () => {
    it('is the start of the own slot, or now when the slot has begun', () => {
      assert.equal(consensus.sealTime?.(genesisNode, SEALERS[1] ?? '', slotStart(1)), slotStart(1))
      assert.equal(consensus.sealTime?.(genesisNode, SEALERS[1] ?? '', slotStart(1) + 10.5), slotStart(1) + 11)
    })

    it('is after the delay out of turn, and never in a slot the chain has passed', () => {
      assert.equal(consensus.sealTime?.(genesisNode, SEALERS[2] ?? '', slotStart(1)), slotStart(1) + 500)
      assert.equal(consensus.sealTime?.(late, SEALERS[2] ?? '', slotStart(1)), slotStart(5))
    })

    it('is nothing for a stranger', () => {
      assert.equal(consensus.sealTime?.(genesisNode, keyOf('x'), slotStart(1)), undefined)
    })

    it('always gives a header that the rules accept', () => {
      for (let now = slotStart(0); now < slotStart(7); now += 83) {
        for (const [sealer, producer] of SEALERS.entries()) {
          const time = consensus.sealTime?.(genesisNode, producer, now) ?? 0
          assert.ok(time >= now)
          consensus.checkHeader(headerAt(time, sealer, consensus.bitsFor(genesisNode, time, producer)), genesisNode)
        }
      }
    })
  })

  it('goes on without a missing sealer, and the chain of those in turn counts more', () => {
    const node = new TestNode()
    // s1 is away: whoever is next takes its slots.
    const withoutS1 = makeBranch(genesis.header, 6, (i) => ((i + 1) % 3 === 1 ? { sealer: 2 } : {}))
    node.import(...withoutS1)
    assert.equal(node.chain.head.height, 6)
    assert.equal(node.chain.head.work, 1n + 2n * 4n + 1n * 2n)
    node.import(...makeBranch(genesis.header, 6))
    assert.equal(node.chain.head.work, 1n + 2n * 6n)
  })

  it('reports a sealer that fills one slot twice, once, and keeps both blocks', () => {
    const reports: Equivocation[] = []
    const node = new TestNode({ onEquivocation: (evidence) => reports.push(evidence) })
    const twins = ['00', '01', '02'].map((digit) => makeBlock(genesis.header, { nonce: digit.repeat(8) }))
    node.import(...twins, ...twins)
    assert.equal(reports.length, 1)
    assert.equal(reports[0]?.first.hash, twins[0]?.header.hash)
    assert.equal(reports[0]?.second.hash, twins[1]?.header.hash)
    assert.equal(reports[0]?.slot, 1)
    assert.equal(node.chain.head.hash, twins.map(({ header }) => header.hash).sort()[0])
  })

  it('watches a bounded number of slots', () => {
    const reports: Equivocation[] = []
    const node = new TestNode({ limits: { maxWatchedSlots: 2 }, onEquivocation: (evidence) => reports.push(evidence) })
    const branch = makeBranch(genesis.header, 3)
    node.import(...branch, makeBlock(genesis.header, { nonce: '01'.repeat(8) }))
    assert.equal(reports.length, 0)
    node.import(makeBlock(branch[1]?.header ?? genesis.header, { nonce: '01'.repeat(8) }))
    assert.equal(reports.length, 1)
  })
})
