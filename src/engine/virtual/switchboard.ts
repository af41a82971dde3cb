// Who can be reached: every host of a run by its peer id, and what lies between two of them.
import type { Random } from '../../runtime/index.ts'
import type { LinkPlan } from '../../scenario/index.ts'
import { AccessLine, AccessLines } from './access-line.ts'
import type { VirtualHost } from './host.ts'
import { Pipe } from './pipe.ts'
import type { Scheduler } from './scheduler.ts'
import { SharedBytes } from './shared-bytes.ts'

export class Switchboard {
  readonly scheduler: Scheduler
  /** For what is sent: see `SharedBytes`. */
  readonly share = new SharedBytes().share
  readonly #plan: LinkPlan
  readonly #random: Random
  readonly #lines: AccessLines
  readonly #up: readonly AccessLine[]
  readonly #down: readonly AccessLine[]
  readonly #hosts = new Map<string, VirtualHost>()

  constructor({ scheduler, random }: { scheduler: Scheduler; random: Random }, plan: LinkPlan) {
    this.scheduler = scheduler
    this.#random = random
    this.#plan = plan
    this.#lines = new AccessLines((fn) => scheduler.atEndOfInstant(fn))
    this.#up = plan.nodes.map(({ upBps }) => new AccessLine(upBps))
    this.#down = plan.nodes.map(({ downBps }) => new AccessLine(downBps))
  }

  add(host: VirtualHost): void {
    this.#hosts.set(host.peerId, host)
  }

  remove(peer: string): void {
    this.#hosts.delete(peer)
  }

  find(peer: string): VirtualHost | undefined {
    return this.#hosts.get(peer)
  }

  /** Runs `arrive` one delay later: what is sent before there is a connection. */
  signal(from: number, to: number, arrive: () => void): void {
    this.scheduler.after(this.#plan.delayMs(from, to), arrive)
  }

  /** One direction of a new connection between two nodes, by their numbers. */
  pipe(from: number, to: number): Pipe {
    const up = this.#up[from]
    const down = this.#down[to]
    if (up === undefined || down === undefined) throw new RangeError(`no link from ${from} to ${to}`)
    const { jitterMs, loss, tcp } = this.#plan
    const delayMs = this.#plan.delayMs(from, to)
    const rttMs = delayMs + this.#plan.delayMs(to, from)
    return new Pipe(
      { scheduler: this.scheduler, lines: this.#lines, random: this.#random },
      { up, down, delayMs, jitterMs, loss, rttMs, slowStart: tcp === 'slow_start' }
    )
  }
}
