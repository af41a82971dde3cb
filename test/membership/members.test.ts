import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { type Members, type MembersEffect, nextGeneration } from '../../src/membership/index.ts'
import { changes, hearOf, lineOf, membersOf, recordOf, ROUND_MS, slowDown, START_MS, START_S } from './support.ts'

/** Addresses that are told of are those of these profiles. */
const told = (effects: readonly MembersEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'profile' ? [effect.profile.id] : []))

/** A node that hears a heartbeat of `a` each round, in `rounds` rounds; returns the time after them. */
function hear(members: Members, rounds: number, now: number, firstVersion = 2): number {
  for (let i = 0; i < rounds; i++) {
    members.handle({ type: 'tick' }, now)
    const record = recordOf('a', { version: firstVersion + i, time: Math.floor(now / 1000) })
    members.handle({ type: 'records', records: [record], via: 'x' }, now)
    now += ROUND_MS
  }
  return now
}

/** Rounds of silence: what happens, with the second it happens in. */
function silence(members: Members, rounds: number, now: number): { events: [string, number][]; now: number } {
  const events: [string, number][] = []
  const from = now
  for (let i = 0; i < rounds; i++, now += ROUND_MS) {
    for (const change of changes(members.handle({ type: 'tick' }, now))) events.push([change, (now - from) / 1000])
  }
  return { events, now }
}

