import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { Mempool, MempoolWatcher } from '../../src/ledger/index.ts'
import { Sketch } from '../../src/reconcile/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { MempoolSet, pairKey } from '../../src/sync/mempool-set.ts'
import type { Hex, Transaction } from '../../src/wire/index.ts'

describe('the sketches of a mempool', () => {
  it('are those of its ids whenever they are asked for, whatever came and went in between', async () => {
    const key = pairKey(new Uint8Array(8), new Uint8Array(8).fill(1))
    const change = fc.record({ id: fc.nat(40), asked: fc.boolean(), peer: fc.constantFrom('a', 'b') })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 200 }), fc.boolean(), async (changes, overflows) => {
        const held = new Map<Hex, Transaction>()
        let watcher: MempoolWatcher = {}
        const mempool = {
          minFeeFloor: 0,
          values: () => held.values(),
          get size() {
            return held.size
          },
          watch: (watching: MempoolWatcher) => {
            watcher = watching
            return () => {}
          }
        }
        const set = new MempoolSet({ mempool: mempool as unknown as Mempool, runtime: realRuntime({ seed: 1 }) })
        const toggle = (number: number): void => {
          const id = number.toString(16).padStart(64, '0')
          const transaction = { id } as Transaction
          if (held.delete(id)) watcher.removed?.(transaction, 'included')
          else {
            held.set(id, transaction)
            watcher.added?.(transaction)
          }
        }
        for (const { id, asked, peer } of changes) {
          toggle(id)
          if (!asked) continue
          // More changes than are remembered: twice each, so that nothing differs in the end.
          if (overflows) for (let i = 0; i < 2 * 3000; i++) toggle(1000 + (i % 3000))
          const fresh = new Sketch(key, 64)
          fresh.toggle([...held.keys()])
          deepEqual(await set.firstCells(peer, key, 0, 64), fresh.first(64))
        }
      }),
      { seed: 2, numRuns: 20 }
    )
  })

  it('miss nothing that comes in the moment in which they are done', async () => {
    const key = pairKey(new Uint8Array(8), new Uint8Array(8).fill(1))
    const [before, after] = ['1', '2'].map((digit) => ({ id: digit.repeat(64), sender: 'a' }) as Transaction)
    if (before === undefined || after === undefined) throw new Error('two')
    const fresh = new Sketch(key, 64)
    fresh.toggle([before.id, after.id])
    for (let wait = 0; wait < 12; wait++) {
      const held = [before]
      let watcher: MempoolWatcher = {}
      let goOn = (): void => {}
      const mempool = {
        minFeeFloor: 0,
        size: 1,
        values: () => held.values(),
        watch: (watching: MempoolWatcher) => {
          watcher = watching
          return () => {}
        }
      }
      const yieldOnce = (): Promise<void> =>
        new Promise((resolve) => {
          goOn = resolve
        })
      const runtime = { ...realRuntime({ seed: 1 }), yield: yieldOnce }
      const set = new MempoolSet({ mempool: mempool as unknown as Mempool, runtime })
      const making = set.firstCells('peer', key, 0, 64)
      goOn()
      for (let i = 0; i < wait; i++) await undefined
      held.push(after)
      watcher.added?.(after)
      await making
      deepEqual(await set.firstCells('peer', key, 0, 64), fresh.first(64))
    }
  })
})

describe('what a mempool declined', () => {
  const sender = 'aa'.repeat(32)
  const idOf = (digit: string): Hex => digit.repeat(64)

  it('is wanted again when something of the same sender comes, or a block', async () => {
    const key = pairKey(new Uint8Array(8), new Uint8Array(8).fill(1))
    let watcher: MempoolWatcher = {}
    const mempool = {
      refusedIds: () => [],
      watch: (watching: MempoolWatcher) => {
        watcher = watching
        return () => {}
      }
    }
    const set = new MempoolSet({ mempool: mempool as unknown as Mempool, runtime: realRuntime({ seed: 1 }) })
    const unwanted = async (): Promise<string[]> => [...(await set.unwanted(key)).ids].sort()
    for (const digit of ['1', '2', '2']) set.decline({ id: idOf(digit), sender })
    set.decline({ id: idOf('3'), sender: 'bb'.repeat(32) })
    deepEqual(await unwanted(), ['1', '2', '3'].map(idOf))
    // A missing nonce may be there now, and no block need come for it.
    watcher.added?.({ id: idOf('4'), sender } as Transaction)
    deepEqual(await unwanted(), [idOf('3')])
    set.onHead()
    deepEqual(await unwanted(), [])
  })
})
