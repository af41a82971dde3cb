import { deepEqual, equal, ok } from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { RecordReader } from '../../src/peers/member-records.ts'
import { encodeDelta } from '../../src/peers/membership-protocol.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { DIGEST_ENTRY_BYTES, type MembersAck } from '../../src/wire/index.ts'
import { heartbeatOf, lineOf, membersOf, NETWORK, recordOf, START_MS, START_S } from '../membership/support.ts'
import { NOTHING, Stage } from './stage.ts'

const { addressesEveryRounds } = MEMBERSHIP_LIMITS
const ROUND_MS = 1000

/** A line of somebody of whom the asker has nothing. */
const wantedLine = (line: Uint8Array): Uint8Array<ArrayBuffer> => {
  const wanted = new Uint8Array(DIGEST_ENTRY_BYTES)
  wanted.set(line.subarray(0, 8))
  return wanted
}

describe('the membership service', () => {
  it('reports a peer that answers with what is no record, also while it is being told what it wants', async () => {
    const stage = new Stage()
    await stage.membership.start()
    const told = Promise.withResolvers<MembersAck>()
    const wanted = wantedLine(lineOf(heartbeatOf('self')))
    stage.answer = ({ syn }) =>
      syn === undefined
        ? told.promise
        : Promise.resolve({ wanted, delta: { heartbeats: new Uint8Array(1), profiles: [] } })
    const unhandled: unknown[] = []
    const onUnhandled = (error: unknown): void => void unhandled.push(error)
    const others = process.rawListeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', onUnhandled)
    try {
      await stage.round()
    } finally {
      process.off('unhandledRejection', onUnhandled)
      for (const other of others) process.on('unhandledRejection', other as NodeJS.UnhandledRejectionListener)
    }
    deepEqual(unhandled, [])
    told.resolve(NOTHING)
    deepEqual(
      stage.seen.map((event) => event.type === 'rejected' && event.code),
      ['length']
    )
    await stage.membership.stop()
  })

  it('names in the next digest what did not reach the peer in this one, or not as a whole', async () => {
    // A table with room for nobody else: digests are of changes, which pass.
    const stage = new Stage({ tableMax: 1 })
    await stage.membership.start()
    const records = Array.from({ length: 6 }, (_, i) => recordOf(`m${i}`))
    const profiles = records.flatMap(({ profile }) => profile ?? [])
    const heartbeats = records.map(({ heartbeat }) => heartbeat)
    await stage.ask({ ack2: encodeDelta({ heartbeats, profiles }) }, 'another')
    const lines = async (): Promise<number> => (await stage.round()).length / DIGEST_ENTRY_BYTES
    const all = Buffer.concat(heartbeats.map((each) => wantedLine(lineOf(each)))) as Uint8Array<ArrayBuffer>
    stage.answer = async ({ syn }) => {
      if (syn !== undefined) return { wanted: all }
      throw new Error('the connection is gone')
    }
    const before = await lines()
    equal(before, 1 + records.length)
    equal(await lines(), before)
    // Wanted so often that one message does not hold it.
    const often = Buffer.concat(Array<typeof all>(40).fill(all)) as Uint8Array<ArrayBuffer>
    stage.answer = async ({ syn }) => (syn === undefined ? NOTHING : { wanted: often })
    equal(await lines(), before)
    stage.answer = async ({ syn }) => (syn === undefined ? NOTHING : { wanted: all })
    equal(await lines(), before)
    equal(await lines(), 1)
    await stage.membership.stop()
  })

  it('listens to nothing when it was stopped while it started', async () => {
    for (const end of ['stop', 'end'] as const) {
      const stage = new Stage()
      const saved = Promise.withResolvers<void>()
      stage.save = () => saved.promise
      const started = stage.membership.start()
      const stopped = stage.membership[end]()
      saved.resolve()
      await Promise.all([started, stopped])
      equal(stage.listeners, 0)
      equal((await stage.round()).length, 0)
    }
  })
})

describe('a goodbye', () => {
  it('comes with the profile, which a peer may not have yet', async () => {
    const stage = new Stage()
    await stage.membership.start()
    await stage.membership.tag({ zone: 'eu' })
    const peer = membersOf('peer')
    const runtime = { ...realRuntime({ seed: 'peer' }), clock: { now: () => START_MS } }
    const reader = new RecordReader({ runtime, network: NETWORK, onBad: () => {} })
    stage.answer = async ({ ack2 }) => {
      if (ack2 === undefined) return NOTHING
      peer.handle({ type: 'records', records: await reader.read(peer, ack2, 'self'), via: 'self' }, START_MS)
      return NOTHING
    }
    await stage.membership.leave()
    equal(peer.get(heartbeatOf('self').id)?.state, 'left')
    await stage.membership.stop()
  })

  it('is waited for by a stop that follows', async () => {
    const stage = new Stage()
    await stage.membership.start()
    const arrived = Promise.withResolvers<MembersAck>()
    stage.answer = () => arrived.promise
    const order: string[] = []
    const leaving = stage.membership.leave().then(() => order.push('left'))
    const stopping = stage.membership.stop().then(() => order.push('stopped'))
    for (let i = 0; i < 5; i++) await turn()
    deepEqual(order, [])
    arrived.resolve(NOTHING)
    await Promise.all([leaving, stopping])
    deepEqual(order, ['left', 'stopped'])
  })
})