describe('a member', () => {
  it('joins, is suspected when it falls silent, is down, and is back with its next heartbeat', () => {
    const members = membersOf('self')
    let now = START_MS
    deepEqual(changes(members.handle({ type: 'records', records: [recordOf('a')], via: 'x' }, now)), ['joined'])
    now = hear(members, 30, now + ROUND_MS, 3)
    const after = silence(members, 60, now)
    deepEqual(
      after.events.map(([change]) => change),
      ['suspected', 'down']
    )
    const [suspected = 0, down = 0] = after.events.map(([, second]) => second)
    ok(suspected >= 8 && down <= 22 && suspected < down, `${suspected}, ${down}`)
    const { id } = recordOf('a').heartbeat
    equal(members.get(id)?.state, 'down')
    const record = recordOf('a', { version: 99, time: Math.floor(after.now / 1000) })
    deepEqual(changes(members.handle({ type: 'records', records: [record], via: 'x' }, after.now)), ['back'])
    equal(members.get(id)?.state, 'alive')
  })

  it('is back at once with a newer generation, whatever the version', () => {
    const members = membersOf('self')
    const now = silence(members, 60, hear(members, 10, START_MS)).now
    const time = Math.floor(now / 1000)
    const record = recordOf('a', { generation: START_S + 1, version: 2, time })
    deepEqual(changes(members.handle({ type: 'records', records: [record], via: 'x' }, now)), ['back'])
  })

  it('leaves without being suspected, and returns when it speaks again', () => {
    const members = membersOf('self')
    let now = hear(members, 10, START_MS)
    const goodbye = recordOf('a', { version: 50, leaving: true, time: Math.floor(now / 1000) })
    deepEqual(changes(members.handle({ type: 'records', records: [goodbye], via: 'x' }, now)), ['left'])
    const quiet = silence(members, 100, now)
    deepEqual(quiet.events, [])
    now = quiet.now
    const record = recordOf('a', { generation: START_S + 100, time: Math.floor(now / 1000) })
    deepEqual(changes(members.handle({ type: 'records', records: [record], via: 'x' }, now)), ['back'])
  })

  it('is not suspected for what this node did not hear while its own loop stood still', () => {
    const members = membersOf('self')
    let now = hear(members, 20, START_MS)
    // A minute asleep; then a few rounds until news has come again.
    now += 60_000
    const { events, now: then } = silence(members, 5, now)
    deepEqual(events, [])
    const record = recordOf('a', { version: 99, time: Math.floor(then / 1000) })
    deepEqual(changes(members.handle({ type: 'records', records: [record], via: 'x' }, then)), [])
    // Asleep again and again: no verdict comes of it.
    now = then
    for (let i = 0; i < 50; i++) {
      now += 5000
      deepEqual(changes(members.handle({ type: 'tick' }, now)), [])
    }
  })

  it('is not suspected after a sleep either when others are heard of before the round that is late', () => {
    const members = membersOf('self')
    let now = hear(members, 20, START_MS)
    const { id } = recordOf('a').heartbeat
    const rested = members.get(id)?.mean
    now += 2 * 3600 * 1000
    const records = ['a', 'b'].map((name) => recordOf(name, { version: 99, time: Math.floor(now / 1000) }))
    deepEqual(changes(members.handle({ type: 'records', records, via: 'x' }, now)), ['joined'])
    // No gap was as long as that, and silence counts from now on.
    ok(Math.abs((members.get(id)?.mean ?? 0) - (rested ?? 0)) < 100)
    const { events } = silence(members, 60, now)
    deepEqual(
      events.map(([change]) => change),
      ['suspected', 'suspected', 'down', 'down']
    )
  })

  it('is learned from by no negative gap after a sleep', () => {
    const members = membersOf('self')
    let now = hear(members, 10, START_MS)
    const { id } = recordOf('a').heartbeat
    now += 4 * ROUND_MS
    const version = (i: number) => recordOf('a', { version: 50 + i, time: Math.floor(now / 1000) })
    members.handle({ type: 'records', records: [version(0)], via: 'x' }, now)
    const before = { ...members.get(id) }
    // The clock goes back by more than the time that passed since.
    members.handle({ type: 'tick' }, now)
    members.handle({ type: 'records', records: [version(1)], via: 'x' }, now)
    const after = members.get(id)
    equal(after === undefined ? undefined : members.silentMs(after, now), 0)
    const least = Math.round((before.mean ?? 0) * (1 - 1 / (after?.count ?? 1)))
    ok((after?.mean ?? 0) >= least, `${before.mean} became ${after?.mean}`)
  })

  it('that speaks too often is heard as often as it announced, and holds one place among the changes', () => {
    const members = membersOf('self')
    for (let i = 0; i < 300; i++) members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, START_MS)
    members.exchanges.told('b', members.exchanges.syn('b', START_MS).sequence)
    for (let i = 0; i < 40; i++) {
      members.handle({ type: 'records', records: [recordOf(`m${i}`, { version: 3 })], via: 'z' }, START_MS)
    }
    const honest = members.exchanges.syn('b', START_MS).recent
    const { id, generation } = recordOf('liar').heartbeat
    let heard = 0
    const speak = (first: number, now: number): void => {
      for (let version = first; version < first + 200; version++) {
        if (!members.isNews({ id, generation, version, leaving: false }, now)) continue
        heard++
        members.handle({ type: 'records', records: [recordOf('liar', { version })], via: 'x' }, now)
      }
    }
    speak(2, START_MS)
    equal(heard, 1 + MEMBERSHIP_LIMITS.heartbeatsAtOnce)
    for (let round = 1; round <= 10; round++) speak(1000 * round, START_MS + round * ROUND_MS)
    ok(heard <= 1 + MEMBERSHIP_LIMITS.heartbeatsAtOnce + 20, `${heard} heartbeats in ten rounds`)
    deepEqual([honest, members.exchanges.syn('b', START_MS).recent], [40, 41])
    // Whatever it says, also 'another start'.
    equal(
      members.isNews({ id, generation: generation + 1, version: 2, leaving: false }, START_MS + 10 * ROUND_MS),
      false
    )
  })

  it('may change its profile and say goodbye right after a heartbeat', () => {
    const members = membersOf('self')
    const now = hear(members, 10, START_MS)
    const { id, generation } = recordOf('a').heartbeat
    for (const version of [50, 51]) {
      ok(members.isNews({ id, generation, version, leaving: false }, now))
      members.handle({ type: 'records', records: [recordOf('a', { version })], via: 'x' }, now)
    }
    let version = 52
    for (; members.isNews({ id, generation, version, leaving: false }, now); version++) {
      members.handle({ type: 'records', records: [recordOf('a', { version })], via: 'x' }, now)
    }
    // The rest comes again; whoever is gone does not.
    ok(members.isNews({ id, generation, version, leaving: true }, now))
    members.handle({ type: 'records', records: [recordOf('a', { version, leaving: true })], via: 'x' }, now)
    equal(members.get(id)?.state, 'left')
    equal(members.isNews({ id, generation, version: version + 1, leaving: true }, now), false)
  })

  it('is asked about, not judged, when a connection to it closes', () => {
    const members = membersOf('self')
    const now = hear(members, 5, START_MS)
    for (let i = 0; i < 300; i++) members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, now)
    members.exchanges.told('b', members.exchanges.syn('b', now).sequence)
    const { id } = recordOf('a').heartbeat
    deepEqual(members.handle({ type: 'closed', id }, now), [{ type: 'hurry' }])
    equal(members.get(id)?.state, 'alive')
    equal(Buffer.from(members.exchanges.syn('b', now).digest.subarray(0, 8)).toString('latin1'), id)
    // Of an unknown member nothing is asked.
    deepEqual(members.handle({ type: 'closed', id: 'nobody..' }, now), [])
    // Nor of one that only passes, whom nobody watches.
    const full = membersOf('self', { tableMax: 10 })
    const names = Array.from({ length: 30 }, (_, i) => `m${i}`)
    hearOf(full, names)
    const passes = (each: string): boolean => full.profile(each) !== undefined && full.get(each) === undefined
    const passing = names.map((name) => recordOf(name).heartbeat.id).find(passes)
    ok(passing !== undefined)
    deepEqual(full.handle({ type: 'closed', id: passing }, START_MS), [])
  })

  it('is asked about while it is suspect, however many connections close', () => {
    const members = membersOf('self')
    const names = Array.from({ length: 200 }, (_, i) => `m${i}`)
    let now = hear(members, 5, START_MS)
    const { id } = recordOf('a').heartbeat
    for (; members.get(id)?.state === 'alive'; now += ROUND_MS) members.handle({ type: 'tick' }, now)
    equal(members.get(id)?.state, 'suspect')
    hearOf(members, names, now)
    for (const name of names) members.handle({ type: 'closed', id: recordOf(name).heartbeat.id }, now)
    const { digest } = members.exchanges.syn('b', now)
    equal(Buffer.from(digest.subarray(0, 8)).toString('latin1'), id)
  })

  it('is told to nobody after half a day, and forgotten after a day', () => {
    const members = membersOf('self')
    let now = hear(members, 3, START_MS)
    const newcomer = membersOf('newcomer', {}, now)
    now += (MEMBERSHIP_LIMITS.shareMaxS + 60) * 1000
    members.handle({ type: 'tick' }, now)
    const { delta } = members.exchanges.answer(newcomer.exchanges.syn('self', now), 'newcomer', now)
    deepEqual(
      delta.heartbeats.map(({ id }) => id),
      [members.self.id]
    )
    // Nor to whoever names it, or wants it.
    const line = lineOf(recordOf('a', { version: 1, profileVersion: 1 }).heartbeat)
    const named = members.exchanges.answer({ digest: line, recent: 1, complete: false }, 'another', now)
    deepEqual(named.delta.heartbeats, [])
    deepEqual(members.exchanges.delta(line, 'another', now).heartbeats, [])
    now += 12 * 3600 * 1000
    const forgotten = silence(members, 70, now).events.map(([change]) => change)
    ok(forgotten.includes('forgotten'))
    equal(members.members().length, 1)
  })

  it('that was silent for long before it is first heard of is down, and says no joined', () => {
    const members = membersOf('self')
    const record = recordOf('a', { time: START_S - 600 })
    deepEqual(changes(members.handle({ type: 'records', records: [record], via: 'x' }, START_MS)), [])
    equal(members.get(record.heartbeat.id)?.state, 'down')
  })

  it('tells its addresses when it is back: they may have been forgotten meanwhile, or never told', () => {
    const members = membersOf('self')
    const { id } = recordOf('a').heartbeat
    const hear = (version: number, seconds: number, leaving = false): string[] => {
      const time = START_S + seconds
      const records = [recordOf('a', { version, time, leaving })]
      return told(members.handle({ type: 'records', records, via: 'x' }, 1000 * time))
    }
    // Down when it is first heard of.
    const old = recordOf('a', { time: START_S - 600 })
    deepEqual(told(members.handle({ type: 'records', records: [old], via: 'x' }, START_MS)), [])
    deepEqual(hear(3, 0), [id])
    deepEqual(hear(4, 1), [])
    deepEqual(hear(5, 2, true), [])
    deepEqual(hear(6, 3), [id])
  })

  it('that died on the other side of a cut stays down when the sides meet', () => {
    // Its clock may be wrong, but it goes.
    for (const skewS of [0, -600, 600]) {
      const members = membersOf('self')
      const speak = (version: number, ageS: number, now: number): string[] => {
        const records = [recordOf('a', { version, time: now / 1000 - ageS + skewS })]
        return changes(members.handle({ type: 'records', records, via: 'x' }, now))
      }
      speak(2, 0, START_MS)
      // First heard of by a clock so slow, it would be down until the next one.
      speak(3, 0, START_MS + ROUND_MS)
      const { events, now } = silence(members, 600, START_MS + ROUND_MS)
      deepEqual(
        events.map(([change]) => change),
        ['suspected', 'down']
      )
      const { id } = recordOf('a').heartbeat
      deepEqual(speak(300, 300, now), [])
      deepEqual([members.get(id)?.state, members.get(id)?.heartbeat.version], ['down', 300])
      // Had it gone on, it would be back with its next heartbeat.
      deepEqual(speak(301, 0, now + ROUND_MS), ['back'])
    }
  })

  it('with a higher head gives a hint', () => {
    const members = membersOf('self', { height: () => 7 })
    const hints = (height: number, version: number): number =>
      members
        .handle({ type: 'records', records: [recordOf('a', { height, version })], via: 'x' }, START_MS)
        .filter(({ type }) => type === 'ahead').length
    deepEqual([hints(7, 2), hints(8, 3), hints(6, 4)], [0, 1, 0])
  })
})

