// The vectors in test/vectors/members.json were computed by another implementation in another language.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { keyPairFromSecret, verifySignature } from '../../src/crypto/index.ts'
import { memberIdOfPeer, peerIdOfKey } from '../../src/membership/index.ts'
import {
  decodeHeartbeat,
  decodeProfile,
  fromHex,
  type HeartbeatFields,
  type Hex,
  heartbeatHead,
  heartbeatSignatureCheck,
  memberIdAt,
  type ProfileFields,
  profileSignatureCheck,
  signHeartbeat,
  signProfile,
  toHex
} from '../../src/wire/index.ts'

interface Part<Fields, More> {
  readonly vectors: readonly ({ name: string; secret: Hex; network: Hex; fields: Fields; bytes: Hex } & More)[]
  readonly hostile: readonly { name: string; bytes: Hex; code: string }[]
}

const {
  heartbeats,
  profiles
}: {
  heartbeats: Part<HeartbeatFields, { digest: Hex }>
  profiles: Part<ProfileFields, { peer: string }>
} = JSON.parse(readFileSync(new URL('../vectors/members.json', import.meta.url), 'utf8'))

const holds = (check: { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array }): boolean =>
  verifySignature(check.publicKey, check.message, check.signature)

describe('records of members', () => {
  for (const { name, secret, network, fields, bytes, digest } of heartbeats.vectors) {
    it(`have a heartbeat ${name}`, () => {
      const { publicKey, sign } = keyPairFromSecret(fromHex(secret))
      const made = signHeartbeat(fields, publicKey, network, sign)
      equal(toHex(made.bytes), bytes)
      const { id, bytes: _, ...decoded } = decodeHeartbeat(fromHex(bytes))
      deepEqual({ ...decoded, head: heartbeatHead(made) }, fields)
      equal(id, memberIdAt(publicKey, 0))
      equal(digest, bytes.slice(0, 16) + bytes.slice(64, 80))
      ok(holds(heartbeatSignatureCheck(made, network)))
      // Of another network it is worth nothing.
      ok(!holds(heartbeatSignatureCheck(made, '0000000000000000')))
    })
  }

  for (const { name, secret, network, fields, bytes, peer } of profiles.vectors) {
    it(`have a profile ${name}`, () => {
      const { publicKey, sign } = keyPairFromSecret(fromHex(secret))
      const made = signProfile(fields, publicKey, network, sign)
      equal(toHex(made.bytes), bytes)
      const { generation, version, agent, role, addresses, tags } = decodeProfile(fromHex(bytes))
      deepEqual({ generation, version, agent, role, addresses, tags: { ...tags } }, fields)
      equal(peerIdOfKey(publicKey), peer)
      equal(memberIdOfPeer(peer), made.id)
      ok(holds(profileSignatureCheck(made, network)))
      ok(!holds(profileSignatureCheck(made, '0000000000000000')))
    })
  }

  for (const { name, bytes, code } of heartbeats.hostile) {
    it(`refuse a heartbeat ${name}`, () => throws(() => decodeHeartbeat(fromHex(bytes)), { code }))
  }

  for (const { name, bytes, code } of profiles.hostile) {
    it(`refuse a profile ${name}`, () => throws(() => decodeProfile(fromHex(bytes)), { code }))
  }

  it('are not made of what does not fit', () => {
    const { publicKey, sign } = keyPairFromSecret(new Uint8Array(32))
    const plain = { generation: 1, version: 1, agent: '', role: '', addresses: [], tags: {} }
    const make = (fields: Partial<ProfileFields>) => () =>
      signProfile({ ...plain, ...fields }, publicKey, '0000000000000000', sign)
    throws(make({ role: 'r'.repeat(33) }), { code: 'oversize' })
    throws(make({ role: 'rôle' }), { code: 'bad-text' })
    throws(make({ tags: { '': 'x' } }), { code: 'bad-text' })
    throws(make({ tags: { x: 'a\u001b[2J' } }), { code: 'bad-text' })
    throws(make({ addresses: Array.from({ length: 9 }, () => '/') }), { code: 'oversize' })
  })

  it('know peer ids from other text', () => {
    for (const text of ['', 'nonsense', '0OIl', '12D3KooW', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N']) {
      equal(memberIdOfPeer(text), undefined)
    }
  })
})
