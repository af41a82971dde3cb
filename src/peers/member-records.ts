// From the bytes of a delta to records whose signatures are good. A record that is no news costs a look at twelve bytes;
// one that this process has verified before, for whichever of its nodes, is neither decoded nor verified again.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import { belongs, memberIdOfPeer, type Members, peerIdOfKey, type SignedRecord } from '../membership/index.ts'
import type { Runtime, SignatureCheck } from '../runtime/index.ts'
import {
  bufferOf,
  decodeHeartbeat,
  decodeProfile,
  fromHex,
  type Heartbeat,
  heartbeatSignatureCheck,
  type Hex,
  isGoodbye,
  memberIdAt,
  type MembersDelta,
  type Profile,
  profileSignatureCheck,
  viewOf
} from '../wire/index.ts'
import { peerOf } from './address.ts'
import { splitDelta } from './membership-protocol.ts'

export interface RecordReaderInit {
  readonly runtime: Runtime
  /** Network id, 8 bytes, hex. */
  readonly network: Hex
  /** A peer passed on a record whose signature is bad. */
  readonly onBad: (from: string) => void
}

/** Records that hold, whoever asks: a signature is a fact about bytes. Gone with the records. */
const verified = new WeakMap<Heartbeat | Profile, Hex>()
const peers = new WeakMap<Profile, string>()

export class RecordReader {
  readonly #init: RecordReaderInit
  #verifying = 0

  constructor(init: RecordReaderInit) {
    this.#init = init
  }

  /** The news in a delta, once it is verified; at once when all of it was. Throws or rejects with `WireError`. */
  read(members: Members, delta: MembersDelta, from: string): SignedRecord[] | Promise<SignedRecord[]> {
    const news = this.#decode(members, delta, from)
    if (news.every((record) => this.#unverified(record).length === 0)) return news
    return this.#verify(news, from)
  }

  /** Peer id of a profile's owner. */
  peerOf(profile: Profile): string {
    let peer = peers.get(profile)
    if (peer === undefined) {
      peer = peerIdOfKey(fromHex(profile.key))
      peers.set(profile, peer)
    }
    return peer
  }

  /** Its owner's addresses: whoever named another's could keep that one's true ones out of address books. */
  addressesOf(profile: Profile): readonly string[] {
    const owner = this.peerOf(profile)
    return profile.addresses.filter((address) => peerOf(address) === owner)
  }

  idOf(peer: string): string | undefined {
    return memberIdOfPeer(peer)
  }

  #decode(members: Members, delta: MembersDelta, from: string): SignedRecord[] {
    const { heartbeats, profiles } = splitDelta(delta)
    const sent = new Map(profiles.map((bytes) => [memberIdAt(bytes, 0), bytes]))
    const now = this.#init.runtime.clock.now()
    // Of each member the newest alone: whoever sends more of them does not get more of them checked.
    const newest = new Map<string, Uint8Array>()
    for (const bytes of heartbeats) {
      const id = memberIdAt(bytes, 0)
      const view = viewOf(bytes)
      const spoken = { id, generation: view.getUint32(32), version: view.getUint32(36), leaving: isGoodbye(bytes) }
      if (!members.isNews(spoken, now)) continue
      const other = newest.get(id)
      if (other === undefined || isNewer(bytes, other)) newest.set(id, bytes)
    }
    const news: SignedRecord[] = []
    const offered = [...newest].map(([id, bytes]) => ({ id, bytes }))
    for (const { id, bytes } of members.choose(offered, from)) {
      const heartbeat = this.#heartbeat(bytes)
      const held = members.profile(id)
      if (held !== undefined && belongs(held, heartbeat)) {
        news.push({ heartbeat })
        continue
      }
      const ofProfile = sent.get(id)
      const profile = ofProfile === undefined ? undefined : this.#profile(ofProfile)
      // Without its profile a heartbeat is of no use.
      if (profile !== undefined && belongs(profile, heartbeat)) news.push({ heartbeat, profile })
    }
    return news
  }

  #heartbeat(bytes: Uint8Array): Heartbeat {
    return this.#shared('heartbeat', bytes, decodeHeartbeat)
  }

  #profile(bytes: Uint8Array): Profile {
    return this.#shared('profile', bytes, decodeProfile)
  }

  /** Decoded once per process. A copy: records outlive the messages they came in. */
  #shared<T>(kind: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T {
    const key = bufferOf(bytes).toString('latin1')
    return this.#init.runtime.interner.intern(kind, key, () => decode(new Uint8Array(bytes)))
  }

  #unverified({ heartbeat, profile }: SignedRecord): (Heartbeat | Profile)[] {
    const records = profile === undefined ? [heartbeat] : [heartbeat, profile]
    return records.filter((record) => verified.get(record) !== this.#init.network)
  }

  /** Those that hold. At the limit the rest is dropped: it comes again. */
  async #verify(news: readonly SignedRecord[], from: string): Promise<SignedRecord[]> {
    const taken = news.slice(0, Math.max(0, MEMBERSHIP_LIMITS.verifyingMax - this.#verifying))
    this.#verifying += taken.length
    try {
      const verdicts = await Promise.all(taken.map((record) => this.#holds(record)))
      if (verdicts.includes(false)) this.#init.onBad(from)
      return taken.filter((_, i) => verdicts[i])
    } finally {
      this.#verifying -= taken.length
    }
  }

  async #holds(record: SignedRecord): Promise<boolean> {
    const { runtime, network } = this.#init
    for (const part of this.#unverified(record)) {
      if (!(await runtime.verifier.verify(this.#check(part)))) return false
      verified.set(part, network)
    }
    return true
  }

  #check(record: Heartbeat | Profile): SignatureCheck {
    const { network } = this.#init
    return 'profileVersion' in record
      ? heartbeatSignatureCheck(record, network)
      : profileSignatureCheck(record, network)
  }
}

/** Generation and version stand one after the other: they compare as bytes. */
function isNewer(a: Uint8Array, b: Uint8Array): boolean {
  return bufferOf(a).compare(b, 32, 40, 32, 40) > 0
}
