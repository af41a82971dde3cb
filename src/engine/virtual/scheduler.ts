// Virtual time: a queue of events ordered by (time, sequence), and a loop that runs them. After all events of one
// instant, whatever promises they settled gets to run (one turn of the real event loop), and may add events to that
// same instant. Nothing else moves the clock, so a run is a function of what was scheduled.
import { realTurns, type TimerHandle } from '../../runtime/index.ts'

/** An event that waits. A cancelled one leaves the queue at once: most timeouts never fire. */
class Scheduled implements TimerHandle {
  readonly at: number
  readonly sequence: number
  readonly fn: () => void
  /** Place in the heap; −1 once it has left. */
  place = -1
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler, at: number, sequence: number, fn: () => void) {
    this.#scheduler = scheduler
    this.at = at
    this.sequence = sequence
    this.fn = fn
  }

  cancel(): void {
    if (this.place >= 0) this.#scheduler.remove(this)
  }
}

export class Scheduler {
  #now: number
  #sequence = 0
  /** A binary heap. */
  readonly #heap: Scheduled[] = []
  /** What waits for the end of this instant. */
  #atEnd: (() => void)[] = []

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
    return this.at(this.#now + ms, fn)
  }

  /** Runs `fn` at `time`, ms since the epoch; in the past counts as now. */
  at(time: number, fn: () => void): TimerHandle {
    const event = new Scheduled(this, Math.max(this.#now, time), this.#sequence++, fn)
    this.#heap.push(event)
    this.#rise(event, this.#heap.length - 1)
    return event
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

  /** Runs `fn` once, after everything that happens at this instant and before time goes on. */
  atEndOfInstant(fn: () => void): void {
    this.#atEnd.push(fn)
  }

  /** Runs events until `time` (ms since the epoch), or until `done` says so after an instant. */
  async runUntil(time: number, done: () => boolean = () => false): Promise<void> {
    let hasRun = false
    // The first turn: what was settled before the first event.
    await realTurns(() => {
      if (hasRun && done()) return false
      hasRun = this.#runInstant(time)
      return hasRun
    })
    if (!hasRun) this.#now = Math.max(this.#now, time)
  }

  /** Runs what is due at this instant, or at the next one until `time`. False: there is nothing. */
  #runInstant(time: number): boolean {
    let next = this.#heap[0]
    while (next === undefined || next.at > this.#now) {
      if (!this.#endInstant()) {
        if (next === undefined || next.at > time) return false
        this.#now = next.at
      }
      next = this.#heap[0]
    }
    for (; next !== undefined && next.at === this.#now; next = this.#heap[0]) {
      this.remove(next)
      next.fn()
    }
    return true
  }

  /** Takes an event out of the queue. */
  remove(event: Scheduled): void {
    const heap = this.#heap
    const place = event.place
    event.place = -1
    const last = heap.pop()
    if (last === undefined || last === event) return
    this.#sink(last, place)
    if (last.place === place) this.#rise(last, place)
  }

  /** Whether anything waited for it. */
  #endInstant(): boolean {
    const waiting = this.#atEnd
    if (waiting.length === 0) return false
    this.#atEnd = []
    for (const fn of waiting) fn()
    return true
  }

  #rise(event: Scheduled, from: number): void {
    const heap = this.#heap
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(event, above)) break
      heap[i] = above
      above.place = i
      i = parent
    }
    heap[i] = event
    event.place = i
  }

  #sink(event: Scheduled, from: number): void {
    const heap = this.#heap
    let i = from
    for (;;) {
      let child = 2 * i + 1
      let candidate = heap[child]
      const right = heap[child + 1]
      if (candidate !== undefined && right !== undefined && isBefore(right, candidate)) {
        candidate = right
        child++
      }
      if (candidate === undefined || !isBefore(candidate, event)) break
      heap[i] = candidate
      candidate.place = i
      i = child
    }
    heap[i] = event
    event.place = i
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}
