import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Account, type ChainUpdate, Mempool } from '../../src/ledger/index.ts'
import type { MempoolLimits } from '../../src/config/index.ts'
import type { Block, Hex, Transaction } from '../../src/wire/index.ts'

const NETWORK = '0011223344556677'
const SEED = 20260101
const hex = (n: number): Hex => n.toString(16).padStart(64, '0')

let nextId = 1
/** Only what the mempool reads; ids are free to choose. */
function tx(sender: string, nonce: number, fields: Partial<Transaction> & { size?: number } = {}): Transaction {
  const { size = 200, ...rest } = fields
  const defaults = { id: hex(nextId++), network: NETWORK, recipient: 'r', amount: 1, fee: 1, validUntil: 0 }
  return { ...defaults, sender, nonce, data: new Uint8Array(0), bytes: new Uint8Array(size), ...rest }
}

class FakeChain {
  head = { height: 10 }
  readonly accounts = new Map<string, Account>()
  account(address: Hex): Account {
    return this.accounts.get(address) ?? { balance: 1_000_000, nonce: 0 }
  }
}

function setUp(limits: Partial<MempoolLimits> = {}) {
  const chain = new FakeChain()
  const mempool = new Mempool({ chain }, { network: NETWORK, limits })
  /** Blocks at one height more, with the accounts they leave behind. */
  const connect = (
    transactions: readonly Transaction[],
    accounts: Record<string, Account> = {},
    disconnected: readonly Transaction[][] = []
  ): void => {
    chain.head = { height: chain.head.height + 1 - disconnected.length }
    const after = new Map(Object.entries(accounts))
    for (const { sender, nonce } of transactions) {
      const { balance } = chain.account(sender)
      if (!(sender in accounts)) after.set(sender, { balance, nonce: nonce + 1 })
    }
    for (const [address, account] of after) chain.accounts.set(address, account)
    const blockOf = (each: readonly Transaction[]): Block => ({ transactions: each }) as unknown as Block
    const head = { hash: '', height: chain.head.height, work: 0n, time: 0 }
    const update: ChainUpdate = {
      disconnected: disconnected.map(blockOf),
      connected: [{ block: blockOf(transactions), undo: { accounts: [] } }],
      accounts: after,
      head,
      previousHead: head
    }
    mempool.follow(update)
  }
  return { chain, mempool, connect }
}

const ids = (transactions: Iterable<Transaction>): Hex[] => [...transactions].map(({ id }) => id)
const everything = { maxBytes: 1e9, maxCount: 1e9 }

