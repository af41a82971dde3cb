import assert from 'node:assert/strict'
import type { RestoredChain } from '../../src/ledger/index.ts'
import type { Block, Hex } from '../../src/wire/index.ts'
import { type BlockPlan, codeOf, genesis, makeBlock, makeBranch, PEOPLE, TestNode, transfer } from './builder.ts'

const hashes = (blocks: readonly Block[]) => blocks.map(({ header }) => header.hash)
const lighter = (i: number): BlockPlan => (i === 0 ? { sealer: 2 } : {})
const nonceOf = (n: number): Hex => n.toString(16).padStart(16, '0')

describe('Block tree', () => {
  it('breaks a tie of work by the lowest hash, whichever came first', () => {
    const twins = [1, 2, 3, 4].map((n) => makeBlock(genesis.header, { nonce: nonceOf(n) }))
    const best = hashes(twins).sort()[0]
    for (const order of [twins, twins.toReversed()]) {
      const node = new TestNode()
      for (const block of order) node.import(block)
      assert.equal(node.chain.head.hash, best)
    }
  })

  it('lists its tips, best first', () => {
    const node = new TestNode()
    const main = makeBranch(genesis.header, 3)
    const side = makeBranch(genesis.header, 2, lighter)
    node.import(...main, ...side)
    assert.deepEqual(node.chain.tips(), [main[2]?.header.hash, side[1]?.header.hash])
  })

  describe('locator', () => {
    const node = new TestNode()
    const main = makeBranch(genesis.header, 100)
    node.import(...main)

    it('is dense for 10, then doubles its steps, and ends in genesis', () => {
      const heights = node.chain.locator().map((hash) => node.chain.headerNode(hash)?.height)
      assert.deepEqual(heights, [100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 89, 85, 77, 61, 29, 0])
    })

    it('of a new chain is genesis', () => {
      assert.deepEqual(new TestNode().chain.locator(), [genesis.hash])
    })

    it('finds the headers after the fork point, at most as many as asked for', () => {
      const other = new TestNode()
      other.import(...main.slice(0, 40), ...makeBranch(main[39]?.header ?? genesis.header, 5, () => ({ gap: 2 })))
      const { startHeight, headers } = node.chain.headersAfter(other.chain.locator(), 7)
      assert.equal(startHeight, 41)
      assert.deepEqual(
        headers.map(({ hash }) => hash),
        hashes(main.slice(40, 47))
      )
    })

    it('of strangers, or of side blocks, starts after genesis', () => {
      const side = makeBlock(genesis.header, { sealer: 2 })
      node.import(side)
      assert.equal(node.chain.headersAfter(['ff'.repeat(32), side.header.hash], 3).startHeight, 1)
      assert.deepEqual(node.chain.headersAfter([], 0), { startHeight: 1, headers: [] })
    })

    it('of the head has nothing after it', () => {
      assert.deepEqual(node.chain.headersAfter([node.chain.head.hash], 5), { startHeight: 101, headers: [] })
    })

    it('knows the best chain by height', () => {
      assert.equal(node.chain.hashAt(0), genesis.hash)
      assert.equal(node.chain.hashAt(100), main[99]?.header.hash)
      assert.equal(node.chain.hashAt(101), undefined)
    })
  })

  describe('limits', () => {
    it('forgets the side branches with the least work, and says so', () => {
      const forgotten: Hex[] = []
      const node = new TestNode({ limits: { maxSideHeaders: 10 }, onForgotten: (hash) => forgotten.push(hash) })
      node.import(...makeBranch(genesis.header, 8))
      const strong = makeBranch(genesis.header, 6, lighter)
      node.import(...strong)
      const weak = [1, 2, 3, 4].map((n) => makeBlock(genesis.header, { sealer: 0, nonce: nonceOf(n) }))
      node.import(...weak)
      assert.deepEqual(forgotten, [])
      const more = makeBlock(genesis.header, { sealer: 0, nonce: nonceOf(5) })
      node.import(more)
      assert.deepEqual(new Set(forgotten), new Set(hashes(weak).sort().slice(-2)))
      assert.ok(hashes(strong).every((hash) => node.chain.status(hash) === 'side'))
      assert.equal(node.chain.status(more.header.hash), 'side')
      assert.equal(node.chain.head.height, 8)
    })

    it('lets a forgotten branch come again and win', () => {
      const node = new TestNode({ limits: { maxSideHeaders: 10 } })
      node.import(...makeBranch(genesis.header, 4))
      const comeback = makeBranch(genesis.header, 6, lighter)
      node.import(...comeback.slice(0, 1))
      node.import(...Array.from({ length: 10 }, (_, n) => makeBlock(genesis.header, { nonce: nonceOf(n + 1), gap: 4 })))
      assert.equal(node.chain.status(comeback[0]?.header.hash ?? ''), 'unknown')
      node.import(...comeback)
      assert.equal(node.chain.head.hash, comeback[5]?.header.hash)
    })

    it('does not count the best chain as a side branch when the bodies of a better one are withheld', () => {
      const node = new TestNode({ limits: { maxSideHeaders: 5 } })
      const main = makeBranch(genesis.header, 9)
      for (const { header } of makeBranch(genesis.header, 12, lighter)) node.chain.insertHeader(header, node.now)
      for (const block of main) node.import(block)
      assert.equal(node.chain.head.height, 9)
      assert.equal(node.chain.bestHeader.height, 12)
    })

    it('follows a side branch only as far as the limit', () => {
      const node = new TestNode({ limits: { maxSideHeaders: 5 } })
      node.import(...makeBranch(genesis.header, 20))
      const outcomes = makeBranch(genesis.header, 6, lighter).map(({ header }) =>
        node.chain.insertHeader(header, node.now)
      )
      assert.deepEqual(outcomes, ['added', 'added', 'added', 'added', 'added', 'full'])
    })

    it('does not keep headers too far above the head', () => {
      const node = new TestNode({ limits: { maxHeadersAhead: 3 } })
      const main = makeBranch(genesis.header, 4)
      const outcomes = main.map(({ header }) => node.chain.insertHeader(header, node.now))
      assert.deepEqual(outcomes, ['added', 'added', 'added', 'full'])
      node.import(...main.slice(0, 1))
      assert.equal(node.chain.insertHeader(main[3]?.header ?? genesis.header, node.now), 'added')
    })

    it('lets old headers go and reads them from the store when asked', () => {
      const node = new TestNode({ limits: { recentHeaders: 5 } })
      const main = makeBranch(genesis.header, 20)
      for (const block of main) node.import(block)
      node.store.headersRead = 0
      const { headers } = node.chain.headersAfter([genesis.hash], 20)
      assert.deepEqual(
        headers,
        main.map(({ header }) => header)
      )
      assert.equal(node.store.headersRead, 15)
    })
  })

  describe('restored from a store', () => {
    const pay = transfer({ sender: PEOPLE[0] ?? '', nonce: 0 })
    const main = makeBranch(genesis.header, 5, (i) => ({ transactions: i === 2 ? [pay] : [] }))
    const side = makeBranch(genesis.header, 4, lighter)

    function restart(change: Partial<RestoredChain> = {}): { node: TestNode; before: TestNode } {
      const before = new TestNode()
      before.import(...main, ...side)
      for (const block of side) before.store.blocks.set(block.header.hash, block)
      const restored: RestoredChain = {
        headers: [genesis.header, ...[...main, ...side].map(({ header }) => header)],
        hasBody: (hash) => before.store.blocks.has(hash),
        head: before.chain.head.hash,
        accounts: [...before.chain.accounts()],
        ...change
      }
      const node = new TestNode({ restored })
      for (const [hash, block] of before.store.blocks) node.store.blocks.set(hash, block)
      for (const [hash, undo] of before.store.undos) node.store.undos.set(hash, undo)
      return { node, before }
    }

    it('has the same head, tips, accounts and nothing to do', () => {
      const { node, before } = restart()
      assert.deepEqual(node.chain.head, before.chain.head)
      assert.deepEqual(node.chain.tips(), before.chain.tips())
      assert.deepEqual(node.snapshot(), before.snapshot())
      assert.equal(node.chain.apply(), undefined)
      assert.deepEqual(node.chain.missingBodies(10), [])
    })

    it('reorganises to a side branch that was stored before', () => {
      const { node, before } = restart()
      const more = makeBranch(side[3]?.header ?? genesis.header, 2)
      node.import(...more)
      before.import(...more)
      assert.equal(node.chain.head.hash, more[1]?.header.hash)
      assert.deepEqual(node.snapshot(), before.snapshot())
    })

    it('goes on where bodies were stored but not applied, and asks for those that are missing', () => {
      const missing = main[4]?.header.hash
      const genesisOnly = genesis.file.accounts.map(({ address, balance }) => [address, { balance, nonce: 0 }] as const)
      const { node } = restart({ head: genesis.hash, accounts: genesisOnly, hasBody: (hash) => hash !== missing })
      assert.deepEqual(node.chain.missingBodies(10), [missing])
      node.settle()
      assert.equal(node.chain.head.hash, main[3]?.header.hash)
      assert.deepEqual(node.chain.account(PEOPLE[0] ?? ''), { balance: 994, nonce: 1 })
    })

    const broken: [name: string, change: Partial<RestoredChain>][] = [
      ['a head without its header', { head: 'ff'.repeat(32) }],
      ['a header without its parent', { headers: main.slice(1).map(({ header }) => header) }],
      ['a head without its bodies', { hasBody: () => false }]
    ]
    for (const [name, change] of broken) {
      it(`refuses ${name}`, () =>
        assert.equal(
          codeOf(() => restart(change)),
          'bad-state'
        ))
    }
  })
})
