// The members a node keeps, and the order in which it heard news of them. Up to `max` it keeps everyone; beyond, those
// whose ids hash lowest under a secret of its own: a uniform sample that nobody can aim at, stable enough to watch
// (min-wise sampling as in Bortnikov et al., "Brahms", 2009). Half of it belongs to those who have been there for a
// while: keys are free to make, and a flood of new ones must not wash them away. News of others passes through, as long
// as it is among the latest changes. Everything is bounded: `max` members and a log of changes. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import type { Heartbeat, Profile } from '../wire/index.ts'
import { type Arrivals, PRIOR } from './phi.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export type MemberState = 'alive' | 'suspect' | 'down' | 'left'

/**
 * A member as its node sees it. Records are shared by all nodes of a process; the rest are pointers and small integers,
 * so that a member costs about 207 bytes.
 */
export interface Member extends Writable<Arrivals> {
  readonly id: string
  profile: Profile
  heartbeat: Heartbeat
  state: MemberState
  /** False: beyond the table, only passed on. */
  kept: boolean
  /** One of the half of the table that strangers don't replace. */
  settled: boolean
  /** Of its latest change, and its neighbours in the log of changes. */
  sequence: number
  newer: Member | undefined
  older: Member | undefined
  /** Peer that the latest news came from. */
  via: string | undefined
  /** Of the latest news, and when the next verdict is due, in ticks of the detector's clock. */
  heardAt: number
  dueAt: number
  /** When its allowance of heartbeats is whole again, in ticks since this node's start. */
  freeAt: number
  /** 30 bits of its keyed hash: the lowest stay. */
  readonly priority: number
  place: number
  /** Of the last message that named it. */
  mark: number
}

export interface TableInit {
  readonly max: number
  /** Keyed hash of an id, 30 bits. */
  readonly priority: (id: string) => number
  readonly random: Random
}

const PRIORITY_RANGE = 2 ** 30

export class Table {
  readonly #init: TableInit
  readonly #logMax: number
  readonly #byId = new Map<string, Member>()
  /** Members that are kept, in no order. */
  readonly #kept: Member[] = []
  /** Both ends of the log: members in the order of their latest changes, each once, so that one alone can't fill it. */
  #newest: Member | undefined
  #oldest: Member | undefined
  #logged = 0
  #sequence = 0
  #marks = 0
  /** Members that are settled: at most half of `max`. */
  #settled = 0
  /** Kept member with the highest priority, while the table is full. */
  #worst: Member | undefined
  /** Somebody did not fit in: the table is a sample. */
  #sampled = false

  constructor(init: TableInit) {
    this.#init = init
    this.#logMax = Math.max(16, init.max + Math.min(MEMBERSHIP_LIMITS.passingMax, init.max))
  }

  get size(): number {
    return this.#kept.length
  }

  get sequence(): number {
    return this.#sequence
  }

  /** Whether it is a sample of a larger network. */
  get sampled(): boolean {
    return this.#sampled
  }

  /** Kept or passing. */
  get(id: string): Member | undefined {
    return this.#byId.get(id)
  }

  kept(): readonly Member[] {
    return this.#kept
  }

  /** A number for a message under construction; members that it names are marked with it. */
  nextMark(): number {
    this.#marks = (this.#marks + 1) & 0x3fffffff
    return this.#marks
  }

  random(): Member | undefined {
    return this.#kept[this.#init.random.int(this.#kept.length)]
  }

