// How virtual time goes on: in steps, between which somebody may look. A trace's disk is waited for after each.
import type { TraceRecorder } from '../../trace/index.ts'
import type { Scheduler } from './scheduler.ts'

/** How often somebody may look whether the network is meshed or settled, ms of virtual time. */
const LOOK_MS = 100
const SECOND_MS = 1000

export class Pace {
  readonly #scheduler: Scheduler
  readonly #recorder: TraceRecorder | undefined

  constructor(scheduler: Scheduler, recorder: TraceRecorder | undefined) {
    this.#scheduler = scheduler
    this.#recorder = recorder
  }

  /** So long, ms. `onSecond` is told after each second how much of it has passed; time waits for it. */
  async advance(ms: number, onSecond: (passedMs: number) => Promise<void>): Promise<void> {
    const end = this.#scheduler.now + ms
    while (this.#scheduler.now < end) {
      const second = Math.min(end, this.#scheduler.now + SECOND_MS)
      while (this.#scheduler.now < second) await this.#step(Math.min(second, this.#scheduler.now + LOOK_MS))
      await onSecond(ms - (end - this.#scheduler.now))
    }
  }

  /** Resolves with false when the time was over before. */
  async until(done: () => boolean, limitMs: number): Promise<boolean> {
    const deadline = this.#scheduler.now + limitMs
    for (;;) {
      if (done()) return true
      if (this.#scheduler.now >= deadline) return false
      await this.#step(this.#scheduler.now + LOOK_MS)
    }
  }

  async #step(to: number): Promise<void> {
    await this.#scheduler.runUntil(to)
    await this.#recorder?.drained()
  }
}
