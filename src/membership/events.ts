// What happens to a node's view of its members, and what comes of it.
import type { Heartbeat, Profile } from '../wire/index.ts'
import type { Member } from './table.ts'

/** A heartbeat, and the profile if it came along. Signatures are good. */
export interface SignedRecord {
  readonly heartbeat: Heartbeat
  readonly profile?: Profile | undefined
}

/** What stands in a heartbeat, before it is decoded. */
export interface Spoken {
  readonly id: string
  readonly generation: number
  readonly version: number
  readonly leaving: boolean
}

export type MembersEvent =
  /** Verified records, from a peer. */
  | { readonly type: 'records'; readonly records: readonly SignedRecord[]; readonly via: string }
  /** Once a round. */
  | { readonly type: 'tick' }
  /** A connection to a member ended. A hint, no verdict: others are asked for news of it. */
  | { readonly type: 'closed'; readonly id: string }

/** `back` also from `left`: a member that said goodbye may return. */
export type MemberChange = 'joined' | 'suspected' | 'down' | 'back' | 'left' | 'forgotten'

export type MembersEffect =
  | { readonly type: 'change'; readonly change: MemberChange; readonly member: Readonly<Member> }
  /** A profile that was not known before, or of a member that is back: its addresses may be worth knowing. */
  | { readonly type: 'profile'; readonly profile: Profile }
  /** Its head is higher than ours: a hint. */
  | { readonly type: 'ahead'; readonly member: Readonly<Member> }
  /** This node took a later generation than that of its start: its next start must have a later one still. */
  | { readonly type: 'outgrown' }
  /** Another node signs with this node's key. */
  | { readonly type: 'twin' }
  /** News that people wait for: the next round should come soon. */
  | { readonly type: 'hurry' }
