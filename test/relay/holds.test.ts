import { equal } from 'node:assert/strict'
import { relayDefaults } from '../../src/config/index.ts'
import { Holds } from '../../src/relay/holds.ts'
import { realTimers, type Timers } from '../../src/runtime/index.ts'

const { orphansMax, orphansPerPeerMax } = relayDefaults

describe('what is held', () => {
  const never = (): Promise<void> => new Promise(() => {})
  /** Time is over at once. */
  const hasty: Timers = { ...realTimers, within: (_, work, parent) => realTimers.within(0, work, parent) }

  it('is looked at again when its time is over: what it waited for may have come another way', async () => {
    equal(await new Holds(hasty, new AbortController().signal).hold('peer', never), true)
  })

  it('is not looked at again when the node stops', async () => {
    const stop = new AbortController()
    const held = new Holds(realTimers, stop.signal).hold('peer', never)
    stop.abort(new Error('stopped'))
    equal(await held, false)
  })

  it('is little of one peer, and not much of all', async () => {
    const stop = new AbortController()
    const holds = new Holds(realTimers, stop.signal)
    const open: Promise<boolean>[] = []
    for (let i = 0; i < orphansPerPeerMax; i++) open.push(holds.hold('greedy', never))
    equal(await holds.hold('greedy', never), false)
    for (let i = orphansPerPeerMax; i < orphansMax; i++) open.push(holds.hold(`peer ${i}`, never))
    equal(await holds.hold('late', never), false)
    stop.abort(new Error('stopped'))
    equal((await Promise.all(open)).length, orphansMax)
  })
})
