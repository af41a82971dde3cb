// Somebody's head is higher than ours, says its heartbeat. A hint, no more: it is passed on soon, with jitter, so that not
// all who hear of it ask at once, and not again for a while.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'

export interface AheadHintInit {
  readonly runtime: Runtime
  /** It is passed on within this time. */
  readonly withinMs: number
  readonly onAhead: (height: number) => void
}

export class AheadHint {
  readonly #init: AheadHintInit
  #timer: TimerHandle | undefined
  #lastAt = 0
  #stopped = false

  constructor(init: AheadHintInit) {
    this.#init = init
  }

  hear(height: number): void {
    const { runtime, withinMs, onAhead } = this.#init
    const now = runtime.clock.now()
    if (this.#stopped || this.#timer !== undefined) return
    if (now - this.#lastAt < MEMBERSHIP_LIMITS.aheadPauseMs) return
    this.#lastAt = now
    this.#timer = runtime.timers.after(withinMs * runtime.random.next(), () => {
      this.#timer = undefined
      onAhead(height)
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
