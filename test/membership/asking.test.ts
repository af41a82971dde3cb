// Whom a node asks about first, and until when.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import type { Members } from '../../src/membership/index.ts'
import { DIGEST_ENTRY_BYTES } from '../../src/wire/index.ts'
import { heartbeatOf, hearOf, membersOf, recordOf, ROUND_MS, START_MS } from './support.ts'

const { digestAskedMax, digestWholeMax } = MEMBERSHIP_LIMITS
/** More than a digest names as a whole. */
const NAMES = Array.from({ length: digestWholeMax + 1 }, (_, i) => `m${i}`)
const idOf = (name: string): string => heartbeatOf(name).id

/** A node that knows all of them, at the start. */
function acquainted(): Members {
  const members = membersOf('self')
  hearOf(members, NAMES)
  return members
}

/** Ids that a digest begins with for a peer that was told all that has changed. */
function asked(members: Members, now = START_MS): string[] {
  members.exchanges.told('b', members.exchanges.syn('b', now).sequence)
  const { digest, recent } = members.exchanges.syn('b', now)
  return Array.from({ length: recent }, (_, i) =>
    Buffer.from(digest.subarray(i * DIGEST_ENTRY_BYTES, i * DIGEST_ENTRY_BYTES + 8)).toString('latin1')
  )
}

const close = (members: Members, name: string): void =>
  void members.handle({ type: 'closed', id: idOf(name) }, START_MS)

describe('whom a node asks about', () => {
  it('are the last of many whose connections closed', () => {
    const members = acquainted()
    const closed = NAMES.slice(0, 2 * digestAskedMax)
    for (const name of closed) close(members, name)
    deepEqual(asked(members), closed.slice(-digestAskedMax).map(idOf))
  })

  it('are no longer those of whom there is news', () => {
    const members = acquainted()
    close(members, 'm1')
    close(members, 'm2')
    members.handle({ type: 'records', records: [recordOf('m1', { version: 3 })], via: 'x' }, START_MS)
    deepEqual(asked(members), [idOf('m2')])
  })

  it('are suspects, the last of many, until they are down', () => {
    const members = acquainted()
    const seen: [string, readonly string[]][] = []
    for (let round = 1; round <= 60 && seen.at(-1)?.[0] !== 'down'; round++) {
      const now = START_MS + round * ROUND_MS
      members.handle({ type: 'tick' }, now)
      const state = members.get(idOf('m1'))?.state ?? 'gone'
      if (state !== seen.at(-1)?.[0]) seen.push([state, asked(members, now)])
    }
    deepEqual(seen, [
      ['alive', []],
      ['suspect', NAMES.slice(-digestAskedMax).map(idOf)],
      ['down', []]
    ])
  })

  it('are nobody who had to go for somebody else', () => {
    const tableMax = 4
    const members = membersOf('self', { tableMax })
    const closed = new Set<string>()
    // Newcomers replace each other, and connections to all of them close.
    let evicted = 0
    for (const name of NAMES.slice(0, 40)) {
      hearOf(members, [name])
      for (const id of closed) if (members.get(id) === undefined && closed.delete(id)) evicted++
      close(members, name)
      if (members.get(idOf(name)) !== undefined) closed.add(idOf(name))
    }
    ok(evicted > 0)
    equal(closed.size, tableMax - 1)
    deepEqual(new Set(asked(members)), closed)
  })

  it('are nobody who was forgotten: others have the places', () => {
    const members = acquainted()
    let now = START_MS
    for (; members.get(idOf('m1'))?.state === 'alive'; now += ROUND_MS) members.handle({ type: 'tick' }, now)
    equal(asked(members, now).length, digestAskedMax)
    // A day asleep: nobody is judged by it.
    now += 24 * 3600 * 1000
    for (let round = 0; round < 64; round++) members.handle({ type: 'tick' }, now)
    equal(members.members().length, 1)
    const newcomers = NAMES.map((name) => `new ${name}`)
    for (const name of newcomers) {
      members.handle({ type: 'tick' }, now)
      members.handle({ type: 'records', records: [recordOf(name, { time: Math.floor(now / 1000) })], via: 'x' }, now)
    }
    close(members, 'new m1')
    deepEqual(asked(members, now), [idOf('new m1')])
  })
})
