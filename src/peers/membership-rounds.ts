// When a node's next membership round is, and with whom: one in each interval, brought forward by news that people wait
// for, with partners in turn, each as often as any other.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'

const { extraRoundsPerRound, extraRoundsBurst, jitter, soonMin, soonMax } = MEMBERSHIP_LIMITS

export interface MembershipRoundsInit {
  readonly runtime: Runtime
  readonly intervalMs: number
  readonly fanout: number
  readonly onRound: () => void
}

export class MembershipRounds {
  readonly #init: MembershipRoundsInit
  #timer: TimerHandle | undefined
  #nextAt = 0
  /** Rounds that may be brought forward. */
  #extra: number = extraRoundsBurst
  /** Whose turn is yet to come, of those who were there when this turn began. */
  #waiting: readonly string[] = []

  constructor(init: MembershipRoundsInit) {
    this.#init = init
  }

  start(): void {
    const { intervalMs, runtime } = this.#init
    this.#schedule(intervalMs * runtime.random.next())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** The next round comes soon, as long as there is something left of the allowance. */
  hurry(): void {
    const { runtime, intervalMs } = this.#init
    if (this.#timer === undefined || this.#extra < 1) return
    // One that comes this soon anyway costs nothing.
    if (this.#nextAt - runtime.clock.now() <= soonMax * intervalMs) return
    this.#extra--
    this.#schedule(intervalMs * (soonMin + (soonMax - soonMin) * runtime.random.next()))
  }

  /**
   * Of these peers the ones to exchange with now: at random, but nobody again before everybody had its turn, and nobody who
   * comes new before those who were there. So each is asked within twice the rounds that it takes to ask all.
   */
  partners(peers: readonly string[]): string[] {
    const { runtime, fanout } = this.#init
    const here = new Set(peers)
    const waiting = this.#waiting.filter((peer) => here.has(peer))
    const chosen = waiting.splice(0, fanout)
    if (chosen.length < fanout) {
      waiting.push(...runtime.random.shuffle(peers.filter((peer) => !chosen.includes(peer))))
      chosen.push(...waiting.splice(0, fanout - chosen.length))
    }
    this.#waiting = waiting
    return chosen
  }

  #schedule(ms: number): void {
    const { runtime } = this.#init
    this.#timer?.cancel()
    this.#nextAt = runtime.clock.now() + ms
    this.#timer = runtime.timers.after(ms, () => this.#round())
  }

  #round(): void {
    const { runtime, intervalMs, onRound } = this.#init
    this.#extra = Math.min(extraRoundsBurst, this.#extra + extraRoundsPerRound)
    this.#schedule(intervalMs * (1 + jitter * (2 * runtime.random.next() - 1)))
    onRound()
  }
}
