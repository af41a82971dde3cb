// The processes with the nodes of the relay benchmark, and the load on them: so many transactions are on their way at a
// time, and the next is submitted when one is everywhere.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Transaction } from '../../src/wire/index.ts'
import type { ChainMaker } from './chain-maker.ts'
import type { NodeKind } from './relay-nodes.ts'
import type { Ended, FromWorker, ToWorker } from './relay-worker.ts'

export const NODES = 8
/** Everyone is connected to everyone. */
const DEGREE = NODES - 1
const SETUP_MS = 60_000
const DRAIN_MS = 60_000

/** Processes that share the nodes. */
export type Layout = 1 | 2

export interface Plan {
  readonly kind: NodeKind
  readonly processes: Layout
  readonly maker: ChainMaker
  readonly transactions: readonly Transaction[]
  readonly directory: string
}

interface Worker {
  readonly child: ChildProcess
  submitted: number
  /** Held by each of its nodes. */
  least: number
  cpuSeconds: number
  ended: Ended | undefined
}

/** The processes with the nodes of one round. */
export class Fleet {
  readonly #plan: Plan
  readonly #workers: Worker[]
  readonly #failed = Promise.withResolvers<never>()
  #inFlight = 0
  #onHeld: () => void = () => {}

  constructor(plan: Plan) {
    this.#plan = plan
    this.#failed.promise.catch(() => {})
    this.#workers = Array.from({ length: plan.processes }, () => {
      const child = fork(fileURLToPath(new URL('relay-worker.ts', import.meta.url)), [], {
        serialization: 'advanced',
        execArgv: ['--disable-warning=ExperimentalWarning']
      })
      const worker: Worker = { child, submitted: 0, least: 0, cpuSeconds: 0, ended: undefined }
      child.on('message', (message: FromWorker) => this.#hear(worker, message))
      child.on('exit', (code) => {
        if (worker.ended === undefined) this.#failed.reject(new Error(`a worker ended with ${code}`))
      })
      return worker
    })
  }

  /** Transactions that every node holds. */
  get everywhere(): number {
    return Math.min(...this.#workers.map(({ least }) => least))
  }

  /** Spent by all processes. */
  get cpuSeconds(): number {
    return this.#workers.reduce((sum, worker) => sum + worker.cpuSeconds, 0)
  }

  async start(): Promise<void> {
    const { kind, processes, maker, transactions, directory } = this.#plan
    const each = NODES / processes
    const listening = this.#all('listening')
    const meshed = this.#all('meshed')
    for (const [w, worker] of this.#workers.entries()) {
      this.#send(worker, {
        type: 'start',
        order: {
          kind,
          genesis: maker.genesis.file,
          names: Array.from({ length: each }, (_, i) => `n${w * each + i + 1}`),
          directory,
          degree: DEGREE,
          transactions: transactions.filter((_, i) => i % processes === w).map(({ bytes }) => bytes)
        }
      })
    }
    const addresses = (await this.orFailed(listening)).flatMap((message) => message.addresses)
    for (const [w, worker] of this.#workers.entries()) {
      // Each connects to those before it.
      const targets = Array.from({ length: each }, (_, i) => addresses.slice(0, w * each + i))
      this.#send(worker, { type: 'connect', addresses: targets })
    }
    await this.orFailed(meshed, SETUP_MS)
  }

  /** Keeps so many transactions on their way, until stopped. */
  load(inFlight: number): { stop(): void } {
    this.#inFlight = inFlight
    this.#onHeld = () => {
      const allowed = Math.floor((this.everywhere + this.#inFlight) / this.#workers.length)
      for (const worker of this.#workers) this.#send(worker, { type: 'allow', submitted: allowed })
    }
    this.#onHeld()
    return {
      stop: () => {
        this.#onHeld = () => {}
      }
    }
  }

  /** Resolves with the number of transactions when all that were submitted are everywhere. */
  async drained(): Promise<number> {
    const done = Promise.withResolvers<number>()
    let last = -1
    // Workers report only changes; one more look each second finds the rest.
    const look = (): void => {
      const submitted = this.#workers.reduce((sum, worker) => sum + worker.submitted, 0)
      if (this.everywhere === submitted && submitted === last) done.resolve(submitted)
      last = submitted
    }
    const timer = setInterval(look, 100)
    try {
      return await this.orFailed(done.promise, DRAIN_MS)
    } finally {
      clearInterval(timer)
    }
  }

  async stop(): Promise<Ended[]> {
    const ended = this.#all('ended')
    const exits = this.#workers.map(({ child }) => once(child, 'exit'))
    for (const worker of this.#workers) this.#send(worker, { type: 'stop' })
    const results = await this.orFailed(ended)
    await Promise.all(exits)
    return results
  }

  kill(): void {
    for (const { child } of this.#workers) child.kill('SIGKILL')
  }

  /** Rejects when a worker fails first, or time runs out. */
  async orFailed<T>(work: Promise<T>, ms?: number): Promise<T> {
    if (ms === undefined) return Promise.race([work, this.#failed.promise])
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      const held = this.#workers.map(({ submitted, least }) => `${least} held, ${submitted} submitted`).join('; ')
      late.reject(new Error(`${this.#plan.kind}: not done after ${ms} ms: ${held}`))
    }, ms)
    try {
      return await Promise.race([work, this.#failed.promise, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #send({ child }: Worker, message: ToWorker): void {
    if (child.connected) child.send(message)
  }

  #hear(worker: Worker, message: FromWorker): void {
    if (message.type === 'failed') this.#failed.reject(new Error(message.error))
    if (message.type === 'ended') worker.ended = message
    if (message.type !== 'held') return
    worker.submitted = message.submitted
    worker.least = message.least
    worker.cpuSeconds = message.cpuSeconds
    this.#onHeld()
  }

  /** One message of the type from each worker. */
  #all<T extends FromWorker['type']>(type: T): Promise<Extract<FromWorker, { type: T }>[]> {
    return Promise.all(
      this.#workers.map(
        ({ child }) =>
          new Promise<Extract<FromWorker, { type: T }>>((resolve) => {
            const onMessage = (message: FromWorker): void => {
              if (message.type !== type) return
              child.off('message', onMessage)
              resolve(message as Extract<FromWorker, { type: T }>)
            }
            child.on('message', onMessage)
          })
      )
    )
  }
}
