// Real timers, each with a handle whose owner cancels it.
import type { TimerHandle, Timers } from './types.ts'

export class TimeoutError extends Error {
  readonly code = 'timeout'
  constructor(ms: number) {
    super(`timed out after ${ms} ms`)
    this.name = 'TimeoutError'
  }
}

function after(ms: number, fn: () => void): TimerHandle {
  const id = setTimeout(fn, ms)
  return { cancel: () => clearTimeout(id) }
}

function every(ms: number, fn: () => void): TimerHandle {
  const id = setInterval(fn, ms)
  return { cancel: () => clearInterval(id) }
}

/** Timers built from any `after` and `every`: the virtual engine has its own pair. */
export function timersFrom(base: Pick<Timers, 'after' | 'every'>): Timers {
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = (): void => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = base.after(ms, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })

  const within = async <T>(ms: number, work: (signal: AbortSignal) => Promise<T>, parent?: AbortSignal): Promise<T> => {
    parent?.throwIfAborted()
    const controller = new AbortController()
    const stopped = Promise.withResolvers<never>()
    const stop = (reason: unknown): void => {
      controller.abort(reason)
      stopped.reject(reason)
    }
    const timer = base.after(ms, () => stop(new TimeoutError(ms)))
    const onParent = (): void => stop(parent?.reason)
    parent?.addEventListener('abort', onParent, { once: true })
    stopped.promise.catch(() => {})
    try {
      return await Promise.race([work(controller.signal), stopped.promise])
    } finally {
      timer.cancel()
      parent?.removeEventListener('abort', onParent)
    }
  }

  return { ...base, sleep, within }
}

export const realTimers: Timers = timersFrom({ after, every })

/** Turns that are queued at once: one pass of the event loop serves them all. */
const TURNS_MAX = 64

/**
 * Calls `step` again and again until it returns false, each time after everything that was settled before has run, and
 * resolves then. Rejects with what it throws. The event loop gets to I/O once in `TURNS_MAX` steps.
 */
export function realTurns(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = false
    let queued = 0
    const turn = (): void => {
      queued--
      if (ended) return
      try {
        if (step()) queue(queued === 0 ? TURNS_MAX : 0)
        else ended = true
      } catch (error) {
        ended = true
        reject(error)
      }
      if (ended) resolve()
    }
    const queue = (turns: number): void => {
      for (; queued < turns; queued++) setImmediate(turn)
    }
    queue(1)
  })
}

/** Lets pending I/O callbacks run, then continues. */
export function realYield(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