describe('mempool', () => {
  it('takes one transaction for each sender and nonce: the higher fee, then the lower id', () => {
    const { mempool } = setUp()
    const cheap = tx('a', 0, { id: hex(0xb0), fee: 10 })
    assert.deepEqual(mempool.add(cheap), { status: 'added' })
    assert.deepEqual(mempool.add(cheap), { status: 'known' })
    assert.deepEqual(mempool.add(tx('a', 0, { id: hex(0xc0), fee: 10 })), { status: 'refused', code: 'outbid' })
    const lower = tx('a', 0, { id: hex(0xa0), fee: 10 })
    assert.deepEqual(mempool.add(lower), { status: 'replaced', replaced: cheap.id, gossip: false })
    const better = tx('a', 0, { id: hex(0xd0), fee: 11 })
    assert.deepEqual(mempool.add(better), { status: 'replaced', replaced: lower.id, gossip: true })
    assert.deepEqual(ids(mempool.values()), [better.id])
    assert.ok(mempool.isRefused(cheap.id) && mempool.isRefused(hex(0xc0)), 'losers need not be fetched again')
  })

  it('ends the same whatever the order of arrival', () => {
    const arrival = fc.record({
      sender: fc.constantFrom('a', 'b', 'c'),
      nonce: fc.integer({ min: 0, max: 12 }),
      fee: fc.integer({ min: 0, max: 4 }),
      amount: fc.integer({ min: 0, max: 30 })
    })
    const property = fc.property(fc.array(arrival, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (plans, ranks) => {
      const all = plans.map(({ sender, nonce, ...fields }) => tx(sender, nonce, fields))
      const shuffled = all
        .map((each) => ({ each, rank: ranks.next().value ?? 0 }))
        .sort((x, y) => x.rank - y.rank)
        .map(({ each }) => each)
      const [first, second] = [all, shuffled].map((order) => {
        const { chain, mempool } = setUp()
        for (const sender of ['a', 'b', 'c']) chain.accounts.set(sender, { balance: 60, nonce: 1 })
        for (const each of order) mempool.add(each)
        return {
          held: ids(mempool.values()).sort(),
          selected: ids(mempool.select(everything)),
          senders: ['a', 'b', 'c'].map((sender) => [mempool.nextNonce(sender), mempool.available(sender)])
        }
      })
      assert.deepEqual(second, first)
    })
    fc.assert(property, { seed: SEED, numRuns: 300 })
  })

  it('lets nonces up to 64 beyond the next one wait, and no more', () => {
    const { mempool } = setUp()
    assert.equal(mempool.add(tx('a', 64)).status, 'added')
    assert.deepEqual(mempool.add(tx('a', 65)), { status: 'refused', code: 'nonce-gap' })
    assert.deepEqual(mempool.select(everything), [])
    for (let nonce = 0; nonce < 64; nonce++) mempool.add(tx('a', nonce))
    assert.equal(mempool.select(everything).length, 65)
    assert.equal(mempool.nextNonce('a'), 65)
    assert.equal(mempool.add(tx('a', 65 + 64)).status, 'added')
  })

  it('holds back what the balance does not cover, until it does', () => {
    const { chain, mempool, connect } = setUp()
    chain.accounts.set('a', { balance: 10, nonce: 0 })
    const [first, second] = [tx('a', 0, { amount: 6 }), tx('a', 1, { amount: 6 })]
    mempool.add(first)
    mempool.add(second)
    assert.deepEqual(ids(mempool.select(everything)), [first.id])
    assert.equal(mempool.available('a'), 0)
    assert.equal(mempool.fundsAt('a', 1), 3)
    connect([], { a: { balance: 20, nonce: 0 } })
    assert.deepEqual(ids(mempool.select(everything)), [first.id, second.id])
    assert.equal(mempool.available('a'), 6)
  })

  it('selects by fee rate, in order of nonces, within the limits of a block', () => {
    const { mempool } = setUp()
    const [a0, a1] = [tx('a', 0, { fee: 1 }), tx('a', 1, { fee: 100 })]
    const [b0, c0] = [tx('b', 0, { fee: 5 }), tx('c', 0, { fee: 9, size: 3000 })]
    for (const each of [a1, c0, b0, a0]) mempool.add(each)
    assert.deepEqual(ids(mempool.select(everything)), ids([b0, c0, a0, a1]), 'c pays 3 for each kilobyte started')
    assert.deepEqual(ids(mempool.select({ maxBytes: 600, maxCount: 10 })), ids([b0, a0, a1]), 'c does not fit')
    assert.deepEqual(ids(mempool.select({ maxBytes: 1e6, maxCount: 2 })), ids([b0, c0]))
  })

  it('drops what a block includes, and what can never be included any more', () => {
    const { mempool, connect } = setUp()
    const removed: string[] = []
    mempool.watch({ removed: ({ id }, reason) => void removed.push(`${Number.parseInt(id, 16)} ${reason}`) })
    const [mine, rival, next] = [tx('a', 0, { id: hex(1) }), tx('b', 0, { id: hex(2) }), tx('a', 1, { id: hex(3) })]
    const short = tx('c', 0, { id: hex(4), validUntil: 11 })
    for (const each of [mine, rival, next, short]) assert.equal(mempool.add(each).status, 'added')
    connect([mine, tx('b', 0)])
    assert.deepEqual(removed.sort(), ['1 included', '2 nonce-used', '4 expired'])
    assert.deepEqual(ids(mempool.values()), [next.id])
    assert.deepEqual(mempool.add(rival), { status: 'refused', code: 'nonce-used' })
    assert.ok(mempool.isRefused(mine.id))
    assert.equal(mempool.nextNonce('a'), 2)
  })

  it('takes the transactions of abandoned blocks back', () => {
    const { mempool, connect } = setUp()
    const [lost, kept] = [tx('a', 0), tx('b', 0)]
    connect([lost, kept])
    assert.equal(mempool.size, 0)
    connect([kept], { a: { balance: 1_000_000, nonce: 0 } }, [[lost, kept]])
    assert.deepEqual(ids(mempool.values()), [lost.id])
    assert.deepEqual(ids(mempool.select(everything)), [lost.id])
  })

  it('refuses other networks and expired ones', () => {
    const { mempool } = setUp()
    assert.deepEqual(mempool.add(tx('a', 0, { network: 'ff' })), { status: 'refused', code: 'wrong-network' })
    assert.deepEqual(mempool.add(tx('a', 0, { validUntil: 10 })), { status: 'refused', code: 'expired' })
    assert.equal(mempool.add(tx('a', 0, { validUntil: 11 })).status, 'added')
  })

  it('evicts the tails that pay least when full, raises the minimum fee, and lets it fall to the floor below half', () => {
    const { mempool, connect } = setUp({ maxCount: 4 })
    const held = [tx('a', 0, { fee: 1 }), tx('a', 1, { fee: 9 }), tx('b', 0, { fee: 2 }), tx('c', 0, { fee: 3 })]
    for (const each of held) mempool.add(each)
    assert.equal(mempool.add(tx('d', 0, { fee: 4 })).status, 'added')
    assert.ok(!mempool.has(held[2]?.id ?? ''), 'the tail of b goes, not the head of a that others follow')
    assert.equal(mempool.minFee, 3)
    assert.deepEqual(mempool.add(tx('e', 0, { fee: 2 })), { status: 'refused', code: 'below-min-fee' })
    assert.deepEqual(mempool.add(tx('e', 0, { fee: 3, id: hex(2 ** 40) })), { status: 'refused', code: 'mempool-full' })
    connect([held[0], held[1], held[3]].filter((each) => each !== undefined))
    connect([])
    connect([])
    assert.equal(mempool.minFee, 1)
  })

  it('evicts who pays least also after a step that took blocks back and let others expire', () => {
    const { chain, mempool, connect } = setUp({ maxCount: 4 })
    const back = tx('z', 0, { fee: 9 })
    connect([back])
    const [cheap, dear, worst] = [tx('a', 0, { fee: 2 }), tx('b', 0, { fee: 5 }), tx('c', 0, { fee: 1 })]
    for (const each of [cheap, tx('a', 1, { fee: 9, validUntil: 12 }), dear, worst]) mempool.add(each)
    chain.head = { height: 12 }
    connect([], { z: { balance: 1_000_000, nonce: 0 } }, [[back]])
    assert.deepEqual(ids(mempool.values()), ids([cheap, dear, back]), 'one made room, one expired')
    for (const sender of ['d', 'e']) assert.equal(mempool.add(tx(sender, 0, { fee: 6 })).status, 'added')
    assert.ok(mempool.has(dear.id) && !mempool.has(cheap.id))
  })

  it('keeps what a replacement takes the place of, when that is so large that it goes first itself', () => {
    const { mempool } = setUp({ maxBytes: 10_000 })
    for (let i = 0; i < 10; i++) mempool.add(tx(`s${i}`, 0, { fee: 9, size: 900 }))
    const held = tx('x', 0, { fee: 50, size: 900 })
    assert.equal(mempool.add(held).status, 'added')
    const gone: string[] = []
    mempool.watch({
      added: ({ id }) => void gone.splice(0, gone.indexOf(id) + 1),
      removed: ({ id }) => void gone.push(id)
    })
    const large = tx('x', 0, { fee: 51, size: 9_000 })
    assert.deepEqual(mempool.add(large), { status: 'refused', code: 'mempool-full' })
    assert.ok(mempool.has(held.id) && !mempool.isRefused(held.id) && !gone.includes(held.id))
    assert.deepEqual([mempool.size, mempool.bytes, mempool.select(everything).length], [11, 9900, 11])
    // It is found as a tail again.
    for (let i = 0; i < 12; i++) mempool.add(tx(`t${i}`, 0, { fee: 60, size: 900 }))
    assert.ok(!mempool.has(held.id))
  })

  it('keeps within its limit of bytes', () => {
    const { mempool } = setUp({ maxBytes: 10_000 })
    for (let i = 0; i < 100; i++) mempool.add(tx(`s${i}`, 0, { fee: i, size: 900 }))
    assert.ok(mempool.bytes <= 10_000)
    assert.deepEqual(
      [...mempool.values()].map(({ fee }) => fee).sort((x, y) => x - y),
      Array.from({ length: 11 }, (_, i) => 89 + i)
    )
  })

  it('does not let free accounts crowd it with what they can not pay', () => {
    const { chain, mempool } = setUp({ maxWaiting: 50, maxWaitingUnfunded: 10, maxCount: 100 })
    for (let i = 0; i < 50; i++) {
      chain.accounts.set(`poor${i}`, { balance: 0, nonce: 0 })
      mempool.add(tx(`poor${i}`, 0, { fee: 1_000_000 }))
    }
    assert.equal(mempool.size, 10)
    assert.equal(mempool.add(tx('rich', 0)).status, 'added')
  })

  it('takes nothing for nothing, however large, from whoever: fees have a floor for each kilobyte started', () => {
    const { chain, mempool } = setUp()
    chain.accounts.set('poor', { balance: 0, nonce: 0 })
    const below = { status: 'refused', code: 'below-min-fee' }
    for (const sender of ['poor', 'rich']) {
      assert.deepEqual(mempool.add(tx(sender, 0, { amount: 0, fee: 0 })), below)
      assert.deepEqual(mempool.add(tx(sender, 0, { amount: 0, fee: 64, size: 64 * 1024 + 1 })), below)
    }
    assert.deepEqual(mempool.add(tx('rich', 0, { amount: 0, fee: 65, size: 64 * 1024 + 1 })), { status: 'added' })
    assert.deepEqual([mempool.size, mempool.minFee, mempool.minFeeFloor], [1, 1, 1])
  })

  it('keeps the places for what waits from keys without money', () => {
    const { chain, mempool } = setUp({ maxWaiting: 200, maxWaitingUnfunded: 50 })
    for (let key = 0; key < 10; key++) {
      chain.accounts.set(`poor${key}`, { balance: 0, nonce: 0 })
      for (let nonce = 1; nonce <= 64; nonce++) {
        for (const fee of [0, 1]) mempool.add(tx(`poor${key}`, nonce, { amount: 0, fee }))
      }
    }
    assert.equal(mempool.size, 50)
    assert.deepEqual(mempool.add(tx('rich', 1)), { status: 'added' })
  })

  it('holds no more that waits when a sender spends what its own others need', () => {
    const { chain, mempool, connect } = setUp({ maxWaiting: 5, maxWaitingUnfunded: 5 })
    for (const sender of ['a', 'b']) {
      chain.accounts.set(sender, { balance: 40, nonce: 0 })
      for (let nonce = 0; nonce < 20; nonce++) assert.equal(mempool.add(tx(sender, nonce)).status, 'added')
    }
    // A replacement that pays with all there is, at the cost of one more fee; a block that does; one that never comes.
    assert.equal(mempool.add(tx('a', 0, { fee: 2, amount: 38 })).status, 'replaced')
    assert.deepEqual(
      mempool.byAccount('a').map(({ nonce }) => nonce),
      [0, 1, 2, 3, 4, 5]
    )
    connect([], { b: { balance: 0, nonce: 1 } })
    assert.equal(mempool.size - mempool.select(everything).length, 5)
    assert.deepEqual(mempool.add(tx('b', 2)), { status: 'refused', code: 'insufficient-funds' })
    connect([], { a: { balance: 1000, nonce: 0 } })
    assert.equal(mempool.add(tx('rich', 1)).status, 'added')
    for (let nonce = 0; nonce < 20; nonce++) mempool.add(tx('c', nonce, { validUntil: nonce === 0 ? 13 : 0 }))
    connect([])
    assert.equal(mempool.size - mempool.select(everything).length, 5)
  })

  it('keeps what a replacement would take the place of, when that could only wait and has no room to', () => {
    const { chain, mempool } = setUp({ maxWaiting: 2, maxWaitingUnfunded: 2 })
    chain.accounts.set('a', { balance: 40, nonce: 0 })
    for (let nonce = 0; nonce < 4; nonce++) mempool.add(tx('a', nonce))
    for (const nonce of [1, 2]) assert.equal(mempool.add(tx('b', nonce)).status, 'added')
    const held = ids(mempool.byAccount('a'))
    const dear = tx('a', 1, { fee: 3, amount: 37 })
    assert.deepEqual(mempool.add(dear), { status: 'refused', code: 'mempool-full' })
    const beyond = tx('a', 1, { fee: 3, amount: 38 })
    assert.deepEqual(mempool.add(beyond), { status: 'refused', code: 'insufficient-funds' })
    assert.deepEqual(ids(mempool.byAccount('a')), held)
    assert.equal(mempool.select(everything).length, 4)
    // Its own others make room.
    mempool.add(tx('b', 0))
    assert.equal(mempool.add(dear).status, 'replaced')
    assert.deepEqual(
      mempool.byAccount('a').map(({ nonce }) => nonce),
      [0, 1, 2]
    )
  })

  it('loses nothing that waits only until a reorganisation is over', () => {
    const { chain, mempool, connect } = setUp({ maxWaiting: 5 })
    const back = [tx('a', 0), tx('a', 1)]
    connect(back)
    for (let nonce = 2; nonce < 22; nonce++) assert.equal(mempool.add(tx('a', nonce)).status, 'added')
    connect([], { a: { balance: 1_000_000, nonce: 0 } }, [back])
    assert.equal(chain.account('a').nonce, 0)
    assert.equal(mempool.select(everything).length, 22)
  })

  it('says what it would refuse without changing', () => {
    const { mempool } = setUp()
    mempool.add(tx('a', 0, { fee: 5 }))
    const objections = [tx('a', 0, { fee: 4 }), tx('a', 66), tx('a', 1, { fee: 0 }), tx('a', 20_000), tx('a', 1)]
    assert.deepEqual(
      objections.map((each) => mempool.objection(each)),
      ['outbid', 'nonce-gap', 'below-min-fee', 'nonce-gap', undefined]
    )
    // Another of its sender may come first, and close the gap.
    assert.equal(mempool.objection(tx('a', 66), 1), undefined)
    assert.equal(mempool.size, 1)
    assert.ok(objections.every(({ id }) => !mempool.isRefused(id)))
  })

  it('gives up what waited too long', () => {
    const { mempool, connect } = setUp({ maxWaitBlocks: 3 })
    mempool.add(tx('a', 1))
    mempool.add(tx('b', 0))
    for (let i = 0; i < 4; i++) connect([])
    assert.deepEqual(
      [...mempool.values()].map(({ sender }) => sender),
      ['b']
    )
  })

  it('counts right after any sequence of arrivals and blocks', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        sender: fc.constantFrom('a', 'b', 'c', 'd'),
        nonce: fc.integer({ min: 0, max: 8 }),
        fee: fc.integer({ min: 0, max: 9 }),
        amount: fc.integer({ min: 0, max: 40 }),
        validUntil: fc.constantFrom(0, 0, 12, 14)
      }),
      fc.record({ kind: fc.constant('block' as const), count: fc.integer({ min: 0, max: 4 }) })
    )
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { chain, mempool, connect } = setUp({ maxCount: 12, maxWaiting: 6 })
      for (const sender of ['a', 'b', 'c', 'd']) chain.accounts.set(sender, { balance: 100, nonce: 0 })
      const watched = new Set<Hex>()
      mempool.watch({ added: ({ id }) => void watched.add(id), removed: ({ id }) => void watched.delete(id) })
      for (const each of steps) {
        if (each.kind === 'add') mempool.add(tx(each.sender, each.nonce, each))
        else connect(mempool.select({ maxBytes: 1e6, maxCount: each.count }))
        const held = [...mempool.values()]
        assert.equal(mempool.size, held.length)
        assert.equal(mempool.bytes, held.length * 200)
        assert.deepEqual([...watched].sort(), ids(held).sort())
        assert.ok(mempool.size <= 12)
        for (const [sender, nonces] of Object.entries(Object.groupBy(mempool.select(everything), (t) => t.sender))) {
          const { nonce, balance } = chain.account(sender)
          assert.deepEqual(
            nonces?.map((t) => t.nonce),
            nonces?.map((_, i) => nonce + i)
          )
          assert.ok((nonces ?? []).reduce((sum, t) => sum + t.amount + t.fee, 0) <= balance)
        }
      }
    })
    fc.assert(property, { seed: SEED, numRuns: 300 })
  })

  it('holds 100,000 and selects 4,000 of them in less than three sorts of 100,000 numbers', () => {
    const { mempool } = setUp()
    const count = 100_000
    for (let i = 0; i < count; i++)
      mempool.add(tx(`s${i % 20_000}`, Math.floor(i / 20_000), { fee: 1 + ((i * 7919) % 1009) }))
    assert.equal(mempool.size, count)
    const fastest = (work: () => void): number =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = performance.now()
          work()
          return performance.now() - start
        })
      )
    const numbers = Array.from({ length: count }, (_, i) => (i * 7919) % 100_003)
    const sortMs = fastest(() => void numbers.toSorted((x, y) => x - y))
    const selectMs = fastest(() => assert.equal(mempool.select({ maxBytes: 2e6, maxCount: 4000 }).length, 4000))
    assert.ok(selectMs < 3 * sortMs, `select ${selectMs.toFixed(1)} ms, sort ${sortMs.toFixed(1)} ms`)
  })
})
