// Who can be reached: every host of a run by its peer id, and the links between them. A link delays what crosses it
// and keeps its order.
import type { Scheduler } from './scheduler.ts'
import type { VirtualHost } from './host.ts'

export interface LinkSettings {
  /** One-way delay, ms. */
  readonly latencyMs: number
}

export class Switchboard {
  readonly scheduler: Scheduler
  readonly #link: LinkSettings
  readonly #hosts = new Map<string, VirtualHost>()

  constructor(scheduler: Scheduler, link: LinkSettings) {
    this.scheduler = scheduler
    this.#link = link
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

  /** Runs `arrive` when `bytes` sent now have crossed a link. In order: equal delays, and ties by sequence. */
  carry(_bytes: number, arrive: () => void): void {
    this.scheduler.after(this.#link.latencyMs, arrive)
  }
}
