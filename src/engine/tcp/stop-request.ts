// How a run is asked to end. Several may ask: the strongest way counts, and it may grow while the run ends.
import type { Timers } from '../../runtime/index.ts'
import type { StopMode } from './contract.ts'

const STRENGTH: Readonly<Record<StopMode, number>> = { drain: 0, interrupt: 1, kill: 2 }

export class StopRequest {
  #mode: StopMode | undefined
  readonly #made = Promise.withResolvers<void>()

  /** Undefined: nobody asked, the duration decides. */
  get mode(): StopMode | undefined {
    return this.#mode
  }

  make(how: StopMode): void {
    if (this.#mode === undefined || STRENGTH[how] > STRENGTH[this.#mode]) this.#mode = how
    this.#made.resolve()
  }

  /** Until the duration, ms, is over or someone asks for the end. */
  async wait(timers: Timers, durationMs: number | undefined): Promise<void> {
    const timer = durationMs === undefined ? undefined : timers.after(durationMs, this.#made.resolve)
    await this.#made.promise
    timer?.cancel()
  }
}
