// Who can be reached: every host of a run by its peer id, and what lies between two of them.
import type { Links } from '../../scenario/index.ts'
import type { Random } from '../../runtime/index.ts'
import { AccessLine, AccessLines } from './access-line.ts'
import type { VirtualHost } from './host.ts'
import type { LinkPlan } from './link-plan.ts'
import { Pipe } from './pipe.ts'
import type { Scheduler } from './scheduler.ts'

export interface SwitchboardInit {
  readonly plan: LinkPlan
  readonly links: Pick<Links, 'jitter' | 'loss' | 'tcp'>
}

export class Switchboard {
  readonly scheduler: Scheduler
  readonly #init: SwitchboardInit
  readonly #random: Random
  readonly #lines: AccessLines
  readonly #up: readonly AccessLine[]
  readonly #down: readonly AccessLine[]
  readonly #hosts = new Map<string, VirtualHost>()

  constructor({ scheduler, random }: { scheduler: Scheduler; random: Random }, init: SwitchboardInit) {
    this.scheduler = scheduler
    this.#random = random
    this.#init = init
    this.#lines = new AccessLines((fn) => scheduler.atEndOfInstant(fn))
    this.#up = init.plan.upBps.map((bps) => new AccessLine(bps))
    this.#down = init.plan.downBps.map((bps) => new AccessLine(bps))
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
    this.scheduler.after(this.#init.plan.delay(from, to), arrive)
  }

  /** One direction of a new connection between two nodes, by their numbers. */
  pipe(from: number, to: number): Pipe {
    const { plan, links } = this.#init
    const up = this.#up[from]
    const down = this.#down[to]
    if (up === undefined || down === undefined) throw new RangeError(`no link from ${from} to ${to}`)
    return new Pipe(
      { scheduler: this.scheduler, lines: this.#lines, random: this.#random },
      {
        up,
        down,
        delayMs: plan.delay(from, to),
        jitterMs: links.jitter,
        loss: links.loss,
        rttMs: plan.delay(from, to) + plan.delay(to, from),
        slowStart: links.tcp === 'slow_start'
      }
    )
  }
}
