// A node's view of who is there: `handle(event, now) → effects`. Records merge as a join; silence is judged by phi; what
// it decides is this node's own view and told to nobody. Pure: time, chance and signatures are passed in.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import type { Heartbeat, Hex, Profile } from '../wire/index.ts'
import { type Ack, answerSyn, type Delta, deltaBytes, deltaFor, makeSyn, type Syn } from './exchange.ts'
import type { OwnInit, OwnRecord } from './own.ts'
import { type Arrivals, observe, phi, PRIOR, silenceUntil } from './phi.ts'
import { belongs, compareHeartbeats, compareProfiles, isOfSameKey } from './record.ts'
import { type Member, Table } from './table.ts'

const LIMITS = MEMBERSHIP_LIMITS

/** A heartbeat, and the profile if it came along. Signatures are good. */
export interface SignedRecord {
  readonly heartbeat: Heartbeat
  readonly profile?: Profile | undefined
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
  /** A profile that was not known before: its addresses may be worth knowing. */
  | { readonly type: 'profile'; readonly profile: Profile; readonly via: string }
  /** Its head is higher than ours: a hint. */
  | { readonly type: 'ahead'; readonly member: Readonly<Member> }
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

/** One tick of the detector's clock, ms: small integers in every member. */
const TICK_MS = 10
const NEVER = -1
/** Who is forgotten is looked for this often, in rounds. */
const FORGET_EVERY = 64

export class Members {
  readonly #init: MembersInit
  readonly #table: Table
  readonly #self: Member
  /** By peer: the table's sequence when it was last told everything. Bounded by connections. */
  readonly #told = new Map<string, number>()
  /** Members to ask about, until there is news. At most `digestAskedMax`; the oldest is dropped. */
  readonly #asked = new Set<Member>()
  /**
   * Records asked for in this round, by peer and id: not asked for again at once. Bounded by connections, each with
   * `requestedPerPeerMax`.
   */
  readonly #requested = new Map<string, Map<string, Requested>>()
  /** Peers whose `complete` was answered in this round. Bounded by connections. */
  readonly #completed = new Set<string>()
  /** Bytes of records that a peer's digests may still draw, if that is not all. At most `allowancesMax`. */
  readonly #allowances = new Map<string, number>()
  readonly #bornAt: number
  /** Time that this node slept or stood still, ms: nobody is judged by it. */
  #sleptMs = 0
  #lastTickAt: number
  #ticks = 0
  #renewAt = 0
  #leaving = false

