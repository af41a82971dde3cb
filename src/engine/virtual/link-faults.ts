// What faults do to virtual links: who is parted from whom, who stands still, which links are slow. Pipes ask here, and
// what can't leave or arrive waits here until something changes. Only runs with faults have one of these.
import type { LinkPlan } from '../../scenario/index.ts'
import { LinkState } from '../common/link-state.ts'

/** Something that waits: asked again after each change. */
export interface Waiting {
  reopen(): void
}

export class LinkFaults {
  readonly state: LinkState
  readonly #paused = new Set<number>()
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Waiting>()
  #changes = 0

  constructor(plan: LinkPlan) {
    this.state = new LinkState(plan)
  }

  /** Grows with every change: figures that were read before are to be read again. */
  get changes(): number {
    return this.#changes
  }

  /** A process that stands still sends nothing. */
  canLeave(from: number): boolean {
    return !this.#paused.has(from)
  }

  canArrive(from: number, to: number): boolean {
    return !this.#paused.has(to) && !this.state.blocked(from, to)
  }

  pause(node: number): void {
    this.#paused.add(node)
  }

  resume(node: number): void {
    this.#paused.delete(node)
    this.#ask()
  }

  /** The state was changed. */
  changed(): void {
    this.#changes++
    this.#ask()
  }

  park(waiting: Waiting): void {
    this.#waiting.add(waiting)
  }

  #ask(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const one of waiting) one.reopen()
  }
}
