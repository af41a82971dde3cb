// Who lies to membership: keys by the thousand, clocks that are wrong, one key on two nodes, lists that draw much.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import {
  compareRecords,
  deltaBytes,
  type Members,
  type MembersEffect,
  peerIdOfKey
} from '../../src/membership/index.ts'
import { DIGEST_ENTRY_BYTES } from '../../src/wire/index.ts'
import {
  exchange,
  heartbeatOf,
  hearOf,
  keyOf,
  lineOf,
  membersOf,
  recordOf,
  recordsOf,
  ROUND_MS,
  START_MS,
  START_S
} from './support.ts'

const HONEST = ['a', 'b', 'c', 'd', 'e', 'f']
const { settledArrivals, strangersPerRound, outgrowsAtOnce, outgrowPauseRounds, aheadMaxS } = MEMBERSHIP_LIMITS

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

  it('takes no place of theirs either by being kept alive: who settled first stays', () => {
    const members = membersOf('self', { tableMax: 20 })
    let now = acquainted(members, settledArrivals)
    const speak = (names: readonly string[], version: number, intervalMs = 1000): void => {
      const records = names.map((name) => recordOf(name, { version, intervalMs, time: now / 1000 }))
      members.handle({ type: 'records', records, via: 'liar' }, now)
    }
    for (let keys = 0, version = 2 + settledArrivals; keys < 160; keys += 8) {
      const flood = Array.from({ length: 8 }, (_, i) => `flood ${keys + i}`)
      for (let beats = 0; beats < settledArrivals; beats++, version++, now += ROUND_MS) {
        members.handle({ type: 'tick' }, now)
        // Settled, a key costs its owner a heartbeat in five minutes.
        speak(flood, version, beats === settledArrivals - 1 ? 300_000 : 1000)
        speak(HONEST, version)
      }
    }
    deepEqual(kept(members), HONEST)
    equal(members.members().length, 20)
  })

  it('leaves nothing behind once it is forgotten: the table is the whole network again', () => {
    const members = membersOf('self', { tableMax: 20 })
    const names = Array.from({ length: 40 }, (_, i) => `flood ${i}`)
    hearOf(members, names)
    equal(members.exchanges.syn('b', START_MS).complete, false)
    const later = START_MS + 25 * 3600 * 1000
    for (let round = 0; round < 64; round++) members.handle({ type: 'tick' }, later + round * ROUND_MS)
    equal(members.members().length, 1)
    equal(members.exchanges.syn('b', later).complete, true)
  })

  it('is heard so many a round from one peer, and asked for no more', () => {
    const members = membersOf('self', { tableMax: 100 })
    const names = Array.from({ length: 400 }, (_, i) => `flood ${i}`)
    const [first, later] = [names.slice(0, 100), names.slice(100)]
    const pour = (via: string, names: readonly string[]): number =>
      names.filter((name) => {
        const record = recordOf(name)
        const isNew = members.profile(record.heartbeat.id) === undefined
        members.handle({ type: 'records', records: [record], via }, START_MS)
        return isNew && members.profile(record.heartbeat.id) !== undefined
      }).length
    const lines = Buffer.concat(later.map((name) => lineOf(heartbeatOf(name))))
    const asked = (peer: string): number =>
      members.exchanges.answer({ digest: lines, recent: later.length, complete: false }, peer, START_MS).wanted.length /
      DIGEST_ENTRY_BYTES
    // At its start a node takes a table full.
    equal(pour('liar', first), 100)
    equal(asked('liar'), strangersPerRound)
    equal(pour('liar', later), strangersPerRound)
    equal(asked('liar'), 0)
    deepEqual(members.choose([heartbeatOf('late')], 'liar'), [])
    // What one took is nobody else's share, nor its own of the next round.
    equal(asked('another'), strangersPerRound / 2)
    equal(pour('another', later), strangersPerRound / 2)
    members.handle({ type: 'tick' }, START_MS)
    deepEqual([pour('liar', later), pour('another', later)], [strangersPerRound / 2, strangersPerRound / 2])
  })

  it('brings no more when it comes from many peers, who have one each at least', () => {
    const members = membersOf('self', { tableMax: 1 })
    let keys = 0
    const pour = (via: string): number =>
      members.choose(
        Array.from({ length: 99 }, () => ({ id: `${keys++}` })),
        via
      ).length
    const all = (): number => {
      members.handle({ type: 'tick' }, START_MS)
      const chosen = Array.from({ length: 100 }, (_, i) => {
        const count = pour(`peer ${i}`)
        for (let j = 0; j < count; j++) {
          members.handle({ type: 'records', records: [recordOf(`key ${keys++}`)], via: `peer ${i}` }, START_MS)
        }
        return count
      })
      ok(Math.min(...chosen) >= 1)
      return chosen.reduce((sum, count) => sum + count, 0)
    }
    const first = all()
    ok(first <= 6 * strangersPerRound, `${first}`)
    equal(all(), 100)
  })

  /**
   * A newcomer with some peers, who have one in common: rounds until that one knows it, with thirty new keys from each of
   * three liars at everybody in every round. Without a further peer: until the newcomer's own does.
   */
  function roundsUntilKnown(peerNames: readonly string[], further?: string): number {
    const node = (name: string) => ({
      members: membersOf(name, { tableMax: 60 }),
      peer: peerIdOfKey(keyOf(name).publicKey)
    })
    const [newcomer, peers] = [node('newcomer'), peerNames.map(node)]
    const last = further === undefined ? undefined : node(further)
    const all = [...peers, ...(last === undefined ? [] : [last])]
    let now = START_MS
    let keys = 0
    const flood = ({ members }: ReturnType<typeof node>): void => {
      const time = Math.floor(now / 1000)
      for (const via of ['one liar', 'another', 'a third']) {
        const records = Array.from({ length: 30 }, () => recordOf(`key ${keys++}`, { time }))
        members.handle({ type: 'records', records, via }, now)
      }
    }
    for (const each of all) flood(each)
    for (let round = 1; round <= 30; round++) {
      now += ROUND_MS
      for (const { members } of [newcomer, ...all]) members.handle({ type: 'tick' }, now)
      if (last === undefined) for (const each of all) flood(each)
      for (const each of peers) exchange(newcomer.members, newcomer.peer, each.members, each.peer, now)
      if (last !== undefined) {
        // What liars bring is the newest of all that is told on.
        for (const each of all) flood(each)
        for (const each of peers) exchange(each.members, each.peer, last.members, last.peer, now)
      }
      if (all.at(-1)?.members.profile(newcomer.members.self.id) !== undefined) return round
    }
    return Infinity
  }

  it('does not keep out an honest newcomer: its peers know it at once, theirs within ten rounds', () => {
    equal(roundsUntilKnown(['its peer']), 1)
    const further = ['a', 'b', 'c'].map((name) => roundsUntilKnown([`${name}1`, `${name}2`, `${name}3`], name))
    ok(Math.max(...further) <= 10, `${further} rounds`)
  })

  it('always lets a peer speak for itself', () => {
    const members = membersOf('self', { tableMax: 1 })
    const [via, own] = [peerIdOfKey(keyOf('a').publicKey), recordOf('a')]
    const others = Array.from({ length: 2 * strangersPerRound }, (_, i) => recordOf(`key ${i}`))
    members.handle({ type: 'records', records: others.slice(0, 1 + strangersPerRound), via }, START_MS)
    const offered = [...others.slice(1 + strangersPerRound), own].map(({ heartbeat }) => heartbeat)
    deepEqual(members.choose(offered, via), [own.heartbeat])
    members.handle({ type: 'records', records: [own], via }, START_MS)
    ok(members.profile(own.heartbeat.id) !== undefined)
  })

  it('makes nobody speak less often, when its keys are heard but once, and delays no verdict', () => {
    const members = membersOf('self', { tableMax: 20 })
    let now = acquainted(members, settledArrivals)
    let keys = 0
    const round = (names: readonly string[], version: number): MembersEffect[] => {
      now += ROUND_MS
      const effects = members.handle({ type: 'tick' }, now)
      const time = Math.floor(now / 1000)
      const records = names.map((name) => recordOf(name, { version, time }))
      members.handle({ type: 'records', records, via: 'x' }, now)
      const flood = Array.from({ length: 16 }, () => recordOf(`key ${keys++}`, { time, intervalMs: 300_000 }))
      members.handle({ type: 'records', records: flood, via: 'liar' }, now)
      return effects
    }
    for (let i = 0; i < 60; i++) round(HONEST, 100 + i)
    equal(members.self.heartbeat.intervalMs, ROUND_MS)
    const deadSince = now
    const changes: string[] = []
    for (let i = 0; i < 25; i++) {
      for (const effect of round(HONEST.slice(1), 200 + i)) {
        if (effect.type === 'change' && effect.member.id === heartbeatOf('a').id) changes.push(effect.change)
      }
      if (changes.length === 2) break
    }
    deepEqual(changes, ['suspected', 'down'])
    ok(now - deadSince <= 22_000, `${now - deadSince} ms`)
  })
})

