import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import type { Members } from '../../src/membership/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { DIGEST_ENTRY_BYTES } from '../../src/wire/index.ts'
import { exchange, hearOf, lineOf, membersOf, recordOf, ROUND_MS, slowDown, START_MS, START_S } from './support.ts'

const { settledArrivals } = MEMBERSHIP_LIMITS

describe('a table that is full', () => {
  const names = Array.from({ length: 600 }, (_, i) => `m${i}`)

  it('keeps a random sample, the same in whatever order and however often it hears of members', () => {
    const tableMax = 60
    const once = membersOf('self', { tableMax })
    const other = membersOf('self', { tableMax })
    hearOf(once, names)
    const random = seededRandom('order')
    // The same few over and over: that makes them no likelier.
    const order = random.shuffle([...names, ...names.slice(0, 20), ...names.slice(0, 20)])
    hearOf(other, order)
    const ids = (members: Members): string[] =>
      members
        .members()
        .map(({ id }) => id)
        .sort()
    equal(once.members().length, tableMax)
    deepEqual(ids(other), ids(once))
    const stranger = membersOf('stranger', { tableMax })
    hearOf(stranger, names)
    const common = ids(stranger).filter((id) => ids(once).includes(id)).length
    ok(common < 25, `${common} of ${tableMax} in common`)
  })

  it('keeps itself in it, and knows about how large the network is', () => {
    const members = membersOf('self', { tableMax: 100 })
    hearOf(members, names)
    ok(members.get(members.self.id) !== undefined)
    const estimate = members.estimate()
    ok(estimate > 400 && estimate < 900, `${estimate}`)
    ok(slowDown(members) > 8000)
  })

  it('gives way to the living first where somebody is gone, however long it was there', () => {
    const three = ['a', 'b', 'c']
    for (const gone of three) {
      for (const how of ['left', 'down'] as const) {
        for (const heartbeats of [1, 2 * settledArrivals]) {
          const members = membersOf('self', { tableMax: three.length + 1 })
          let [now, version] = [START_MS, 2]
          const speak = (names: readonly string[], leaving = false): void => {
            members.handle({ type: 'tick' }, now)
            const records = names.map((name) => recordOf(name, { version, leaving, time: now / 1000 }))
            members.handle({ type: 'records', records, via: 'x' }, now)
            now += ROUND_MS
            version++
          }
          for (let i = 0; i < heartbeats; i++) speak(three)
          // Whoever asks for a place has the node look for whom to replace.
          const digest = lineOf(recordOf('e').heartbeat)
          members.exchanges.answer({ digest, recent: 0, complete: false }, 'b', now)
          if (how === 'left') speak([gone], true)
          const others = three.filter((name) => name !== gone)
          for (let i = 0; i < 60 && members.get(recordOf(gone).heartbeat.id)?.state !== how; i++) speak(others)
          const record = recordOf('d', { time: now / 1000 })
          const effects = members.handle({ type: 'records', records: [record], via: 'x' }, now)
          const seen = effects.flatMap((each) => (each.type === 'change' ? [[each.change, each.member.id]] : []))
          deepEqual(seen, [
            ['forgotten', recordOf(gone).heartbeat.id],
            ['joined', record.heartbeat.id]
          ])
        }
      }
    }
  })

  it('passes on recent news of members that it does not keep, and only that', () => {
    const tableMax = 10
    const line = ['left', 'middle', 'right'].map((name) => membersOf(name, { tableMax })) as [Members, Members, Members]
    const [left, middle, right] = line
    for (const members of line) {
      for (let i = 0; i < 50; i++) members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'x' }, START_MS)
    }
    const fresh = names.slice(100, 116)
    for (const name of fresh) left.handle({ type: 'records', records: [recordOf(name)], via: 'x' }, START_MS)
    exchange(left, 'left', middle, 'middle', START_MS)
    exchange(middle, 'middle', right, 'right', START_MS)
    const ids = new Set(fresh.map((name) => recordOf(name).heartbeat.id))
    const wanted = right.members().filter(({ id }) => ids.has(id)).length
    const alone = membersOf('right', { tableMax })
    for (let i = 0; i < 50; i++) alone.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'x' }, START_MS)
    for (const name of fresh) alone.handle({ type: 'records', records: [recordOf(name)], via: 'x' }, START_MS)
    equal(wanted, alone.members().filter(({ id }) => ids.has(id)).length)
    equal(middle.members().length, tableMax)
  })

  it('asks for strangers among the latest changes of others, and beyond them for those it would keep', () => {
    const members = membersOf('self', { tableMax: 10 })
    hearOf(members, names.slice(0, 100))
    const strangers = names.slice(100, 150)
    const digest = Buffer.concat(strangers.map((name) => lineOf(recordOf(name).heartbeat)))
    const asked = (recent: number): number => {
      members.handle({ type: 'tick' }, START_MS)
      return (
        members.exchanges.answer({ digest, recent, complete: false }, 'b', START_MS).wanted.length / DIGEST_ENTRY_BYTES
      )
    }
    equal(asked(strangers.length), strangers.length)
    ok(asked(0) < strangers.length / 2)
  })

  it('passes on nothing of strangers that was signed long ago', () => {
    const { passingMaxS } = MEMBERSHIP_LIMITS
    /** Of these strangers those that are passed on, when they spoke so long ago. */
    const passed = (ageS: number): string[] => {
      const members = membersOf('self', { tableMax: 10 })
      hearOf(members, names.slice(0, 50))
      return names.slice(50, 60).filter((name) => {
        const record = recordOf(name, { time: START_S - ageS, intervalMs: 300_000 })
        members.handle({ type: 'records', records: [record], via: 'x' }, START_MS)
        const { id } = record.heartbeat
        return members.profile(id) !== undefined && members.get(id) === undefined
      })
    }
    ok(passed(passingMaxS).length > 0)
    deepEqual(passed(passingMaxS + 1), [])
  })

  it('holds no more than its table and the latest changes, whatever comes', () => {
    const members = membersOf('self', { tableMax: 10 })
    hearOf(members, names)
    const held = names.filter((name) => members.profile(recordOf(name).heartbeat.id) !== undefined).length
    ok(held <= 10 + 20, `${held}`)
  })
})
