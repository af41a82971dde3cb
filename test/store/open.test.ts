// Opening a store: going on where it was, refusing what is not ours, and damage repaired or reported.
import assert from 'node:assert/strict'
import { readdirSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { guarded } from '../../src/store/guarded-level.ts'
import type { Level } from '../../src/store/level.ts'
import { MapLevel } from '../../src/store/map-level.ts'
import { prepare } from '../../src/store/open.ts'
import { openStore, Store, type StoreError } from '../../src/store/index.ts'
import type { Block } from '../../src/wire/index.ts'
import { addressOf, genesis, makeGenesis, transfer } from './sealed-chain.ts'
import {
  freshDirectory,
  removeDirectories,
  chainOver,
  importAll,
  branch,
  sorted,
  hasCode,
  stored,
  problems,
  payments,
  second,
  third
} from './filling.ts'

describe('opening a store', () => {
  after(removeDirectories)

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
