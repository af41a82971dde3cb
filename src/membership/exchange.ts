// Scuttlebutt reconciliation (van Renesse, Dumitriu, Gough, Thomas: "Efficient reconciliation and flow control for
// anti-entropy protocols", 2008) in three messages, as Cassandra's gossiper sends them: SYN, a digest of (id, generation,
// version); ACK, records that the sender lacks and a list of those that the answerer lacks; ACK2, the records of that
// list. A table of up to `digestWholeMax` members is compared as a whole; of a larger one, what changed since the last
// exchange with the same peer, and a few lines drawn at random. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import { DIGEST_ENTRY_BYTES, type Heartbeat, HEARTBEAT_BYTES, memberIdAt, type Profile, viewOf } from '../wire/index.ts'
import type { Member, Table } from './table.ts'

const { digestWholeMax, digestRecentMax, digestRandom, deltaMaxBytes, shareMaxS } = MEMBERSHIP_LIMITS

export interface Syn {
  /** Lines of 16 bytes. */
  readonly digest: Uint8Array
  /** The first so many lines are of recent changes. */
  readonly recent: number
  /** The digest names every member that the sender has. */
  readonly complete: boolean
}

/** Records, newest news first. A profile comes with its heartbeat when the receiver can't have it. */
export interface Delta {
  readonly heartbeats: readonly Heartbeat[]
  readonly profiles: readonly Profile[]
  /** Nothing of what was due was left out for its size. */
  readonly isWhole: boolean
}

export interface Ack {
  /** Lines of what the answerer wants, with what it has (zeros: nothing). */
  readonly wanted: Uint8Array
  readonly delta: Delta
}

export interface SynContext {
  readonly peer: string
  /** Sequence of the table at the last exchange with this peer. */
  readonly since: number
  /** Members to ask about in any case: at most `digestAskedMax`. */
  readonly asked: Iterable<Member>
  /** Seconds since the epoch. */
  readonly nowS: number
}

export function makeSyn(table: Table, { peer, since, asked, nowS }: SynContext): Syn {
  const mark = table.nextMark()
  const lines: Member[] = []
  const complete = !table.sampled && table.size <= digestWholeMax
  const take = (member: Member): void => {
    if (member.mark === mark || !isShared(member, nowS)) return
    member.mark = mark
    lines.push(member)
  }
  if (complete) {
    for (const member of table.kept()) take(member)
    return { digest: encodeLines(lines), recent: lines.length, complete }
  }
  for (const member of asked) take(member)
  for (const member of table.changedSince(since, peer)) {
    if (lines.length >= digestRecentMax) break
    take(member)
  }
  const recent = lines.length
  for (let i = 0; i < digestRandom; i++) {
    const member = table.random()
    if (member !== undefined) take(member)
  }
  return { digest: encodeLines(lines), recent, complete }
}

/** A line of a digest in which its sender is ahead. */
export interface News {
  readonly id: string
  readonly generation: number
  readonly version: number
  /** Among the sender's latest changes. */
  readonly recent: boolean
  /** Of the line in the digest, bytes. */
  readonly offset: number
}

export interface AnswerContext {
  /** What of the news is wanted. */
  readonly choose: (news: readonly News[]) => readonly News[]
  /** Of the records in the answer. */
  readonly maxBytes: number
  /** Seconds since the epoch. */
  readonly nowS: number
}

/** Answers a SYN whose digest is whole lines. */
export function answerSyn(table: Table, syn: Syn, { choose, maxBytes, nowS }: AnswerContext): Ack {
  const mark = table.nextMark()
  const view = viewOf(syn.digest)
  const news: News[] = []
  const owed: Owed[] = []
  for (let at = 0; at + DIGEST_ENTRY_BYTES <= syn.digest.length; at += DIGEST_ENTRY_BYTES) {
    const id = memberIdAt(syn.digest, at)
    const generation = view.getUint32(at + 8)
    const version = view.getUint32(at + 12)
    const member = table.get(id)
    if (member !== undefined) member.mark = mark
    const order = member === undefined ? -1 : compare(member.heartbeat, generation, version)
    if (order < 0) {
      news.push({ id, generation, version, recent: at / DIGEST_ENTRY_BYTES < syn.recent, offset: at })
    } else if (order > 0 && member !== undefined && isShared(member, nowS)) {
      owed.push({ member, withProfile: lacksProfile(member, generation, version) })
    }
  }
  if (syn.complete) {
    for (const member of table.kept()) {
      if (member.mark !== mark && isShared(member, nowS)) owed.push({ member, withProfile: true })
    }
  }
  const wanted = encodeWanted(table, syn.digest, choose(news))
  return { wanted, delta: makeDelta(owed, Math.min(maxBytes, deltaMaxBytes)) }
}

