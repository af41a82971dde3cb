import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { MembershipRounds } from '../../src/peers/membership-rounds.ts'
import { realRuntime, timersFrom } from '../../src/runtime/index.ts'

const FANOUT = 3
const HONEST = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

const roundsOf = (seed: string): MembershipRounds =>
  new MembershipRounds({ runtime: realRuntime({ seed }), intervalMs: 1000, fanout: FANOUT, onRound: () => {} })

describe('partners of a round', () => {
  it('are each peer once before any is twice, in an order that changes', () => {
    const rounds = roundsOf('turns')
    const turns = Array.from({ length: 10 }, () => {
      const asked = [rounds.partners(HONEST), rounds.partners(HONEST)].flat()
      equal(new Set(asked).size, 2 * FANOUT)
      return asked.join()
    })
    ok(new Set(turns).size > 5)
  })

  it('are all there are when there are few, and none twice', () => {
    const rounds = roundsOf('few')
    for (let i = 0; i < 5; i++) deepEqual([...rounds.partners(['a', 'b'])].sort(), ['a', 'b'])
    deepEqual(rounds.partners([]), [])
  })

  it('come again within twice the rounds that all take, however many fresh ids come each round', () => {
    for (const fresh of [0, 2, 3, 4, 30]) {
      const rounds = roundsOf(`fresh ${fresh}`)
      const limit = 2 * Math.ceil((HONEST.length + fresh) / FANOUT)
      const askedAt = new Map(HONEST.map((peer) => [peer, 0]))
      for (let round = 1; round <= 500; round++) {
        const strangers = Array.from({ length: fresh }, (_, i) => `x${round}/${i}`)
        for (const peer of rounds.partners([...HONEST, ...strangers])) askedAt.set(peer, round)
        const longest = Math.max(...HONEST.map((peer) => round - (askedAt.get(peer) ?? 0)))
        ok(longest <= limit, `${fresh} fresh: ${longest} rounds`)
      }
    }
  })
})

describe('rounds that are brought forward', () => {
  it('cost the allowance once each, however much news there is for one of them', () => {
    const intervalMs = 1000
    let now = 0
    const timers = new Set<{ readonly at: number; readonly fn: () => void }>()
    const after = (ms: number, fn: () => void) => {
      const timer = { at: now + ms, fn }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    }
    const runtime = {
      ...realRuntime({ seed: 'hurry' }),
      clock: { now: () => now },
      timers: timersFrom({ after, every: after })
    }
    const rounds = new MembershipRounds({ runtime, intervalMs, fanout: FANOUT, onRound: () => {} })
    rounds.start()
    let early = 0
    for (let i = 0; i < 30; i++) {
      for (let news = 0; news < 50; news++) rounds.hurry()
      equal(timers.size, 1)
      for (const timer of timers) {
        timers.delete(timer)
        if (timer.at - now < intervalMs / 2) early++
        now = timer.at
        timer.fn()
        break
      }
    }
    // The first ones, and one in four of the others.
    const { extraRoundsBurst, extraRoundsPerRound } = MEMBERSHIP_LIMITS
    const most = extraRoundsBurst + 30 * extraRoundsPerRound
    ok(early <= most && early >= most - 1, `${early} early rounds`)
    rounds.stop()
  })
})
