// What a node says of itself to everyone: a profile, which changes rarely, and a heartbeat, which is renewed all the
// time. Layouts (version 1, big-endian); both are signed by the member over domain, network id and body.
//   heartbeat, 129 bytes                            profile, at most 1,024 bytes
//     0  32  key (ed25519)                            0  32  key
//    32  u32 generation: second of its start         32  u32 generation
//    36  u32 version                                 36  u32 version
//    40  u32 version of its profile                  40      agent, role: u8 length, then printable ASCII
//    44  u32 time of signing, s since the epoch              u8 number of addresses, each: u8 length, text
//    48  u32 ms until the next one is due                    u8 number of tags, each: u8 length, key, u8 length, value
//    52  u8  flags: 1 = leaving                       n  64  signature
//    53  u32 height of its head
//    57   8  first bytes of its head's hash
//    65  64  signature
// Profile and heartbeats share one counter of versions. A digest names a member by the first 8 bytes of its key.
import { bufferOf, fromHex, type Hex, viewOf, WireError, writeUint32 } from './bytes.ts'

export const MEMBER_KEY_BYTES = 32
export const HEARTBEAT_BYTES = 129
export const PROFILE_MAX_BYTES = 1024
/** One line of a digest: id, generation, version. */
export const DIGEST_ENTRY_BYTES = 16

export const AGENT_MAX_LENGTH = 64
export const ROLE_MAX_LENGTH = 32
export const TAG_KEY_MAX_LENGTH = 32
export const TAG_VALUE_MAX_LENGTH = 64
export const TAGS_MAX = 16
export const MEMBER_ADDRESS_MAX_LENGTH = 128
export const MEMBER_ADDRESSES_MAX = 8

const HEARTBEAT_BODY_BYTES = 65
const PROFILE_FIXED_BYTES = 40
const SIGNATURE_BYTES = 64
const FLAGS_AT = 52
const FLAG_LEAVING = 1
const HEARTBEAT_DOMAIN = 'starling/heartbeat/1'
const PROFILE_DOMAIN = 'starling/profile/1'

export interface HeartbeatFields {
  readonly generation: number
  readonly version: number
  readonly profileVersion: number
  /** Seconds since the Unix epoch. */
  readonly time: number
  /** Until the next one is due, ms. */
  readonly intervalMs: number
  readonly leaving: boolean
  readonly height: number
  /** First 8 bytes of the head's hash, 16 hex digits. */
  readonly head: Hex
}

export interface Heartbeat extends Omit<HeartbeatFields, 'head'> {
  /** First 8 bytes of the key, one character a byte: what tables are keyed by. */
  readonly id: string
  /** 129 bytes: what was received, what is sent on. */
  readonly bytes: Uint8Array
}

export type Tags = Readonly<Record<string, string>>

export interface ProfileFields {
  readonly generation: number
  readonly version: number
  readonly agent: string
  readonly role: string
  /** Multiaddrs, each with its /p2p/ part. */
  readonly addresses: readonly string[]
  readonly tags: Tags
}

export interface Profile extends ProfileFields {
  readonly id: string
  readonly key: Hex
  readonly bytes: Uint8Array
}

type Sign = (message: Uint8Array) => Uint8Array

/** `key`: the signer's 32 bytes. `network`: 8 bytes, hex. */
export function signHeartbeat(fields: HeartbeatFields, key: Uint8Array, network: Hex, sign: Sign): Heartbeat {
  const bytes = new Uint8Array(HEARTBEAT_BYTES)
  const view = viewOf(bytes)
  bytes.set(key)
  writeUint32(view, 32, fields.generation)
  writeUint32(view, 36, fields.version)
  writeUint32(view, 40, fields.profileVersion)
  writeUint32(view, 44, fields.time)
  writeUint32(view, 48, fields.intervalMs)
  bytes[FLAGS_AT] = fields.leaving ? FLAG_LEAVING : 0
  writeUint32(view, 53, fields.height)
  bytes.set(fromHex(fields.head, 8), 57)
  bytes.set(sign(signedMessage(HEARTBEAT_DOMAIN, network, bytes.subarray(0, HEARTBEAT_BODY_BYTES))), 65)
  return decodeHeartbeat(bytes)
}