describe('peers that name a newcomer and do not answer', () => {
  it('delay it by as long as one of them can, however many take turns', () => {
    const members = membersOf('self')
    const digest = lineOf(heartbeatOf('new'))
    const isAsked = (peer: string, at: number): boolean =>
      members.exchanges.answer({ digest, recent: 1, complete: false }, peer, at).wanted.length > 0
    const { requestWaitMs } = MEMBERSHIP_LIMITS
    for (let round = 0; round < 3; round++) {
      const now = START_MS + round * ROUND_MS
      members.handle({ type: 'tick' }, now)
      equal(isAsked('liar 1', now), true)
      equal(isAsked('honest', now + requestWaitMs - 1), false)
      equal(isAsked('liar 2', now + requestWaitMs), true)
      equal(isAsked('liar 3', now + requestWaitMs), true)
      equal(isAsked('honest', now + requestWaitMs), true)
    }
  })
})

describe('a generation from the far future', () => {
  it('is not asked for, nor worth a signature check', () => {
    const members = membersOf('self')
    const generation = START_S + aheadMaxS + 60
    const { id } = heartbeatOf('a')
    equal(members.isNews({ id, generation, version: 2, leaving: false }, START_MS), false)
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
    ok(ahead <= 1 + 2 * (outgrowsAtOnce + 3), `${ahead} s ahead`)
  })
})

describe('a node that remembers none of its starts', () => {
  it('speaks after each that others remember, and takes none for another node', () => {
    const members = membersOf('self', { generation: START_S - 100 }, START_MS)
    for (const since of [90, 50, 10]) {
      const old = recordOf('self', { generation: START_S - since, version: 7, time: START_S - since + 5 })
      const told = members.handle({ type: 'records', records: [old], via: 'x' }, START_MS + ROUND_MS)
      deepEqual(told, [{ type: 'outgrown' }, { type: 'hurry' }])
      ok(compareRecords(members.self.heartbeat, old.heartbeat) > 0)
    }
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
