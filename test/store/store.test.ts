import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { Chain, createConsensus } from '../../src/ledger/index.ts'
import { guarded } from '../../src/store/guarded-level.ts'
import type { Level } from '../../src/store/level.ts'
import { MapLevel } from '../../src/store/map-level.ts'
import { SharedInterner } from '../../src/runtime/index.ts'
import { prepare } from '../../src/store/open.ts'
import { memoryStore, openStore, Store, StoreError, verifyStore } from '../../src/store/index.ts'
import type { Block, SealedHeader } from '../../src/wire/index.ts'
import {
  addressOf,
  type BlockPlan,
  genesis,
  makeBlock,
  makeBranch,
  makeGenesis,
  PEOPLE,
  transfer
} from './sealed-chain.ts'

const directories: string[] = []
function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'starling-store-'))
  directories.push(directory)
  return directory
}

function chainOver(store: Store): Chain {
  const restored = store.restore()
  return new Chain(
    { genesis: store.genesis, consensus: createConsensus(store.genesis), blocks: store },
    restored === undefined ? {} : { restored }
  )
}

async function importAll(store: Store, chain: Chain, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    chain.insertHeader(block.header, Number.MAX_SAFE_INTEGER)
    chain.insertBody(block)
    for (let update = chain.apply(); update !== undefined; update = chain.apply()) await store.commit(update)
    if (chain.status(block.header.hash) === 'side') await store.putSide([block])
  }
}

const branch = (plans: readonly BlockPlan[], parent: SealedHeader = genesis.header): Block[] =>
  makeBranch(parent, plans)
const sorted = (chain: Chain) => [...chain.accounts()].sort(([a], [b]) => (a < b ? -1 : 1))
const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code

async function stored(store: Store) {
  const accounts = []
  for await (const account of store.accounts()) accounts.push(account)
  return accounts
}

async function problems(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const step of verifyStore(store)) found.push(...step.problems)
  return found
}

const payments = branch([
  { transactions: [transfer('p0', 'p1', 0), transfer('p0', 'p2', 1), transfer('p1', 'p0', 0)] },
  {},
  { transactions: [transfer('p2', 'p0', 0), transfer('p0', 'new', 2)] }
])
const [first, second, third] = payments as [Block, Block, Block]

