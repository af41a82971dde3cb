// A node's view of who is there: `handle(event, now) → effects`. Records merge as a join, here; silence is judged by phi; what
// it decides is this node's own view and told to nobody. Pure: time, chance and signatures are passed in.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import type { Heartbeat, Hex, Profile } from '../wire/index.ts'
import { Detector } from './detector.ts'
import type { MembersEffect, MembersEvent, SignedRecord, Spoken } from './events.ts'
import { Exchanges } from './exchanges.ts'
import { Interest, isFarAhead } from './interest.ts'
import type { OwnInit, OwnRecord } from './own.ts'
import { OwnMember } from './own-member.ts'
import { belongs, compareRecords, isOfSameKey } from './record.ts'
import { Strangers } from './strangers.ts'
import { type Member, Table } from './table.ts'

const LIMITS = MEMBERSHIP_LIMITS

export interface MembersInit {
  readonly own: OwnRecord
  /** Length of a round, ms. */
  readonly roundMs: number
  readonly tableMax: number
  /** Keyed hash of an id, 30 bits. */
  readonly priority: (id: string) => number
  readonly random: Random
  /** This node's head: height, and the first 8 bytes of its hash. */
  readonly head: () => { readonly height: number; readonly head: Hex }
}

/** Who is forgotten is looked for this often, in rounds. */
const FORGET_EVERY = 64

export class Members {
  /** With peers: digests, and the records that follow from them. */
  readonly exchanges: Exchanges
  readonly #head: MembersInit['head']
  readonly #table: Table
  readonly #own: OwnMember
  readonly #detector: Detector
  readonly #strangers: Strangers
  readonly #interest: Interest
  #ticks = 0

