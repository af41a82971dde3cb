// A place for a worker process: the nodes that run there, the process that has them now, and what it and those before it
// counted of their own events.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tcpEngineDefaults } from '../../config/index.ts'
import { type ClockOrigin, realTimers } from '../../runtime/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { NodeMeasure } from '../common/measure.ts'
import type { WorkerMeasure } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

export interface WorkerSlotInit {
  readonly number: number
  readonly names: readonly string[]
  /** Run directory: logs go into its `logs`. */
  readonly directory: string
  readonly origin: ClockOrigin
  readonly onEvents: (events: readonly NamedEvent[]) => void
  /** The process of these nodes ended unasked; `what` names it. */
  readonly onLost: (names: readonly string[], what: string) => void
}

/** What a process counted of its own events. */
export type WorkerCounters = Pick<WorkerMeasure, 'droppedEvents' | 'trace'>

export class WorkerSlot {
  readonly names: readonly string[]
  readonly #init: WorkerSlotInit
  #worker: WorkerProcess | undefined
  /** What the process that runs answered last: one that stands still or dies says no more. */
  #last: WorkerMeasure | undefined
  /** What processes that have ended had counted when they answered last. */
  readonly #ended: WorkerCounters[] = []

  constructor(init: WorkerSlotInit) {
    this.#init = init
    this.names = init.names
  }

  /** The process that runs, or that ended last. */
  get worker(): WorkerProcess {
    if (this.#worker === undefined) throw new Error(`${this.names.join(', ')} have no process`)
    return this.#worker
  }

  get running(): WorkerProcess | undefined {
    return this.#worker?.running ? this.#worker : undefined
  }

  /** Of all its processes, as they last told. */
  get counters(): readonly WorkerCounters[] {
    return this.#last === undefined ? this.#ended : [...this.#ended, this.#last]
  }

  /** The process; it is started unless it runs. */
  start(): WorkerProcess {
    return this.running ?? this.#spawn()
  }

  async measure(): Promise<WorkerMeasure> {
    const { worker } = this
    const measure = await worker.call('measure', undefined)
    if (worker.running) this.#last = measure
    return measure
  }

  /** A measure of the node from just before something happens to it; none if there is no answer in time. */
  async lastWords(name: string): Promise<readonly NodeMeasure[]> {
    const asked = realTimers.within(tcpEngineDefaults.lastWordsMs, () => this.measure())
    const answer = await asked.catch(() => undefined)
    return answer?.nodes.filter((node) => node.name === name) ?? []
  }

  /** What was measured of the node last, while the process runs. */
  known(name: string): readonly NodeMeasure[] {
    return this.#last?.nodes.filter((node) => node.name === name) ?? []
  }

  #spawn(): WorkerProcess {
    const { number, names, directory, origin, onEvents, onLost } = this.#init
    const logs = join(directory, 'logs')
    mkdirSync(logs, { recursive: true })
    const logFile = join(logs, `worker-${number}.log`)
    const worker = new WorkerProcess({
      name: `worker ${number}`,
      logFile,
      onEvents,
      onExit: ({ code, signal, expected }) => {
        if (this.#last !== undefined) {
          const { droppedEvents, trace } = this.#last
          this.#ended.push({ droppedEvents, trace })
          this.#last = undefined
        }
        if (expected) return
        const how = signal ?? (code === null ? 'could not start' : `exit code ${code}`)
        onLost(names, `worker ${number} (${how}, see ${logFile})`)
      }
    })
    this.#worker = worker
    worker.call('init', { origin }).catch(() => {})
    return worker
  }
}
