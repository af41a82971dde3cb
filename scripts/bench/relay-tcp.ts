// Transactions through nodes on real sockets, every one delivered to and verified by every node: ours, whole, beside
// gossipsub with the library's settings and a message for each, and beside what these cores could verify at best. A
// closed loop: so many transactions are on their way at a time, and the next is submitted when one is everywhere.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from '../../src/report/statistics.ts'
import type { Transaction } from '../../src/wire/index.ts'
import { bareChecks, verifyInPool } from './bare-verify.ts'
import { ChainMaker } from './chain-maker.ts'
import { seconds, withDirectory } from './measure.ts'
import type { NodeKind } from './relay-nodes.ts'
import type { Ended, FromWorker, ToWorker } from './relay-worker.ts'
import { type Benchmark, comparison, row, type Row, significant } from './result.ts'

const NODES = 8
/** Everyone is connected to everyone. */
const DEGREE = NODES - 1
const TRANSACTION_BYTES = 250
/** A multiple of the nodes: an account's transactions all start at one node, in the order of their nonces. */
const ACCOUNTS = 1024
/** Of its receivers. */
const VERIFIERS = NODES - 1
const GOALS = { over_stock: { least: 15 }, over_verify_limit: { least: 0.5 } }
const SETUP_MS = 60_000
const DRAIN_MS = 60_000

/** Four nodes in each: in one process the one event loop is busy while the other core has nothing to do. */
const PROCESSES = 2
const FULL = { rounds: 3, warmUpMs: 6_000, measuredMs: 8_000, supply: 32_000, checks: 20_000, inFlight: 2_048 }
const QUICK = { rounds: 1, warmUpMs: 100, measuredMs: 400, supply: 8_000, checks: 500, inFlight: 256 }
/**
 * Transactions on their way at a time, as many as each kind can make use of: more only waits, and what waits for longer
 * than a verdict may take is lost to gossip. Ours are with the size.
 */
const STOCK_IN_FLIGHT = 64

interface Plan {
  readonly kind: NodeKind
  readonly maker: ChainMaker
  readonly transactions: readonly Transaction[]
  readonly directory: string
  readonly size: typeof FULL
}

interface Passed {
  readonly perSecond: number
  /** CPU of all nodes for one transaction, ms. */
  readonly cpuMs: number
  readonly repaired: number
  readonly pauses: Ended['pauses']
}

export const relayTcp: Benchmark = async ({ quick, progress }) => {
  const size = quick ? QUICK : FULL
  progress(`signing ${size.supply} transactions`)
  const maker = new ChainMaker({ accounts: ACCOUNTS, transactionBytes: TRANSACTION_BYTES })
  const transactions = maker.transactions(size.supply)
  const checks = bareChecks(transactions.slice(0, size.checks))
  return withDirectory(async (directory) => {
    const limits: number[] = []
    const bareCpuMs: number[] = []
    const passed: Record<NodeKind, Passed[]> = { starling: [], stock: [] }
    for (let round = 0; round < size.rounds; round++) {
      progress(`round ${round + 1} of ${size.rounds}`)
      const cpu = process.cpuUsage()
      limits.push(checks.length / (await seconds(() => verifyInPool(checks))) / VERIFIERS)
      const { user, system } = process.cpuUsage(cpu)
      bareCpuMs.push((VERIFIERS * (user + system)) / 1000 / checks.length)
      const turns: NodeKind[] = round % 2 === 0 ? ['starling', 'stock'] : ['stock', 'starling']
      for (const kind of turns) {
        const place = join(directory, `${kind}-${round}`)
        mkdirSync(place)
        passed[kind].push(await pass({ kind, maker, transactions, directory: place, size }))
        progress(`${kind}: ${significant(passed[kind].at(-1)?.perSecond ?? Number.NaN)}/s`)
      }
    }
    const ours = passed.starling.map(({ perSecond }) => perSecond)
    const stock = passed.stock.map(({ perSecond }) => perSecond)
    const over = (others: readonly number[]): number =>
      significant(median(ours.map((rate, round) => rate / (others[round] ?? Number.NaN))))
    const ratios = { over_stock: over(stock), over_verify_limit: over(limits) }
    const repaired = passed.starling.reduce((sum, each) => sum + each.repaired, 0)
    const rows: Row[] = [
      row(`bare verification, pool, for ${VERIFIERS} receivers`, 'tx/s', limits),
      row(`stock gossipsub, ${NODES} nodes, a message each`, 'tx/s', stock, worst(passed.stock)),
      row(`starling, ${NODES} nodes`, 'tx/s', ours, {
        ...worst(passed.starling),
        comparison: [
          comparison(ratios.over_stock, '× stock', GOALS.over_stock),
          comparison(ratios.over_verify_limit, '× bare verification', GOALS.over_verify_limit),
          `${repaired} deliveries by repair`
        ].join(', ')
      }),
      // What is left to compare where other work has its share of the cores.
      row('bare verification, CPU', 'ms/tx', bareCpuMs),
      row(
        'stock gossipsub, CPU',
        'ms/tx',
        passed.stock.map(({ cpuMs }) => cpuMs)
      ),
      row(
        'starling, CPU',
        'ms/tx',
        passed.starling.map(({ cpuMs }) => cpuMs)
      )
    ]
    return { rows, ratios }
  })
}

/** The longest pauses of any. */
function worst(passed: readonly Pick<Passed, 'pauses'>[]): Ended['pauses'] {
  const most = (of: 'pause_p99_ms' | 'pause_max_ms'): number => Math.max(...passed.map(({ pauses }) => pauses[of] ?? 0))
  return { pause_p99_ms: most('pause_p99_ms'), pause_max_ms: most('pause_max_ms') }
}

/** One round of one kind on nodes of its own. Rejects when a transaction is lost or was not verified. */
async function pass(plan: Plan): Promise<Passed> {
  const { kind, size } = plan
  const fleet = new Fleet(plan)
  try {
    await fleet.start()
    const loop = fleet.load(kind === 'stock' ? STOCK_IN_FLIGHT : size.inFlight)
    await sleep(size.warmUpMs)
    const [from, before, cpuBefore] = [performance.now(), fleet.everywhere, fleet.cpuSeconds]
    do await fleet.orFailed(sleep(size.measuredMs))
    while (fleet.everywhere === before)
    const count = fleet.everywhere - before
    const perSecond = count / ((performance.now() - from) / 1000)
    const cpuMs = (1000 * (fleet.cpuSeconds - cpuBefore)) / count
    loop.stop()
    const submitted = await fleet.drained()
    if (submitted === size.supply) throw new Error(`${size.supply} transactions were not enough`)
    const ended = await fleet.stop()
    for (const { held, own, verified } of ended.flatMap((each) => each.nodes)) {
      if (verified < held - own) throw new Error(`a node verified ${verified} of ${held - own} transactions of others`)
    }
    return {
      perSecond,
      cpuMs,
      repaired: ended.reduce((sum, { repaired }) => sum + repaired, 0),
      pauses: worst(ended)
    }
  } finally {
    fleet.kill()
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
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
class Fleet {
  readonly #plan: Plan
  readonly #workers: Worker[]
  readonly #failed = Promise.withResolvers<never>()
  #inFlight = 0
  #onHeld: () => void = () => {}

  constructor(plan: Plan) {
    this.#plan = plan
    this.#failed.promise.catch(() => {})
    this.#workers = Array.from({ length: PROCESSES }, () => {
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
    const { kind, maker, transactions, directory } = this.#plan
    const each = NODES / PROCESSES
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
          transactions: transactions.filter((_, i) => i % PROCESSES === w).map(({ bytes }) => bytes)
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
