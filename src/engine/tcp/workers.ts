// The worker processes of a testnet as a whole: which nodes share one, and what is asked of all that run.
import { tcpEngineDefaults } from '../../config/index.ts'
import { realTimers } from '../../runtime/index.ts'
import type { WorkerMeasure } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'
import { type WorkerCounters, WorkerSlot, type WorkerSlotInit } from './worker-slot.ts'

export interface Sharing {
  readonly names: readonly string[]
  readonly nodesPerProcess: number
  /** Nodes with a process of their own, whatever `nodesPerProcess` says: what happens to it happens to them alone. */
  readonly alone: ReadonlySet<string>
}

export type WorkersInit = Sharing & Omit<WorkerSlotInit, 'number' | 'names'>

/** Nodes that stand alone have a process each; the others share, in their order. */
export function shareProcesses({ names, nodesPerProcess, alone }: Sharing): (readonly string[])[] {
  const sharing = names.filter((name) => !alone.has(name))
  const shared = Array.from({ length: Math.ceil(sharing.length / nodesPerProcess) }, (_, i) =>
    sharing.slice(i * nodesPerProcess, (i + 1) * nodesPerProcess)
  )
  return [...shared, ...names.filter((name) => alone.has(name)).map((name) => [name])]
}

export class Workers {
  readonly #slots: readonly WorkerSlot[]

  constructor(init: WorkersInit) {
    this.#slots = shareProcesses(init).map((names, i) => new WorkerSlot({ ...init, number: i + 1, names }))
  }

  slotOf(name: string): WorkerSlot {
    const slot = this.#slots.find(({ names }) => names.includes(name))
    if (slot === undefined) throw new Error(`no process for ${name}`)
    return slot
  }

  /** The measured time begins. */
  async begin(): Promise<void> {
    await this.#ask(({ worker }) => worker.call('begin', undefined))
  }

  async produce(on: boolean): Promise<void> {
    await this.#ask(({ worker }) => worker.call('produce', { on }))
  }

  /** Of each worker that answers. Events from before the call have arrived when it resolves. */
  measure(): Promise<WorkerMeasure[]> {
    return this.#ask((slot) => slot.measure())
  }

  /** Of all processes, also those that have ended or stand still, as they last told. */
  counters(): readonly WorkerCounters[] {
    return this.#slots.flatMap(({ counters }) => counters)
  }

  /** Paused ones go on first: who stands still can't end in good order. */
  async stop(): Promise<void> {
    await Promise.all(this.#running().map((worker) => worker.stop()))
  }

  async kill(): Promise<void> {
    await Promise.all(this.#running().map((worker) => worker.kill()))
  }

  #running(): WorkerProcess[] {
    return this.#slots.flatMap(({ running }) => running ?? [])
  }

  /** Asks every worker that runs; those that end, stand still or say nothing are left out. */
  async #ask<T>(question: (slot: WorkerSlot) => Promise<T>): Promise<T[]> {
    const asked = this.#slots.filter(({ running }) => running?.paused === false)
    const answers = await Promise.allSettled(
      asked.map((slot) => realTimers.within(tcpEngineDefaults.answerMsMax, () => question(slot)))
    )
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  }
}