for (const kind of ['memory', 'disk'] as const) {
  describe(`store (${kind})`, () => {
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

describe('opening a store', () => {
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  })

  async function filled(): Promise<string> {
    const directory = freshDirectory()
    const store = await openStore(directory, genesis)
    await importAll(store, chainOver(store), payments)
    await store.journal(transfer('p3', 'p0', 0))
    await store.close()
    return directory
  }

  const raw = (directory: string) =>
    new ClassicLevel<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' })

  it('goes on where it was: head, side blocks, accounts, journal', async () => {
    const directory = await filled()
    const rivals = branch([{ gap: 2, outOfTurn: 1 }], second.header)
    let store = await openStore(directory, genesis)
    let chain = chainOver(store)
    await importAll(store, chain, rivals)
    await store.close()

    store = await openStore(directory, genesis)
    chain = chainOver(store)
    assert.equal(chain.head.hash, third.header.hash)
    assert.equal(chain.status(rivals[0]?.header.hash ?? ''), 'side')
    assert.deepEqual(sorted(chain), await stored(store))
    assert.deepEqual(
      store.restoreJournal().map(({ sender }) => sender),
      [addressOf('p3')]
    )
    await importAll(store, chain, branch([{}, {}, {}], rivals[0]?.header))
    assert.equal(store.head.height, 6)
    assert.deepEqual(await problems(store), [])
    await store.close()
  })

  it('forgets side blocks far below the head', async () => {
    const directory = await filled()
    let store = await openStore(directory, genesis)
    const rivals = branch([{ gap: 2, outOfTurn: 1 }], genesis.header)
    await importAll(store, chainOver(store), rivals)
    await store.close()
    store = await openStore(directory, genesis, { settings: { sideDepth: 1 } })
    assert.equal(store.body(rivals[0]?.header.hash ?? ''), undefined)
    await store.close()
  })

  it('opens with a side block whose parent was still on its way, or has been swept', async () => {
    const directory = await filled()
    let store = await openStore(directory, genesis)
    const [stem, top] = branch([{ gap: 2, outOfTurn: 1 }, {}]) as [Block, Block]
    await store.putSide([top])
    await store.close()
    store = await openStore(directory, genesis)
    const chain = chainOver(store)
    assert.equal(chain.status(top.header.hash), 'unknown')
    await importAll(store, chain, [stem, top])
    assert.equal(chain.status(top.header.hash), 'side')
    await store.close()
  })

  it('says that another process has it', async () => {
    const directory = await filled()
    const store = await openStore(directory, genesis)
    await assert.rejects(openStore(directory, genesis), hasCode('locked'))
    await store.close()
  })

  it('refuses another network, another schema, another program', async () => {
    const directory = await filled()
    await assert.rejects(openStore(directory, makeGenesis('other')), hasCode('wrong-network'))
    const level = raw(directory)
    await level.put(Buffer.from('!schema'), Buffer.from('starling-store/0'))
    await level.close()
    await assert.rejects(openStore(directory, genesis), hasCode('wrong-schema'))

    const foreign = freshDirectory()
    const other = raw(foreign)
    await other.put(Buffer.from('key'), Buffer.from('value'))
    await other.close()
    await assert.rejects(openStore(foreign, genesis), hasCode('wrong-schema'))
  })

  it('says that a path is no directory', async () => {
    await assert.rejects(openStore(join(import.meta.filename, 'below'), genesis), hasCode('unavailable'))
  })

  it('says of torn files that they are damaged, whichever read comes upon them', async () => {
    const tables = (directory: string): string[] =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.ldb'))
        .map((name) => join(directory, name))
    const damages: readonly ((directory: string) => void)[] = [
      (directory) => tables(directory).forEach((table) => void truncateSync(table, 0)),
      (directory) => tables(directory).forEach((table) => void truncateSync(table, statSync(table).size >> 1)),
      (directory) => tables(directory).forEach((table) => void writeFileSync(table, Buffer.alloc(4096, 7)))
    ]
    for (const [i, damage] of damages.entries()) {
      const directory = await filled()
      // Opening moves everything from the log into tables.
      await (await openStore(directory, genesis)).close()
      assert.notEqual(tables(directory).length, 0)
      damage(directory)
      await assert.rejects(openStore(directory, genesis), (error) => {
        assert.ok(hasCode('corrupt')(error), `damage ${i}: ${error}`)
        const { message, hint } = error as StoreError
        assert.match(hint ?? '', /^Move the data directory away .*node\.key .* can be kept\.$/)
        return /^The data directory is damaged: .+\.$/.test(message)
      })
    }
  })

  it('opens without its manifest, from the tables', async () => {
    const directory = await filled()
    await (await openStore(directory, genesis)).close()
    for (const name of readdirSync(directory)) if (name.startsWith('MANIFEST')) rmSync(join(directory, name))
    const repairs: string[] = []
    const store = await openStore(directory, genesis, { onRepaired: (reason) => repairs.push(reason) })
    assert.deepEqual(await problems(store), [])
    assert.equal(repairs.length, 1)
    await store.close()
  })

  it('does not take a database that lost CURRENT for a new one', async () => {
    const directory = await filled()
    const before = await openStore(directory, genesis)
    const { height } = before.head
    await before.close()
    rmSync(join(directory, 'CURRENT'))
    const repairs: string[] = []
    const store = await openStore(directory, genesis, { onRepaired: (reason) => repairs.push(reason) })
    assert.equal(store.head.height, height)
    assert.deepEqual(await problems(store), [])
    assert.equal(repairs.length, 1)
    await store.close()
  })

  it('does not go back in time without saying so when a table is gone', async () => {
    const directory = await filled()
    await (await openStore(directory, genesis)).close()
    const table = readdirSync(directory).find((name) => name.endsWith('.ldb'))
    assert.ok(table)
    rmSync(join(directory, table))
    await assert.rejects(openStore(directory, genesis), hasCode('corrupt'))
  })

  it('tells damage from a refusal of the system, in every read', async () => {
    const failing = (message: string): Level => {
      const fail = (): never => {
        throw new Error(message)
      }
      const level = new MapLevel()
      return guarded({ getSync: fail, iterator: fail, batch: () => level.batch(), close: () => level.close() })
    }
    const cases = [
      ['Corruption: block checksum mismatch', 'corrupt'],
      ['Corruption: corrupted key for \u0000\u0007', 'corrupt'],
      ['IO error: /x/000005.ldb: Invalid argument', 'corrupt'],
      ['IO error: /x/000005.ldb: No such file or directory', 'corrupt'],
      ['IO error: /x/000005.ldb: Too many open files', 'unavailable'],
      ['IO error: /x/000005.ldb: Permission denied', 'unavailable']
    ] as const
    for (const [message, code] of cases) {
      const level = failing(message)
      assert.throws(
        () => level.getSync(Uint8Array.of(1)),
        (error) => hasCode(code)(error) && /^[ -~]+$/.test((error as Error).message),
        message
      )
      const all = level.iterator({ gte: Uint8Array.of(0), lt: Uint8Array.of(9) })
      await assert.rejects(all[Symbol.asyncIterator]().next(), hasCode(code), message)
    }
    assert.throws(() => failing('Database is not open').getSync(Uint8Array.of(1)), { message: 'Database is not open' })
  })

  it('goes back to the last whole batch when the end of the log is torn', async () => {
    const directory = await filled()
    // Opening moved everything into tables: the next block alone is in the log.
    const store = await openStore(directory, genesis)
    const chain = chainOver(store)
    await importAll(store, chain, branch([{ transactions: [transfer('p3', 'p1', 0)] }], third.header))
    await store.close()
    const log = readdirSync(directory).find((name) => name.endsWith('.log'))
    assert.ok(log)
    truncateSync(join(directory, log), statSync(join(directory, log)).size - 10)

    const reopened = await openStore(directory, genesis)
    assert.equal(reopened.head.height, 3)
    assert.deepEqual(await problems(reopened), [])
    assert.deepEqual(sorted(chainOver(reopened)), await stored(reopened))
    await reopened.close()
  })

  it('reports what is missing instead of going on without it', async () => {
    for (const letter of ['b', 'u', 'i']) {
      const directory = await filled()
      const level = raw(directory)
      for await (const key of level.keys({ gte: Buffer.from(letter), lt: Buffer.from(`${letter}\xff`, 'latin1') })) {
        if (letter !== 'i' || key[4] === 2) await level.del(key)
      }
      await level.close()
      await assert.rejects(openStore(directory, genesis), hasCode('corrupt'), letter)
    }
  })

  it('finds every changed byte and every missing record offline', async () => {
    const tampered = async (change: (level: MapLevel) => Promise<void>): Promise<string[]> => {
      const level = new MapLevel()
      const store = await prepare(level, genesis, { settings: { cacheMaxBlocks: 0 } })
      await importAll(store, chainOver(store), payments)
      assert.deepEqual(await problems(store), [])
      await change(level)
      return problems(new Store(level, genesis))
    }
    const edit = (letter: string, edits: (value: Uint8Array) => Uint8Array | undefined) => async (level: MapLevel) => {
      const letters = { gte: Buffer.from(letter), lt: Buffer.from(`${letter}\xff`, 'latin1') }
      const batch = level.batch()
      for await (const [key, value] of level.iterator(letters)) {
        const edited = edits(new Uint8Array(value))
        if (edited === undefined) batch.del(key)
        else batch.put(key, edited)
      }
      await batch.write({ sync: false })
    }
    const flipLast = (value: Uint8Array): Uint8Array => {
      const at = value.length - 1
      value[at] = (value[at] ?? 0) ^ 1
      return value
    }
    for (const letter of ['b', 'h', 'a', 't', 'i', 'n']) {
      assert.notDeepEqual(await tampered(edit(letter, flipLast)), [], `changed ${letter}`)
      assert.notDeepEqual(await tampered(edit(letter, () => undefined)), [], `missing ${letter}`)
    }
    assert.notDeepEqual(await tampered(edit('u', () => undefined)), [], 'missing u')
  })
})
