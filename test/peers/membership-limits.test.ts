// What the membership service does seldom, once, or not at all.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { peerIdOfKey } from '../../src/membership/index.ts'
import { encodeDelta } from '../../src/peers/membership-protocol.ts'
import { DIGEST_ENTRY_BYTES, type MembersAck } from '../../src/wire/index.ts'
import { heartbeatOf, keyOf, lineOf, profileOf } from '../membership/support.ts'
import { NOTHING, Stage, STAGE_SOURCE } from './stage.ts'

async function started(...init: ConstructorParameters<typeof Stage>): Promise<Stage> {
  const stage = new Stage(...init)
  await stage.membership.start()
  return stage
}

const ROUND_MS = 1000
const { aheadPauseMs, goodbyePeers, soonMax } = MEMBERSHIP_LIMITS

describe('a hint that others are ahead', () => {
  it('comes within a round, and the next one after a pause', async () => {
    const stage = await started()
    await stage.tell(['a'], { height: 5 })
    deepEqual(stage.ahead, [])
    await stage.pass(ROUND_MS)
    deepEqual(stage.ahead, [5])
    await stage.tell(['b'], { height: 6 })
    await stage.pass(aheadPauseMs - ROUND_MS - 1)
    await stage.tell(['c'], { height: 7 })
    await stage.pass(1)
    await stage.tell(['d'], { height: 8 })
    await stage.pass(ROUND_MS)
    deepEqual(stage.ahead, [5, 8])
    await stage.membership.stop()
  })

  it('is one at a time, also where rounds are long', async () => {
    const stage = await started({ intervalMs: 10 * aheadPauseMs })
    const before = stage.pending
    for (const [name, height] of [
      ['a', 5],
      ['b', 6]
    ] as const) {
      await stage.tell([name], { height })
      equal(stage.pending, before + 1)
      stage.now += aheadPauseMs
    }
    await stage.membership.stop()
    equal(stage.pending, 0)
  })

  it('is not given once the node has stopped, and its timer is gone', async () => {
    for (const end of ['stop', 'end'] as const) {
      const stage = await started()
      await stage.tell(['a'], { height: 5 })
      await stage.membership[end]()
      equal(stage.pending, 0)
      await stage.pass(ROUND_MS)
      deepEqual(stage.ahead, [])
    }
  })
})

describe('a goodbye', () => {
  it('is told directly to some peers, each once', async () => {
    const stage = await started()
    stage.peers = Array.from({ length: 3 * goodbyePeers }, (_, i) => `peer ${i}`)
    const told: string[] = []
    stage.answer = async ({ ack2 }, peer) => {
      if (ack2 !== undefined) told.push(peer)
      return NOTHING
    }
    await stage.membership.stop()
    deepEqual([told.length, new Set(told).size], [goodbyePeers, goodbyePeers])
  })
})

describe('a digest', () => {
  it('that is not whole lines, or has too many, is refused and held against its sender', async () => {
    const stage = await started()
    for (const bytes of [DIGEST_ENTRY_BYTES - 1, 257 * DIGEST_ENTRY_BYTES]) {
      const syn = { digest: new Uint8Array(bytes), recent: 0, complete: false }
      deepEqual(await stage.ask({ syn }, 'liar'), NOTHING)
    }
    await stage.ask({ syn: { digest: new Uint8Array(256 * DIGEST_ENTRY_BYTES), recent: 0, complete: false } }, 'peer')
    deepEqual(
      stage.seen.map((event) => event.type === 'rejected' && [event.from, event.code]),
      [
        ['liar', 'length'],
        ['liar', 'oversize']
      ]
    )
    await stage.membership.stop()
  })
})

describe('a peer', () => {
  it('that has just connected is asked soon', async () => {
    const stage = await started()
    await stage.round()
    let asked = 0
    stage.answer = async () => {
      asked++
      return NOTHING
    }
    await stage.pass(soonMax * ROUND_MS)
    equal(asked, 0)
    stage.events.emit({ type: 'peer', state: 'connected', peer: 'peer', at: stage.now })
    await stage.pass(soonMax * ROUND_MS)
    equal(asked, 1)
    await stage.membership.stop()
  })

  it('is told and asked nothing before its hello', async () => {
    const stage = await started()
    stage.isPeer = false
    await rejects(stage.tell(['a']), { code: 'closed' })
    equal(stage.membership.size, 1)
    await stage.membership.stop()
  })

  it('is asked again once it has answered, or failed to', async () => {
    const stage = await started()
    let asked = 0
    const answers = [Promise.withResolvers<MembersAck>(), Promise.withResolvers<MembersAck>()] as const
    stage.answer = () => answers[asked++]?.promise ?? Promise.resolve(NOTHING)
    await stage.pass(5 * ROUND_MS)
    equal(asked, 1)
    answers[0].resolve(NOTHING)
    await stage.pass(5 * ROUND_MS)
    equal(asked, 2)
    answers[1].reject(new Error('no answer'))
    await stage.pass(5 * ROUND_MS)
    ok(asked > 2)
    await stage.membership.stop()
  })

  it('is told everything again after its connection ended, also when that was in the middle of an exchange', async () => {
    // A table with room for nobody else: digests are of changes, which pass.
    const stage = await started({ tableMax: 1 })
    const names = ['a', 'b', 'c']
    await stage.tell(names)
    const lines = async (): Promise<number> => (await stage.round()).length / DIGEST_ENTRY_BYTES
    const end = (): void => stage.events.emit({ type: 'peer', state: 'disconnected', peer: 'peer', at: stage.now })
    deepEqual([await lines(), await lines()], [1 + names.length, 1])
    end()
    stage.answer = async () => {
      end()
      stage.isPeer = false
      return NOTHING
    }
    equal(await lines(), 1 + names.length)
    stage.answer = async () => NOTHING
    stage.isPeer = true
    equal(await lines(), 1 + names.length)
    await stage.membership.stop()
  })
})

describe('whoever tells of addresses', () => {
  it('is known by where it was, also when it ends the connection before they are verified', async () => {
    const stage = await started()
    const verdict = Promise.withResolvers<boolean>()
    stage.verify = () => verdict.promise
    const address = `/ip4/192.0.2.9/tcp/4001/p2p/${peerIdOfKey(keyOf('a').publicKey)}`
    const profile = profileOf('a', { addresses: [address] })
    const telling = stage.ask({ ack2: encodeDelta({ heartbeats: [heartbeatOf('a')], profiles: [profile] }) }, 'another')
    stage.isPeer = false
    verdict.resolve(true)
    await telling
    deepEqual(stage.learned, [[address, STAGE_SOURCE]])
    await stage.membership.stop()
  })
})

describe('a node that has stopped', () => {
  it('takes no record that was in verification, and answers nothing', async () => {
    const stage = await started()
    const verdict = Promise.withResolvers<boolean>()
    stage.verify = () => verdict.promise
    const telling = stage.tell(['a'])
    await stage.membership.stop()
    verdict.resolve(true)
    await telling
    equal(stage.membership.size, 1)
    deepEqual(stage.seen, [])
    const digest = new Uint8Array(lineOf(heartbeatOf('b')))
    deepEqual(await stage.ask({ syn: { digest, recent: 1, complete: true } }, 'another'), NOTHING)
  })
})