  constructor(init: MembersInit, now: number) {
    const { own, roundMs, tableMax, priority, random, head } = init
    const table = new Table({ max: Math.max(1, tableMax), priority, random })
    const detector = new Detector(roundMs, now)
    const strangers = new Strangers({ atStart: tableMax, random })
    this.#head = head
    this.#table = table
    this.#detector = detector
    this.#strangers = strangers
    this.#own = new OwnMember({ own, table, detector, head }, { roundMs, random }, now)
    this.#interest = new Interest({ table, detector, strangers, self: this.#own.member })
    this.exchanges = new Exchanges({ table, wants: (news, now) => this.#interest.wants(news, now), strangers })
  }

  // ---- what is there

  /** This node first is not promised. Records of nodes that passed through are not among them. */
  members(): readonly Readonly<Member>[] {
    return this.#table.kept()
  }

  get self(): Readonly<Member> {
    return this.#own.member
  }

  get(id: string): Readonly<Member> | undefined {
    const member = this.#table.get(id)
    return member?.kept === true ? member : undefined
  }

  /** phi of its silence so far; 0 for this node and for who has left. */
  phi(member: Readonly<Member>, now: number): number {
    if (member === this.#own.member || member.state === 'left') return 0
    return this.#detector.phi(member, now)
  }

  /** Since its newest news, ms, without what this node slept. */
  silentMs(member: Readonly<Member>, now: number): number {
    return member === this.#own.member ? 0 : this.#detector.silentMs(member, now)
  }

  /** Live members of the whole network, this node included. */
  estimate(): number {
    return this.#own.estimate()
  }

  /** Whether a record would be news: `Interest.isNews`. */
  isNews(spoken: Spoken, now: number): boolean {
    return this.#interest.isNews(spoken, now)
  }

  /** Of a peer's news what is worth a signature check: `Interest.choose`. */
  choose<T extends { readonly id: string }>(news: readonly T[], via: string): readonly T[] {
    return this.#interest.choose(news, via)
  }

  /** The profile that is held for an id. */
  profile(id: string): Profile | undefined {
    return this.#table.get(id)?.profile
  }

  // ---- this node

  /** Throws `WireError` for a profile that does not fit. */
  describe(change: Partial<OwnInit['profile']>, now: number): void {
    this.#own.describe(change, now)
  }

  /** Says goodbye: the last heartbeat of this start. */
  leave(now: number): void {
    this.#own.leave(now)
  }

  // ---- what happens

  handle(event: MembersEvent, now: number): MembersEffect[] {
    this.#detector.awake(now)
    switch (event.type) {
      case 'records':
        return event.records.flatMap((record) => this.#onRecord(record, event.via, now))
      case 'tick':
        return this.#onTick(now)
      case 'closed':
        return this.#onClosed(event.id)
    }
  }

  #onRecord({ heartbeat, profile: sent }: SignedRecord, via: string, now: number): MembersEffect[] {
    if (isFarAhead(heartbeat.generation, now) || isFarAhead(heartbeat.time, now)) return []
    const known = this.#table.get(heartbeat.id)
    if (known === this.#own.member) return this.#own.hear(heartbeat, now)
    // Two keys that begin alike: the first one here stays.
    if (known !== undefined && !isOfSameKey(known.heartbeat, heartbeat)) return []
    const profile = this.#profileFor(heartbeat, known, sent)
    if (profile === undefined) return []
    if (known === undefined) return this.#onUnknown(heartbeat, profile, via, now)
    if (compareRecords(heartbeat, known.heartbeat) > 0) return this.#onNews(known, heartbeat, profile, via, now)
    // A second profile of one version: a cheating owner. Both sides of an exchange end with the same.
    if (known.profile !== profile && belongs(profile, known.heartbeat)) known.profile = profile
    return []
  }

  /** The profile that the heartbeat speaks of, if it is here. */
  #profileFor(heartbeat: Heartbeat, known: Member | undefined, sent: Profile | undefined): Profile | undefined {
    const held = known !== undefined && belongs(known.profile, heartbeat) ? known.profile : undefined
    if (sent === undefined || !belongs(sent, heartbeat)) return held
    return held === undefined || compareRecords(sent, held) > 0 ? sent : held
  }

  #onUnknown(heartbeat: Heartbeat, profile: Profile, via: string, now: number): MembersEffect[] {
    const age = now / 1000 - heartbeat.time
    if (age > LIMITS.shareMaxS) return []
    const hasRoom = this.#table.hasRoomFor(heartbeat.id)
    if (!hasRoom && age > LIMITS.passingMaxS) return []
    if (!this.#strangers.take(heartbeat.id, via)) return []
    const isOld = this.#detector.isLongSilent(heartbeat, now)
    const state = heartbeat.leaving ? 'left' : isOld ? 'down' : 'alive'
    const { member, evicted } = this.#table.add(heartbeat, profile, state)
    this.#detector.listen(member, now)
    this.#table.touch(member, via)
    return member.kept ? this.#joined(member, evicted) : []
  }

  #onNews(member: Member, heartbeat: Heartbeat, profile: Profile, via: string, now: number): MembersEffect[] {
    const before = member.state
    const isGone = before === 'down' || before === 'left'
    const isBelated = isGone && this.#detector.isBelated(member, heartbeat, now)
    const isSame = heartbeat.generation === member.heartbeat.generation
    this.#detector.learn(member, !isSame, now)
    const hasNewProfile = profile.bytes !== member.profile.bytes
    member.heartbeat = heartbeat
    member.profile = profile
    member.state = heartbeat.leaving ? 'left' : isBelated ? before : 'alive'
    this.#detector.listen(member, now)
    this.#table.touch(member, via)
    this.#table.settle(member)
    this.exchanges.stopAsking(member)
    const effects: MembersEffect[] = []
    if (!member.kept) return this.#onRoom(member)
    const isBack = member.state === 'alive' && before !== 'alive'
    // Whoever was gone for long may be nowhere in address books any more, or never was.
    if (hasNewProfile || isBack) effects.push({ type: 'profile', profile })
    if (hasNewProfile) effects.push({ type: 'hurry' })
    if (member.state !== before) {
      this.#table.stateChanged(member)
      effects.push({ type: 'change', change: member.state === 'left' ? 'left' : 'back', member }, { type: 'hurry' })
    } else if (!isSame) effects.push({ type: 'hurry' })
    return this.#withHint(member, effects)
  }

  /** Whoever only passed so far is kept once there is room. */
  #onRoom(member: Member): MembersEffect[] {
    if (!this.#table.hasRoomFor(member.id)) return []
    const { evicted } = this.#table.keep(member)
    return member.kept ? this.#joined(member, evicted) : []
  }

  #joined(member: Member, evicted: Member | undefined): MembersEffect[] {
    const effects: MembersEffect[] = []
    if (evicted !== undefined) {
      this.exchanges.stopAsking(evicted)
      effects.push({ type: 'change', change: 'forgotten', member: evicted })
    }
    if (member.state !== 'alive') return effects
    effects.push({ type: 'profile', profile: member.profile })
    effects.push({ type: 'change', change: 'joined', member }, { type: 'hurry' })
    return this.#withHint(member, effects)
  }

  #withHint(member: Member, effects: MembersEffect[]): MembersEffect[] {
    if (member.state === 'alive' && member.heartbeat.height > this.#head().height) {
      effects.push({ type: 'ahead', member })
    }
    return effects
  }

  #onClosed(id: string): MembersEffect[] {
    const member = this.get(id)
    // Whoever only passes is not watched: nothing would end the asking.
    if (member?.state !== 'alive') return []
    this.exchanges.ask(member)
    return [{ type: 'hurry' }]
  }

  #onTick(now: number): MembersEffect[] {
    this.exchanges.newRound()
    this.#strangers.newRound()
    this.#detector.round(now)
    this.#own.round(now)
    const effects: MembersEffect[] = []
    for (const member of this.#detector.judge(this.#table.kept(), now)) effects.push(this.#judged(member))
    if (++this.#ticks % FORGET_EVERY === 0) this.#forget(now, effects)
    return effects
  }

  #judged(member: Member): MembersEffect {
    if (member.state === 'suspect') {
      this.exchanges.ask(member)
      return { type: 'change', change: 'suspected', member }
    }
    this.exchanges.stopAsking(member)
    this.#table.stateChanged(member)
    return { type: 'change', change: 'down', member }
  }

  #forget(now: number, effects: MembersEffect[]): void {
    const nowS = now / 1000
    for (const member of [...this.#table.kept()]) {
      if (member === this.#own.member || nowS - member.heartbeat.time < LIMITS.forgetS) continue
      this.#table.remove(member)
      this.exchanges.stopAsking(member)
      effects.push({ type: 'change', change: 'forgotten', member })
    }
  }
}
