import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { syncDefaults } from '../../src/config/index.ts'
import type { BlockIntake, OfferOutcome } from '../../src/relay/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { Bodies, type ReceivedBody } from '../../src/sync/bodies.ts'
import type { Block } from '../../src/wire/index.ts'

const { blocksMax, aheadMax, stallMs, slowMs, heldMaxBytes } = syncDefaults

/** A chain of names, and an intake that imports what it is told to. */
function setUp(length: number, blockBytes = 100) {
  const path = Array.from({ length }, (_, i) => `block ${i + 1}`)
  let now = 0
  const here = new Set(['block 0'])
  const offered: string[] = []
  /** What waits for its check. */
  const checks = new Map<string, PromiseWithResolvers<OfferOutcome>>()
  const intake: Partial<BlockIntake> = {
    hasBody: (hash) => here.has(hash),
    offer: ({ header }) => {
      offered.push(header.hash)
      const check = Promise.withResolvers<OfferOutcome>()
      checks.set(header.hash, check)
      return check.promise
    }
  }
  const runtime = { ...realRuntime({ seed: 1 }), clock: { now: () => now } }
  const bodies = new Bodies({
    intake: intake as BlockIntake,
    runtime,
    isComing: (hash) => hash === 'block 7',
    onCompact: () => {}
  })
  const received = (number: number): ReceivedBody => {
    const header = { hash: `block ${number}`, parent: `block ${number - 1}` }
    const block = { header, bytes: { length: blockBytes }, transactions: [] } as unknown as Block
    return { block, compact: new Uint8Array(), from: 'peer', via: 'repair' }
  }
  const check = async (number: number): Promise<void> => {
    here.add(`block ${number}`)
    checks.get(`block ${number}`)?.resolve({ status: 'checked', imported: Promise.resolve() })
    await new Promise(setImmediate)
  }
  const wait = (ms: number): void => {
    now += ms
  }
  return { bodies, path, here, offered, checks, received, check, wait }
}

const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `block ${from + i}`)
const slow = { lastNewsAt: 0 }

describe('bodies that several peers have', () => {
  it('are asked of one each, lowest first, and not while gossip brings them', () => {
    const { bodies, path } = setUp(200)
    const first = bodies.pick(path, 0)
    deepEqual(first, [...names(1, 6), ...names(8, blocksMax + 1)])
    bodies.onAsked(first, slow)
    const second = bodies.pick(path, 0)
    deepEqual(second, names(blocksMax + 2, 2 * blocksMax + 1))
    bodies.onAsked(second, { lastNewsAt: 0 })
    bodies.onAnswered(first, slow)
    deepEqual(bodies.pick(path, 0), first)
  })

  it('are asked of another when a peer is slow and there is nothing else to do, and at any rate when it stalls', () => {
    const { bodies, path, wait } = setUp(blocksMax + 6)
    const first = bodies.pick(path, 0)
    bodies.onAsked(first, slow)
    bodies.onAsked(bodies.pick(path, 0), slow)
    deepEqual(bodies.pick(path, 0), [])
    wait(slowMs + 1)
    deepEqual(bodies.pick(path, 0), first)
    const quick = { lastNewsAt: slowMs }
    bodies.onAsked(first, quick)
    deepEqual(bodies.pick(path, 0), path.slice(blocksMax + 1))
    wait(stallMs + 1)
    deepEqual(bodies.pick(path, 0), first)
  })

  it('are not asked for far above the first that is missing, and nearer when much is held', () => {
    const { bodies, path, received } = setUp(3 * aheadMax, heldMaxBytes)
    const asked: string[] = []
    for (let wanted = bodies.pick(path, 0); wanted.length > 0; wanted = bodies.pick(path, 0)) {
      asked.push(...wanted)
      bodies.onAsked(wanted, slow)
    }
    equal(asked.length, aheadMax - 1)
    bodies.onAnswered(asked, slow)
    bodies.take(received(50))
    deepEqual(
      bodies.pick(path, 0),
      names(1, blocksMax).filter((name) => name !== 'block 7' && name !== 'block 50')
    )
  })

  it('count with what came along, when it is said how much is held', () => {
    const { bodies, path, received } = setUp(3 * aheadMax)
    bodies.take({ ...received(50), compact: new Uint8Array(heldMaxBytes) })
    bodies.onAsked(bodies.pick(path, 0), slow)
    deepEqual(bodies.pick(path, 0), [])
  })

  it('leave nothing behind on the signal of whoever waits for them', async () => {
    const { bodies } = setUp(1)
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) await bodies.sleep(1, signal)
    equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('are checked side by side, those after a gap when it is closed, a bounded number at a time', async () => {
    const { bodies, offered, received, check } = setUp(100)
    for (const number of [3, 2, 5]) bodies.take(received(number))
    deepEqual(offered, [])
    const first = bodies.take(received(1))
    deepEqual(offered, names(1, 3))
    await check(1)
    await first
    for (let number = 60; number >= 4; number--) bodies.take(received(number))
    equal(offered.length, 1 + syncDefaults.importsInFlightMax)
    deepEqual(offered, names(1, offered.length))
  })

  it('follow one that came another way', () => {
    const { bodies, here, offered, received } = setUp(10)
    bodies.take(received(2))
    here.add('block 1')
    bodies.look()
    deepEqual(offered, ['block 2'])
  })

  it('are let go when one before them is none, which its sender alone is told', async () => {
    const { bodies, path, checks, received } = setUp(10)
    // Not offered while places are taken.
    const bad = bodies.take(received(1))
    const [gap, after] = [bodies.take(received(4)), bodies.take(received(5))]
    checks.get('block 1')?.reject(new Error('wrong root'))
    await rejects(bad, /wrong root/)
    deepEqual(bodies.pick(path, 0).slice(0, 4), ['block 1', 'block 2', 'block 3', 'block 6'])
    bodies.clear()
    await Promise.all([gap, after])
    ok(bodies.pick(path, 0).includes('block 4'))
  })
})
