// When a node announces its own users' transactions again, and how much of them.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { relayDefaults } from '../../src/config/index.ts'
import { announceOwnAgain } from '../../src/node/relays.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import type { Transaction } from '../../src/wire/index.ts'

const { announceAgainBlocks, announceAgainGapMs, announceAgainMax, announceAgainMaxBytes } = relayDefaults

describe('own transactions that no block includes', () => {
  let now: number
  let pending: Transaction[]
  let announced: number[]
  let announcedIds: Set<string>
  let graft: () => void
  let head: (height: number) => void

  const ofBytes = (count: number, bytes: number): Transaction[] =>
    Array.from({ length: count }, (_, i) => ({ id: `t${i}`, bytes: new Uint8Array(bytes) }) as Transaction)

  beforeEach(() => {
    now = 1_000_000
    pending = ofBytes(3, 200)
    announced = []
    announcedIds = new Set()
    const events = new EventEmitter()
    const runtime = { ...realRuntime({ seed: 1 }), clock: { now: () => now } }
    const importer = {
      *ownPending() {
        yield* pending
      }
    }
    const announceAgain = (transactions: readonly Transaction[]): void => {
      announced.push(transactions.length)
      for (const { id } of transactions) announcedIds.add(id)
    }
    announceOwnAgain({ events, runtime, importer }, { announceAgain })
    graft = () => events.emit({ type: 'mesh', at: now, change: 'graft', topic: 'transaction', peer: 'somebody' })
    head = (height) => events.emit({ type: 'head', hash: '', height, work: '1', abandoned: 0, at: now })
  })

  it('are announced again to a new mesh peer and every few blocks, and nothing when there are none', () => {
    graft()
    deepEqual(announced, [3])
    now += announceAgainGapMs
    head(announceAgainBlocks + 1)
    head(announceAgainBlocks * 2)
    deepEqual(announced, [3, 3])
    now += announceAgainGapMs
    pending = []
    graft()
    equal(announced.length, 2)
  })

  it('go to those who join soon after another with the next block', () => {
    graft()
    now += 1
    graft()
    head(1)
    equal(announced.length, 1)
    now += announceAgainGapMs
    head(2)
    head(3)
    equal(announced.length, 2)
  })

  it('are not sent again and again to everyone because somebody joins again and again', () => {
    for (let i = 0; i < 1000; i++, now += 10) graft()
    equal(announced.length, 10_000 / announceAgainGapMs)
  })

  it('are so many, and so many bytes, that a queue holds them', () => {
    pending = ofBytes(announceAgainMax + 1, 200)
    graft()
    now += announceAgainGapMs
    pending = ofBytes(100, 65_000)
    graft()
    deepEqual(announced, [announceAgainMax, Math.floor(announceAgainMaxBytes / 65_000)])
    ok((announced[1] ?? 0) > 1)
  })

  it('take turns, so that those that are never included do not silence the others', () => {
    pending = ofBytes(announceAgainMax * 2 + 1, 200)
    for (let i = 0; i < 3; i++, now += announceAgainGapMs) graft()
    equal(announcedIds.size, pending.length)
    deepEqual(announced, [announceAgainMax, announceAgainMax, announceAgainMax])
  })

  it('go on after those still pending when the last one announced is included', () => {
    const stuck = announceAgainMax - 1
    pending = ofBytes(stuck + 4, 200)
    for (let i = 0; i < 2; i++, now += announceAgainGapMs) {
      graft()
      // Blocks include whatever is not stuck as soon as it is heard of.
      pending = pending.filter(({ id }, place) => place < stuck || !announcedIds.has(id))
    }
    equal(pending.length, stuck)
  })

  it('begin again with the oldest when all that were announced last are included', () => {
    pending = ofBytes(announceAgainMax + 2, 200)
    graft()
    now += announceAgainGapMs
    pending.splice(0, announceAgainMax)
    graft()
    ok(announcedIds.has(`t${announceAgainMax}`))
    deepEqual(announced, [announceAgainMax, 2])
  })
})
