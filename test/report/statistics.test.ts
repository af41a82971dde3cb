import assert from 'node:assert/strict'
import fc from 'fast-check'
import { coverage, median, percentiles, pool, quantile, sorted } from '../../src/report/statistics.ts'

const never = Number.POSITIVE_INFINITY
const upTo = (count: number): Float64Array => Float64Array.from({ length: count }, (_, index) => index + 1)

describe('percentiles', () => {
  const table: readonly [samples: number[], share: number, expected: number][] = [
    [[15, 20, 35, 40, 50], 0.05, 15],
    [[15, 20, 35, 40, 50], 0.3, 20],
    [[15, 20, 35, 40, 50], 0.4, 20],
    [[15, 20, 35, 40, 50], 0.5, 35],
    [[15, 20, 35, 40, 50], 1, 50],
    [[7], 0.5, 7],
    [[7], 0.99, 7],
    [[1, 2], 0.5, 1],
    [[3, 1, 2, never], 0.75, 3],
    [[3, 1, 2, never], 0.76, never]
  ]
  for (const [samples, share, expected] of table) {
    it(`nearest rank: ${share * 100}% of [${samples}] is ${expected}`, () => {
      assert.equal(quantile(sorted(samples), share), expected)
    })
  }

  it('does not lose a rank to binary rounding', () => {
    for (const [count, share, rank] of [
      [20, 0.95, 19],
      [100, 0.95, 95],
      [100, 0.99, 99],
      [1000, 0.99, 990],
      [10, 0.9, 9]
    ] as const) {
      assert.equal(quantile(upTo(count), share), rank)
    }
  })

  it('is null where the percentile lands on a pair that was never delivered, and only there', () => {
    const samples = [...upTo(98), never, never]
    assert.deepEqual(percentiles(sorted(samples)), { p50: 50, p90: 90, p95: 95, p99: null, max: null, n: 100 })
  })

  it('has nothing to tell of no samples', () => {
    assert.deepEqual(percentiles(new Float64Array()), { p50: null, p90: null, p95: null, p99: null, max: null, n: 0 })
  })

  it('is always one of the samples, with at least its share at or below it', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const value = quantile(sorted(values), percent / 100)
        assert.ok(values.includes(value))
        assert.ok(values.filter((sample) => sample <= value).length * 100 >= percent * values.length - 1e-6)
        assert.ok(values.filter((sample) => sample < value).length * 100 < percent * values.length)
      })
    )
  })

  it('pools lists of any lengths into one ascending list', () => {
    assert.deepEqual([...pool([sorted([9, 1]), new Float64Array(), sorted([never, 5])])], [1, 5, 9, never])
  })
})

describe('coverage', () => {
  it('is the median over items of the time until a share of the nodes held each', () => {
    const items = [sorted([1, 2, 3, 4]), sorted([10, 20, 30, 40]), sorted([5, 6, 7, 8])]
    assert.deepEqual(coverage(items), { t50: 6, t90: 8, t95: 8, t99: 8, t100: 8 })
  })

  it('is null for a share that the median item never reached', () => {
    const items = [sorted([1, never]), sorted([2, never]), sorted([3, 4])]
    assert.deepEqual(coverage(items), { t50: 2, t90: null, t95: null, t99: null, t100: null })
  })

  it('leaves out items without eligible nodes', () => {
    assert.equal(coverage([new Float64Array(), sorted([5])]).t50, 5)
    assert.equal(coverage([]).t50, null)
  })

  it('takes the lower of two middle items', () => {
    assert.equal(median([4, 1, 3, 2]), 2)
  })
})
