// Members as others ask for them: by tag, role and state.
import type { Member, Members, MemberState } from '../membership/index.ts'
import { heartbeatHead, type Hex, type Tags } from '../wire/index.ts'
import type { RecordReader } from './member-records.ts'

/** A member as this node sees it. */
export interface MemberInfo {
  readonly peer: string
  readonly isSelf: boolean
  readonly state: MemberState
  /** Suspicion: −log10 of the probability that news would come later than now. */
  readonly phi: number
  /** Since the newest heartbeat was heard of, ms. */
  readonly silentMs: number
  readonly height: number
  /** First 16 hex digits of its head's hash. */
  readonly head: Hex
  readonly agent: string
  readonly role: string
  readonly tags: Tags
  readonly addresses: readonly string[]
  /** Second of its start. */
  readonly generation: number
  readonly version: number
}

export interface MemberQuery {
  /** All of these must match; `role` also matches the role. */
  readonly tags?: Tags
  readonly state?: MemberState
}

/** Members that match, this node among them. */
export function findMembers(
  members: Members,
  records: RecordReader,
  { tags = {}, state }: MemberQuery,
  now: number
): MemberInfo[] {
  const wanted = Object.entries(tags)
  return members
    .members()
    .filter((member) => state === undefined || member.state === state)
    .filter(({ profile }) =>
      wanted.every(([name, value]) => profile.tags[name] === value || (name === 'role' && profile.role === value))
    )
    .map((member) => describe(members, records, member, now))
}

function describe(members: Members, records: RecordReader, member: Readonly<Member>, now: number): MemberInfo {
  const { heartbeat, profile, state } = member
  return {
    peer: records.peerOf(profile),
    isSelf: member === members.self,
    state,
    phi: members.phi(member, now),
    silentMs: members.silentMs(member, now),
    height: heartbeat.height,
    head: heartbeatHead(heartbeat),
    agent: profile.agent,
    role: profile.role,
    tags: profile.tags,
    addresses: profile.addresses,
    generation: heartbeat.generation,
    version: heartbeat.version
  }
}
