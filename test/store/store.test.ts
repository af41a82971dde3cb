import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Chain } from '../../src/ledger/index.ts'
import { MapLevel } from '../../src/store/map-level.ts'
import { SharedInterner } from '../../src/runtime/index.ts'
import { prepare } from '../../src/store/open.ts'
import { memoryStore, openStore, type Store } from '../../src/store/index.ts'
import type { SealedHeader } from '../../src/wire/index.ts'
import { addressOf, genesis, makeBlock, PEOPLE, transfer } from './sealed-chain.ts'
import {
  freshDirectory,
  removeDirectories,
  chainOver,
  importAll,
  branch,
  sorted,
  stored,
  problems,
  payments,
  first,
  second,
  third
} from './filling.ts'

for (const kind of ['memory', 'disk'] as const) {
  describe(`store (${kind})`, () => {
    after(removeDirectories)

    let store: Store
    beforeEach(async () => {
      store = kind === 'memory' ? memoryStore(genesis) : await openStore(freshDirectory(), genesis)
    })
    afterEach(() => store.close())

    it('gives back what a step of the chain wrote', async () => {
      const chain = chainOver(store)
      await importAll(store, chain, payments)
      assert.deepEqual(store.head, { height: 3, hash: third.header.hash })
      assert.equal(store.hashAt(2), second.header.hash)
      assert.equal(store.header(first.header.hash)?.height, 1)
      assert.deepEqual(store.body(first.header.hash)?.bytes, first.bytes)
      assert.equal(store.undo(third.header.hash)?.accounts.length, 4)
      assert.deepEqual(await stored(store), sorted(chain))
      assert.deepEqual(store.account(addressOf('new')), { balance: 5, nonce: 0 })
      assert.equal(store.account(addressOf('nobody')), undefined)
    })

    it('finds transactions by id and by account, newest first', async () => {
      await importAll(store, chainOver(store), payments)
      const id = first.transactions[1]?.id ?? ''
      assert.deepEqual(store.locate(id), { height: 1, position: 1 })
      assert.equal(store.transaction(id)?.transaction.id, id)
      assert.equal(store.transaction(id)?.block, first.header.hash)
      assert.equal(store.transaction('00'.repeat(32)), undefined)
      assert.equal(store.transaction('not an id'), undefined)
      const of = (name: string) => [...store.history(addressOf(name))].map((at) => `${at.height}:${at.position}`)
      assert.deepEqual(of('p0'), ['3:1', '3:0', '1:2', '1:1', '1:0'])
      assert.deepEqual(of('p2'), ['3:0', '1:1'])
      assert.deepEqual(of('p3'), [])
    })

    it('follows a reorganisation and back, leaving nothing of the abandoned branch', async () => {
      const chain = chainOver(store)
      await importAll(store, chain, payments)
      const before = { accounts: await stored(store), history: [...store.history(addressOf('p0'))] }
      const rivals = branch(
        [{ transactions: [transfer('p3', 'p0', 0)] }, {}, {}, {}].map((plan) => ({ ...plan })),
        first.header
      )
      await importAll(store, chain, rivals)
      assert.equal(store.head.height, 5)
      assert.equal(store.locate(third.transactions[0]?.id ?? ''), undefined)
      assert.deepEqual(
        [...store.history(addressOf('p0'))].map(({ height }) => height),
        [2, 1, 1, 1]
      )
      assert.equal(store.account(addressOf('new')), undefined)
      assert.deepEqual(await stored(store), sorted(chain))
      assert.ok(store.body(third.header.hash), 'a side block can still be given')
      const longer = branch([{}, {}, {}], third.header)
      await importAll(store, chain, longer)
      assert.equal(chain.head.hash, longer[2]?.header.hash)
      assert.deepEqual([...store.history(addressOf('p0'))], before.history)
      assert.deepEqual(await problems(store), [])
    })

    it('keeps small values of the node and its journal', async () => {
      await store.putMeta('generation', { number: 3 })
      assert.deepEqual(store.getMeta('generation'), { number: 3 })
      assert.equal(store.getMeta('other'), undefined)
      await store.putMeta('generation', undefined)
      assert.equal(store.getMeta('generation'), undefined)
      const own = Array.from({ length: 20 }, (_, nonce) => transfer('p0', 'p1', nonce))
      await Promise.all(own.map((transaction) => store.journal(transaction)))
      await store.forget(own.slice(1).map(({ id }) => id))
      const left = []
      for await (const { id } of store.journaled()) left.push(id)
      assert.deepEqual(left, [own[0]?.id])
    })

    it('shows a block and its transactions while they are being written', async () => {
      const chain = chainOver(store)
      chain.insertHeader(first.header, Number.MAX_SAFE_INTEGER)
      chain.insertBody(first)
      const update = chain.apply()
      assert.ok(update)
      const written = store.commit(update)
      assert.equal(store.body(first.header.hash), first)
      assert.deepEqual(store.locate(first.transactions[2]?.id ?? ''), { height: 1, position: 2 })
      assert.equal(store.hashAt(1), first.header.hash)
      await written
      assert.equal(store.head.height, 1)
    })
  })
}

describe('a store that is reorganised at random', () => {
  /** Each block builds on one of those before it, and moves money between people who have never run out of it. */
  const plans = fc.array(
    fc.record({ parent: fc.nat(), gap: fc.integer({ min: 1, max: 3 }), outOfTurn: fc.nat(2), senders: fc.nat(3) }),
    { minLength: 1, maxLength: 14 }
  )

  it('holds exactly what a replay of its best chain gives, also where several share a process', async () => {
    const property = fc.asyncProperty(plans, async (steps) => {
      const interner = new SharedInterner({ entriesMax: 8 })
      const levels = [new MapLevel(), new MapLevel(interner), new MapLevel(interner)]
      const nodes: { store: Store; chain: Chain }[] = []
      for (const level of levels) {
        const store = await prepare(level, genesis)
        nodes.push({ store, chain: chainOver(store) })
      }
      const made: { header: SealedHeader; nonce: number }[] = [{ header: genesis.header, nonce: 0 }]
      for (const { parent, senders, ...plan } of steps) {
        const on = made[made.length - 1 - (parent % Math.min(made.length, 4))]
        assert.ok(on)
        const transactions = PEOPLE.slice(0, senders).map((from, i) => transfer(from, PEOPLE[i + 1] ?? '', on.nonce))
        const block = makeBlock(on.header, { ...plan, transactions: senders === 3 ? transactions : [] })
        made.push({ header: block.header, nonce: on.nonce + (senders === 3 ? 1 : 0) })
        for (const { store, chain } of nodes) await importAll(store, chain, [block])
      }
      for (const [i, level] of levels.entries()) {
        const { store, chain } = nodes[i] ?? {}
        assert.ok(store && chain)
        assert.equal(store.head.hash, chain.head.hash)
        const reopened = await prepare(level, genesis)
        assert.deepEqual(await problems(reopened), [])
        assert.deepEqual(sorted(chainOver(reopened)), sorted(chain))
      }
    })
    await fc.assert(property, { seed: 20260102, numRuns: 60 })
  })
})
