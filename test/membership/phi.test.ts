import { ok } from 'node:assert/strict'
import fc from 'fast-check'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { deviationsOf, observe, phi, phiOf, PRIOR, silenceUntil } from '../../src/membership/index.ts'

const near = (actual: number, expected: number, share: number): void =>
  ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} is not ${expected}`)

/** Every gap the same. */
function learned(gapMs: number, intervalMs: number, times: number) {
  let arrivals = PRIOR
  for (let i = 0; i < times; i++) arrivals = observe(arrivals, gapMs, intervalMs)
  return arrivals
}

describe('phi', () => {
  it('is −log10 of the upper tail of the normal distribution', () => {
    // From tables of the distribution.
    const table = [
      [-2, 0.009995],
      [-1, 0.074997],
      [0, 0.30103],
      [1, 0.799546],
      [2, 1.643],
      [3, 2.8697],
      [4, 4.4994],
      [5, 6.54265],
      [6, 9.00592],
      [8, 15.2061],
      [20, 88.5601]
    ] as const
    for (const [deviations, expected] of table) near(phiOf(deviations), expected, 0.03)
  })

  it('never falls as silence grows, nor overflows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -30, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e3, noNaN: true }),
        (x, step) => {
          ok(phiOf(x + step) >= phiOf(x) && Number.isFinite(phiOf(x)))
        }
      )
    )
  })

  it('is inverted by the silence at which a threshold is reached', () => {
    for (const threshold of [1, 5, 8, 12]) {
      near(phiOf(deviationsOf(threshold)), threshold, 1e-6)
      const silence = silenceUntil(threshold, PRIOR, 1000, 1000)
      near(phi(PRIOR, 1000, 1000, silence), threshold, 1e-6)
    }
  })

  it('gives its verdicts within 25 rounds where members renew every round, however the arrivals were', () => {
    const { downPhi, suspectPhi, gapMax } = MEMBERSHIP_LIMITS
    for (const gap of [200, 1000, 1500, 2000]) {
      const silence = silenceUntil(downPhi, learned(gap, 1000, 100), 1000, 1000)
      ok(silence < 22_000, `${gap}: ${silence}`)
    }
    ok(silenceUntil(suspectPhi, PRIOR, 1000, 1000) > 8000)
    // The worst that can be learned.
    const worst = learned(1e9, 1000, 100)
    ok(worst.mean <= gapMax * 1000)
    ok(silenceUntil(downPhi, worst, 1000, 1000) < 30_000)
  })

  it('waits in proportion for a member that announces longer intervals', () => {
    const often = silenceUntil(8, PRIOR, 1000, 1000)
    const seldom = silenceUntil(8, PRIOR, 20_000, 1000)
    ok(seldom > 2 * 20_000 && seldom < 5 * 20_000, `${seldom}`)
    ok(often < seldom)
  })

  it('learns a steady lateness', () => {
    const { mean, variance } = learned(2000, 1000, 200)
    near(mean, 2000, 0.03)
    ok(variance < 50)
  })

  it('does not believe in intervals beyond the limit', () => {
    const { intervalMaxMs } = MEMBERSHIP_LIMITS
    near(silenceUntil(8, PRIOR, 2 ** 32 - 1, 1000), silenceUntil(8, PRIOR, intervalMaxMs, 1000), 1e-9)
  })
})
