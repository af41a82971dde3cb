// One direction of a connection: what leaves when, and when it arrives. The streams of a connection share its rate
// evenly, as Yamux interleaves their frames; within a stream order is kept, so a control message waits behind a block on
// its own stream and not behind one on another. What has left arrives after the delay, in the order in which it left:
// one TCP connection carries it, and a retransmission holds up everything behind it. Through a partition nothing arrives:
// after a short one at the next resend, after a long one never, because the connection has given up.
import { lossDelay, PATIENCE_MS, resentAt } from '../../network/index.ts'
import type { Random, TimerHandle } from '../../runtime/index.ts'
import { type AccessLine, type AccessLines, Flow } from './access-line.ts'
import type { Scheduler } from './scheduler.ts'
import { SlowStart } from './tcp.ts'

export interface PipeInit {
  readonly up: AccessLine
  readonly down: AccessLine
  /** One way, ms. */
  readonly delayMs: number
  /** Up to so much more for each message, ms. */
  readonly jitterMs: number
  /** Share of packets lost. */
  readonly loss: number
  readonly rttMs: number
  readonly slowStart: boolean
  /** Absent in a run without faults. */
  readonly faults?: PipeFaults
}

/** What faults do to the link while it is there. */
export interface PipeFaults {
  /** Figures are to be read again when this has changed. */
  changes(): number
  figures(): { readonly delayMs: number; readonly loss: number; readonly rttMs: number }
  /** False while the sender's process stands still. */
  canLeave(): boolean
  /** In a partition. */
  blocked(): boolean
  /** False in a partition, and while the receiver's process stands still. */
  canArrive(): boolean
  /** `reopen` is called when that may have changed. */
  park(pipe: Pipe): void
  /** What was sent was not acknowledged for `PATIENCE_MS`: the connection is lost at both ends. */
  giveUp(): void
}

export interface PipeComponents {
  readonly scheduler: Scheduler
  readonly lines: AccessLines
  readonly random: Random
}

interface Message {
  readonly bytes: number
  readonly arrive: () => void
}

/** The messages of one stream. */
export class Channel {
  readonly waiting: Message[] = []
  /** The pipe's `served` at which the first of them has left. */
  doneAt = 0
}

export class Pipe {
  readonly #components: PipeComponents
  readonly #init: PipeInit
  /** Absent where nothing limits the rate. */
  readonly #flow: Flow | undefined
  readonly #window: SlowStart | undefined
  #lastArrival = 0
  #delayMs: number
  #loss: number
  #rttMs: number
  #changes = 0
  /**
   * What can't leave, and what can't arrive, in order. As much as is sent meanwhile (nobody waits for a window here): in a
   * partition until the patience is over, in a pause while it lasts.
   */
  readonly #unsent: Message[] = []
  readonly #parked: (() => void)[] = []
  /** The first message that a partition swallowed would have arrived then. */
  #lostAt: number | undefined
  #patience: TimerHandle | undefined
  #resend: TimerHandle | undefined
  #isShut = false
  /** Streams with something to send. */
  readonly #active: Channel[] = []
  /** Bytes that each active stream was served since the pipe was last idle (generalised processor sharing). */
  #served = 0
  /** Bytes per ms since `countedAt`. */
  #rate = 0
  #countedAt = 0
  #timer: TimerHandle | undefined
  /** What goes once all else has left. */
  #farewell: (() => void) | undefined

