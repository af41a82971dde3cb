import assert from 'node:assert/strict'
import { itemIntervals, medianInterval } from '../../src/report/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'

describe('the interval of a median over runs', () => {
  // Ranks from tables of the binomial distribution (David and Nagaraja 2003).
  const table: readonly [n: number, low: number, high: number, confidence: number][] = [
    [1, 1, 1, 0],
    [5, 1, 5, 0.9375],
    [6, 1, 6, 0.9687],
    [8, 1, 8, 0.9921],
    [9, 2, 8, 0.9609],
    [10, 2, 9, 0.9785],
    [20, 6, 15, 0.9586],
    [30, 10, 21, 0.9572]
  ]
  for (const [n, low, high, confidence] of table) {
    it(`of ${n} runs goes from the ${low}. to the ${high}. value`, () => {
      const samples = Array.from({ length: n }, (_, index) => n - index)
      const found = medianInterval(samples)
      assert.deepEqual(found.interval, [low, high])
      assert.equal(found.confidence, confidence)
      assert.equal(found.median, (n + 1) / 2)
    })
  }

  it('holds the true median at least as often as it says', () => {
    const random = seededRandom('coverage of order statistics')
    const truth = Math.log(2)
    let held = 0
    const rounds = 4000
    for (let round = 0; round < rounds; round++) {
      const { interval } = medianInterval(Array.from({ length: 9 }, () => random.exponential(1)))
      if ((interval[0] ?? 0) <= truth && truth <= (interval[1] ?? 0)) held++
    }
    // 0.961 by the table; three standard errors are 0.009.
    assert.ok(Math.abs(held / rounds - 0.961) < 0.01, `${held / rounds}`)
  })

  it('does not know ends that were never reached', () => {
    const { median, interval } = medianInterval([1, 2, 3, 4, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    assert.deepEqual([median, interval], [3.5, [1, null]])
    assert.deepEqual(medianInterval([]), { median: null, interval: [null, null], confidence: 0, n: 0 })
  })
})

describe('intervals within a run', () => {
  /** Items that are slow as a whole: each has a time of its own, all nodes get it soon after. */
  const draw = (items: number, seed: number): Float64Array[] => {
    const random = seededRandom(`items ${seed}`)
    return Array.from({ length: items }, () => {
      const own = 100 + random.exponential(100)
      return Float64Array.from({ length: 50 }, () => own + random.next()).sort()
    })
  }

  it('hold the true median in about 95% of runs, because they draw items and not pairs', () => {
    const truth = 100.5 + 100 * Math.log(2)
    const rounds = 200
    let held = 0
    for (let seed = 0; seed < rounds; seed++) {
      const [low, high] = itemIntervals(draw(40, seed))?.latency_ms.p50 ?? [null, null]
      if ((low ?? 0) <= truth && truth <= (high ?? 0)) held++
    }
    // Drawing pairs would take 2,000 samples for independent and hold it in about 20% of runs.
    assert.ok(held / rounds > 0.9 && held / rounds < 0.99, `${held / rounds}`)
  })

  it('are the same twice, and absent below five items', () => {
    assert.deepEqual(itemIntervals(draw(12, 1)), itemIntervals(draw(12, 1)))
    assert.equal(itemIntervals(draw(4, 1)), undefined)
  })

  it('have no end where items were lost', () => {
    const items = draw(10, 2).map((item, index) => (index < 3 ? item.fill(Number.POSITIVE_INFINITY) : item))
    const { latency_ms, coverage_ms } = itemIntervals(items) ?? assert.fail()
    assert.equal(latency_ms.p99[1], null)
    assert.equal(typeof latency_ms.p50[0], 'number')
    assert.equal(typeof coverage_ms.t50[0], 'number')
  })
})
