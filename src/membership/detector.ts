// When silence becomes a verdict, and how often a member is heard. Times are ticks of 10 ms on a clock that stands still
// while this node does: small integers in every member. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Heartbeat } from '../wire/index.ts'
import { type Arrivals, observe, phi, PRIOR, silenceUntil } from './phi.ts'
import type { Member } from './table.ts'

const LIMITS = MEMBERSHIP_LIMITS

const TICK_MS = 10
const NEVER = -1

export class Detector {
  readonly #roundMs: number
  readonly #bornAt: number
  /** Time that this node slept or stood still, ms: nobody is judged by it. */
  #sleptMs = 0
  #lastRoundAt: number
  /** What this node announces of itself: others, who know of as many members, will soon announce no less. */
  #intervalMs = 0

  constructor(roundMs: number, now: number) {
    this.#roundMs = roundMs
    this.#bornAt = now
    this.#lastRoundAt = now
  }

  announces(intervalMs: number): void {
    this.#intervalMs = intervalMs
  }

  /**
   * Before anything else that happens: after a pause news may come before the round that is late. What this node did not
   * hear while it stood still says nothing of others.
   */
  awake(now: number): void {
    const late = now - this.#lastRoundAt - this.#roundMs
    if (late <= LIMITS.sleptRounds * this.#roundMs) return
    this.#lastRoundAt = now
    this.#sleptMs += late + LIMITS.pauseRounds * this.#roundMs
  }

  /** Once a round. */
  round(now: number): void {
    this.#lastRoundAt = now
  }

  /** This member is not judged: it is this node. */
  exempt(member: Member): void {
    member.dueAt = NEVER
  }

  /** Since its newest news, ms, without what this node slept. */
  silentMs(member: Readonly<Member>, now: number): number {
    return Math.max(0, (this.#clock(now) - member.heardAt) * TICK_MS)
  }

  phi(member: Readonly<Member>, now: number): number {
    return phi(member, this.#expectedMs(member), this.#roundMs, this.silentMs(member, now))
  }

  /** Learns from the gap before news that has just come. `isRestart`: what was learned of another start counts no more. */
  learn(member: Member, isRestart: boolean, now: number): void {
    // After a sleep the clock may stand before what was heard last.
    const gapMs = this.silentMs(member, now)
    if (isRestart) remember(member, PRIOR)
    else if (member.state === 'alive' || member.state === 'suspect')
      remember(member, observe(member, gapMs, member.heartbeat.intervalMs))
  }

  /** From now on it is silent; says when that becomes suspicious. */
  listen(member: Member, now: number): void {
    const ticks = this.#ticksAt(now)
    const gap = this.#gapMin(member)
    member.freeAt = Math.min(Math.max(member.freeAt, ticks), ticks + LIMITS.heartbeatsAtOnce * gap) + gap
    member.heardAt = this.#clock(now)
    member.dueAt = member.state === 'alive' ? this.#dueAt(member) : NEVER
  }

  /** Whether another heartbeat of it may be taken. A goodbye or a new profile soon after the last one may. */
  isFree(member: Member, now: number): boolean {
    return this.#ticksAt(now) + LIMITS.heartbeatsAtOnce * this.#gapMin(member) >= member.freeAt
  }

  /** Those of whom a verdict is due, each with its new state: suspect first, down only after a second look. */
  *judge(members: readonly Member[], now: number): Generator<Member> {
    const clock = this.#clock(now)
    for (const member of members) {
      if (member.dueAt === NEVER || clock < member.dueAt) continue
      // The network has grown meanwhile: its members speak less often than when this one was heard.
      member.dueAt = this.#dueAt(member)
      if (clock < member.dueAt) continue
      member.state = member.state === 'alive' ? 'suspect' : 'down'
      member.dueAt = member.state === 'suspect' ? this.#dueAt(member) : NEVER
      yield member
    }
  }

  /** Whoever was silent for long before it is first heard of is not alive until the contrary is heard. */
  isLongSilent(heartbeat: Heartbeat, now: number): boolean {
    return now - heartbeat.time * 1000 > this.#longMs(heartbeat)
  }

  /**
   * News of a member that was signed long ago, too: since what was heard of it before, its own clock, which may be wrong,
   * went on by much less than ours. Whoever died on the other side of a cut is not back when the sides meet.
   */
  isBelated(member: Readonly<Member>, heartbeat: Heartbeat, now: number): boolean {
    return this.silentMs(member, now) - (heartbeat.time - member.heartbeat.time) * 1000 > this.#longMs(heartbeat)
  }

  #longMs({ intervalMs }: Heartbeat): number {
    return 2 * silenceUntil(LIMITS.downPhi, PRIOR, intervalMs, this.#roundMs) + 30_000
  }

  #dueAt(member: Member): number {
    const threshold = member.state === 'suspect' ? LIMITS.downPhi : LIMITS.suspectPhi
    const silence = silenceUntil(threshold, member, this.#expectedMs(member), this.#roundMs)
    return member.heardAt + Math.ceil(silence / TICK_MS)
  }

  /**
   * The interval between two heartbeats. In a network that is growing, what was announced soon holds no more; but nobody's
   * lengthens at once, whatever a flood of keys made of this node's own.
   */
  #expectedMs({ heartbeat: { intervalMs }, count }: Readonly<Member>): number {
    const stretch = count < LIMITS.countedArrivals ? LIMITS.intervalStretchNew : LIMITS.intervalStretch
    return Math.max(intervalMs, Math.min(this.#intervalMs, stretch * Math.max(this.#roundMs, intervalMs)))
  }

  /** Ticks that heartbeats of a member are apart on average: half of what it announced, for one may come early. */
  #gapMin({ heartbeat }: Member): number {
    const intervalMs = Math.min(LIMITS.intervalMaxMs, Math.max(this.#roundMs, heartbeat.intervalMs))
    return Math.ceil(intervalMs / 2 / TICK_MS)
  }

  /** Since the start, asleep or not. */
  #ticksAt(now: number): number {
    return Math.round((now - this.#bornAt) / TICK_MS)
  }

  #clock(now: number): number {
    return Math.round((now - this.#bornAt - this.#sleptMs) / TICK_MS)
  }
}

function remember(member: Member, { mean, variance, count }: Arrivals): void {
  member.mean = mean
  member.variance = variance
  member.count = count
}
