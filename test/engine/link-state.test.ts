import { deepEqual, equal } from 'node:assert/strict'
import { LinkState } from '../../src/engine/common/link-state.ts'

describe('what lies between two nodes', () => {
  const make = (): LinkState =>
    new LinkState({
      nodes: [0, 1, 2, 3].map((node) => ({ upBps: node === 3 ? 5e6 : Infinity, downBps: Infinity })),
      delayMs: (a, b) => 10 * (a + b),
      jitterMs: 0,
      loss: 0.1,
      tcp: 'fluid'
    })

  it('is what the scenario says, until something happens', () => {
    const links = make()
    deepEqual(links.link(1, 2), { delayMs: 30, loss: 0.1, blocked: false })
    deepEqual(links.line(3), { upBps: 5e6, downBps: Infinity })
  })

  it('is blocked between groups; nodes in no group are one more; a new partition takes the place of the earlier', () => {
    const links = make()
    links.partition([[0, 1]])
    const blocked = (): string =>
      [
        [0, 1],
        [0, 2],
        [2, 3]
      ]
        .map(([a = 0, b = 0]) => (links.blocked(a, b) ? 'x' : '.'))
        .join('')
    equal(blocked(), '.x.')
    links.partition([[3]])
    equal(blocked(), '..x')
    links.heal()
    equal(blocked(), '...')
    equal(links.isPartitioned, false)
  })

  it('is slower on both sides of a slow node, and for two of them twice', () => {
    const links = make()
    links.slow(0, { latencyMs: 100, loss: 0.5, bandwidth: 1e6 })
    links.slow(3, { latencyMs: 50, loss: 0, bandwidth: 9e6 })
    equal(links.link(0, 1).delayMs, 110)
    equal(links.link(1, 0).delayMs, 110)
    equal(links.link(0, 3).delayMs, 180)
    equal(links.link(1, 0).loss.toFixed(3), '0.550')
    deepEqual(links.line(0), { upBps: 1e6, downBps: 1e6 })
    deepEqual(links.line(3), { upBps: 5e6, downBps: 9e6 }, 'never faster than it was')
    deepEqual([links.restore(0), links.restore(0)], [true, false])
    equal(links.link(0, 1).delayMs, 10)
  })
})
