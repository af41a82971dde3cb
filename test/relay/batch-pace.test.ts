// How long own transactions wait for company.
import { equal, ok } from 'node:assert/strict'
import { BatchPace } from '../../src/relay/batch-pace.ts'

describe('the wait for company', () => {
  const pace = (...judgedMs: number[]): number => {
    const one = new BatchPace({ minMs: 5, maxMs: 250 })
    for (const ms of judgedMs) one.judged(ms)
    return one.delayMs
  }

  it('is short on a node at leisure', () => {
    equal(pace(), 5)
    equal(pace(...Array(100).fill(1)), 5)
  })

  it('follows what batches of others take to be judged', () => {
    const busy = pace(...Array(100).fill(80))
    ok(busy > 79 && busy <= 80, `${busy} ms`)
    ok(pace(...Array(100).fill(80), ...Array(100).fill(1)) === 5)
  })

  it('is not moved far by one batch, and never beyond its bound', () => {
    ok(pace(200) < 25)
    equal(pace(...Array(100).fill(4_000)), 250)
  })
})
