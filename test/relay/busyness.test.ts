import { equal, ok } from 'node:assert/strict'
import { relayDefaults } from '../../src/config/index.ts'
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

  describe('makes a batch wait', () => {
    const { batchDelayMs, batchDelayMaxMs, batchesPerSecond } = relayDefaults
    let now = 0
    let busyness: Busyness
    beforeEach(() => {
      now = 1_000_000
      busyness = new Busyness({ now: () => now })
    })
    /** Ten seconds with so many messages a second, each judged in so many ms. */
    const live = (perSecond: number, judgingMs: number): void => {
      for (let i = 0; i < 10 * perSecond; i++, now += 1000 / perSecond) {
        busyness.add()
        busyness.judged(judgingMs)
      }
    }

    it('a few milliseconds on a quiet network, however slow its machines are', () => {
      equal(busyness.waitMs(), batchDelayMs)
      live(2, 70)
      equal(busyness.waitMs(), batchDelayMs)
    })

    it('longer in proportion where there are more messages than planned for', () => {
      live(3 * batchesPerSecond, 1)
      const wait = busyness.waitMs()
      ok(Math.abs(wait - 3 * batchDelayMs) < 0.1 * wait, `${wait}`)
    })

    it('as long as judging takes where there are that many, and soon no longer', () => {
      live(2 * batchesPerSecond, 100)
      const wait = busyness.waitMs()
      ok(wait > 90 && wait <= 100, `${wait}`)
      now += 5_000
      equal(busyness.waitMs(), batchDelayMs)
    })

    it('never longer than allowed', () => {
      live(2 * batchesPerSecond, 10_000)
      equal(busyness.waitMs(), batchDelayMaxMs)
    })
  })
})
