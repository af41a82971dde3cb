// The request protocol of membership, as data, and what an exchange looks like on the wire. See docs/protocol.md,
// section "Membership".
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Delta, Syn } from '../membership/index.ts'
import type { Protocol } from '../network/index.ts'
import {
  DIGEST_ENTRY_BYTES,
  HEARTBEAT_BYTES,
  MembersAck,
  type MembersDelta,
  MembersRequest,
  type MembersSyn,
  PROFILE_MAX_BYTES,
  WireError
} from '../wire/index.ts'

const { digestWholeMax, digestRecentMax, digestRandom, deltaMaxBytes, recordsPerToken } = MEMBERSHIP_LIMITS
/** Room for tags, lengths and small fields around a message's payload. */
const ENVELOPE_BYTES = 512
const DIGEST_MAX_BYTES = Math.max(digestWholeMax, digestRecentMax + digestRandom) * DIGEST_ENTRY_BYTES
/** A delta ends before the record that would pass the limit; profiles are counted with their tags. */
const DELTA_MAX_BYTES = deltaMaxBytes + ENVELOPE_BYTES
const PROFILES_MAX = Math.ceil(deltaMaxBytes / HEARTBEAT_BYTES)

export const membersProtocol: Protocol<MembersRequest, MembersAck> = {
  id: '/starling/members/1',
  request: {
    encode: MembersRequest.encode,
    decode: (bytes) => MembersRequest.decode(bytes, { limits: { ack2: { profiles: PROFILES_MAX } } })
  },
  response: {
    encode: MembersAck.encode,
    decode: (bytes) => MembersAck.decode(bytes, { limits: { delta: { profiles: PROFILES_MAX } } })
  },
  maxRequestBytes: Math.max(DIGEST_MAX_BYTES, DELTA_MAX_BYTES) + ENVELOPE_BYTES,
  maxResponseBytes: DIGEST_MAX_BYTES + DELTA_MAX_BYTES + ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts: { openMs: 5000, firstByteMs: 5000, totalMs: 10_000 },
  lasting: true,
  maxInboundStreams: 4,
  // A SYN and an ACK2 in each round with this peer, rounds brought forward, and a goodbye.
  rate: { burst: 40, perSecond: 20, cost: ({ ack2 }) => 1 + recordsIn(ack2) / recordsPerToken },
  traffic: 'membership'
}

function recordsIn(delta: MembersDelta | undefined): number {
  return delta === undefined ? 0 : Math.floor(delta.heartbeats.length / HEARTBEAT_BYTES) + delta.profiles.length
}

/** A SYN as it came. Throws `WireError` unless its digest is whole lines, not too many. */
export function readSyn({ digest, recent, complete }: MembersSyn): Syn {
  checkLines(digest)
  return { digest, recent, complete }
}

/** Throws `WireError` unless these are whole lines, not too many. */
export function checkLines(lines: Uint8Array): Uint8Array {
  if (lines.length % DIGEST_ENTRY_BYTES !== 0) throw new WireError('length', 'a digest with part of a line')
  if (lines.length > DIGEST_MAX_BYTES) throw new WireError('oversize', 'a digest with too many lines')
  return lines
}

export function encodeDelta({ heartbeats, profiles }: Omit<Delta, 'isWhole'>): MembersDelta {
  const blob = new Uint8Array(heartbeats.length * HEARTBEAT_BYTES)
  heartbeats.forEach(({ bytes }, i) => {
    blob.set(bytes, i * HEARTBEAT_BYTES)
  })
  return { heartbeats: blob, profiles: profiles.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>) }
}

/** The records of a delta, each a view of the message's bytes. Throws `WireError` for what is none. */
export function splitDelta({ heartbeats, profiles }: MembersDelta): {
  readonly heartbeats: readonly Uint8Array[]
  readonly profiles: readonly Uint8Array[]
} {
  if (heartbeats.length % HEARTBEAT_BYTES !== 0) throw new WireError('length', 'part of a heartbeat')
  if (heartbeats.length > DELTA_MAX_BYTES) throw new WireError('oversize', 'too many heartbeats')
  if (profiles.some(({ length }) => length > PROFILE_MAX_BYTES)) throw new WireError('oversize', 'a profile too large')
  const count = heartbeats.length / HEARTBEAT_BYTES
  const split = Array.from({ length: count }, (_, i) =>
    heartbeats.subarray(i * HEARTBEAT_BYTES, (i + 1) * HEARTBEAT_BYTES)
  )
  return { heartbeats: split, profiles }
}