/** Decodes exactly `bytes` and keeps them. Checks the layout, not the signature. Throws `WireError`. */
export function decodeHeartbeat(bytes: Uint8Array): Heartbeat {
  if (bytes.length !== HEARTBEAT_BYTES) throw new WireError('length', `a heartbeat has ${HEARTBEAT_BYTES} bytes`)
  const flags = bytes[FLAGS_AT] ?? 0
  if (flags > FLAG_LEAVING) throw new WireError('version', `unknown flags ${flags} in a heartbeat`)
  const view = viewOf(bytes)
  const version = view.getUint32(36)
  const profileVersion = view.getUint32(40)
  if (profileVersion > version) throw new WireError('version', 'a heartbeat that is older than its profile')
  return {
    id: memberIdAt(bytes, 0),
    generation: view.getUint32(32),
    version,
    profileVersion,
    time: view.getUint32(44),
    intervalMs: view.getUint32(48),
    leaving: flags === FLAG_LEAVING,
    height: view.getUint32(53),
    bytes
  }
}

/** Whether the bytes of a heartbeat say that its member leaves. */
export function isGoodbye(bytes: Uint8Array): boolean {
  return bytes[FLAGS_AT] === FLAG_LEAVING
}

/** First 8 bytes of the hash of the member's head, as hex. */
export function heartbeatHead(heartbeat: Heartbeat): Hex {
  return bufferOf(heartbeat.bytes).toString('hex', 57, 65)
}

