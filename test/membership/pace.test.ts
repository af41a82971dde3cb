import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { Pace } from '../../src/membership/pace.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { ROUND_MS, START_MS } from './support.ts'

const { growthPauseRounds, startHeartbeats } = MEMBERSHIP_LIMITS
const paceOf = (seed: string): Pace => new Pace({ roundMs: ROUND_MS, random: seededRandom(seed) })
const speak = (pace: Pace, members: number, times: number, now = START_MS): number[] =>
  Array.from({ length: times }, () => pace.speak(members, now))

describe('the pace of heartbeats', () => {
  it('slows by no more than twice at once, to what the network takes, and quickens at once', () => {
    const pace = paceOf('a')
    deepEqual(speak(pace, 1000, 7), [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000])
    deepEqual(speak(pace, 20, 1), [1000])
  })

  it('slows to what a thousand members take while a node starts, later but twice in five minutes, whatever it hears of', () => {
    const pace = paceOf('a')
    equal(speak(pace, 1e6, startHeartbeats).at(-1), 20_000)
    const after = (pauses: number): number =>
      speak(pace, 1e6, 10, START_MS + pauses * growthPauseRounds * ROUND_MS).at(-1) ?? 0
    deepEqual(
      [0, 0.9, 1, 1.9, 2, 3, 4, 5].map(after),
      [40_000, 40_000, 80_000, 80_000, 160_000, 300_000, 300_000, 300_000]
    )
    const small = paceOf('small')
    speak(small, 20, startHeartbeats + 1)
    equal(speak(small, 1e6, 10).at(-1), 2 * ROUND_MS)
  })

  it('is kept: nobody speaks later than announced, and many who slow down together are soon out of step', () => {
    const paces = Array.from({ length: 500 }, (_, i) => ({ pace: paceOf(`pace ${i}`), dueAt: START_MS }))
    const spoken: number[] = []
    for (let now = START_MS; now < START_MS + 100 * ROUND_MS; now += ROUND_MS) {
      const due = paces.filter(({ pace }) => pace.isDue(now))
      for (const each of due) {
        ok(now <= each.dueAt + ROUND_MS / 2, `${now - each.dueAt} ms late`)
        each.dueAt = now + each.pace.speak(1000, now)
      }
      spoken.push(due.length)
    }
    equal(spoken[0], 500)
    // 25 a round on average.
    ok(Math.max(...spoken.slice(60)) <= 75, `${spoken.slice(60)}`)
  })
})
