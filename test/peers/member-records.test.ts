import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import type { Members, SignedRecord } from '../../src/membership/index.ts'
import { RecordReader } from '../../src/peers/member-records.ts'
import { encodeDelta, membersProtocol } from '../../src/peers/membership-protocol.ts'
import { type Interner, noInterner, realRuntime, SharedInterner, type Verifier } from '../../src/runtime/index.ts'
import { type Heartbeat, type Profile, WireError } from '../../src/wire/index.ts'
import {
  heartbeatOf,
  holdings,
  membersOf,
  NETWORK,
  profileOf,
  recordOf,
  START_MS,
  START_S
} from '../membership/support.ts'

const { verifyingMax } = MEMBERSHIP_LIMITS

/** A reader that counts signature checks; all signatures hold. `hold`: verdicts wait until what it returns is called. */
function reader(interner: Interner = noInterner) {
  let checks = 0
  let held: Promise<void> = Promise.resolve()
  const verify: Verifier['verify'] = async () => {
    checks++
    await held
    return true
  }
  const hold = (): (() => void) => {
    const released = Promise.withResolvers<void>()
    held = released.promise
    return released.resolve
  }
  const runtime = {
    ...realRuntime(),
    interner,
    clock: { now: () => START_MS },
    verifier: { verify, verifyAll: async () => true }
  }
  const bad: string[] = []
  return {
    reader: new RecordReader({ runtime, network: NETWORK, onBad: (from) => bad.push(from) }),
    checks: () => checks,
    hold
  }
}

const deltaOf = (heartbeats: readonly Heartbeat[], profiles: readonly Profile[]) =>
  encodeDelta({ heartbeats, profiles })

/** What a reader takes; nothing of what is no record. */
async function takeFrom(read: () => SignedRecord[] | Promise<SignedRecord[]>): Promise<SignedRecord[]> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}

describe('the records of a delta', () => {
  const heartbeats = (first: number): Heartbeat[] =>
    Array.from({ length: 254 }, (_, i) => heartbeatOf('liar', { version: first + i }))

  it('are checked once for each member, the newest of them, however many one key sends', async () => {
    const { reader: records, checks } = reader()
    const members: Members = membersOf('self')
    const taken: SignedRecord[] = []
    for (const first of [2, 300, 600, 900, 1200]) {
      const news = await records.read(members, deltaOf(heartbeats(first), [profileOf('liar')]), 'x')
      members.handle({ type: 'records', records: news, via: 'x' }, START_MS)
      taken.push(...news)
    }
    // The rest waits: that member has spoken too often.
    deepEqual(
      taken.map(({ heartbeat }) => heartbeat.version),
      [255, 553, 853]
    )
    equal(checks(), 4)
  })

  it('are so many in verification at a time; the rest is dropped, and may come again', async () => {
    const { reader: records, checks, hold } = reader()
    const members = membersOf('self')
    const [count, size] = [64, Math.floor(verifyingMax / 64) + 1]
    const told = Array.from({ length: count }, (_, i) => recordOf(`m${i}`))
    const delta = deltaOf(
      told.map(({ heartbeat }) => heartbeat),
      told.flatMap(({ profile }) => profile ?? [])
    )
    const release = hold()
    const reading = Array.from({ length: size }, (_, i) => records.read(members, delta, `p${i}`))
    equal(checks(), verifyingMax)
    release()
    equal((await Promise.all(reading)).flat().length, verifyingMax)
    equal((await records.read(members, delta, 'x')).length, count)
  })

  it('cost their sender so many tokens that a flood of keys ends', () => {
    const { burst, cost } = membersProtocol.rate
    const full = { ack2: deltaOf(heartbeats(2), [profileOf('liar')]) }
    equal(Math.floor(burst / cost(full)), 2)
    equal(cost({}), 1)
  })
})

describe('the records of nodes that share a process', () => {
  it('are decoded and checked once, whichever of them hears of them', async () => {
    const { reader: records, checks } = reader(new SharedInterner({ entriesMax: 16 }))
    const { heartbeat, profile } = recordOf('a')
    const delta = deltaOf([heartbeat], profile === undefined ? [] : [profile])
    const [one] = await records.read(membersOf('one'), delta, 'x')
    const [other] = await records.read(membersOf('other'), delta, 'y')
    equal(checks(), 2)
    equal(other?.heartbeat, one?.heartbeat)
    equal(other?.profile, one?.profile)
  })
})

describe('a forged record', () => {
  const NAMES = ['a', 'b', 'c'] as const
  const forgeries = fc.record({
    name: fc.constantFrom(...NAMES, 'new'),
    generation: fc.constantFrom(START_S - 1, START_S, START_S + 1),
    version: fc.integer({ min: 2, max: 5 }),
    part: fc.constantFrom('heartbeat', 'profile'),
    at: fc.nat(),
    bit: fc.nat(7)
  })

  it('never wins, whichever bit of it was changed', async () => {
    const runtime = { ...realRuntime(), clock: { now: () => START_MS } }
    const records = new RecordReader({ runtime, network: NETWORK, onBad: () => {} })
    await fc.assert(
      fc.asyncProperty(forgeries, async ({ name, generation, version, part, at, bit }) => {
        const members = membersOf('self')
        const genuine = NAMES.map((each) => recordOf(each, { version: 3 }))
        members.handle({ type: 'records', records: genuine, via: 'x' }, START_MS)
        const before = holdings(members)
        // With a new profile, so that either part is needed.
        const heartbeat = heartbeatOf(name, { generation, version, profileVersion: version })
        const profile = profileOf(name, { generation, version })
        const changed = new Uint8Array((part === 'heartbeat' ? heartbeat : profile).bytes)
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit)
        const delta = deltaOf(
          [part === 'heartbeat' ? { ...heartbeat, bytes: changed } : heartbeat],
          [part === 'profile' ? { ...profile, bytes: changed } : profile]
        )
        const news = await takeFrom(() => records.read(members, delta, 'liar'))
        members.handle({ type: 'records', records: news, via: 'liar' }, START_MS)
        deepEqual(holdings(members), before)
        // As it was signed it may win: what is refused is the change.
        const sound = await records.read(members, deltaOf([heartbeat], [profile]), 'owner')
        const isNews = members.isNews(heartbeat, START_MS)
        equal(sound.length, isNews ? 1 : 0)
      }),
      { numRuns: 80 }
    )
  })

  it('is one that was signed for another network, and is held against who brought it', async () => {
    const bad: string[] = []
    const runtime = { ...realRuntime(), clock: { now: () => START_MS } }
    const records = new RecordReader({ runtime, network: 'ff'.repeat(8), onBad: (from) => bad.push(from) })
    const { heartbeat, profile } = recordOf('a')
    const members = membersOf('self')
    deepEqual(await records.read(members, deltaOf([heartbeat], profile === undefined ? [] : [profile]), 'liar'), [])
    deepEqual(bad, ['liar'])
  })
})

describe('the addresses of a profile', () => {
  it('count when they are its own', () => {
    const { reader: records } = reader()
    const [own, others] = ['a', 'b'].map((name) => records.peerOf(profileOf(name)))
    const addresses = [own, others].map((peer) => `/ip4/10.0.0.1/tcp/4001/p2p/${peer}`)
    const profile = profileOf('a', { addresses: [...addresses, '/ip4/10.0.0.1/tcp/4001'] })
    deepEqual(records.addressesOf(profile), addresses.slice(0, 1))
  })
})
