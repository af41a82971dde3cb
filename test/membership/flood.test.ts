// Who lies to membership: keys by the thousand, clocks that are wrong, one key on two nodes, lists that draw much.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { deltaBytes, type Members } from '../../src/membership/index.ts'
import { DIGEST_ENTRY_BYTES } from '../../src/wire/index.ts'
import { heartbeatOf, hearOf, membersOf, recordOf, recordsOf, ROUND_MS, START_MS, START_S } from './support.ts'

const HONEST = ['a', 'b', 'c', 'd', 'e', 'f']
const { settledArrivals, strangersPerRound, outgrowPauseRounds, aheadMaxS } = MEMBERSHIP_LIMITS

/** A node with a small table, to whom six have spoken so often; returns the time after that. */
function acquainted(members: Members, heartbeats: number): number {
  let now = START_MS
  for (let i = 0; i < heartbeats; i++, now += ROUND_MS) {
    members.handle({ type: 'tick' }, now)
    const records = HONEST.map((name) => recordOf(name, { version: 2 + i, time: now / 1000 }))
    members.handle({ type: 'records', records, via: 'x' }, now)
  }
  return now
}

const kept = (members: Members): string[] =>
  HONEST.filter((name) => members.get(heartbeatOf(name).id)?.state === 'alive')

describe('a flood of new keys', () => {
  it('takes the place of nobody who has been there for a while', () => {
    const flood = Array.from({ length: 400 }, (_, i) => `flood ${i}`)
    const known = membersOf('self', { tableMax: 20 })
    hearOf(known, flood, acquainted(known, settledArrivals))
    deepEqual(kept(known), HONEST)
    equal(known.members().length, 20)
    // Of strangers the table is still a sample: it shows that it can fail.
    const young = membersOf('self', { tableMax: 20 })
    hearOf(young, flood, acquainted(young, 2))
    ok(kept(young).length < HONEST.length)
  })

  it('settles in half of the table at most', () => {
    const members = membersOf('self', { tableMax: 8 })
    hearOf(
      members,
      Array.from({ length: 400 }, (_, i) => `flood ${i}`),
      acquainted(members, settledArrivals)
    )
    equal(kept(members).length, 4)
  })

  it('is heard so many a round, and asked for no more', () => {
    const members = membersOf('self', { tableMax: 100 })
    const names = Array.from({ length: 400 }, (_, i) => `flood ${i}`)
    const pour = (from: number, to: number): number => {
      const before = members.members().length
      const records = names.slice(from, to).map((name) => recordOf(name))
      members.handle({ type: 'records', records, via: 'liar' }, START_MS)
      return members.members().length - before
    }
    // At its start a node takes a table full.
    equal(pour(0, 50), 50)
    pour(50, 100)
    const { id, generation, version } = heartbeatOf('late')
    equal(members.isNews(id, generation, version, START_MS), false)
    const lines = membersOf('late').exchanges.syn('self', START_MS)
    equal(members.exchanges.answer(lines, 'late', START_MS).wanted.length, 0)
    members.handle({ type: 'tick' }, START_MS)
    ok(members.isNews(id, generation, version, START_MS))
    const news = names.slice(100).filter((name) => {
      const record = recordOf(name)
      members.handle({ type: 'records', records: [record], via: 'liar' }, START_MS)
      return members.profile(record.heartbeat.id) !== undefined
    })
    equal(news.length, strangersPerRound)
  })
})

describe('a generation from the far future', () => {
  it('is not asked for, nor worth a signature check', () => {
    const members = membersOf('self')
    const generation = START_S + aheadMaxS + 60
    const { id } = heartbeatOf('a')
    equal(members.isNews(id, generation, 2, START_MS), false)
    const wrong = membersOf('a', { generation })
    equal(members.exchanges.answer(wrong.exchanges.syn('self', START_MS), 'a', START_MS).wanted.length, 0)
  })
})

describe('two nodes with one key', () => {
  it('do not drive each other into the future, and say so', () => {
    const [one, two] = [membersOf('self'), membersOf('self', { generation: START_S + 1 })]
    const told = new Set<string>()
    for (let round = 0; round < 3 * outgrowPauseRounds; round++) {
      const now = START_MS + round * ROUND_MS
      // Each hears of the other, by way of others.
      for (const [from, to] of [
        [one, two],
        [two, one]
      ] as const) {
        from.handle({ type: 'tick' }, now)
        const { heartbeat, profile } = from.self
        for (const { type } of to.handle({ type: 'records', records: [{ heartbeat, profile }], via: 'x' }, now))
          told.add(type)
      }
    }
    ok(told.has('twin'))
    const ahead = Math.max(one.self.heartbeat.generation, two.self.heartbeat.generation) - START_S
    ok(ahead <= 10, `${ahead} s ahead`)
  })
})

describe('a list of what is wanted', () => {
  it('draws no more than the allowance of a peer', () => {
    const members = membersOf('self')
    hearOf(
      members,
      Array.from({ length: 400 }, (_, i) => `m${i}`)
    )
    const wanted = Buffer.alloc(200 * DIGEST_ENTRY_BYTES)
    members
      .members()
      .slice(0, 200)
      .forEach(({ heartbeat }, i) => {
        wanted.set(heartbeat.bytes.subarray(0, 8), i * DIGEST_ENTRY_BYTES)
      })
    let drawn = 0
    for (let i = 0; i < 40; i++) drawn += deltaBytes(members.exchanges.delta(wanted, 'liar', START_MS))
    ok(drawn > 0 && drawn <= MEMBERSHIP_LIMITS.allowanceMaxBytes, `${drawn} B`)
    ok(recordsOf(members.exchanges.delta(wanted, 'another', START_MS)).length > 0)
  })
})
