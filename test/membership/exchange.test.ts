import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { compareRecords, deltaBytes, type Members } from '../../src/membership/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { DIGEST_ENTRY_BYTES, type Heartbeat, HEARTBEAT_BYTES } from '../../src/wire/index.ts'
import {
  exchange,
  heartbeatOf,
  holdings,
  keyOf,
  membersOf,
  profileOf,
  recordOf,
  recordsOf,
  ROUND_MS,
  START_MS,
  START_S
} from './support.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const

/** A digest's line for a member. */
function lineOf({ bytes }: Heartbeat, generation: number, version: number): Buffer {
  const line = Buffer.alloc(DIGEST_ENTRY_BYTES)
  line.set(bytes.subarray(0, 8))
  line.writeUInt32BE(generation, 8)
  line.writeUInt32BE(version, 12)
  return line
}

describe('an exchange', () => {
  it('gives each side what it lacks', () => {
    const a = membersOf('a')
    const b = membersOf('b')
    const { atA, atB } = exchange(a, 'a', b, 'b', START_MS)
    deepEqual(holdings(a), holdings(b))
    deepEqual(
      [atA, atB].map((effects) => effects.filter(({ type }) => type === 'change').length),
      [1, 1]
    )
  })

  it('carries nothing twice, and a profile only to who can not have it', () => {
    const a = membersOf('a')
    const b = membersOf('b')
    exchange(a, 'a', b, 'b', START_MS)
    // In another round: once in each the digest counts as all that there is.
    b.handle({ type: 'tick' }, START_MS)
    const again = b.exchanges.answer(a.exchanges.syn('b', START_MS), 'a', START_MS)
    deepEqual([again.wanted.length, again.delta.heartbeats.length], [0, 0])
    // A renewed heartbeat alone, then one after a change of the profile.
    a.handle({ type: 'tick' }, START_MS + 1000)
    const { wanted } = b.exchanges.answer(a.exchanges.syn('b', START_MS + 1000), 'a', START_MS + 1000)
    equal(wanted.length, DIGEST_ENTRY_BYTES)
    const delta = a.exchanges.delta(wanted, 'b', START_MS + 1000)
    deepEqual([delta.heartbeats.length, delta.profiles.length], [1, 0])
    a.describe({ tags: { zone: 'x' } }, START_MS + 1500)
    deepEqual(
      a.exchanges.delta(wanted, 'b', START_MS + 1500).profiles.map(({ tags }) => ({ ...tags })),
      [{ zone: 'x' }]
    )
  })

  it('asks only one peer for the same news in one round', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => membersOf(name)) as [Members, Members, Members]
    b.handle({ type: 'records', records: [recordOf('x')], via: 'x' }, START_MS)
    c.handle({ type: 'records', records: [recordOf('x')], via: 'x' }, START_MS)
    // x and b, then only c, then, in the next round, all that did not come.
    equal(a.exchanges.answer(b.exchanges.syn('a', START_MS), 'b', START_MS).wanted.length, 2 * DIGEST_ENTRY_BYTES)
    equal(a.exchanges.answer(c.exchanges.syn('a', START_MS), 'c', START_MS).wanted.length, DIGEST_ENTRY_BYTES)
    a.handle({ type: 'tick' }, START_MS + 1000)
    equal(a.exchanges.answer(c.exchanges.syn('a', START_MS), 'c', START_MS).wanted.length, 2 * DIGEST_ENTRY_BYTES)
  })

  it('stays within its sizes, newest news first', () => {
    const { digestRecentMax, deltaMaxBytes, digestRandom } = MEMBERSHIP_LIMITS
    const a = membersOf('a')
    const names = Array.from({ length: 400 }, (_, i) => `m${i}`)
    for (const name of names) a.handle({ type: 'records', records: [recordOf(name)], via: 'z' }, START_MS)
    const syn = a.exchanges.syn('b', START_MS)
    ok(syn.digest.length <= (digestRecentMax + digestRandom) * DIGEST_ENTRY_BYTES)
    equal(syn.complete, false)
    equal(syn.recent, digestRecentMax)
    const newest = Buffer.from(syn.digest.subarray(0, 8)).toString('latin1')
    equal(newest, heartbeatOf('m399').id)
    // Somebody who has nothing and says so gets what fits.
    const { delta } = a.exchanges.answer({ digest: new Uint8Array(), recent: 0, complete: true }, 'b', START_MS)
    const bytes =
      delta.heartbeats.length * HEARTBEAT_BYTES + delta.profiles.reduce((sum, each) => sum + each.bytes.length, 0)
    ok(bytes <= deltaMaxBytes && bytes > deltaMaxBytes - 1200, `${bytes}`)
    equal(delta.heartbeats[0]?.id, newest)
  })

  it('tells a peer of everybody once in a round, and of more than its allowance later', () => {
    const { allowanceMaxBytes, allowanceBytesPerRound } = MEMBERSHIP_LIMITS
    const members = membersOf('self')
    for (let i = 0; i < 400; i++) members.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, START_MS)
    const empty = { digest: new Uint8Array(), recent: 0, complete: true }
    const draw = (peer: string, now: number): number => deltaBytes(members.exchanges.answer(empty, peer, now).delta)
    const first = draw('liar', START_MS)
    ok(first > 30_000, `${first} B`)
    equal(draw('liar', START_MS), 0)
    ok(draw('another', START_MS) > 30_000)
    let drawn = first
    for (let round = 1; round <= 20; round++) {
      members.handle({ type: 'tick' }, START_MS + round * ROUND_MS)
      for (let i = 0; i < 20; i++) drawn += draw('liar', START_MS + round * ROUND_MS)
    }
    ok(drawn <= allowanceMaxBytes + 20 * allowanceBytesPerRound, `${drawn} B in 20 rounds`)
    // Lines that say "nothing" of known members draw no more than that either.
    const digest = Buffer.concat(
      members
        .members()
        .slice(0, 128)
        .map(({ heartbeat }) => lineOf(heartbeat, 0, 0))
    )
    for (let i = 0; i < 50; i++) {
      drawn = deltaBytes(
        members.exchanges.answer({ digest, recent: 0, complete: false }, 'liar', START_MS + 20_000).delta
      )
    }
    equal(drawn, 0)
  })

  it('asks an honest peer for what a liar claims to have, too', () => {
    const { requestWaitMs, requestedPerPeerMax } = MEMBERSHIP_LIMITS
    const members = membersOf('self')
    const honest = membersOf('honest')
    const invented = lineOf(honest.self.heartbeat, START_S, 0xffffffff)
    const claim = (digest: Uint8Array): number =>
      members.exchanges.answer({ digest, recent: 128, complete: false }, 'liar', START_MS).wanted.length /
      DIGEST_ENTRY_BYTES
    const asksHonest = (now: number): number =>
      members.exchanges.answer(honest.exchanges.syn('self', now), 'honest', now).wanted.length / DIGEST_ENTRY_BYTES
    equal(claim(invented), 1)
    equal(asksHonest(START_MS), 1)
    // The very version that the honest one has delays it, once.
    members.handle({ type: 'tick' }, START_MS)
    const { generation, version } = honest.self.heartbeat
    equal(claim(lineOf(honest.self.heartbeat, generation, version)), 1)
    equal(claim(lineOf(honest.self.heartbeat, generation, version)), 0)
    equal(asksHonest(START_MS), 0)
    equal(asksHonest(START_MS + requestWaitMs), 1)
    // And however many are invented, some are asked for.
    let asked = 0
    for (let i = 0; i < 10; i++) {
      asked += claim(Buffer.concat(Array.from({ length: 100 }, (_, j) => lineOf(heartbeatOf(`x${i}/${j}`), 1, 1))))
    }
    equal(asked, requestedPerPeerMax - 1)
  })

  it('tells a peer of what changed since the last time, but not of what came from it', () => {
    const a = membersOf('a')
    for (let i = 0; i < 300; i++) a.handle({ type: 'records', records: [recordOf(`m${i}`)], via: 'z' }, START_MS)
    const first = a.exchanges.syn('b', START_MS)
    a.exchanges.told('b', first.sequence)
    equal(a.exchanges.syn('b', START_MS).recent, 0)
    a.handle({ type: 'records', records: [recordOf('m1', { version: 9 })], via: 'z' }, START_MS)
    a.handle({ type: 'records', records: [recordOf('m2', { version: 9 })], via: 'b' }, START_MS)
    equal(a.exchanges.syn('b', START_MS).recent, 1)
    equal(a.exchanges.syn('z', START_MS).recent > 0, true)
    a.exchanges.forgetPeer('b')
    ok(a.exchanges.syn('b', START_MS).recent > 50)
  })
})

