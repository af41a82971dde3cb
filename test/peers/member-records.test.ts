import { deepEqual, equal } from 'node:assert/strict'
import type { Members, SignedRecord } from '../../src/membership/index.ts'
import { RecordReader } from '../../src/peers/member-records.ts'
import { encodeDelta, membersProtocol } from '../../src/peers/membership-protocol.ts'
import { realRuntime, type Verifier } from '../../src/runtime/index.ts'
import type { Heartbeat, Profile } from '../../src/wire/index.ts'
import { heartbeatOf, membersOf, NETWORK, profileOf, START_MS } from '../membership/support.ts'

/** A reader that counts signature checks; all signatures hold. */
function reader() {
  let checks = 0
  const verify: Verifier['verify'] = async () => {
    checks++
    return true
  }
  const runtime = {
    ...realRuntime(),
    clock: { now: () => START_MS },
    verifier: { verify, verifyAll: async () => true }
  }
  const bad: string[] = []
  return {
    reader: new RecordReader({ runtime, network: NETWORK, onBad: (from) => bad.push(from) }),
    checks: () => checks
  }
}

const deltaOf = (heartbeats: readonly Heartbeat[], profiles: readonly Profile[]) =>
  encodeDelta({ heartbeats, profiles })

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

  it('cost their sender so many tokens that a flood of keys ends', () => {
    const { burst, cost } = membersProtocol.rate
    const full = { ack2: deltaOf(heartbeats(2), [profileOf('liar')]) }
    equal(Math.floor(burst / cost(full)), 2)
    equal(cost({}), 1)
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
