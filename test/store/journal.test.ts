import { deepEqual, equal } from 'node:assert/strict'
import { Journal } from '../../src/store/journal.ts'
import type { Level } from '../../src/store/level.ts'
import { MapLevel } from '../../src/store/map-level.ts'
import { transfer } from './sealed-chain.ts'

/** A level whose writes end when they are told to, the last one begun first. */
function slow(level: Level): { readonly level: Level; readonly endAll: () => Promise<void> } {
  const begun: (() => Promise<void>)[] = []
  const batch: Level['batch'] = () => {
    const inner = level.batch()
    return {
      put: (key, value) => inner.put(key, value),
      del: (key) => inner.del(key),
      write: (options) => {
        const ended = Promise.withResolvers<void>()
        begun.push(() => inner.write(options).then(ended.resolve, ended.reject))
        return ended.promise
      }
    }
  }
  const endAll = async (): Promise<void> => {
    for (let end = begun.pop(); end !== undefined; end = begun.pop()) {
      await end()
      await turns()
    }
  }
  return { level: { ...methodsOf(level), batch }, endAll }
}

function methodsOf(level: Level): Omit<Level, 'batch'> {
  return {
    getSync: (key) => level.getSync(key),
    iterator: (range) => level.iterator(range),
    close: () => level.close()
  }
}

/** What waited for a write begins the next one. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

async function sizeOf(journal: Journal): Promise<number> {
  let size = 0
  for await (const _ of journal.entries()) size++
  return size
}

describe('journal', () => {
  for (const isBusy of [false, true]) {
    it(`has what is added after it was forgotten${isBusy ? ', while others wait' : ''}, in whichever order writes end`, async () => {
      const { level, endAll } = slow(new MapLevel())
      const journal = new Journal(level)
      const transaction = transfer('p0', 'p1', 0)
      const done = [journal.add(transaction)]
      await turns()
      if (isBusy) done.push(journal.add(transfer('p0', 'p1', 1)))
      else await endAll()
      done.push(journal.forget([transaction.id]), journal.add(transaction))
      await turns()
      await endAll()
      await Promise.all(done)
      equal(await sizeOf(journal), isBusy ? 2 : 1)
    })
  }

  it('writes at once what came while it wrote', async () => {
    const writes: number[] = []
    const inner = new MapLevel()
    const level: Level = {
      ...methodsOf(inner),
      batch: () => {
        const batch = inner.batch()
        let puts = 0
        return {
          put: (key, value) => {
            puts++
            return batch.put(key, value)
          },
          del: (key) => batch.del(key),
          write: (options) => {
            writes.push(puts)
            return batch.write(options)
          }
        }
      }
    }
    const journal = new Journal(level)
    await Promise.all(Array.from({ length: 50 }, (_, nonce) => journal.add(transfer('p0', 'p1', nonce))))
    deepEqual(writes, [50])
  })
})