describe('merging', () => {
  /** Records of five members: some of several generations and versions, some forged by mixing. */
  const versions = fc.record({
    name: fc.constantFrom(...NAMES),
    generation: fc.integer({ min: START_S - 3, max: START_S }),
    version: fc.integer({ min: 2, max: 6 }),
    height: fc.integer({ min: 0, max: 2 })
  })
  const toRecord = ({ name, ...fields }: { name: string; generation: number; version: number; height: number }) =>
    recordOf(name, fields)

  it('gives the same records in any order and however often', () => {
    fc.assert(
      fc.property(fc.array(versions, { maxLength: 12 }), fc.nat(), (chosen, seed) => {
        const records = chosen.map(toRecord)
        const random = seededRandom(seed)
        const once = membersOf('self')
        const other = membersOf('self')
        once.handle({ type: 'records', records, via: 'x' }, START_MS)
        const repeated = random.shuffle([...records, ...records, ...records.slice(0, 3)])
        for (const record of repeated) other.handle({ type: 'records', records: [record], via: 'y' }, START_MS)
        deepEqual(holdings(other), holdings(once))
      }),
      { numRuns: 60 }
    )
  })

  it('ends in the same records everywhere after any exchanges that connect everyone', () => {
    fc.assert(
      fc.property(fc.array(versions, { maxLength: 10 }), fc.nat(), (chosen, seed) => {
        const random = seededRandom(seed)
        const nodes = NAMES.map((name) => [`at ${name}`, membersOf(`at ${name}`)] as const)
        // Honest owners: one content for one version.
        const honest = chosen.map((fields) => toRecord({ ...fields, height: fields.version }))
        for (const record of honest) {
          const at = nodes[random.int(nodes.length)]
          at?.[1].handle({ type: 'records', records: [record], via: 'x' }, START_MS)
        }
        for (let i = 0; i < 10; i++) {
          const [a, b] = random.shuffle(nodes)
          if (a !== undefined && b !== undefined) exchange(a[1], a[0], b[1], b[0], START_MS)
        }
        // Later, so that nobody has spoken too often.
        const now = START_MS + 2 * ROUND_MS
        for (const [, members] of nodes) members.handle({ type: 'tick' }, now)
        // Then once around, twice: everyone has heard of everyone.
        const pairs = [...nodes, ...nodes].map((node, i, all) => [node, all[(i + 1) % all.length] ?? node] as const)
        for (const [[aName, a], [bName, b]] of pairs) {
          for (const members of [a, b]) members.handle({ type: 'tick' }, now)
          exchange(a, aName, b, bName, now)
        }
        const first = nodes[0]
        for (const [, members] of nodes) deepEqual(holdings(members), first && holdings(first[1]))
      }),
      { numRuns: 40 }
    )
  })

  it('lets no stale record win', () => {
    fc.assert(
      fc.property(versions, versions, (one, two) => {
        const [older, newer] = [toRecord({ ...one, name: 'a' }), toRecord({ ...two, name: 'a' })].sort((a, b) =>
          compareRecords(a.heartbeat, b.heartbeat)
        )
        if (older === undefined || newer === undefined) return
        const members = membersOf('self')
        members.handle({ type: 'records', records: [newer, older], via: 'x' }, START_MS)
        deepEqual(members.get(newer.heartbeat.id)?.heartbeat.bytes, newer.heartbeat.bytes)
      })
    )
  })

  it('ends with the same of two profiles of one version, whichever came first', () => {
    const heartbeat = heartbeatOf('a')
    const profiles = ['1', '2'].map((zone) => profileOf('a', { tags: { zone } }))
    const ends = [profiles, profiles.toReversed()].map((order) => {
      const members = membersOf('self')
      for (const profile of order)
        members.handle({ type: 'records', records: [{ heartbeat, profile }], via: 'x' }, START_MS)
      return members.profile(heartbeat.id)?.tags.zone
    })
    deepEqual(new Set(ends).size, 1)
    // Also when it comes with news that both speak of.
    const newer = heartbeatOf('a', { version: 3 })
    for (const [first, second] of [profiles, profiles.toReversed()]) {
      const members = membersOf('self')
      members.handle({ type: 'records', records: [{ heartbeat, profile: first }], via: 'x' }, START_MS)
      members.handle({ type: 'records', records: [{ heartbeat: newer, profile: second }], via: 'x' }, START_MS)
      equal(members.profile(heartbeat.id)?.tags.zone, ends[0])
    }
  })

  it('takes no heartbeat without the profile that it speaks of', () => {
    const members = membersOf('self')
    const heartbeat = heartbeatOf('a', { version: 5, profileVersion: 4 })
    members.handle({ type: 'records', records: [{ heartbeat }], via: 'x' }, START_MS)
    members.handle({ type: 'records', records: [{ heartbeat, profile: profileOf('a') }], via: 'x' }, START_MS)
    // Somebody else's profile, of the right version.
    const foreign = profileOf('b', { version: 4 })
    members.handle({ type: 'records', records: [{ heartbeat, profile: foreign }], via: 'x' }, START_MS)
    equal(members.get(heartbeat.id), undefined)
    const profile = profileOf('a', { version: 4 })
    members.handle({ type: 'records', records: [{ heartbeat, profile }], via: 'x' }, START_MS)
    ok(members.get(heartbeat.id) !== undefined)
  })

  it('refuses what was signed in the far future, or is older than anybody shares', () => {
    const members = membersOf('self')
    const { aheadMaxS, shareMaxS } = MEMBERSHIP_LIMITS
    const strange = [
      recordOf('a', { generation: START_S + aheadMaxS + 60 }),
      recordOf('b', { time: START_S + aheadMaxS + 60 }),
      recordOf('c', { time: START_S - shareMaxS - 60 })
    ]
    deepEqual(members.handle({ type: 'records', records: strange, via: 'x' }, START_MS), [])
    equal(members.members().length, 1)
  })

  it('speaks after what others remember of this node', () => {
    const members = membersOf('self', { generation: START_S - 100 })
    const remembered = recordOf('self', { generation: START_S - 50, version: 7 })
    members.handle({ type: 'records', records: [remembered], via: 'x' }, START_MS)
    ok(compareRecords(members.self.heartbeat, remembered.heartbeat) > 0)
    const other = membersOf('other')
    exchange(other, 'other', members, 'self', START_MS)
    equal(other.get(members.self.id)?.heartbeat, members.self.heartbeat)
    equal(other.get(members.self.id)?.profile.key, Buffer.from(keyOf('self').publicKey).toString('hex'))
  })

  it('keeps both keys apart that begin alike: the first stays', () => {
    const members = membersOf('self')
    members.handle({ type: 'records', records: [recordOf('a')], via: 'x' }, START_MS)
    const twin = (bytes: Uint8Array) => {
      const copy = new Uint8Array(bytes)
      copy[20] = (copy[20] ?? 0) ^ 1
      return copy
    }
    const { heartbeat, profile } = recordOf('a', { version: 9 })
    if (profile === undefined) throw new Error('no profile')
    const forged = {
      heartbeat: { ...heartbeat, bytes: twin(heartbeat.bytes) },
      profile: { ...profile, bytes: twin(profile.bytes) }
    }
    members.handle({ type: 'records', records: [forged], via: 'x' }, START_MS)
    equal(members.get(heartbeat.id)?.heartbeat.version, 2)
  })

  it('takes what an exchange brings exactly as it was signed', () => {
    const a = membersOf('a')
    const { delta } = membersOf('b').exchanges.answer(a.exchanges.syn('b', START_MS), 'a', START_MS)
    for (const { heartbeat, profile } of recordsOf(delta)) {
      deepEqual(heartbeat.bytes.subarray(0, 32), profile?.bytes.subarray(0, 32))
    }
  })
})
