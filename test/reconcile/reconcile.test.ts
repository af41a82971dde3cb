import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { sipKey } from '../../src/crypto/index.ts'
import {
  CELL_BYTES,
  Cells,
  type Difference,
  DifferenceEstimator,
  ESTIMATOR_BYTES,
  peel,
  Sketch,
  SymbolTable
} from '../../src/reconcile/index.ts'
import { CellWalk } from '../../src/reconcile/mapping.ts'

const key = sipKey(Uint8Array.from({ length: 16 }, (_, i) => i))
const id = (name: string): string => createHash('sha256').update(name).digest('hex')
const ids = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => id(`${prefix} ${i}`))

describe('reconciliation', () => {
  it('finds exactly what differs, on both sides, from cells alone', () => {
    const common = ids('common', 10_000)
    const mine = tableOf([...common, ...ids('mine', 3)])
    const theirs = tableOf([...common, ...ids('theirs', 2)])
    const found = reconcile(mine, theirs, 64)
    assert.deepEqual([...(found?.ours ?? [])].sort(), ids('mine', 3).sort())
    assert.deepEqual(found?.theirs.map(([low, high]) => theirs.find(low, high)).sort(), ids('theirs', 2).sort())
  })

  it('says nothing when the cells are too few', () => {
    const common = ids('common', 100)
    const found = reconcile(tableOf([...common, ...ids('mine', 50)]), tableOf(common), 32)
    assert.equal(found, undefined)
  })

  it('finds nothing between equal sets, and their cells are equal', () => {
    const table = tableOf(ids('common', 500))
    assert.deepEqual(reconcile(table, tableOf(ids('common', 500).reverse()), 16), { ours: [], theirs: [] })
  })

  it('holds for any two sets once there are enough cells', () => {
    const names = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 60 })
    fc.assert(
      fc.property(names, names, fc.uint8Array({ minLength: 16, maxLength: 16 }), (left, right, keyBytes) => {
        const anyKey = sipKey(keyBytes)
        const [a, b] = [left, right].map((list) => list.map((name) => id(`any ${name}`)))
        const mine = tableOf(a ?? [], anyKey)
        const theirs = tableOf(b ?? [], anyKey)
        const found = reconcile(mine, theirs, 600)
        const only = (of: string[] = [], other: string[] = []): string[] =>
          of.filter((each) => !other.includes(each)).sort()
        assert.deepEqual([...(found?.ours ?? ['none'])].sort(), only(a, b))
        assert.deepEqual(found?.theirs.map(([low, high]) => theirs.find(low, high)).sort(), only(b, a))
      }),
      { seed: 5, numRuns: 100 }
    )
  })

  it('gives the same cells kept current as computed, whatever came and went', () => {
    const sketch = new Sketch(key, 64)
    sketch.toggle(ids('common', 300))
    sketch.toggle(ids('gone', 40))
    sketch.toggle(ids('gone', 40))
    const computed = run(tableOf(ids('common', 300)).cells(0, 64))
    assert.deepEqual(sketch.first(64).words, computed.words)
    assert.deepEqual(sketch.first(16).words, computed.slice(0, 16).words)
  })

  it('computes a tail that continues the beginning', () => {
    const table = tableOf(ids('common', 300))
    const whole = run(table.cells(0, 200))
    const joined = run(table.cells(0, 50)).followedBy(run(table.cells(50, 200)))
    assert.deepEqual(joined.words, whole.words)
    assert.throws(() => whole.followedBy(whole), RangeError)
  })

  it('needs about 1.4 cells for each symbol that differs', () => {
    const d = 400
    const difference = tableOf(ids('only', d))
    const cells = run(difference.cells(0, 2 * d))
    let needed = d
    while (peel(cells.slice(0, needed), tableOf([])) === undefined) needed++
    assert.ok(needed > 1.2 * d && needed < 1.7 * d, `${needed} cells for ${d}`)
  })

  it('survives its own encoding', () => {
    const cells = run(tableOf(ids('common', 20)).cells(3, 10))
    const bytes = cells.encode()
    assert.equal(bytes.length, 7 * CELL_BYTES)
    assert.deepEqual(Cells.decode(3, bytes).words, cells.words)
    assert.throws(() => Cells.decode(0, bytes.subarray(1)), RangeError)
  })

  it('ends whatever a liar sends, and believes no symbol twice', () => {
    const table = tableOf(ids('common', 50))
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 1200 }), (noise) => {
        const bytes = noise.subarray(0, noise.length - (noise.length % CELL_BYTES))
        const found = peel(Cells.decode(0, bytes), table)
        assert.ok(found === undefined || found.theirs.length <= bytes.length / CELL_BYTES)
      }),
      { seed: 6, numRuns: 200 }
    )
    // One honest symbol, claimed by cells it is not in: taking it out puts it into others, which show it again.
    const honest = run(tableOf([id('x')]).cells(0, 40))
    const lie = new Cells(0, 40)
    for (let cell = 0; cell < 40; cell++) lie.words.set(honest.words.subarray(0, 3), 3 * cell)
    assert.equal(peel(lie, table), undefined)
  })
})

