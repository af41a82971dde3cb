// Members without a network: keys, records, and a number of cores that exchange by hand.
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { keyPairFromLabel, sha256 } from '../../src/crypto/index.ts'
import { type Delta, Members, type MembersEffect, OwnRecord, type SignedRecord } from '../../src/membership/index.ts'
import { type Random, seededRandom } from '../../src/runtime/index.ts'
import { type Heartbeat, type Profile, type ProfileFields, signHeartbeat, signProfile } from '../../src/wire/index.ts'

export const NETWORK = '00112233aabbccdd'
/** 2030-01-01. */
export const START_S = 1_893_456_000
export const START_MS = START_S * 1000
export const ROUND_MS = 1000

export const keyOf = (name: string) => keyPairFromLabel(`member ${name}`)

export function profileOf(name: string, fields: Partial<ProfileFields> = {}): Profile {
  const key = keyOf(name)
  return signProfile(
    { generation: START_S, version: 1, agent: 'test', role: 'node', addresses: [], tags: {}, ...fields },
    key.publicKey,
    NETWORK,
    key.sign
  )
}

export function heartbeatOf(name: string, fields: Partial<Parameters<typeof signHeartbeat>[0]> = {}): Heartbeat {
  const key = keyOf(name)
  return signHeartbeat(
    {
      generation: START_S,
      version: 2,
      profileVersion: 1,
      time: START_S,
      intervalMs: 1000,
      leaving: false,
      height: 0,
      head: '0000000000000000',
      ...fields
    },
    key.publicKey,
    NETWORK,
    key.sign
  )
}

export function recordOf(name: string, fields: Parameters<typeof heartbeatOf>[1] = {}): SignedRecord {
  const { generation = START_S, profileVersion = 1 } = fields
  return { heartbeat: heartbeatOf(name, fields), profile: profileOf(name, { generation, version: profileVersion }) }
}

export interface MembersOptions {
  readonly tableMax?: number
  readonly random?: Random
  readonly generation?: number
  readonly height?: () => number
}

export function membersOf(name: string, options: MembersOptions = {}, now = START_MS): Members {
  const { tableMax = 1000, random = seededRandom(name), generation = START_S, height = () => 0 } = options
  const key = keyOf(name)
  const own = new OwnRecord({
    key: key.publicKey,
    sign: key.sign,
    network: NETWORK,
    generation,
    profile: { agent: 'test', role: 'node', addresses: [], tags: {} }
  })
  const priority = (id: string): number => {
    const digest = sha256(Buffer.from(`${name}/${id}`, 'latin1'))
    return Buffer.from(digest).readUInt32BE(0) >>> 2
  }
  const head = () => ({ height: height(), head: '0000000000000000' })
  return new Members({ own, roundMs: ROUND_MS, tableMax, priority, random, head }, now)
}

/** A line of a digest. */
export function lineOf({ bytes }: Heartbeat): Uint8Array {
  return Buffer.concat([bytes.subarray(0, 8), bytes.subarray(32, 40)])
}

export function recordsOf({ heartbeats, profiles }: Omit<Delta, 'isWhole'>): SignedRecord[] {
  return heartbeats.map((heartbeat) => ({
    heartbeat,
    profile: profiles.find(({ id }) => id === heartbeat.id)
  }))
}

/** SYN, ACK, ACK2 between two, as a network would carry them. */
export function exchange(a: Members, aName: string, b: Members, bName: string, now: number) {
  const syn = a.exchanges.syn(bName, now)
  const ack = b.exchanges.answer(syn, aName, now)
  a.exchanges.told(bName, syn.sequence)
  const back = a.exchanges.delta(ack.wanted, bName, now)
  const first = a.handle({ type: 'records', records: recordsOf(ack.delta), via: bName }, now)
  const second = b.handle({ type: 'records', records: recordsOf(back), via: aName }, now)
  return { atA: first, atB: second }
}

/** What a node holds, for comparison: records by key, without what is only its own view. */
export function holdings(members: Members): string[] {
  return members
    .members()
    .map(({ heartbeat, profile }) => Buffer.from(heartbeat.bytes).toString('hex') + profile.key + profile.version)
    .sort()
}

/** Has a node hear of these, in as many rounds as it takes at one moment. */
export function hearOf(members: Members, names: readonly string[], now = START_MS): void {
  names.forEach((name, i) => {
    if (i % MEMBERSHIP_LIMITS.strangersPerRound === 0) members.handle({ type: 'tick' }, now)
    members.handle({ type: 'records', records: [recordOf(name)], via: 'x' }, now)
  })
}

/** What happened to members, in order. */
export const changes = (effects: readonly MembersEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'change' ? [effect.change] : []))

/** Speaks until its interval is that of a network as large as it is; returns that, ms. */
export function slowDown(members: Members, now = START_MS): number {
  for (let before = 0; before !== members.self.heartbeat.intervalMs; members.describe({}, now)) {
    before = members.self.heartbeat.intervalMs
  }
  return members.self.heartbeat.intervalMs
}
