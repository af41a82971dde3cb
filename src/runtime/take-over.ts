// Puts another time and chance behind the globals, for libraries that reach for them directly. It must happen before
// those libraries are imported, in a worker that does nothing else. AbortSignal.timeout, timers/promises and work in
// the thread pool can't be reached this way and stay real: nothing that runs under it may use them.
import type { Clock, Random, TimerHandle, Timers } from './types.ts'

export interface VirtualSources {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'after' | 'every'>
  readonly random: Random
}

/** What setTimeout and setInterval give back: cancelled like Node's own, and as harmless to keep. */
class GlobalTimer {
  readonly #handle: TimerHandle

  constructor(handle: TimerHandle) {
    this.#handle = handle
  }

  close(): this {
    this.#handle.cancel()
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }
}

type AnyFunction = (...args: unknown[]) => void

/** Replaces Date.now, setTimeout, setInterval, their clearing, and Math.random, for good. */
export function takeOverGlobals({ clock, timers, random }: VirtualSources): void {
  const clear = (timer: unknown): void => {
    if (timer instanceof GlobalTimer) timer.close()
  }
  const replacements = {
    setTimeout: (fn: AnyFunction, ms = 0, ...args: unknown[]) => new GlobalTimer(timers.after(ms, () => fn(...args))),
    setInterval: (fn: AnyFunction, ms = 0, ...args: unknown[]) =>
      new GlobalTimer(timers.every(Math.max(1, ms), () => fn(...args))),
    clearTimeout: clear,
    clearInterval: clear
  }
  Object.assign(globalThis, replacements)
  Date.now = () => Math.floor(clock.now())
  Math.random = () => random.next()
}
