import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SharedInterner } from '../../src/runtime/index.ts'
import { MapLevel } from '../../src/store/map-level.ts'

type Change = readonly [key: number, value: number | undefined]

const WHOLE = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) }

async function contents(level: MapLevel): Promise<[number | undefined, number | undefined][]> {
  const found: [number | undefined, number | undefined][] = []
  for await (const [key, value] of level.iterator(WHOLE)) found.push([key[0], value[0]])
  return found
}

async function write(level: MapLevel, changes: readonly Change[], name?: string): Promise<boolean> {
  const batch = name === undefined ? { ...level.batch(), isFilled: false } : level.namedBatch(name)
  if (!batch.isFilled) {
    for (const [key, value] of changes) {
      if (value === undefined) batch.del(Uint8Array.of(key))
      else batch.put(Uint8Array.of(key), Uint8Array.of(value))
    }
  }
  await batch.write({ sync: true })
  return batch.isFilled
}

describe('a level in memory', () => {
  it('is a map, however its batches were named and its layers merged', async () => {
    const change = fc.tuple(fc.nat(40), fc.option(fc.nat(255), { nil: undefined }))
    const batches = fc.array(
      fc.record({ changes: fc.array(change, { maxLength: 20 }), isNamed: fc.boolean(), isOthers: fc.boolean() }),
      { maxLength: 20 }
    )
    const property = fc.asyncProperty(batches, async (steps) => {
      const interner = new SharedInterner({ entriesMax: 100 })
      const level = new MapLevel(interner)
      const other = new MapLevel(interner)
      const model = new Map<number, number>()
      for (const [i, { changes, isNamed, isOthers }] of steps.entries()) {
        const name = isNamed ? `${i}` : undefined
        if (isOthers && isNamed) await write(other, changes, name)
        assert.equal(await write(level, changes, name), isOthers && isNamed)
        for (const [key, value] of changes) {
          if (value === undefined) model.delete(key)
          else model.set(key, value)
        }
        for (let key = 0; key <= 40; key++) assert.equal(level.getSync(Uint8Array.of(key))?.[0], model.get(key))
      }
      assert.deepEqual(
        await contents(level),
        [...model].sort(([a], [b]) => a - b)
      )
    })
    await fc.assert(property, { seed: 20261123, numRuns: 200 })
  })

  it('gives the arrays that another level was given, and keeps its own changes to itself', async () => {
    const interner = new SharedInterner({ entriesMax: 8 })
    const [a, b] = [new MapLevel(interner), new MapLevel(interner)]
    for (const level of [a, b]) await write(level, [[1, 10]], 'step')
    assert.equal(a.getSync(Uint8Array.of(1)), b.getSync(Uint8Array.of(1)))
    await write(a, [
      [1, undefined],
      [2, 20]
    ])
    assert.deepEqual(await contents(a), [[2, 20]])
    assert.deepEqual(await contents(b), [[1, 10]])
  })
})
