// This node among its members: what it says of itself, how often, and what it does when others remember more. Pure.
import type { Random } from '../runtime/index.ts'
import type { Heartbeat, Hex } from '../wire/index.ts'
import type { Detector } from './detector.ts'
import type { MembersEffect } from './events.ts'
import { Outgrowths } from './outgrowths.ts'
import type { OwnInit, OwnRecord } from './own.ts'
import { Pace } from './pace.ts'
import { compareRecords, isOfSameKey } from './record.ts'
import type { Member, Table } from './table.ts'

export interface OwnMemberParts {
  readonly own: OwnRecord
  readonly table: Table
  readonly detector: Detector
  /** This node's head: height, and the first 8 bytes of its hash. */
  readonly head: () => { readonly height: number; readonly head: Hex }
}

export interface OwnMemberInit {
  /** Length of a round, ms. */
  readonly roundMs: number
  readonly random: Random
}

export class OwnMember {
  readonly member: Member
  readonly #parts: OwnMemberParts
  readonly #pace: Pace
  readonly #outgrowths: Outgrowths
  #leaving = false

  /** Puts this node into the table. */
  constructor(parts: OwnMemberParts, init: OwnMemberInit, now: number) {
    const { own, table, detector } = parts
    this.#parts = parts
    this.#pace = new Pace(init)
    this.#outgrowths = new Outgrowths(init.roundMs, now)
    this.member = table.add(this.#sign(now), own.profile, 'alive', true).member
    detector.exempt(this.member)
    table.touch(this.member, undefined)
  }

  /** Live members of the whole network, this node included. */
  estimate(): number {
    return this.#parts.table.estimate(this.#pace.arrivalsMin)
  }

  /** Throws `WireError` for a profile that does not fit. */
  describe(change: Partial<OwnInit['profile']>, now: number): void {
    this.#parts.own.describe(change)
    this.#renew(now)
  }

  /** Says goodbye: the last heartbeat of this start. */
  leave(now: number): void {
    this.#leaving = true
    this.member.state = 'left'
    this.#renew(now)
  }

  /** Once a round: speaks if it is time. */
  round(now: number): void {
    if (!this.#leaving && this.#pace.isDue(now)) this.#renew(now)
  }

  /** A heartbeat of this node, as others have it. */
  hear(heartbeat: Heartbeat, now: number): MembersEffect[] {
    if (!isOfSameKey(this.member.heartbeat, heartbeat)) return []
    // Somebody remembers more of this node than it does.
    if (compareRecords(heartbeat, this.member.heartbeat) <= 0) return []
    const outgrowth = this.#outgrowths.meet(heartbeat.time, now)
    if (outgrowth === undefined) return []
    this.#parts.own.outgrow(heartbeat.generation)
    this.#renew(now)
    const effects: MembersEffect[] = [{ type: 'outgrown' }, { type: 'hurry' }]
    return outgrowth.isTwin ? [{ type: 'twin' }, ...effects] : effects
  }

  #renew(now: number): void {
    const { own, table } = this.#parts
    this.member.heartbeat = this.#sign(now)
    this.member.profile = own.profile
    table.touch(this.member, undefined)
  }

  #sign(now: number): Heartbeat {
    const { own, head, detector } = this.#parts
    const intervalMs = this.#pace.speak(this.estimate(), now)
    detector.announces(intervalMs)
    return own.renew({ time: Math.floor(now / 1000), intervalMs, leaving: this.#leaving, ...head() })
  }
}
