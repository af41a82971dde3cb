// What lies between two nodes of a run, by their numbers: delays, lines, and what faults do to them.
import type { Random } from '../../runtime/index.ts'
import type { LinkPlan } from '../../scenario/index.ts'
import type { CurrentLine } from '../common/link-state.ts'
import { AccessLine, AccessLines } from './access-line.ts'
import type { LinkFaults } from './link-faults.ts'
import { Pipe, type PipeFaults } from './pipe.ts'
import type { Scheduler } from './scheduler.ts'
import { SharedBytes } from './shared-bytes.ts'

/** A line without a limit, in a run in which a fault may limit it. */
const UNLIMITED_BPS = 100e9

export class Switchboard {
  readonly scheduler: Scheduler
  /** For what is sent: see `SharedBytes`. */
  readonly share = new SharedBytes().share
  readonly #plan: LinkPlan
  readonly #random: Random
  readonly #lines: AccessLines
  readonly #up: readonly AccessLine[]
  readonly #down: readonly AccessLine[]
  readonly #faults: LinkFaults | undefined

  constructor({ scheduler, random }: { scheduler: Scheduler; random: Random }, plan: LinkPlan, faults?: LinkFaults) {
    this.scheduler = scheduler
    this.#random = random
    this.#plan = plan
    this.#faults = faults
    this.#lines = new AccessLines((fn) => scheduler.atEndOfInstant(fn))
    const most = faults === undefined ? Infinity : UNLIMITED_BPS
    this.#up = plan.nodes.map(({ upBps }) => new AccessLine(Math.min(upBps, most)))
    this.#down = plan.nodes.map(({ downBps }) => new AccessLine(Math.min(downBps, most)))
  }

  /** Runs `arrive` one delay later: what is sent before there is a connection. */
  signal(from: number, to: number, arrive: () => void): void {
    const faults = this.#faults
    if (faults === undefined) {
      this.scheduler.after(this.#plan.delayMs(from, to), arrive)
      return
    }
    this.scheduler.after(faults.state.link(from, to).delayMs, () => {
      if (faults.canLeave(from) && faults.canArrive(from, to)) arrive()
      else faults.park({ reopen: () => this.signal(from, to, arrive) })
    })
  }

  /** A node's access line has other rates from now on. Only in a run with faults. */
  setLine(node: number, { upBps, downBps }: CurrentLine): void {
    const [up, down] = [this.#up[node], this.#down[node]]
    if (up !== undefined) this.#lines.setCapacity(up, Math.min(upBps, UNLIMITED_BPS))
    if (down !== undefined) this.#lines.setCapacity(down, Math.min(downBps, UNLIMITED_BPS))
  }

  /** One direction of a new connection between two nodes, by their numbers. `giveUp`: see `PipeFaults`. */
  pipe(from: number, to: number, giveUp: () => void): Pipe {
    const up = this.#up[from]
    const down = this.#down[to]
    if (up === undefined || down === undefined) throw new RangeError(`no link from ${from} to ${to}`)
    const { jitterMs, loss, tcp } = this.#plan
    const faults = this.#faults
    const delayMs = this.#plan.delayMs(from, to)
    const rttMs = delayMs + this.#plan.delayMs(to, from)
    return new Pipe(
      { scheduler: this.scheduler, lines: this.#lines, random: this.#random },
      {
        up,
        down,
        delayMs,
        jitterMs,
        loss,
        rttMs,
        slowStart: tcp === 'slow_start',
        ...(faults === undefined ? {} : { faults: faultsOf(faults, from, to, giveUp) })
      }
    )
  }
}

function faultsOf(faults: LinkFaults, from: number, to: number, giveUp: () => void): PipeFaults {
  return {
    changes: () => faults.changes,
    figures: () => {
      const { delayMs, loss } = faults.state.link(from, to)
      return { delayMs, loss, rttMs: delayMs + faults.state.link(to, from).delayMs }
    },
    canLeave: () => faults.canLeave(from),
    blocked: () => faults.state.blocked(from, to),
    canArrive: () => faults.canArrive(from, to),
    park: (pipe) => faults.park(pipe),
    giveUp
  }
}