  constructor(components: PipeComponents, init: PipeInit) {
    this.#components = components
    this.#init = init
    this.#delayMs = init.delayMs
    this.#loss = init.loss
    this.#rttMs = init.rttMs
    if (init.slowStart) this.#window = new SlowStart(init.rttMs)
    const isUnlimited = init.up.capacity === Infinity && init.down.capacity === Infinity
    if (isUnlimited && !init.slowStart) return
    this.#flow = new Flow(init.up, init.down, (rate) => {
      this.#count()
      this.#rate = rate
      this.#plan()
    })
  }

  /** Sends a message: `arrive` runs when all its bytes are on the other side. */
  send(channel: Channel, bytes: number, arrive: () => void): void {
    if (this.#flow === undefined || (bytes === 0 && channel.waiting.length === 0)) {
      this.#depart(bytes, arrive)
      return
    }
    channel.waiting.push({ bytes, arrive })
    if (channel.waiting.length > 1) return
    this.#count()
    channel.doneAt = this.#served + bytes
    this.#active.push(channel)
    this.#plan()
  }

  /** Runs `arrive` on the other side after everything that was sent. */
  finish(arrive: () => void): void {
    if (this.#active.length === 0) this.#depart(0, arrive)
    else this.#farewell = arrive
  }

  /** Forgets what has not left yet. */
  drop(): void {
    for (const { waiting } of this.#active) waiting.length = 0
    this.#active.length = 0
    this.#farewell = undefined
    this.#plan()
  }

  /** The connection is lost: nothing that is under way arrives any more. */
  shut(): void {
    this.#isShut = true
    this.#unsent.length = 0
    this.#parked.length = 0
    this.#acknowledged()
    this.drop()
  }

  #depart(bytes: number, arrive: () => void): void {
    const { scheduler, random } = this.#components
    const { jitterMs, faults } = this.#init
    if (faults !== undefined && !this.#mayLeave(faults, bytes, arrive)) return
    let arrival = scheduler.now + this.#delayMs
    if (jitterMs > 0) arrival += random.next() * jitterMs
    if (this.#loss > 0) arrival += lossDelay(bytes, this.#loss, this.#rttMs, random)
    this.#lastArrival = Math.max(this.#lastArrival, arrival)
    scheduler.at(this.#lastArrival, faults === undefined ? arrive : () => this.#arrive(faults, arrive))
  }

  /** Something has changed: what waits goes on if it can. What a partition swallowed is sent again. */
  reopen(): void {
    const { faults } = this.#init
    if (faults === undefined) return
    if (faults.canLeave()) for (const { bytes, arrive } of this.#unsent.splice(0)) this.#depart(bytes, arrive)
    else if (this.#unsent.length > 0) faults.park(this)
    if (this.#parked.length === 0) return
    if (!faults.canArrive()) faults.park(this)
    else this.#flushInTime(faults)
  }

  #flushInTime(faults: PipeFaults): void {
    const { scheduler } = this.#components
    const { now } = scheduler
    const at = this.#lostAt === undefined ? now : resentAt(this.#lostAt, now + this.#delayMs, this.#rttMs)
    this.#resend?.cancel()
    // Undefined: no resend comes in time.
    this.#resend = at === undefined ? undefined : scheduler.at(at, () => this.#flush(faults))
  }

  #mayLeave(faults: PipeFaults, bytes: number, arrive: () => void): boolean {
    if (faults.changes() !== this.#changes) {
      this.#changes = faults.changes()
      const { delayMs, loss, rttMs } = faults.figures()
      this.#delayMs = delayMs
      this.#loss = loss
      this.#rttMs = rttMs
    }
    if (faults.canLeave()) return true
    this.#unsent.push({ bytes, arrive })
    faults.park(this)
    return false
  }

  #arrive(faults: PipeFaults, arrive: () => void): void {
    if (this.#isShut) return
    if (this.#parked.length === 0 && faults.canArrive()) {
      arrive()
      return
    }
    this.#parked.push(arrive)
    if (faults.canArrive()) return
    faults.park(this)
    if (!faults.blocked() || this.#lostAt !== undefined) return
    const { scheduler } = this.#components
    this.#lostAt = scheduler.now
    this.#patience = scheduler.after(PATIENCE_MS, () => faults.giveUp())
  }

  #flush(faults: PipeFaults): void {
    // The host of a process that stands still acknowledges all the same.
    if (!faults.blocked()) this.#acknowledged()
    if (!faults.canArrive()) faults.park(this)
    else for (const arrive of this.#parked.splice(0)) arrive()
  }

  #acknowledged(): void {
    this.#lostAt = undefined
    this.#patience?.cancel()
    this.#patience = undefined
    this.#resend?.cancel()
    this.#resend = undefined
  }

  /** Adds what was served since the last change. */
  #count(): void {
    const { now } = this.#components.scheduler
    if (this.#rate > 0 && this.#active.length > 0) {
      const bytes = this.#rate * (now - this.#countedAt)
      this.#served += bytes / this.#active.length
      this.#window?.sent(bytes, now, this.#rate * ROUNDING_MS)
    }
    this.#countedAt = now
  }

  /** Opens or closes the flow, and sets the timer for what happens next. */
  #plan(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { scheduler } = this.#components
    if (this.#active.length === 0) {
      this.#pause()
      this.#served = 0
      return
    }
    const allowance = this.#window?.allowance(scheduler.now) ?? Infinity
    if (allowance === 0) {
      this.#pause()
      this.#timer = scheduler.at(this.#window?.roundEnd ?? scheduler.now, () => this.#plan())
      return
    }
    if (this.#flow?.isOpen === false) this.#components.lines.open(this.#flow)
    if (this.#rate === 0) return
    let least = Infinity
    for (const { doneAt } of this.#active) least = Math.min(least, doneAt - this.#served)
    const ms = Math.min(least * this.#active.length, allowance) / this.#rate
    this.#timer = scheduler.after(ms, () => this.#onTime())
  }

  /** A message has left, or the window is used up. */
  #onTime(): void {
    this.#count()
    const enough = this.#served + (this.#rate * ROUNDING_MS) / this.#active.length
    for (const channel of [...this.#active]) {
      while (channel.waiting.length > 0 && channel.doneAt <= enough) {
        const message = channel.waiting.shift()
        if (message !== undefined) this.#depart(message.bytes, message.arrive)
        channel.doneAt += channel.waiting[0]?.bytes ?? 0
      }
      if (channel.waiting.length === 0) this.#active.splice(this.#active.indexOf(channel), 1)
    }
    if (this.#active.length === 0 && this.#farewell !== undefined) {
      this.#depart(0, this.#farewell)
      this.#farewell = undefined
    }
    this.#plan()
  }

  #pause(): void {
    this.#rate = 0
    if (this.#flow?.isOpen === true) this.#components.lines.close(this.#flow)
  }
}

/** Above the resolution of a double that counts ms since 1970: what is this near to its end has ended. */
const ROUNDING_MS = 5e-4