/** The member id that starts at `offset` of a key, a record or a line of a digest. */
export function memberIdAt(bytes: Uint8Array, offset: number): string {
  // As latin1, without a Buffer around the bytes: there is one of these for every line of a digest.
  const at = (i: number): number => bytes[offset + i] ?? 0
  return String.fromCharCode(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
}

/** Encodes and signs. Throws `WireError` (`oversize`, `bad-text`) for what does not fit. */
export function signProfile(fields: ProfileFields, key: Uint8Array, network: Hex, sign: Sign): Profile {
  const body = encodeProfileBody(fields, key)
  const bytes = new Uint8Array(body.length + SIGNATURE_BYTES)
  if (bytes.length > PROFILE_MAX_BYTES) {
    const size = `${bytes.length} where ${PROFILE_MAX_BYTES} are allowed`
    throw new WireError('oversize', `bytes of the profile, tags included: ${size}`)
  }
  bytes.set(body)
  bytes.set(sign(signedMessage(PROFILE_DOMAIN, network, body)), body.length)
  return decodeProfile(bytes)
}

function encodeProfileBody(fields: ProfileFields, key: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  const count = (what: string, items: number, max: number): void => {
    if (items > max) throw new WireError('oversize', `${what}: ${items} where ${max} are allowed`)
    parts.push(Uint8Array.of(items))
  }
  const text = (what: string, value: string, max: number): void => {
    if (!isPrintable(value)) throw new WireError('bad-text', `${what}: text that is not printable ASCII`)
    count(`characters of ${what}`, value.length, max)
    parts.push(Buffer.from(value, 'latin1'))
  }
  const fixed = new Uint8Array(PROFILE_FIXED_BYTES)
  fixed.set(key)
  writeUint32(viewOf(fixed), 32, fields.generation)
  writeUint32(viewOf(fixed), 36, fields.version)
  parts.push(fixed)
  text('the agent', fields.agent, AGENT_MAX_LENGTH)
  text('the role', fields.role, ROLE_MAX_LENGTH)
  count('addresses', fields.addresses.length, MEMBER_ADDRESSES_MAX)
  for (const address of fields.addresses) text('an address', address, MEMBER_ADDRESS_MAX_LENGTH)
  const tags = Object.entries(fields.tags).sort(([a], [b]) => (a < b ? -1 : 1))
  count('tags', tags.length, TAGS_MAX)
  for (const [name, value] of tags) {
    if (name === '') throw new WireError('bad-text', 'a tag without a name')
    text("a tag's name", name, TAG_KEY_MAX_LENGTH)
    text(`the tag ${name}`, value, TAG_VALUE_MAX_LENGTH)
  }
  return Buffer.concat(parts)
}

/** Decodes exactly `bytes` and keeps them. Checks the layout, not the signature. Throws `WireError`. */
export function decodeProfile(bytes: Uint8Array): Profile {
  if (bytes.length > PROFILE_MAX_BYTES) throw new WireError('oversize', `a profile of ${bytes.length} bytes`)
  if (bytes.length < PROFILE_FIXED_BYTES + 4 + SIGNATURE_BYTES) throw new WireError('truncated', 'truncated profile')
  const buffer = bufferOf(bytes)
  const end = bytes.length - SIGNATURE_BYTES
  let at = PROFILE_FIXED_BYTES
  const count = (max: number): number => {
    if (at >= end) throw new WireError('truncated', 'truncated profile')
    const items = bytes[at++] ?? 0
    if (items > max) throw new WireError('oversize', `${items} where ${max} are allowed`)
    return items
  }
  const text = (max: number): string => {
    const length = count(max)
    if (at + length > end) throw new WireError('truncated', 'truncated profile')
    const value = buffer.toString('latin1', at, at + length)
    at += length
    if (!isPrintable(value)) throw new WireError('bad-text', 'text that is not printable ASCII')
    return value
  }
  const agent = text(AGENT_MAX_LENGTH)
  const role = text(ROLE_MAX_LENGTH)
  const addresses = Array.from({ length: count(MEMBER_ADDRESSES_MAX) }, () => text(MEMBER_ADDRESS_MAX_LENGTH))
  const tags: [string, string][] = []
  for (let left = count(TAGS_MAX); left > 0; left--) {
    const name = text(TAG_KEY_MAX_LENGTH)
    const last = tags.at(-1)?.[0] ?? ''
    // One encoding for one content: a relay can't make a second profile of the same version.
    if (name <= last) throw new WireError('not-canonical', 'tags that are not in order')
    tags.push([name, text(TAG_VALUE_MAX_LENGTH)])
  }
  if (at !== end) throw new WireError('trailing-bytes', 'bytes after the profile')
  const view = viewOf(bytes)
  return {
    id: memberIdAt(bytes, 0),
    key: buffer.toString('hex', 0, MEMBER_KEY_BYTES),
    generation: view.getUint32(32),
    version: view.getUint32(36),
    agent,
    role,
    addresses,
    // Without a prototype: names come from strangers.
    tags: Object.assign(Object.create(null), Object.fromEntries(tags)) as Tags,
    bytes
  }
}

interface MemberSignatureCheck {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
}

/** The parts a verifier needs. */
export function heartbeatSignatureCheck({ bytes }: Heartbeat, network: Hex): MemberSignatureCheck {
  return checkOf(HEARTBEAT_DOMAIN, network, bytes)
}

export function profileSignatureCheck({ bytes }: Profile, network: Hex): MemberSignatureCheck {
  return checkOf(PROFILE_DOMAIN, network, bytes)
}

function checkOf(domain: string, network: Hex, bytes: Uint8Array): MemberSignatureCheck {
  const body = bytes.subarray(0, bytes.length - SIGNATURE_BYTES)
  return {
    publicKey: bytes.subarray(0, MEMBER_KEY_BYTES),
    message: signedMessage(domain, network, body),
    signature: bytes.subarray(bytes.length - SIGNATURE_BYTES)
  }
}

function signedMessage(domain: string, network: Hex, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(domain, 'latin1'), fromHex(network, 8), body])
}

/** Printable ASCII: a terminal shows what is there, and nothing else happens. */
function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