describe('the vectors', () => {
  const vectors = JSON.parse(readFileSync(new URL('../vectors/reconcile.json', import.meta.url), 'utf8')) as Vectors
  const under = sipKey(Buffer.from(vectors.key, 'hex'))
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const halves = (symbol: string): [number, number] => {
    const bytes = Buffer.from(symbol, 'hex')
    return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)]
  }

  it('agree on symbols, cells and the estimator', () => {
    const table = tableOf(vectors.ids, under)
    assert.deepEqual(table.symbols(), vectors.symbols.map(halves))
    assert.equal(hex(run(table.cells(0, 40)).encode()), vectors.cells)
    assert.equal(hex(table.estimator().encode()), vectors.estimator)
  })

  for (const { symbol, cells } of vectors.walks) {
    it(`agree on the cells of ${symbol}`, () => {
      const walk = new CellWalk()
      const visited: number[] = []
      for (walk.start(...halves(symbol)); walk.index < 100_000; walk.next()) visited.push(walk.index)
      assert.deepEqual(visited, cells)
    })
  }
})

describe('the estimate of a difference', () => {
  for (const d of [0, 1, 10, 100, 1000, 20_000]) {
    it(`is near ${d}`, () => {
      const common = ids('common', 200)
      const mine = tableOf([...common, ...ids('mine', d - (d >> 2))]).estimator()
      const theirs = tableOf([...common, ...ids('theirs', d >> 2)]).estimator()
      const estimate = mine.difference(DifferenceEstimator.decode(theirs.encode()))
      assert.ok(Math.abs(estimate - d) <= Math.max(1, 0.3 * d), `${estimate} for ${d}`)
    })
  }

  it('is large for what is beyond its range', () => {
    const estimator = new DifferenceEstimator()
    // Half the bits of each stratum: what chance makes of very many.
    for (let zeros = 0; zeros <= 10; zeros += 2) for (let i = 0; i < 256; i++) estimator.toggle(i, 1 << zeros)
    assert.ok(estimator.difference(new DifferenceEstimator()) > 250_000)
  })

  it('takes only its own length', () => {
    assert.throws(() => DifferenceEstimator.decode(new Uint8Array(ESTIMATOR_BYTES - 1)), RangeError)
  })
})

interface Vectors {
  readonly key: string
  readonly ids: readonly string[]
  readonly symbols: readonly string[]
  readonly cells: string
  readonly estimator: string
  readonly walks: readonly { readonly symbol: string; readonly cells: readonly number[] }[]
}

function tableOf(list: readonly string[], under = key): SymbolTable {
  return run(SymbolTable.of(under, list))
}

function reconcile(mine: SymbolTable, theirs: SymbolTable, length: number): Difference | undefined {
  return peel(run(mine.cells(0, length)).minus(run(theirs.cells(0, length))), mine)
}

function run<T>(work: Generator<void, T>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value
}