describe('a generation', () => {
  it('that a node had to take because others remember a later one is kept for its next start', async () => {
    const saved: unknown[] = []
    const stage = new Stage()
    stage.save = async (state) => void saved.push(state)
    await stage.membership.start()
    await stage.tell(['self'], { generation: START_S + 50 })
    const generation = stage.membership.find()[0]?.generation
    equal(generation, START_S + 51)
    deepEqual(saved, [
      { generation: START_S, tags: {} },
      { generation, tags: {} }
    ])
    // A failure to keep it ends nothing: the next start would be told again.
    stage.save = () => Promise.reject(new Error('disk full'))
    await stage.tell(['self'], { generation: START_S + 60 })
    equal(stage.membership.find()[0]?.generation, START_S + 61)
    await stage.membership.stop()
  })
})

describe('the addresses that a node tells', () => {
  it('are at most four, last those that only its own machine can reach', async () => {
    const at = (ip: string): string => `/ip4/${ip}/tcp/4001/p2p/12D3KooWSelf`
    const bridges = ['172.17.0.1', '172.18.0.1', '172.19.0.1']
    const told = async (ips: readonly string[]): Promise<unknown> => {
      const stage = new Stage({}, ips.map(at))
      await stage.membership.start()
      const [self] = stage.membership.find()
      await stage.membership.stop()
      return self?.addresses
    }
    // As a machine lists them for whoever listens on all.
    deepEqual(await told(['127.0.0.1', ...bridges, '192.0.2.2']), [...bridges, '192.0.2.2'].map(at))
    deepEqual(await told(['127.0.0.1', '192.0.2.2']), ['192.0.2.2', '127.0.0.1'].map(at))
    deepEqual(await told(['127.0.0.1']), ['127.0.0.1'].map(at))
  })

  it('are those it has now, soon after they changed', async () => {
    const [before, now] = ['192.0.2.2', '198.51.100.7'].map((ip) => `/ip4/${ip}/tcp/4001/p2p/12D3KooWSelf`)
    const stage = new Stage({ tags: { zone: 'eu' } }, [before ?? ''])
    await stage.membership.start()
    const self = () => stage.membership.find()[0]
    await stage.pass(2 * addressesEveryRounds * ROUND_MS)
    const { version = 0 } = self() ?? {}
    stage.addresses = [now ?? '']
    await stage.pass(2 * addressesEveryRounds * ROUND_MS)
    deepEqual([self()?.addresses, { ...self()?.tags }], [[now], { zone: 'eu' }])
    // One profile more than heartbeats, and the heartbeat that told of it.
    const spoken = (self()?.version ?? 0) - version
    ok(spoken <= 2 * addressesEveryRounds * 1.25 + 2, `${spoken}`)
    await stage.membership.stop()
  })
})

describe('tags after a restart', () => {
  const tagsOf = ({ membership }: Stage): unknown => ({ ...membership.find()[0]?.tags })

  /** Configured, changed by command, and restarted with another configuration. */
  async function restarted(
    configured: Record<string, string>,
    changes: Record<string, string | undefined>,
    then: Record<string, string>,
    addresses: readonly string[] = []
  ): Promise<unknown> {
    let saved: unknown
    const first = new Stage({ tags: configured })
    first.save = async (state) => {
      saved = structuredClone(state)
    }
    await first.membership.start()
    await first.membership.tag(changes)
    await first.membership.stop()
    const again = new Stage({ tags: then, remembered: saved }, addresses)
    await again.membership.start()
    const tags = tagsOf(again)
    await again.membership.stop()
    return tags
  }

  it('are the configured ones with what was changed by command', async () => {
    const configured = { a: '1', b: '2' }
    deepEqual(await restarted(configured, { a: undefined, c: '3' }, configured), { b: '2', c: '3' })
    deepEqual(await restarted(configured, { b: '4' }, { a: '5', b: '6' }), { a: '5', b: '4' })
    deepEqual(await restarted(configured, { c: '3' }, { d: '7' }), { c: '3', d: '7' })
  })

  it('give way to what does not fit beside them any more', async () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`t${i}`, 'x']))
    deepEqual(await restarted({}, many, { zone: 'eu' }), { zone: 'eu' })
    const large = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, 'x'.repeat(64)]))
    const addresses = Array.from({ length: 4 }, (_, i) => `/ip6/2001:db8::${i}/tcp/4001/p2p/`.padEnd(90, 'Q'))
    deepEqual(await restarted({}, large, {}, addresses), large)
  })
})