  constructor(init: MembersInit, now: number) {
    this.#init = init
    this.#bornAt = now
    this.#lastTickAt = now
    this.#table = new Table({ max: Math.max(1, init.tableMax), priority: init.priority, random: init.random })
    const { own } = init
    this.#self = this.#table.add(this.#sign(now), own.profile, 'alive', true).member
    this.#self.dueAt = NEVER
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
    return phi(member, member.heartbeat.intervalMs, this.#init.roundMs, this.silentMs(member, now))
  }

  /** Since its newest news, ms, without what this node slept. */
  silentMs(member: Readonly<Member>, now: number): number {
    return member === this.#self ? 0 : Math.max(0, (this.#clock(now) - member.heardAt) * TICK_MS)
  }

  /** Live members of the whole network, this node included. */
  estimate(): number {
    return this.#table.estimate()
  }

  /**
   * Whether a record would be news: worth its signature check. Of a member that spoke more often than it announced it is
   * not yet, whatever it says: it comes again.
   */
  isNews(id: string, generation: number, version: number, now: number): boolean {
    const member = this.#table.get(id)
    if (member === undefined) return true
    if (!this.#isFree(member, now)) return false
    const { heartbeat } = member
    return generation > heartbeat.generation || (generation === heartbeat.generation && version > heartbeat.version)
  }

  /** The profile that is held for an id. */
  profile(id: string): Profile | undefined {
    return this.#table.get(id)?.profile
  }

  // ---- exchanges

  /** `sequence`: pass it to `told` once the peer has answered. */
  syn(peer: string, now: number): Syn & { readonly sequence: number } {
    const { sequence } = this.#table
    const since = this.#told.get(peer) ?? 0
    const nowS = now / 1000
    return { ...makeSyn(this.#table, { peer, since, asked: this.#asked, nowS }), sequence }
  }

  /** A digest of a few bytes may draw many: each peer has an allowance, and is told of everybody once in a round. */
  answer(syn: Syn, peer: string, now: number): Ack {
    const wants = (id: string, generation: number, version: number, recent: boolean): boolean =>
      this.#accepts(id, recent) && this.#request({ generation, version, at: now }, id, peer)
    const complete = syn.complete && !this.#completed.has(peer)
    if (complete) this.#completed.add(peer)
    const allowance = this.#allowances.get(peer) ?? LIMITS.allowanceMaxBytes
    const ack = answerSyn(this.#table, { ...syn, complete }, { wants, maxBytes: allowance, nowS: now / 1000 })
    this.#allow(peer, allowance - deltaBytes(ack.delta))
    return ack
  }

  /** Whether this peer is asked for a record. What it says is there may be invented: others are asked soon, too. */
  #request(wanted: Requested, id: string, peer: string): boolean {
    const known = this.#table.get(id)
    if (known !== undefined && !this.#isFree(known, wanted.at)) return false
    const ofPeer = this.#requested.get(peer) ?? new Map<string, Requested>()
    const before = ofPeer.get(id)
    if (before === undefined ? ofPeer.size >= LIMITS.requestedPerPeerMax : !isAfter(wanted, before)) return false
    for (const ofOther of this.#requested.values()) {
      const other = ofOther.get(id)
      const isSame = other?.generation === wanted.generation && other.version === wanted.version
      if (isSame && wanted.at - other.at < LIMITS.requestWaitMs) return false
    }
    this.#requested.set(peer, ofPeer.set(id, wanted))
    return true
  }

  #allow(peer: string, bytes: number): void {
    this.#allowances.delete(peer)
    if (bytes >= LIMITS.allowanceMaxBytes) return
    this.#allowances.set(peer, bytes)
    if (this.#allowances.size <= LIMITS.allowancesMax) return
    const oldest = this.#allowances.keys().next().value
    if (oldest !== undefined) this.#allowances.delete(oldest)
  }

  delta(wanted: Uint8Array, now: number): Delta {
    return deltaFor(this.#table, wanted, now / 1000)
  }

  told(peer: string, sequence: number): void {
    this.#told.set(peer, Math.max(sequence, this.#told.get(peer) ?? 0))
  }

  /** The connection is gone: next time the peer is told everything again. */
  forgetPeer(peer: string): void {
    this.#told.delete(peer)
    this.#requested.delete(peer)
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
    const aheadMax = now / 1000 + LIMITS.aheadMaxS
    if (heartbeat.generation > aheadMax || heartbeat.time > aheadMax) return []
    const known = this.#table.get(heartbeat.id)
    if (known === this.#self) return this.#onOwn(heartbeat, now)
    // Two keys that begin alike: the first one here stays.
    if (known !== undefined && !isOfSameKey(known.heartbeat, heartbeat)) return []
    const profile = this.#profileFor(heartbeat, known, sent)
    if (profile === undefined) return []
    if (known === undefined) return this.#onUnknown(heartbeat, profile, via, now)
    if (compareHeartbeats(heartbeat, known.heartbeat) > 0) return this.#onNews(known, heartbeat, profile, via, now)
    // A second profile of one version: a cheating owner. Both sides of an exchange end with the same.
    if (known.profile !== profile && belongs(profile, known.heartbeat)) known.profile = profile
    return []
  }

  /** The profile that the heartbeat speaks of, if it is here. */
  #profileFor(heartbeat: Heartbeat, known: Member | undefined, sent: Profile | undefined): Profile | undefined {
    const held = known !== undefined && belongs(known.profile, heartbeat) ? known.profile : undefined
    if (sent === undefined || !belongs(sent, heartbeat)) return held
    return held === undefined || compareProfiles(sent, held) > 0 ? sent : held
  }

  /** Somebody remembers more of this node than it does. */
  #onOwn(heartbeat: Heartbeat, now: number): MembersEffect[] {
    const { own } = this.#init
    if (!isOfSameKey(this.#self.heartbeat, heartbeat)) return []
    if (compareHeartbeats(heartbeat, this.#self.heartbeat) <= 0) return []
    own.outgrow(heartbeat.generation)
    this.#renew(now)
    return [{ type: 'hurry' }]
  }

  #onUnknown(heartbeat: Heartbeat, profile: Profile, via: string, now: number): MembersEffect[] {
    const age = now / 1000 - heartbeat.time
    if (age > LIMITS.shareMaxS) return []
    const hasRoom = this.#table.hasRoomFor(heartbeat.id)
    if (!hasRoom && age > LIMITS.passingMaxS) return []
    // Whoever was silent for long before we first hear of it is not alive until the contrary is heard.
    const silence = silenceUntil(LIMITS.downPhi, PRIOR, heartbeat.intervalMs, this.#init.roundMs)
    const isOld = age * 1000 > 2 * silence + 30_000
    const state = heartbeat.leaving ? 'left' : isOld ? 'down' : 'alive'
    const { member, evicted } = this.#table.add(heartbeat, profile, state)
    this.#listen(member, now)
    this.#table.touch(member, via)
    return member.kept ? this.#joined(member, evicted, via) : []
  }

  #onNews(member: Member, heartbeat: Heartbeat, profile: Profile, via: string, now: number): MembersEffect[] {
    const before = member.state
    const isSame = heartbeat.generation === member.heartbeat.generation
    // After a sleep the clock may stand before what was heard last.
    const gapMs = Math.max(0, (this.#clock(now) - member.heardAt) * TICK_MS)
    if (!isSame) learn(member, PRIOR)
    else if (before === 'alive' || before === 'suspect')
      learn(member, observe(member, gapMs, member.heartbeat.intervalMs))
    const hasNewProfile = profile.bytes !== member.profile.bytes
    member.heartbeat = heartbeat
    member.profile = profile
    member.state = heartbeat.leaving ? 'left' : 'alive'
    this.#listen(member, now)
    this.#table.touch(member, via)
    this.#asked.delete(member)
    const effects: MembersEffect[] = []
    if (!member.kept) return this.#onRoom(member, via)
    if (hasNewProfile) effects.push({ type: 'profile', profile, via }, { type: 'hurry' })
    if (member.state !== before) {
      this.#table.stateChanged()
      effects.push({ type: 'change', change: member.state === 'left' ? 'left' : 'back', member }, { type: 'hurry' })
    } else if (!isSame) effects.push({ type: 'hurry' })
    return this.#withHint(member, effects)
  }

  /** Whoever only passed so far is kept once there is room. */
  #onRoom(member: Member, via: string): MembersEffect[] {
    if (!this.#table.hasRoomFor(member.id)) return []
    const { evicted } = this.#table.keep(member)
    return member.kept ? this.#joined(member, evicted, via) : []
  }

  #joined(member: Member, evicted: Member | undefined, via: string): MembersEffect[] {
    const effects: MembersEffect[] = []
    if (evicted !== undefined) {
      this.#asked.delete(evicted)
      effects.push({ type: 'change', change: 'forgotten', member: evicted })
    }
    if (member.state !== 'alive') return effects
    effects.push({ type: 'profile', profile: member.profile, via })
    effects.push({ type: 'change', change: 'joined', member }, { type: 'hurry' })
    return this.#withHint(member, effects)
  }

  #withHint(member: Member, effects: MembersEffect[]): MembersEffect[] {
    if (member.state === 'alive' && member.heartbeat.height > this.#init.head().height) {
      effects.push({ type: 'ahead', member })
    }
    return effects
  }

  /** From now on it is silent; says when that becomes suspicious. */
  #listen(member: Member, now: number): void {
    const ticks = this.#ticksAt(now)
    const gap = this.#gapMin(member)
    member.freeAt = Math.min(Math.max(member.freeAt, ticks), ticks + LIMITS.heartbeatsAtOnce * gap) + gap
    member.heardAt = this.#clock(now)
    member.dueAt = member.state === 'alive' ? this.#dueAt(member, LIMITS.suspectPhi) : NEVER
  }

  /** Ticks that heartbeats of a member are apart on average: half of what it announced, for one may come early. */
  #gapMin({ heartbeat }: Member): number {
    const intervalMs = Math.min(LIMITS.intervalMaxMs, Math.max(this.#init.roundMs, heartbeat.intervalMs))
    return Math.ceil(intervalMs / 2 / TICK_MS)
  }

  /** Whether another heartbeat of it may be taken. A goodbye or a new profile soon after the last one may. */
  #isFree(member: Member, now: number): boolean {
    return member === this.#self || this.#ticksAt(now) + LIMITS.heartbeatsAtOnce * this.#gapMin(member) >= member.freeAt
  }

  #dueAt(member: Member, threshold: number): number {
    const silence = silenceUntil(threshold, member, member.heartbeat.intervalMs, this.#init.roundMs)
    return member.heardAt + Math.ceil(silence / TICK_MS)
  }

  #onClosed(id: string): MembersEffect[] {
    const member = this.#table.get(id)
    if (member === undefined || member.state !== 'alive') return []
    this.#ask(member)
    return [{ type: 'hurry' }]
  }

  #ask(member: Member): void {
    this.#asked.add(member)
    for (const oldest of this.#asked) {
      if (this.#asked.size <= LIMITS.digestAskedMax) break
      this.#asked.delete(oldest)
    }
  }

  #onTick(now: number): MembersEffect[] {
    this.#requested.clear()
    this.#completed.clear()
    for (const [peer, bytes] of [...this.#allowances]) this.#allow(peer, bytes + LIMITS.allowanceBytesPerRound)
    this.#noticeSleep(now)
    if (!this.#leaving && now >= this.#renewAt) this.#renew(now)
    const clock = this.#clock(now)
    const effects: MembersEffect[] = []
    for (const member of this.#table.kept())
      if (member.dueAt !== NEVER && clock >= member.dueAt) effects.push(this.#judge(member))
    if (++this.#ticks % FORGET_EVERY === 0) this.#forget(now, effects)
    return effects
  }

  /** What this node did not hear while its own loop stood still says nothing of others. */
  #noticeSleep(now: number): void {
    const { roundMs } = this.#init
    const late = now - this.#lastTickAt - roundMs
    this.#lastTickAt = now
    if (late > LIMITS.sleptRounds * roundMs) this.#sleptMs += late + LIMITS.pauseRounds * roundMs
  }

  /** Suspect first, down only after a second look. */
  #judge(member: Member): MembersEffect {
    const isSuspect = member.state === 'alive'
    member.state = isSuspect ? 'suspect' : 'down'
    member.dueAt = isSuspect ? this.#dueAt(member, LIMITS.downPhi) : NEVER
    if (isSuspect) this.#ask(member)
    else {
      this.#asked.delete(member)
      this.#table.stateChanged()
    }
    return { type: 'change', change: isSuspect ? 'suspected' : 'down', member }
  }

  #forget(now: number, effects: MembersEffect[]): void {
    const nowS = now / 1000
    for (const member of [...this.#table.kept()]) {
      if (member === this.#self || nowS - member.heartbeat.time < LIMITS.forgetS) continue
      this.#table.remove(member)
      this.#asked.delete(member)
      effects.push({ type: 'change', change: 'forgotten', member })
    }
  }

  /** Of an unknown member beyond the table only recent news is taken, to be passed on. */
  #accepts(id: string, recent: boolean): boolean {
    return recent || this.#table.get(id) !== undefined || this.#table.hasRoomFor(id)
  }

  #renew(now: number): void {
    this.#self.heartbeat = this.#sign(now)
    this.#self.profile = this.#init.own.profile
    this.#table.touch(this.#self, undefined)
  }

  #sign(now: number): Heartbeat {
    const { own, roundMs, head } = this.#init
    const members = Math.max(1, this.#table.estimate())
    const intervalMs = Math.min(
      LIMITS.intervalMaxMs,
      Math.max(roundMs, Math.round((members / LIMITS.heartbeatsPerRound) * roundMs))
    )
    // Half a round early is on time: rounds are what renews.
    this.#renewAt = now + intervalMs - roundMs / 2
    return own.renew({ time: Math.floor(now / 1000), intervalMs, leaving: this.#leaving, ...head() })
  }

  /** Since the start, asleep or not. */
  #ticksAt(now: number): number {
    return Math.round((now - this.#bornAt) / TICK_MS)
  }

  #clock(now: number): number {
    return Math.round((now - this.#bornAt - this.#sleptMs) / TICK_MS)
  }
}

interface Requested {
  readonly generation: number
  readonly version: number
  /** ms since the epoch. */
  readonly at: number
}

const isAfter = (a: Requested, b: Requested): boolean =>
  a.generation === b.generation ? a.version > b.version : a.generation > b.generation

function learn(member: Member, { mean, variance, count }: Arrivals): void {
  member.mean = mean
  member.variance = variance
  member.count = count
}
