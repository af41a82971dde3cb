import { ok } from 'node:assert/strict'
import { Busyness } from '../../src/relay/busyness.ts'

describe('busyness', () => {
  it('is the rate of messages, once they have come for some seconds', () => {
    let now = 1_000_000
    const busyness = new Busyness({ now: () => now })
    for (let i = 0; i < 500; i++, now += 10) busyness.add()
    const rate = busyness.perSecond()
    ok(rate > 90 && rate < 110, `${rate}`)
  })

  it('is hardly raised by one message, and forgotten in silence', () => {
    let now = 1_000_000
    const busyness = new Busyness({ now: () => now })
    ok(busyness.perSecond() === 0)
    busyness.add()
    ok(busyness.perSecond() === 1)
    now += 10_000
    ok(busyness.perSecond() < 0.001)
  })
})
