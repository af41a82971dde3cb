// Transactions through nodes on real sockets, every one delivered to and verified by every node: ours, whole, beside
// gossipsub with the library's settings and a message for each, and beside what these cores could verify at best. A
// closed loop: so many transactions are on their way at a time, and the next is submitted when one is everywhere.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../../src/report/statistics.ts'
import { bareChecks, verifyInPool } from './bare-verify.ts'
import { ChainMaker } from './chain-maker.ts'
import { seconds, withDirectory } from './measure.ts'
import { Fleet, type Layout, NODES, type Plan } from './relay-fleet.ts'
import type { NodeKind } from './relay-nodes.ts'
import type { Ended } from './relay-worker.ts'
import { type Benchmark, comparison, row, type Row, significant } from './result.ts'

const TRANSACTION_BYTES = 250
/** A multiple of the nodes: an account's transactions all start at one node, in the order of their nonces. */
const ACCOUNTS = 1024
/** Of its receivers. */
const VERIFIERS = NODES - 1
const GOALS = { over_stock: { least: 15 }, over_verify_limit: { least: 0.5 } }

/**
 * Processes that share the nodes. In one, as a prototype is run: stock gossipsub checks its own signatures on the event
 * loop, and so leaves a core idle, while ours checks in the pool. In two: stock has the second core too.
 */
const LAYOUTS: readonly Layout[] = [1, 2]
const FULL = { rounds: 3, warmUpMs: 6_000, measuredMs: 8_000, supply: 32_000, checks: 20_000, inFlight: 2_048 }
const QUICK = { rounds: 1, warmUpMs: 100, measuredMs: 400, supply: 8_000, checks: 500, inFlight: 256 }
/**
 * Transactions on their way at a time, as many as each kind can make use of: more only waits, and what waits for longer
 * than a verdict may take is lost to gossip. Ours are with the size.
 */
const STOCK_IN_FLIGHT = 64

interface Round extends Plan {
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
    const passed: Record<Layout, Record<NodeKind, Passed[]>> = {
      1: { starling: [], stock: [] },
      2: { starling: [], stock: [] }
    }
    for (let round = 0; round < size.rounds; round++) {
      progress(`round ${round + 1} of ${size.rounds}`)
      const cpu = process.cpuUsage()
      limits.push(checks.length / (await seconds(() => verifyInPool(checks))) / VERIFIERS)
      const { user, system } = process.cpuUsage(cpu)
      bareCpuMs.push((VERIFIERS * (user + system)) / 1000 / checks.length)
      const turns: NodeKind[] = round % 2 === 0 ? ['starling', 'stock'] : ['stock', 'starling']
      for (const processes of LAYOUTS) {
        for (const kind of turns) {
          const place = join(directory, `${kind}-${processes}-${round}`)
          mkdirSync(place)
          const done = await pass({ kind, processes, maker, transactions, directory: place, size })
          passed[processes][kind].push(done)
          progress(`${kind}, ${processesText(processes)}: ${significant(done.perSecond)}/s`)
        }
      }
    }
    const [one, two] = [compare(passed[1], limits), compare(passed[2], limits)]
    const rows: Row[] = [
      row(`bare verification, pool, for ${VERIFIERS} receivers`, 'tx/s', limits),
      ...LAYOUTS.flatMap((processes) => rates(processes, passed[processes], processes === 1 ? one : two)),
      // What is left to compare where other work has its share of the cores.
      row('bare verification, CPU', 'ms/tx', bareCpuMs),
      ...LAYOUTS.flatMap((processes) => cpuRows(processes, passed[processes]))
    ]
    const ratios = {
      over_stock: one.over_stock,
      over_verify_limit: one.over_verify_limit,
      over_stock_two_processes: two.over_stock,
      over_verify_limit_two_processes: two.over_verify_limit
    }
    return { rows, ratios }
  })
}

type Compared = Record<keyof typeof GOALS, number>

/** Medians of the ratios of each round. */
function compare({ starling, stock }: Record<NodeKind, readonly Passed[]>, limits: readonly number[]): Compared {
  const over = (others: readonly number[]): number =>
    significant(median(starling.map(({ perSecond }, round) => perSecond / (others[round] ?? Number.NaN))))
  return { over_stock: over(stock.map(({ perSecond }) => perSecond)), over_verify_limit: over(limits) }
}

function rates(processes: Layout, { starling, stock }: Record<NodeKind, readonly Passed[]>, compared: Compared): Row[] {
  const repaired = starling.reduce((sum, each) => sum + each.repaired, 0)
  const perSecond = (passed: readonly Passed[]): number[] => passed.map((each) => each.perSecond)
  const place = processesText(processes)
  return [
    row(`stock gossipsub, a message each, ${place}`, 'tx/s', perSecond(stock), worst(stock)),
    row(`starling, ${place}`, 'tx/s', perSecond(starling), {
      ...worst(starling),
      comparison: [
        comparison(compared.over_stock, '× stock', GOALS.over_stock),
        comparison(compared.over_verify_limit, '× bare verification', GOALS.over_verify_limit),
        `${repaired} deliveries by repair`
      ].join(', ')
    })
  ]
}

function cpuRows(processes: Layout, { starling, stock }: Record<NodeKind, readonly Passed[]>): Row[] {
  const cpuMs = (passed: readonly Passed[]): number[] => passed.map((each) => each.cpuMs)
  const place = processesText(processes)
  return [
    row(`stock gossipsub, CPU, ${place}`, 'ms/tx', cpuMs(stock)),
    row(`starling, CPU, ${place}`, 'ms/tx', cpuMs(starling))
  ]
}

function processesText(processes: Layout): string {
  return `${NODES} nodes in ${processes === 1 ? 'one process' : 'two processes'}`
}

/** The longest pauses of any. */
function worst(passed: readonly Pick<Passed, 'pauses'>[]): Ended['pauses'] {
  const most = (of: 'pause_p99_ms' | 'pause_max_ms'): number => Math.max(...passed.map(({ pauses }) => pauses[of] ?? 0))
  return { pause_p99_ms: most('pause_p99_ms'), pause_max_ms: most('pause_max_ms') }
}

/** One round of one kind on nodes of its own. Rejects when a transaction is lost or was not verified. */
async function pass(plan: Round): Promise<Passed> {
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
