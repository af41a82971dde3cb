// A node's view of who is there: `handle(event, now) → effects`. Records merge as a join; silence is judged by phi; what
// it decides is this node's own view and told to nobody. Pure: time, chance and signatures are passed in.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import type { Heartbeat, Hex, Profile } from '../wire/index.ts'
import { Detector } from './detector.ts'
import type { News } from './exchange.ts'
import { Exchanges } from './exchanges.ts'
import { Outgrowths } from './outgrowths.ts'
import type { OwnInit, OwnRecord } from './own.ts'
import { Pace } from './pace.ts'
import { belongs, compareRecords, isOfSameKey } from './record.ts'
import { Strangers } from './strangers.ts'
import { type Member, Table } from './table.ts'

const LIMITS = MEMBERSHIP_LIMITS

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
  readonly #init: MembersInit
  readonly #table: Table
  readonly #self: Member
  readonly #detector: Detector
  readonly #strangers: Strangers
  readonly #outgrowths: Outgrowths
  readonly #pace: Pace
  #ticks = 0
  #leaving = false

  constructor(init: MembersInit, now: number) {
    this.#init = init
    this.#detector = new Detector(init.roundMs, now)
    this.#strangers = new Strangers({ atStart: init.tableMax, random: init.random })
    this.#pace = new Pace(init)
    this.#outgrowths = new Outgrowths(init.roundMs, now)
    this.#table = new Table({ max: Math.max(1, init.tableMax), priority: init.priority, random: init.random })
    this.exchanges = new Exchanges({
      table: this.#table,
      wants: (news, now) => this.#wants(news, now),
      strangers: this.#strangers
    })
    const { own } = init
    this.#self = this.#table.add(this.#sign(now), own.profile, 'alive', true).member
    this.#detector.exempt(this.#self)
    this.#table.touch(this.#self, undefined)
  }

  // ---- what is there

  /** This node first is not promised. Records of nodes that passed through are not among them. */
  members(): readonly Readonly<Member>[] {
    return this.#table.kept()
  }

  get self(): Readonly<Member> {
    return this.#self
  }

  get(id: string): Readonly<Member> | undefined {
    const member = this.#table.get(id)
    return member?.kept === true ? member : undefined
  }

  /** phi of its silence so far; 0 for this node and for who has left. */
  phi(member: Readonly<Member>, now: number): number {
    if (member === this.#self || member.state === 'left') return 0
    return this.#detector.phi(member, now)
  }

  /** Since its newest news, ms, without what this node slept. */
  silentMs(member: Readonly<Member>, now: number): number {
    return member === this.#self ? 0 : this.#detector.silentMs(member, now)
  }

  /** Live members of the whole network, this node included. */
  estimate(): number {
    return this.#table.estimate(this.#pace.arrivalsMin)
  }

  /**
   * Whether a record would be news. Of a member that spoke more often than it announced it is not yet, but for a goodbye:
   * the rest comes again, whoever is gone does not.
   */
  isNews({ id, generation, version, leaving }: Spoken, now: number): boolean {
    if (isFarAhead(generation, now)) return false
    const member = this.#table.get(id)
    if (member === undefined) return true
    if (!this.#isFree(member, now) && !(leaving && member.state !== 'left')) return false
    const { heartbeat } = member
    return generation > heartbeat.generation || (generation === heartbeat.generation && version > heartbeat.version)
  }

  /** Of a peer's news what is worth a signature check: of members never heard of before as many as it may bring. */
  choose<T extends { readonly id: string }>(news: readonly T[], via: string): readonly T[] {
    const known = news.filter(({ id }) => this.#table.get(id) !== undefined)
    const unknown = news.filter(({ id }) => this.#table.get(id) === undefined)
    return unknown.length === 0 ? news : [...this.#strangers.choose(unknown, via), ...known]
  }

  /** The profile that is held for an id. */
  profile(id: string): Profile | undefined {
    return this.#table.get(id)?.profile
  }

  /** Whether there is any use for news of a member. Of an unknown one beyond the table only recent news is passed on. */
  #wants({ id, generation, recent }: News, now: number): boolean {
    if (isFarAhead(generation, now)) return false
    const member = this.#table.get(id)
    if (member !== undefined) return this.#isFree(member, now)
    return recent || this.#table.hasRoomFor(id)
  }

  /** Whether another heartbeat of it may be taken. */
  #isFree(member: Member, now: number): boolean {
    return member === this.#self || this.#detector.isFree(member, now)
  }

  // ---- this node

  /** Throws `WireError` for a profile that does not fit. */
  describe(change: Partial<OwnInit['profile']>, now: number): void {
    this.#init.own.describe(change)
    this.#renew(now)
  }

  /** Says goodbye: the last heartbeat of this start. */
  leave(now: number): void {
    this.#leaving = true
    this.#self.state = 'left'
    this.#renew(now)
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
    if (known === this.#self) return this.#onOwn(heartbeat, now)
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

  /** Somebody remembers more of this node than it does. */
  #onOwn(heartbeat: Heartbeat, now: number): MembersEffect[] {
    const { own } = this.#init
    if (!isOfSameKey(this.#self.heartbeat, heartbeat)) return []
    if (compareRecords(heartbeat, this.#self.heartbeat) <= 0) return []
    const outgrowth = this.#outgrowths.meet(heartbeat.time, now)
    if (outgrowth === undefined) return []
    own.outgrow(heartbeat.generation)
    this.#renew(now)
    const effects: MembersEffect[] = [{ type: 'outgrown' }, { type: 'hurry' }]
    return outgrowth.isTwin ? [{ type: 'twin' }, ...effects] : effects
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
    if (member.state === 'alive' && member.heartbeat.height > this.#init.head().height) {
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
    if (!this.#leaving && this.#pace.isDue(now)) this.#renew(now)
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
      if (member === this.#self || nowS - member.heartbeat.time < LIMITS.forgetS) continue
      this.#table.remove(member)
      this.exchanges.stopAsking(member)
      effects.push({ type: 'change', change: 'forgotten', member })
    }
  }

  #renew(now: number): void {
    this.#self.heartbeat = this.#sign(now)
    this.#self.profile = this.#init.own.profile
    this.#table.touch(this.#self, undefined)
  }

  #sign(now: number): Heartbeat {
    const { own, head } = this.#init
    const intervalMs = this.#pace.speak(this.estimate(), now)
    this.#detector.announces(intervalMs)
    return own.renew({ time: Math.floor(now / 1000), intervalMs, leaving: this.#leaving, ...head() })
  }
}

/** Of a second: a clock that is that wrong, or a lie. */
function isFarAhead(second: number, now: number): boolean {
  return second > now / 1000 + LIMITS.aheadMaxS
}