describe('a network that grows', () => {
  it('is not suspected for speaking less often than it announced while it was small', () => {
    const members = membersOf('self')
    const [early = '', ...later] = Array.from({ length: 600 }, (_, i) => `m${i}`)
    hearOf(members, [early])
    hearOf(members, later)
    const intervalMs = slowDown(members)
    ok(intervalMs > 10_000)
    // Nobody has spoken again, whatever was announced, for as long as takes a network of this size.
    const suspected = (rounds: number, now: number) => silence(members, rounds, now).events.length
    equal(suspected(Math.floor((2 * intervalMs) / ROUND_MS), START_MS), 0)
    ok(suspected(60, START_MS + 2 * intervalMs) > 0)
  })

  it('has verdicts no later than a small one of whoever speaks as often as in a small one', () => {
    const members = membersOf('self')
    const now = hear(members, 6, START_MS)
    // Others are so many that this node speaks less often; keys are free.
    for (let i = 0; i < 600; i++) {
      for (let version = 2; version < 2 + MEMBERSHIP_LIMITS.countedArrivals; version++) {
        const record = recordOf(`m${i}`, { version, intervalMs: 300_000, time: Math.floor(now / 1000) })
        members.handle({ type: 'records', records: [record], via: 'x' }, now)
      }
    }
    ok(slowDown(members, now) > 4000)
    const { events } = silence(members, 25, now)
    deepEqual(
      events.map(([change]) => change),
      ['suspected', 'down']
    )
  })

  it('is at its pace in steps that nobody takes for silence', () => {
    const members = membersOf('self')
    hearOf(
      members,
      Array.from({ length: 600 }, (_, i) => `m${i}`)
    )
    const intervals: number[] = []
    for (let i = 0; i < 6; i++) {
      members.describe({}, START_MS)
      intervals.push(members.self.heartbeat.intervalMs)
    }
    deepEqual(intervals, [2000, 4000, 8000, 12_020, 12_020, 12_020])
  })
})

