// Long polls: a bounded number at a time, each with a signal that aborts when its time is up, its client is gone or
// the server closes. Whoever waits answers with what there is when the signal aborts.
import { apiDefaults } from '../config/index.ts'
import type { Timers } from '../runtime/index.ts'
import type { EventSource, NodeEvent } from '../trace/index.ts'
import { HttpFault } from './fault.ts'

export class Waits {
  readonly #timers: Timers
  #open = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Throws `HttpFault` (`busy`) when `waitsMax` are waiting already. */
  async run<T>(timeoutMs: number, parent: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#open >= apiDefaults.waitsMax) {
      throw new HttpFault(503, 'busy', 'Too many requests are waiting already.', 'Ask again without "wait".')
    }
    this.#open++
    const controller = new AbortController()
    const timer = this.#timers.after(timeoutMs, () => controller.abort())
    try {
      return await work(AbortSignal.any([controller.signal, parent]))
    } finally {
      timer.cancel()
      this.#open--
    }
  }

  /**
   * Looks at once, after every event that `concerns` it and every `waitRecheckMs`, until what it sees is `done`.
   * Resolves with what it saw last when the signal aborts.
   */
  watch<T>(init: WatchInit<T>): Promise<T> {
    const { events, concerns, look, done, signal } = init
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        unsubscribe()
        recheck.cancel()
        signal.removeEventListener('abort', check)
        settle()
      }
      const check = (): void => {
        try {
          const seen = look()
          if (signal.aborted || done(seen)) end(() => resolve(seen))
        } catch (error) {
          end(() => reject(error))
        }
      }
      // A turn later: the event is told while the node is still in the middle of what it tells about.
      const unsubscribe = events.subscribe((event) => {
        if (concerns(event)) queueMicrotask(check)
      })
      const recheck = this.#timers.every(apiDefaults.waitRecheckMs, check)
      signal.addEventListener('abort', check, { once: true })
      check()
    })
  }
}

export interface WatchInit<T> {
  readonly events: EventSource
  concerns(event: NodeEvent): boolean
  look(): T
  done(seen: T): boolean
  readonly signal: AbortSignal
}