/** The records that an ACK asks for. */
export function deltaFor(table: Table, wanted: Uint8Array, { maxBytes, nowS }: Omit<AnswerContext, 'choose'>): Delta {
  const view = viewOf(wanted)
  const owed: Owed[] = []
  for (let at = 0; at + DIGEST_ENTRY_BYTES <= wanted.length; at += DIGEST_ENTRY_BYTES) {
    const member = table.get(memberIdAt(wanted, at))
    if (member === undefined || !isShared(member, nowS)) continue
    const generation = view.getUint32(at + 8)
    const version = view.getUint32(at + 12)
    if (compare(member.heartbeat, generation, version) <= 0) continue
    owed.push({ member, withProfile: lacksProfile(member, generation, version) })
  }
  return makeDelta(owed, Math.min(maxBytes, deltaMaxBytes))
}

/** Members of whom nothing was signed for half a day are told to nobody: they end with those who remember them. */
export function isShared({ heartbeat }: Member, nowS: number): boolean {
  return nowS - heartbeat.time < shareMaxS
}

interface Owed {
  readonly member: Member
  readonly withProfile: boolean
}

/** Whoever has a version from after the profile's has the profile. */
function lacksProfile({ heartbeat }: Member, generation: number, version: number): boolean {
  return generation !== heartbeat.generation || version < heartbeat.profileVersion
}

const sizeOf = ({ member, withProfile }: Owed): number =>
  HEARTBEAT_BYTES + (withProfile ? profileSize(member.profile) : 0)
const profileSize = ({ bytes }: Profile): number => bytes.length + 3

/** Bytes that its records take in a message. */
export function deltaBytes({ heartbeats, profiles }: Omit<Delta, 'isWhole'>): number {
  return profiles.reduce((sum, profile) => sum + profileSize(profile), heartbeats.length * HEARTBEAT_BYTES)
}

function makeDelta(owed: Owed[], maxBytes: number): Delta {
  const total = owed.reduce((sum, each) => sum + sizeOf(each), 0)
  if (total > maxBytes) owed.sort((a, b) => b.member.sequence - a.member.sequence)
  const heartbeats: Heartbeat[] = []
  const profiles: Profile[] = []
  let bytes = 0
  for (const each of owed) {
    bytes += sizeOf(each)
    if (bytes > maxBytes) break
    heartbeats.push(each.member.heartbeat)
    if (each.withProfile) profiles.push(each.member.profile)
  }
  return { heartbeats, profiles, isWhole: heartbeats.length === owed.length }
}

function compare(heartbeat: Heartbeat, generation: number, version: number): number {
  return heartbeat.generation === generation ? heartbeat.version - version : heartbeat.generation - generation
}

/** Id, generation and version stand in a heartbeat as they stand in a line, but for the rest of the key between them. */
function writeLine(target: Uint8Array, at: number, { bytes }: Heartbeat): void {
  for (let i = 0; i < 8; i++) {
    target[at + i] = bytes[i] ?? 0
    target[at + 8 + i] = bytes[32 + i] ?? 0
  }
}

function encodeLines(members: readonly Member[]): Uint8Array {
  const digest = new Uint8Array(members.length * DIGEST_ENTRY_BYTES)
  members.forEach(({ heartbeat }, i) => {
    writeLine(digest, i * DIGEST_ENTRY_BYTES, heartbeat)
  })
  return digest
}

function encodeWanted(table: Table, digest: Uint8Array, news: readonly News[]): Uint8Array {
  const wanted = new Uint8Array(news.length * DIGEST_ENTRY_BYTES)
  news.forEach(({ id, offset }, i) => {
    const at = i * DIGEST_ENTRY_BYTES
    const held = table.get(id)
    if (held !== undefined) writeLine(wanted, at, held.heartbeat)
    else wanted.set(digest.subarray(offset, offset + 8), at)
  })
  return wanted
}
