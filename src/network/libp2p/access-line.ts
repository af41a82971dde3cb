// The access line of a node in one direction: a rate that all its connections share fairly, in turns of one segment
// each (round robin, as fair queueing by Nagle, RFC 970). Times are computed, not counted in timers: a timer that fires
// late sends all that was due by then, each with its own moment, so that the rate holds whatever the event loop does.
import type { Uint8ArrayList } from 'uint8arraylist'
import { transportDefaults } from '../../config/index.ts'
import type { Runtime, TimerHandle } from '../../runtime/index.ts'

/** `at`: when the last bit of it had crossed, ms; never later than now by more than half a timer. */
export type Deliver = (data: Uint8ArrayList, at: number) => void

interface Queued {
  readonly at: number
  readonly data: Uint8ArrayList
}

/** What one connection has waiting at a line. */
export class Flow {
  readonly deliver: Deliver
  readonly #line: AccessLine
  readonly #queue: Queued[] = []
  #bytes = 0

  constructor(line: AccessLine, deliver: Deliver) {
    this.#line = line
    this.deliver = deliver
  }

  /** Bytes waiting; bounded by whoever pushes. */
  get bytes(): number {
    return this.#bytes
  }

  /** When the oldest waiting bytes came. */
  get since(): number | undefined {
    return this.#queue[0]?.at
  }

  push(data: Uint8ArrayList, at: number): void {
    this.#queue.push({ at, data })
    this.#bytes += data.byteLength
    this.#line.waiting(this)
  }

  /** The oldest bytes, at most `max` of one push. */
  take(max: number): Uint8ArrayList | undefined {
    const first = this.#queue[0]
    if (first === undefined) return undefined
    const { data } = first
    if (data.byteLength <= max) {
      this.#queue.shift()
      this.#bytes -= data.byteLength
      return data
    }
    const taken = data.sublist(0, max)
    this.#queue[0] = { ...first, data: data.sublist(max) }
    this.#bytes -= max
    return taken
  }

  clear(): void {
    this.#queue.length = 0
    this.#bytes = 0
    this.#line.left(this)
  }
}

/** A segment is what crosses in this time, ms: turns are short, and no timer is needed for less. */
const SEGMENT_MS = 1
const SEGMENT_BYTES_MIN = 1460
const SEGMENT_BYTES_MAX = 64 * 1024
/** What would cross within this is let through at once, ms: timers are no finer. The rate is not touched by it. */
const SLACK_MS = 0.5

export class AccessLine {
  readonly #runtime: Pick<Runtime, 'clock' | 'timers'>
  /** Flows with something waiting; the first is next. */
  readonly #turns = new Set<Flow>()
  #bps: number
  #serving: { readonly flow: Flow; readonly data: Uint8ArrayList; readonly doneAt: number } | undefined
  #freeAt = 0
  #timer: TimerHandle | undefined
  #running = false

  /** `bps`: bits per second; Infinity: unlimited. */
  constructor(runtime: Pick<Runtime, 'clock' | 'timers'>, bps: number) {
    this.#runtime = runtime
    this.#bps = bps
  }

  set bps(bps: number) {
    this.#bps = bps
    this.#run()
  }

  flow(deliver: Deliver): Flow {
    return new Flow(this, deliver)
  }

  /** A flow has something to send. */
  waiting(flow: Flow): void {
    this.#turns.add(flow)
    this.#run()
  }

  /** A flow has nothing any more; what is crossing of it is dropped. */
  left(flow: Flow): void {
    this.#turns.delete(flow)
    if (this.#serving?.flow === flow) this.#serving = undefined
    this.#run()
  }

  #run(): void {
    // Delivering may push, which comes here again: the loop that runs already will see it.
    if (this.#running) return
    this.#running = true
    try {
      this.#timer?.cancel()
      this.#timer = undefined
      this.#serve()
    } finally {
      this.#running = false
    }
  }

  #serve(): void {
    const now = this.#runtime.clock.now()
    for (;;) {
      const serving = this.#serving
      if (serving !== undefined) {
        if (serving.doneAt > now + SLACK_MS) {
          this.#timer = this.#runtime.timers.after(Math.ceil(serving.doneAt - now - SLACK_MS), () => this.#run())
          return
        }
        this.#serving = undefined
        serving.flow.deliver(serving.data, serving.doneAt)
        continue
      }
      if (!this.#takeTurn(now)) return
    }
  }

  /** Puts the next flow's segment on the line; false when nobody waits. */
  #takeTurn(now: number): boolean {
    const [flow] = this.#turns
    if (flow === undefined) return false
    this.#turns.delete(flow)
    const bps = this.#bps
    const startAt = Math.max(this.#freeAt, flow.since ?? now)
    const data = flow.take(segmentBytes(bps))
    if (flow.bytes > 0) this.#turns.add(flow)
    if (data === undefined) return true
    this.#freeAt = startAt + (data.byteLength * 8 * 1000) / bps
    this.#serving = { flow, data, doneAt: this.#freeAt }
    return true
  }
}

function segmentBytes(bps: number): number {
  if (bps === Infinity) return Infinity
  const bytes = Math.round((bps * SEGMENT_MS) / 8000)
  return Math.min(SEGMENT_BYTES_MAX, Math.max(SEGMENT_BYTES_MIN, bytes))
}

/** Above this many waiting bytes a connection asks its sender to wait. */
export const isFull = (bytes: number): boolean => bytes >= transportDefaults.delayQueueBytesMax
