// Carries out a plan of faults, and those that somebody causes by hand: each at its time, noted as it happens. How a
// fault is done is the engine's; when, and what undoes it, is here.
import type { FaultMark } from '../../report/index.ts'
import type { Runtime, TimerHandle } from '../../runtime/index.ts'
import type { Fault, PlannedFault } from '../../scenario/index.ts'

/** What came of a fault. */
export interface FaultOutcome {
  /** Nodes that it happened to: one that is down already, say, is left out. */
  readonly nodes: readonly string[]
  /** When it had happened to all of them, where that is later than when it was begun. */
  readonly at?: number
  /** What a person should know, one sentence each. */
  readonly notes: readonly string[]
}

export interface FaultRunnerInit {
  readonly apply: (fault: Fault) => Promise<FaultOutcome>
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
  /** A step of the plan, or one that undoes another, failed; the plan goes on. */
  readonly onFailed: (fault: Fault, error: unknown) => void
}

export class FaultRunner {
  readonly #init: FaultRunnerInit
  readonly #marks: FaultMark[] = []
  readonly #timers = new Set<TimerHandle>()
  /** Steps that are to come only because somebody caused a fault for a while. */
  #undos: Undo[] = []
  readonly #failures: string[] = []
  #failed = 0
  #meshedAt: number | undefined
  #stopped = false

  constructor(init: FaultRunnerInit) {
    this.#init = init
  }

  /** What was done so far, by time. */
  get marks(): readonly FaultMark[] {
    return this.#marks.toSorted((a, b) => a.at_s - b.at_s)
  }

  /** Steps that could not be done, one sentence each: the first of them, and how many more. */
  get failures(): readonly string[] {
    const more = this.#failed - this.#failures.length
    return more === 0 ? this.#failures : [...this.#failures, `${more} more steps of the faults failed`]
  }

  /** The network is meshed: the plan's time begins. */
  start(plan: readonly PlannedFault[]): void {
    this.#meshedAt = this.#init.runtime.clock.now()
    for (const { atMs, fault } of plan) {
      this.#later(atMs, () => this.#attempt(fault))
    }
  }

  /** No further step is begun. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /**
   * Does it now. With `forMs` it is undone after so long, ms, for the nodes that it happened to and that no later step of
   * the same sort has taken over by then. Rejects when it could not be done; then nothing is undone either.
   */
  async perform(fault: Fault, forMs?: number): Promise<FaultOutcome> {
    const { clock } = this.#init.runtime
    const begunAt = clock.now()
    const outcome = await this.#init.apply(fault)
    const { nodes, notes, at = begunAt } = outcome
    const atMs = at - (this.#meshedAt ?? at)
    const sort = sortOf(fault)
    // A heal without a partition happens to nobody, and takes nothing over.
    this.#takeOver(sort, nodes)
    const undo = forMs === undefined ? undefined : undoing(fault)
    if (forMs !== undefined && undo !== undefined && nodes.length > 0) {
      const planned: Undo = { sort, step: undo, nodes: new Set(nodes) }
      this.#undos.push(planned)
      this.#later(Math.max(0, at + forMs - clock.now()), () => this.#undo(planned))
    }
    const note = notes.join(' ')
    if (nodes.length > 0) {
      // Rounded up: at the mark it has happened.
      const groups = fault.kind === 'partition' ? { groups: fault.groups } : {}
      const mark = { at_s: Math.ceil(atMs) / 1000, kind: fault.kind, nodes, ...groups }
      this.#marks.push(note === '' ? mark : { ...mark, note })
    }
    return outcome
  }

  #attempt(fault: Fault): void {
    this.perform(fault).catch((error: unknown) => {
      this.#failed++
      if (this.#failures.length < FAILURES_MAX)
        this.#failures.push(`the fault ${fault.kind} failed: ${messageOf(error)}`)
      this.#init.onFailed(fault, error)
    })
  }

  #undo(planned: Undo): void {
    const { step, nodes } = planned
    if (!this.#undos.includes(planned)) return
    this.#undos = this.#undos.filter((one) => one !== planned)
    this.#attempt('nodes' in step ? { ...step, nodes: [...nodes] } : step)
  }

  /** What happens to these nodes now takes the place of what was to undo an earlier step of the sort. */
  #takeOver(sort: Sort, nodes: readonly string[]): void {
    if (nodes.length === 0) return
    for (const undo of this.#undos) {
      if (undo.sort !== sort) continue
      // A partition is one for all, whoever is in its groups.
      if (sort === 'parted') undo.nodes.clear()
      for (const node of nodes) undo.nodes.delete(node)
    }
    this.#undos = this.#undos.filter((undo) => undo.nodes.size > 0)
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

/** Failed steps that are told one by one. */
const FAILURES_MAX = 5

/** Steps of one sort take each other's place. */
type Sort = 'life' | 'standing' | 'speed' | 'parted' | 'none'

interface Undo {
  readonly sort: Sort
  readonly step: Fault
  /** That it is still for. */
  readonly nodes: Set<string>
}

function sortOf({ kind }: Fault): Sort {
  switch (kind) {
    case 'crash':
    case 'stop':
    case 'wipe':
    case 'start':
      return 'life'
    case 'pause':
    case 'resume':
      return 'standing'
    case 'slow':
    case 'restore':
      return 'speed'
    case 'partition':
    case 'heal':
      return 'parted'
    case 'cut':
      return 'none'
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
