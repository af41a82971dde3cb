// Virtual time: a queue of events ordered by (time, sequence), and a loop that runs them. After all events of one
// instant, whatever promises they settled gets to run (one turn of the real event loop), and may add events to that
// same instant. Nothing else moves the clock, so a run is a function of what was scheduled.
import { realYield, type TimerHandle } from '../../runtime/index.ts'

interface Scheduled {
  readonly at: number
  readonly sequence: number
  fn: (() => void) | undefined
}

export class Scheduler {
  #now: number
  #sequence = 0
  /** A binary heap. */
  readonly #heap: Scheduled[] = []

  /** `start`: ms since the Unix epoch. */
  constructor(start: number) {
    this.#now = start
  }

  /** Virtual time, ms since the Unix epoch. */
  get now(): number {
    return this.#now
  }

  /** Runs `fn` in `ms` of virtual time; in the past counts as now. */
  after(ms: number, fn: () => void): TimerHandle {
    const event: Scheduled = { at: this.#now + Math.max(0, ms), sequence: this.#sequence++, fn }
    this.#push(event)
    return {
      cancel: () => {
        event.fn = undefined
      }
    }
  }

  every(ms: number, fn: () => void): TimerHandle {
    let timer = this.after(ms, tick)
    let cancelled = false
    const scheduler = this
    function tick(): void {
      // Scheduled before it runs: a tick that throws, or that takes part in a tie, does not end the rhythm.
      timer = scheduler.after(ms, tick)
      if (!cancelled) fn()
    }
    return {
      cancel: () => {
        cancelled = true
        timer.cancel()
      }
    }
  }

  /** Runs events until `time` (ms since the epoch), or until `done` says so after an instant. */
  async runUntil(time: number, done: () => boolean = () => false): Promise<void> {
    // What was settled before the first event.
    await realYield()
    for (let next = this.#heap[0]; next !== undefined && next.at <= time; next = this.#heap[0]) {
      this.#now = next.at
      for (
        let event: Scheduled | undefined = next;
        event !== undefined && event.at === this.#now;
        event = this.#heap[0]
      ) {
        this.#pop()
        event.fn?.()
      }
      await realYield()
      if (done()) return
    }
    this.#now = Math.max(this.#now, time)
  }

  #push(event: Scheduled): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(event)
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(event, above)) break
      heap[i] = above
      i = parent
    }
    heap[i] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      let candidate = heap[child]
      const right = heap[child + 1]
      if (candidate !== undefined && right !== undefined && isBefore(right, candidate)) {
        candidate = right
        child++
      }
      if (candidate === undefined || !isBefore(candidate, last)) break
      heap[i] = candidate
      i = child
    }
    heap[i] = last
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}
