// A process that can stand still: timers that come due meanwhile wait, in order, until it goes on. As with SIGSTOP, an
// interval that came due many times fires once.
import { type Runtime, type Timers, timersFrom } from '../../runtime/index.ts'

export class Standstill {
  #held: (() => void)[] | undefined

  pause(): void {
    this.#held ??= []
  }

  resume(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const fn of held) fn()
  }

  /** The same runtime, for the process that may stand still. */
  over(runtime: Runtime): Runtime {
    const timers = this.timers(runtime.timers)
    return { ...runtime, timers, yield: () => new Promise((resolve) => void timers.after(0, resolve)) }
  }

  /** The same timers, for the process that may stand still. */
  timers(base: Pick<Timers, 'after' | 'every'>): Timers {
    return timersFrom({
      after: (ms, fn) => {
        let isCancelled = false
        const timer = base.after(ms, () => this.#run(() => void (isCancelled || fn())))
        return {
          cancel: () => {
            isCancelled = true
            timer.cancel()
          }
        }
      },
      every: (ms, fn) => {
        let isCancelled = false
        let isHeld = false
        const timer = base.every(ms, () => {
          if (isHeld) return
          isHeld = true
          this.#run(() => {
            isHeld = false
            if (!isCancelled) fn()
          })
        })
        return {
          cancel: () => {
            isCancelled = true
            timer.cancel()
          }
        }
      }
    })
  }

  #run(fn: () => void): void {
    if (this.#held === undefined) fn()
    else this.#held.push(fn)
  }
}
