// Carries out a plan of faults, and those that somebody causes by hand: each at its time, noted as it happens. How a
// fault is done is the engine's; when, and what undoes it, is here.
import type { FaultMark } from '../../report/index.ts'
import type { Runtime, TimerHandle } from '../../runtime/index.ts'
import type { Fault, PlannedFault } from '../../scenario/index.ts'

/** What came of a fault. */
export interface FaultOutcome {
  /** Nodes that it happened to: one that is down already, say, is left out. */
  readonly nodes: readonly string[]
  /** What a person should know, one sentence each. */
  readonly notes: readonly string[]
}

export interface FaultRunnerInit {
  readonly apply: (fault: Fault) => Promise<FaultOutcome>
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
  /** A step of the plan failed; the plan goes on. */
  readonly onFailed: (fault: Fault, error: unknown) => void
}

export class FaultRunner {
  readonly #init: FaultRunnerInit
  readonly #marks: FaultMark[] = []
  readonly #timers = new Set<TimerHandle>()
  #meshedAt: number | undefined
  #stopped = false

  constructor(init: FaultRunnerInit) {
    this.#init = init
  }

  /** What was done so far, by time. */
  get marks(): readonly FaultMark[] {
    return this.#marks.toSorted((a, b) => a.at_s - b.at_s)
  }

  /** The network is meshed: the plan's time begins. */
  start(plan: readonly PlannedFault[]): void {
    this.#meshedAt = this.#init.runtime.clock.now()
    for (const { atMs, fault } of plan) {
      this.#later(atMs, () => {
        this.perform(fault).catch((error: unknown) => this.#init.onFailed(fault, error))
      })
    }
  }

  /** No further step is begun. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Does it now. With `forMs` it is undone after so long, ms. Rejects when it could not be done. */
  async perform(fault: Fault, forMs?: number): Promise<FaultOutcome> {
    const { clock } = this.#init.runtime
    const atMs = clock.now() - (this.#meshedAt ?? clock.now())
    const undo = forMs === undefined ? undefined : undoing(fault)
    if (forMs !== undefined && undo !== undefined) {
      this.#later(forMs, () => {
        this.perform(undo).catch((error: unknown) => this.#init.onFailed(undo, error))
      })
    }
    const outcome = await this.#init.apply(fault)
    const { nodes, notes } = outcome
    const note = notes.join(' ')
    if (nodes.length > 0) {
      const mark = { at_s: Math.round(atMs) / 1000, kind: fault.kind, nodes }
      this.#marks.push(note === '' ? mark : { ...mark, note })
    }
    return outcome
  }

  #later(ms: number, fn: () => void): void {
    if (this.#stopped) return
    const timer = this.#init.runtime.timers.after(ms, () => {
      this.#timers.delete(timer)
      fn()
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
