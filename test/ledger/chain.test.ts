import assert from 'node:assert/strict'
import { assembleBlock, type Block, type SealedHeader, type Transaction } from '../../src/wire/index.ts'
import {
  type BlockPlan,
  codeOf,
  GENESIS_TIME,
  genesis,
  keyOf,
  makeBlock,
  makeBranch,
  makeHeader,
  PEOPLE,
  REWARD,
  SEALERS,
  SLOT_MS,
  TestNode,
  transfer
} from './builder.ts'

const [p0 = '', p1 = ''] = PEOPLE
const hashes = (blocks: readonly Block[]) => blocks.map(({ header }) => header.hash)
/** A branch that loses to one of equal length in turn: its first block is out of turn. */
const lighter = (i: number): BlockPlan => (i === 0 ? { sealer: 2 } : {})

describe('Chain', () => {
  describe('what is worth holding', () => {
    const limits = { staleDepthMax: 2 }

    it('is at most so far below the head, and counts what our chain did there', () => {
      const node = new TestNode({ limits })
      const ours = makeBranch(genesis.header, 5)
      node.import(...ours)
      const [, , third, fourth, fifth] = ours.map(({ header }) => header)
      assert.ok(third && fourth && fifth)
      const worth = (parent: SealedHeader, plan: BlockPlan): boolean =>
        node.chain.isWorthHolding(makeBlock(parent, plan).header)
      assert.ok(node.chain.isWorthHolding(fifth))
      assert.ok(node.chain.isWorthHolding(third))
      assert.ok(worth(third, {}))
      assert.ok(!worth(genesis.header, {}))
      assert.ok(!worth(ours[0]?.header ?? fifth, {}))
      // High enough, and too light: out of turn, all the way.
      assert.ok(!worth(ours[1]?.header ?? fifth, { sealer: 2 }))
    })

    it('of an orphan goes by its height alone, and by what it counts', () => {
      const node = new TestNode({ limits })
      node.import(...makeBranch(genesis.header, 5))
      const orphan = (height: number): SealedHeader =>
        makeHeader({ parent: 'ab'.repeat(32), height, time: GENESIS_TIME + 9 * SLOT_MS })
      assert.deepEqual(
        [2, 3, 6, 1000].map((height) => node.chain.isWorthHolding(orphan(height))),
        [false, true, true, true]
      )
    })

    it('is what counts more than the head, however low', () => {
      const node = new TestNode({ limits })
      node.import(...makeBranch(genesis.header, 5, lighter))
      const heavy = { ...makeBlock(genesis.header).header, bits: 1000 }
      assert.ok(node.chain.isWorthHolding(heavy))
    })
  })

  describe('first door: headers', () => {
    it('takes a header whose parent it knows, once', () => {
      const node = new TestNode()
      const { header } = makeBlock(genesis.header)
      assert.equal(node.chain.status(header.hash), 'unknown')
      assert.equal(node.chain.insertHeader(header, node.now), 'added')
      assert.equal(node.chain.insertHeader(header, node.now), 'known')
      assert.equal(node.chain.status(header.hash), 'header')
      assert.equal(node.chain.bestHeader.hash, header.hash)
      assert.equal(node.chain.head.hash, genesis.hash)
    })

    it('keeps nothing of an orphan', () => {
      const node = new TestNode()
      const [, second] = makeBranch(genesis.header, 2)
      assert.ok(second)
      assert.equal(node.chain.insertHeader(second.header, node.now), 'orphan')
      assert.equal(node.chain.status(second.header.hash), 'unknown')
    })

    it('does not judge a header from the future, and takes it when its time has come', () => {
      const node = new TestNode({ limits: { maxFutureMs: 100 } })
      const { header } = makeBlock(genesis.header)
      assert.equal(
        codeOf(() => node.chain.insertHeader(header, header.time - 101)),
        'future'
      )
      assert.equal(node.chain.status(header.hash), 'unknown')
      assert.equal(node.chain.insertHeader(header, header.time - 100), 'added')
    })

    it('says what is provably wrong before it says that it is from the future', () => {
      const node = new TestNode()
      const header = makeHeader({
        parent: genesis.hash,
        height: 1,
        time: GENESIS_TIME + 100 * SLOT_MS,
        producer: keyOf('x')
      })
      assert.equal(
        codeOf(() => node.chain.insertHeader(header, 0)),
        'not-a-sealer'
      )
    })
  })

  describe('second door: bodies', () => {
    it('takes a body of a known header, once', () => {
      const node = new TestNode()
      const block = makeBlock(genesis.header)
      assert.equal(
        codeOf(() => node.chain.insertBody(block)),
        'unknown-header'
      )
      node.chain.insertHeader(block.header, node.now)
      assert.equal(node.chain.insertBody(block), 'added')
      assert.equal(node.chain.insertBody(block), 'known')
      assert.equal(node.chain.status(block.header.hash), 'body')
    })

    it('holds a body that does not match the root against its carrier, not against the header', () => {
      const node = new TestNode()
      const block = makeBlock(genesis.header, { transactions: [transfer({ sender: p0, nonce: 0 })] })
      const forged = assembleBlock(block.header, [transfer({ sender: p0, nonce: 0, amount: 999 })])
      node.chain.insertHeader(block.header, node.now)
      assert.equal(
        codeOf(() => node.chain.insertBody(forged)),
        'wrong-root'
      )
      assert.equal(node.chain.status(block.header.hash), 'header')
      node.import(block)
      assert.equal(node.chain.head.hash, block.header.hash)
    })

    it("makes the header invalid when a matching body holds another network's transaction", () => {
      const node = new TestNode()
      const foreign = transfer({ sender: p0, nonce: 0, network: 'ff'.repeat(8) })
      const block = makeBlock(genesis.header, { transactions: [foreign] })
      assert.equal(
        codeOf(() => node.import(block)),
        'wrong-transaction-network'
      )
      assert.equal(node.chain.status(block.header.hash), 'invalid')
      assert.equal(node.chain.bestHeader.hash, genesis.hash)
    })

    it('asks for the bodies missing on the way to the best header, lowest first', () => {
      const node = new TestNode()
      const main = makeBranch(genesis.header, 6)
      for (const { header } of main) node.chain.insertHeader(header, node.now)
      assert.deepEqual(node.chain.missingBodies(2), hashes(main.slice(0, 2)))
      node.insert(...main.slice(0, 1), ...main.slice(2, 3))
      assert.deepEqual(node.chain.missingBodies(2), hashes([...main.slice(1, 2), ...main.slice(3, 4)]))
      const [, rival] = makeBranch(main[0]?.header ?? genesis.header, 7, (i) => (i === 0 ? { sealer: 0 } : {}))
      assert.ok(rival)
      node.insert(...main)
      assert.deepEqual(node.chain.missingBodies(9), [])
      const longer = makeBranch(genesis.header, 7, lighter)
      for (const { header } of longer) node.chain.insertHeader(header, node.now)
      assert.deepEqual(node.chain.missingBodies(9), hashes(longer))
    })
  })

  describe('third door: the state', () => {
    it('moves amounts, fees and the reward', () => {
      const node = new TestNode()
      const sealer = SEALERS[1] ?? ''
      node.import(
        makeBlock(genesis.header, {
          transactions: [transfer({ sender: p0, nonce: 0, recipient: p1, amount: 100, fee: 7 })]
        })
      )
      assert.deepEqual(node.chain.account(p0), { balance: 893, nonce: 1 })
      assert.deepEqual(node.chain.account(p1), { balance: 1100, nonce: 0 })
      assert.deepEqual(node.chain.account(sealer), { balance: REWARD + 7, nonce: 0 })
    })

    it('lets an account pay itself, spend what it got in the same block, and spend all', () => {
      const node = new TestNode()
      const fresh = keyOf('fresh')
      node.import(
        makeBlock(genesis.header, {
          transactions: [
            transfer({ sender: p0, nonce: 0, recipient: p0, amount: 999, fee: 1 }),
            transfer({ sender: p0, nonce: 1, recipient: fresh, amount: 999, fee: 0 }),
            transfer({ sender: fresh, nonce: 0, recipient: p1, amount: 999, fee: 0 })
          ]
        })
      )
      assert.deepEqual(node.chain.account(p0), { balance: 0, nonce: 2 })
      assert.deepEqual(node.chain.account(fresh), { balance: 0, nonce: 1 })
    })

    const rules: [name: string, code: string, transactions: Transaction[]][] = [
      [
        'a nonce already used',
        'nonce-used',
        [transfer({ sender: p0, nonce: 0 }), transfer({ sender: p0, nonce: 0, amount: 6 })]
      ],
      [
        'the same transaction twice',
        'nonce-used',
        [transfer({ sender: p0, nonce: 0 }), transfer({ sender: p0, nonce: 0 })]
      ],
      ['a nonce gap', 'nonce-gap', [transfer({ sender: p0, nonce: 1 })]],
      ['one more than the balance', 'insufficient-funds', [transfer({ sender: p0, nonce: 0, amount: 1000, fee: 1 })]],
      [
        'amount and fee that pass 2^53 together',
        'insufficient-funds',
        [transfer({ sender: p0, nonce: 0, amount: 2 ** 53 - 1, fee: 2 ** 53 - 1 })]
      ],
      ['an unknown sender', 'insufficient-funds', [transfer({ sender: keyOf('poor'), nonce: 0 })]]
    ]
    for (const [name, code, transactions] of rules) {
      it(`makes a block with ${name} invalid and changes nothing`, () => {
        const node = new TestNode()
        const before = node.snapshot()
        const good = transfer({ sender: p1, nonce: 0 })
        const block = makeBlock(genesis.header, { transactions: [good, ...transactions] })
        node.import(block)
        assert.equal(node.chain.status(block.header.hash), 'invalid')
        assert.equal(
          codeOf(() => node.chain.insertHeader(block.header, node.now)),
          'invalid-block'
        )
        assert.equal(node.chain.invalidCode(block.header.hash), code)
        assert.deepEqual(node.snapshot(), before)
        assert.equal(node.chain.head.hash, genesis.hash)
      })
    }

    it('includes a transaction at its last height and not after', () => {
      const node = new TestNode()
      const first = makeBlock(genesis.header, { transactions: [transfer({ sender: p0, nonce: 0, validUntil: 1 })] })
      const second = makeBlock(first.header, { transactions: [transfer({ sender: p0, nonce: 1, validUntil: 1 })] })
      node.import(first, second)
      assert.equal(node.chain.head.hash, first.header.hash)
      assert.equal(node.chain.status(second.header.hash), 'invalid')
    })

    it('refuses a credit that would reach 2^53', () => {
      // A reward so large that two blocks by one producer pass the limit.
      const rich = new TestNode({
        restored: {
          headers: [],
          hasBody: () => true,
          head: genesis.hash,
          accounts: [[SEALERS[1] ?? '', { balance: Number.MAX_SAFE_INTEGER - REWARD + 1, nonce: 0 }]]
        }
      })
      const block = makeBlock(genesis.header)
      rich.import(block)
      assert.equal(rich.chain.invalidCode(block.header.hash), 'overflow')
    })

    it('forgets the descendants of an invalid block and refuses new ones', () => {
      const node = new TestNode()
      const bad = makeBlock(genesis.header, { transactions: [transfer({ sender: p0, nonce: 9 })] })
      const [child, grandchild] = makeBranch(bad.header, 2)
      assert.ok(child && grandchild)
      node.import(bad, child)
      assert.equal(node.chain.status(child.header.hash), 'invalid')
      assert.equal(
        codeOf(() => node.chain.insertHeader(grandchild.header, node.now)),
        'invalid-parent'
      )
    })

    it('takes the word of a caller that checked signatures, until it has taken the body', () => {
      const node = new TestNode()
      const [first, second] = makeBranch(genesis.header, 2)
      assert.ok(first && second)
      node.import(first)
      node.chain.insertHeader(second.header, node.now)
      for (const { header } of [first, second]) node.chain.markInvalid(header.hash, 'bad-signature')
      assert.equal(node.chain.status(first.header.hash), 'applied')
      assert.equal(node.chain.invalidCode(second.header.hash), 'bad-signature')
      assert.equal(node.chain.bestHeader.hash, first.header.hash)
    })

    it('remembers a bounded number of invalid blocks', () => {
      const node = new TestNode({ limits: { maxInvalid: 2 } })
      const bad = [1, 2, 3].map((nonce) =>
        makeBlock(genesis.header, { transactions: [transfer({ sender: p0, nonce })] })
      )
      node.import(...bad)
      assert.deepEqual(bad.map(({ header }) => node.chain.status(header.hash)).sort(), [
        'invalid',
        'invalid',
        'unknown'
      ])
    })

    it('goes to the next best when a branch turns out invalid in the middle, and changes nothing on the way', () => {
      const node = new TestNode()
      const main = makeBranch(genesis.header, 3)
      node.import(...main)
      const before = node.snapshot()
      const fork = makeBranch(genesis.header, 6, (i) => ({
        ...lighter(i),
        transactions: i === 3 ? [transfer({ sender: p0, nonce: 7 })] : []
      }))
      node.import(...fork.slice(0, 1))
      node.import(...fork.slice(1))
      assert.equal(node.chain.head.hash, main[2]?.header.hash)
      assert.deepEqual(node.snapshot(), before)
      assert.equal(node.updates.length, 1)
      assert.deepEqual(
        fork.map(({ header }) => node.chain.status(header.hash)),
        ['side', 'side', 'side', 'invalid', 'invalid', 'invalid']
      )
    })

    it('connects the sound part of a branch that is worth more even so', () => {
      const node = new TestNode()
      node.import(...makeBranch(genesis.header, 2))
      const fork = makeBranch(genesis.header, 6, (i) => ({
        ...lighter(i),
        transactions: i === 4 ? [transfer({ sender: p0, nonce: 7 })] : []
      }))
      node.import(...fork)
      assert.equal(node.chain.head.hash, fork[3]?.header.hash)
    })

    it('reports a store that lost a block and changes nothing', () => {
      const node = new TestNode()
      const main = makeBranch(genesis.header, 2)
      node.import(...main)
      const before = node.snapshot()
      node.store.undos.delete(main[0]?.header.hash ?? '')
      node.insert(...makeBranch(genesis.header, 3, lighter))
      assert.equal(
        codeOf(() => node.chain.apply()),
        'bad-state'
      )
      assert.deepEqual(node.snapshot(), before)
      assert.equal(node.chain.head.hash, main[1]?.header.hash)
    })
  })

  describe('third door, in slices', () => {
    const many = (count: number): Transaction[] =>
      Array.from({ length: count }, (_, nonce) => transfer({ sender: p0, nonce, amount: 0, fee: 1 }))

    it('shows nothing before the last slice', () => {
      const node = new TestNode()
      node.insert(...makeBranch(genesis.header, 2, (i) => ({ transactions: i === 0 ? many(900) : [] })))
      const before = node.snapshot()
      const work = node.chain.applyInSlices()
      let slices = 0
      let slice = work.next()
      for (; !slice.done; slice = work.next()) {
        slices++
        assert.deepEqual(node.snapshot(), before)
        assert.equal(node.chain.head.hash, genesis.hash)
      }
      assert.ok(slices > 0)
      assert.equal(slice.value?.head.height, 2)
      assert.deepEqual(node.chain.account(p0), { balance: 100, nonce: 900 })
    })

    it('gives up what another call has overtaken', () => {
      const node = new TestNode()
      node.insert(makeBlock(genesis.header, { transactions: many(900) }))
      const overtaken = node.chain.applyInSlices()
      assert.equal(overtaken.next().done, false)
      assert.equal(node.chain.apply()?.head.height, 1)
      const after = node.snapshot()
      assert.deepEqual(overtaken.next(), { done: true, value: undefined })
      assert.deepEqual(node.snapshot(), after)
    })

    it('goes elsewhere when a full tree forgets the block it was on its way to', () => {
      const node = new TestNode({ limits: { maxSideHeaders: 10 } })
      const target = makeBlock(genesis.header, { sealer: 2, transactions: many(900) })
      node.insert(target)
      const work = node.chain.applyInSlices()
      assert.equal(work.next().done, false)
      // Better headers without bodies, then enough side headers that the one under way has to go.
      for (const { header } of makeBranch(genesis.header, 3)) node.chain.insertHeader(header, node.now)
      for (let gap = 2; node.chain.status(target.header.hash) === 'body'; gap++) {
        assert.ok(gap < 100)
        for (const { header } of makeBranch(genesis.header, 2, (i) => ({ gap: i === 0 ? gap : 1 }))) {
          node.chain.insertHeader(header, node.now)
        }
      }
      assert.deepEqual(work.next(), { done: true, value: undefined })
      assert.equal(node.chain.head.hash, genesis.hash)
      assert.deepEqual(node.chain.account(p0), { balance: 1000, nonce: 0 })
    })
  })

  describe('reorganisation', () => {
    it('goes in one update that takes back the old branch, newest first', () => {
      const node = new TestNode()
      const pay = transfer({ sender: p0, nonce: 0, amount: 100 })
      const old = makeBranch(genesis.header, 3, (i) => ({ ...lighter(i), transactions: i === 1 ? [pay] : [] }))
      const fork = makeBranch(genesis.header, 4, (i) => ({ transactions: i === 2 ? [pay] : [] }))
      node.import(...old)
      node.insert(...fork)
      const update = node.chain.apply()
      assert.ok(update)
      assert.deepEqual(hashes(update.disconnected), hashes(old.toReversed()))
      assert.deepEqual(hashes(update.connected.map(({ block }) => block)), hashes(fork))
      assert.equal(update.previousHead.hash, old[2]?.header.hash)
      assert.deepEqual(update.head, node.chain.head)
      for (const [address, account] of update.accounts) assert.deepEqual(node.chain.account(address), account)
      assert.deepEqual(node.chain.account(p0), { balance: 899, nonce: 1 })
    })

    it('takes as many blocks as it needs to count more, however small the step', () => {
      const node = new TestNode({ limits: { stepMaxBlocks: 2 } })
      node.import(...makeBranch(genesis.header, 9))
      const fork = makeBranch(genesis.header, 20, lighter)
      node.insert(...fork)
      const update = node.chain.apply()
      // One lost in the first slot makes ten blocks the fewest that count more.
      assert.equal(update?.connected.length, 10)
      node.store.write(update)
      assert.equal(node.chain.apply()?.connected.length, 2)
    })

    it('extends in steps of bounded blocks and transactions', () => {
      const blocks = makeBranch(genesis.header, 7, (i) => ({
        transactions: i < 3 ? [transfer({ sender: p0, nonce: 2 * i }), transfer({ sender: p0, nonce: 2 * i + 1 })] : []
      }))
      const node = new TestNode({ limits: { stepMaxBlocks: 3, stepMaxTransactions: 4 } })
      node.import(...blocks)
      assert.deepEqual(
        node.updates.map(({ connected }) => connected.length),
        [2, 3, 2]
      )
    })

    it('keeps a side body only until the store has it', () => {
      const node = new TestNode()
      node.import(...makeBranch(genesis.header, 3))
      const side = makeBranch(genesis.header, 4, lighter)
      node.import(...side.slice(0, 2))
      for (const block of side.slice(0, 2)) {
        node.store.blocks.set(block.header.hash, block)
        node.chain.bodyStored(block.header.hash)
      }
      node.import(...side.slice(2))
      assert.equal(node.chain.head.hash, side[3]?.header.hash)
    })
  })
})