describe('a node', () => {
  it('renews its heartbeat each round while the network is small, and less often as it grows', () => {
    const members = membersOf('self', { tableMax: 2000 })
    const intervals: number[] = []
    for (const count of [9, 99, 999]) {
      for (let i = 0; i < count; i++) {
        members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, START_MS)
      }
      intervals.push(slowDown(members))
    }
    deepEqual(intervals, [1000, 2000, 20_000])
  })

  it('renews in time for what it announced', () => {
    const members = membersOf('self')
    for (let i = 0; i < 199; i++) members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, START_MS)
    slowDown(members)
    const versions = new Set<number>()
    for (let round = 1; round <= 12; round++) {
      members.handle({ type: 'tick' }, START_MS + round * ROUND_MS)
      versions.add(members.self.heartbeat.version)
    }
    // The one from before, and one every four rounds.
    equal(versions.size, 4)
  })

  it('speaks no more of itself once it has said goodbye, and whatever it still says is one', () => {
    const members = membersOf('self')
    members.leave(START_MS)
    const { version } = members.self.heartbeat
    for (let round = 1; round <= 10; round++) members.handle({ type: 'tick' }, START_MS + round * ROUND_MS)
    deepEqual([members.self.heartbeat.version, members.self.state], [version, 'left'])
    members.describe({ tags: { zone: 'eu' } }, START_MS + 11 * ROUND_MS)
    ok(members.self.heartbeat.leaving && members.self.heartbeat.version > version)
  })

  it('starts with a generation above its last one, but not from the far future', () => {
    equal(nextGeneration(1000, undefined, 60), 1000)
    equal(nextGeneration(1000, 500, 60), 1000)
    equal(nextGeneration(1000, 1000, 60), 1001)
    equal(nextGeneration(1000, 1020, 60), 1021)
    equal(nextGeneration(1000, 90_000, 60), 1000)
  })
})
