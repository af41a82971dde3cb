// Carries out a plan of faults, and those that somebody causes by hand: each at its time, noted as it happens. How a
// fault is done is the engine's; when, and what undoes it, is here.
import type { Runtime, TimerHandle } from '../../runtime/index.ts'
import type { Fault, PlannedFault } from '../../scenario/index.ts'

/** What was done to the network on purpose, for the report. */
export interface FaultMark {
  /** Since the network was meshed. */
  readonly atMs: number
  readonly kind: Fault['kind']
  /** Those that it happened to; empty for `heal` when nothing was parted. */
  readonly nodes: readonly string[]
}

/** What came of a fault. */
export interface FaultOutcome {
  /** Nodes that it happened to: those that were down already, say, are left out. */
  readonly nodes: readonly string[]
  /** What a person should know, one sentence each. */
  readonly notes: readonly string[]
}

export interface FaultRunnerInit {
  readonly apply: (fault: Fault) => Promise<FaultOutcome>
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
  readonly onMark: (mark: FaultMark) => void
  /** A step failed; the plan goes on. */
  readonly onFailed: (fault: Fault, error: unknown) => void
}

export class FaultRunner {
  /** In the order of their times. */
  readonly marks: FaultMark[] = []
  readonly #init: FaultRunnerInit
  readonly #timers = new Set<TimerHandle>()
  #meshedAt: number | undefined
  #stopped = false

  constructor(init: FaultRunnerInit) {
    this.#init = init
  }

  /** The network is meshed: the plan's time begins. */
  start(plan: readonly PlannedFault[]): void {
    this.#meshedAt = this.#init.runtime.clock.now()
    for (const { atMs, fault } of plan) this.#later(atMs, fault)
  }

  /** No further step is begun. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Does it now. With `forMs` it is undone after so long, ms. Rejects when it could not be done. */
  async perform(fault: Fault, forMs?: number): Promise<FaultOutcome> {
    const { runtime, apply, onMark } = this.#init
    const atMs = runtime.clock.now() - (this.#meshedAt ?? runtime.clock.now())
    const outcome = await apply(fault)
    const mark = { atMs, kind: fault.kind, nodes: outcome.nodes }
    this.marks.push(mark)
    onMark(mark)
    const undo = forMs === undefined ? undefined : undoing(fault)
    if (forMs !== undefined && undo !== undefined && !this.#stopped) this.#later(forMs, undo)
    return outcome
  }

  #later(ms: number, fault: Fault): void {
    const timer = this.#init.runtime.timers.after(ms, () => {
      this.#timers.delete(timer)
      this.perform(fault).catch((error: unknown) => this.#init.onFailed(fault, error))
    })
    this.#timers.add(timer)
  }
}

/** The step that ends a fault; none for what is over at once. */
export function undoing(fault: Fault): Fault | undefined {
  switch (fault.kind) {
    case 'crash':
    case 'stop':
    case 'wipe':
      return { kind: 'start', nodes: fault.nodes }
    case 'pause':
      return { kind: 'resume', nodes: fault.nodes }
    case 'slow':
      return { kind: 'restore', nodes: fault.nodes }
    case 'partition':
      return { kind: 'heal' }
    case 'start':
    case 'resume':
    case 'restore':
    case 'heal':
    case 'cut':
      return undefined
  }
}