  /** Whether somebody unknown would be kept. */
  hasRoomFor(id: string): boolean {
    if (this.#kept.length < this.#init.max) return true
    const worst = this.#findWorst()
    return worst !== undefined && (isGone(worst) || this.#init.priority(id) < worst.priority)
  }

  /** Adds somebody unknown. Returns who had to go for it, if anybody. `always`: this node itself. */
  add(
    heartbeat: Heartbeat,
    profile: Profile,
    state: MemberState,
    always = false
  ): { readonly member: Member; readonly evicted?: Member } {
    const { id } = heartbeat
    const priority = always ? -1 : this.#init.priority(id)
    const member: Member = {
      id,
      profile,
      heartbeat,
      state,
      kept: false,
      settled: false,
      sequence: 0,
      newer: undefined,
      older: undefined,
      via: undefined,
      mean: PRIOR.mean,
      variance: PRIOR.variance,
      count: PRIOR.count,
      heardAt: 0,
      dueAt: 0,
      freeAt: 0,
      priority,
      place: -1,
      mark: 0
    }
    this.#byId.set(id, member)
    return { member, ...this.keep(member) }
  }

  /** Keeps a member that only passed, if there is room for it now. Returns who had to go. */
  keep(member: Member): { readonly evicted?: Member } {
    if (member.kept) return {}
    let evicted: Member | undefined
    if (this.#kept.length >= this.#init.max) {
      this.#sampled = true
      const worst = this.#findWorst()
      if (worst === undefined || (!isGone(worst) && member.priority >= worst.priority)) return {}
      evicted = worst
      this.remove(worst)
    }
    member.kept = true
    member.place = this.#kept.length
    this.#kept.push(member)
    this.#worst = undefined
    return evicted === undefined ? {} : { evicted }
  }

  remove(member: Member): void {
    this.#byId.delete(member.id)
    this.#unlog(member)
    if (!member.kept) return
    member.kept = false
    this.#unsettle(member)
    const last = this.#kept.pop()
    if (last !== undefined && last !== member) {
      this.#kept[member.place] = last
      last.place = member.place
    }
    // Everybody fits in again: who is here is the whole network, and a digest names all of it.
    if (this.#kept.length <= this.#init.max / 2) this.#sampled = false
    this.#worst = undefined
  }

  /** Somebody is gone or back: who would be replaced first may be another now. */
  stateChanged(member: Member): void {
    if (isGone(member)) this.#unsettle(member)
    this.#worst = undefined
  }

  /**
   * There was news of a kept member once more. Places among the settled are for those who came first: whoever could push
   * others out of them by keeping more keys alive would.
   */
  settle(member: Member): void {
    if (member.settled || !member.kept || isGone(member)) return
    if (member.count < MEMBERSHIP_LIMITS.settledArrivals || this.#settled >= this.#init.max / 2) return
    member.settled = true
    this.#settled++
    this.#worst = undefined
  }

  #unsettle(member: Member): void {
    if (!member.settled) return
    member.settled = false
    this.#settled--
  }

  /** There is news of this member, from `via`. */
  touch(member: Member, via: string | undefined): void {
    this.#unlog(member)
    member.sequence = ++this.#sequence
    member.via = via
    member.older = this.#newest
    if (this.#newest === undefined) this.#oldest = member
    else this.#newest.newer = member
    this.#newest = member
    const oldest = this.#oldest
    if (++this.#logged <= this.#logMax || oldest === undefined) return
    // News that passes is gone with its line in the log.
    if (oldest.kept) this.#unlog(oldest)
    else this.remove(oldest)
  }

  /** Members with news since `sequence` that did not come from `peer`, newest first. */
  *changedSince(sequence: number, peer: string): Generator<Member> {
    for (let at = this.#newest; at !== undefined && at.sequence > sequence; at = at.older) if (at.via !== peer) yield at
  }

  #unlog(member: Member): void {
    const { newer, older } = member
    if (newer === undefined && this.#newest !== member) return
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    member.newer = undefined
    member.older = undefined
    this.#logged--
  }

  /**
   * Live members of the whole network, from whom so many arrivals came: counted, or, from a sample, estimated by how low its
   * hashes are.
   */
  estimate(arrivalsMin: number): number {
    const counted = this.#kept.filter((member) => !isGone(member) && (isSelf(member) || member.count >= arrivalsMin))
    if (!this.#sampled || this.#kept.length < this.#init.max) return counted.length
    // Below the middle of all: above it stand some who are kept because they are settled.
    const lowest = this.#kept.map(({ priority }) => priority).sort((a, b) => a - b)
    const middle = Math.max(1, lowest[Math.ceil(lowest.length / 2)] ?? PRIORITY_RANGE)
    const below = counted.filter((member) => !isSelf(member) && member.priority < middle).length
    return Math.max(counted.length, 1 + Math.round((below * PRIORITY_RANGE) / middle))
  }

  /** Whoever is replaced first: somebody who is gone, else the one whose hash is highest. Nobody who is settled. */
  #findWorst(): Member | undefined {
    if (this.#worst !== undefined) return this.#worst
    for (const member of this.#kept) {
      if (isSelf(member) || member.settled) continue
      if (this.#worst === undefined || rank(member) > rank(this.#worst)) this.#worst = member
    }
    return this.#worst
  }
}

/** Its place is nobody else's. */
const isSelf = ({ priority }: Member): boolean => priority < 0
const isGone = ({ state }: Member): boolean => state === 'down' || state === 'left'
const rank = (member: Member): number => member.priority + (isGone(member) ? PRIORITY_RANGE : 0)
