// The nodes of a testnet as a whole: which worker process runs which, starting, asking and stopping all of them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockOrigin } from '../../runtime/index.ts'
import type { Edge } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { NodeMeasure } from '../common/measure.ts'
import type { NodeSpec, StartedNode, WorkerMeasure } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

export interface FleetNode {
  readonly name: string
  readonly peer: string
  readonly api: string
  readonly pid: number
  readonly addresses: readonly string[]
}

export interface FleetInit {
  readonly names: readonly string[]
  readonly nodesPerProcess: number
  /** Run directory: logs go into its `logs`. */
  readonly directory: string
  readonly origin: ClockOrigin
  readonly onEvents: (events: readonly NamedEvent[]) => void
  /** Nodes whose process ended unasked; `what` names the process. */
  readonly onDown: (names: readonly string[], what: string) => void
}

export class Fleet {
  readonly nameOfPeer = new Map<string, string>()
  readonly #init: FleetInit
  readonly #workers: WorkerProcess[] = []
  readonly #workerOf = new Map<string, WorkerProcess>()
  readonly #nodes = new Map<string, FleetNode>()
  #stopping = false

  constructor(init: FleetInit) {
    this.#init = init
  }

  get nodes(): readonly FleetNode[] {
    return [...this.#nodes.values()]
  }

  /** Names of nodes whose process runs. */
  get running(): readonly string[] {
    return [...this.#nodes.keys()].filter((name) => this.#workerOf.get(name)?.running)
  }

  /** Starts every node; `onStarted` is called for each as it listens. */
  async start(specs: readonly NodeSpec[], onStarted: (node: StartedNode) => void): Promise<void> {
    const { names, nodesPerProcess, directory } = this.#init
    mkdirSync(join(directory, 'logs'), { recursive: true })
    for (let first = 0; first < names.length; first += nodesPerProcess) {
      this.#addWorker(names.slice(first, first + nodesPerProcess))
    }
    const order = new Map(names.map((name, i) => [name, i]))
    await Promise.all(
      specs.map(async (spec) => {
        const worker = this.#workerFor(spec.name)
        const started = await worker.call('startNode', spec)
        this.nameOfPeer.set(started.peer, started.name)
        this.#nodes.set(started.name, { ...started, pid: worker.pid })
        onStarted(started)
      })
    )
    const sorted = this.nodes.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0))
    this.#nodes.clear()
    for (const node of sorted) this.#nodes.set(node.name, node)
  }

  /** Tells each edge's dialer the listener's addresses. */
  async connect(edges: readonly Edge[]): Promise<void> {
    const { names } = this.#init
    await Promise.all(
      edges.map(([dialer, listener]) => {
        const from = names[dialer]
        const to = this.#nodes.get(names[listener] ?? '')
        if (from === undefined || to === undefined) return undefined
        return this.#workerFor(from).call('connect', { node: from, addresses: to.addresses })
      })
    )
  }

  /** The measured time begins. */
  async begin(): Promise<void> {
    await this.#ask((worker) => worker.call('begin', undefined))
  }

  async produce(on: boolean): Promise<void> {
    await this.#ask((worker) => worker.call('produce', { on }))
  }

  submit(name: string, transaction: Uint8Array): Promise<{ id: string }> {
    return this.#workerFor(name).call('submit', { node: name, transaction })
  }

  /** Of each running worker. Events from before the call have arrived when it resolves. */
  measure(): Promise<WorkerMeasure[]> {
    return this.#ask((worker) => worker.call('measure', undefined))
  }

  async measureNodes(): Promise<NodeMeasure[]> {
    return (await this.measure()).flatMap(({ nodes }) => nodes)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers.map((worker) => worker.stop()))
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers.map((worker) => worker.kill()))
  }

  #addWorker(names: readonly string[]): void {
    const { directory, origin, onEvents, onDown } = this.#init
    const number = this.#workers.length + 1
    const logFile = join(directory, 'logs', `worker-${number}.log`)
    const worker = new WorkerProcess({
      name: `worker ${number}`,
      logFile,
      onEvents,
      onExit: ({ code, signal }) => {
        if (this.#stopping) return
        const how = signal ?? (code === null ? 'could not start' : `exit code ${code}`)
        onDown(names, `worker ${number} (${how}, see ${logFile})`)
      }
    })
    this.#workers.push(worker)
    for (const name of names) this.#workerOf.set(name, worker)
    worker.call('init', { origin }).catch(() => {})
  }

  #workerFor(name: string): WorkerProcess {
    const worker = this.#workerOf.get(name)
    if (worker === undefined) throw new Error(`no node ${name}`)
    return worker
  }

  /** Asks every running worker; those that end meanwhile are left out. */
  async #ask<T>(question: (worker: WorkerProcess) => Promise<T>): Promise<T[]> {
    const answers = await Promise.allSettled(this.#workers.filter(({ running }) => running).map(question))
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  }
}
