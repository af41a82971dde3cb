// A full mempool: filled, a block chosen from it, the chosen ones taken out by the block's import. Choosing is beside
// sorting as many numbers, which nothing that looks at every fee can be much faster than. Two shapes: many senders
// with one transaction each (the most there is to compare), and fewer with a queue each.
import { Chain, createConsensus, Mempool } from '../../src/ledger/index.ts'
import { median } from '../../src/report/statistics.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { decodeTransaction } from '../../src/wire/index.ts'
import { ChainMaker } from './chain-maker.ts'
import { memoryBytes, seconds } from './measure.ts'
import { type Benchmark, type BenchOptions, comparison, type Row, row, significant } from './result.ts'

const TRANSACTION_BYTES = 250
const FULL = { pending: 100_000, chosen: 4_000, shapes: [100_000, 10_000], rounds: 7 }
const QUICK = { pending: 1_000, chosen: 40, shapes: [1_000, 100], rounds: 2 }
const GOAL = { most: 3 }
const SELECTIONS = 5

interface Figures {
  readonly addPerSecond: number[]
  readonly selectMs: number[]
  readonly sortMs: number[]
  readonly sortTypedMs: number[]
  readonly removeMs: number[]
}

export const mempool: Benchmark = async (options) => {
  const { pending, chosen, shapes } = options.quick ? QUICK : FULL
  const rows: Row[] = []
  let worst = 0
  for (const senders of shapes) {
    options.progress(`${pending} transactions of ${senders} senders`)
    const maker = new ChainMaker({ accounts: senders, transactionBytes: TRANSACTION_BYTES, unsigned: true })
    const encoded = maker.transactions(pending).map(({ bytes }) => bytes)
    const memory = await memoryEach(maker, encoded)
    const figures = await measure(maker, encoded, options)
    const over = (sortMs: readonly number[]): number =>
      median(figures.selectMs.map((ms, round) => ms / (sortMs[round] ?? Number.NaN)))
    const overSort = over(figures.sortMs)
    worst = Math.max(worst, overSort)
    const name = (what: string): string => `${what}, ${senders} senders`
    const beside = `${comparison(overSort, '× sorting', GOAL)}, ${significant(over(figures.sortTypedMs))} × typed`
    rows.push(
      row(name(`${pending} added`), 'tx/s', figures.addPerSecond),
      row(`sort ${pending} numbers`, 'ms', figures.sortMs),
      row(`sort ${pending} numbers, typed array`, 'ms', figures.sortTypedMs),
      row(name(`select ${chosen}`), 'ms', figures.selectMs, { comparison: beside }),
      row(name(`${chosen} removed on import`), 'ms', figures.removeMs),
      row(name('memory each'), 'B', [memory], { comparison: `${TRANSACTION_BYTES} B of it encoded` })
    )
  }
  return { rows, ratios: { select_over_sort: significant(worst) } }
}

/** Adds the transactions, each with bytes of its own as from a message of its own. Seconds that the mempool took. */
async function fill(pool: Mempool, encoded: readonly Uint8Array[]): Promise<number> {
  const decoded = encoded.map((bytes) => decodeTransaction(bytes.slice()))
  const took = await seconds(() => {
    for (const transaction of decoded) pool.add(transaction)
  })
  if (pool.size !== encoded.length) throw new Error(`${pool.size} of ${encoded.length} were taken`)
  return took
}

/** Bytes for each transaction, decoded and encoded, and its place in the mempool. */
async function memoryEach(maker: ChainMaker, encoded: readonly Uint8Array[]): Promise<number> {
  const pool = new Mempool({ chain: newChain(maker) }, { network: maker.genesis.network })
  const before = memoryBytes()
  await fill(pool, encoded)
  // The size is asked for last, so that the mempool is still needed while it is weighed.
  return (memoryBytes() - before) / pool.size
}

async function measure(maker: ChainMaker, encoded: readonly Uint8Array[], options: BenchOptions): Promise<Figures> {
  const { chosen, rounds } = options.quick ? QUICK : FULL
  const figures: Figures = { addPerSecond: [], selectMs: [], sortMs: [], sortTypedMs: [], removeMs: [] }
  const limits = { maxCount: chosen, maxBytes: chosen * TRANSACTION_BYTES }
  for (let round = 1; round <= rounds; round++) {
    options.progress(`round ${round} of ${rounds}`)
    const chain = newChain(maker)
    const pool = new Mempool({ chain }, { network: maker.genesis.network })
    figures.addPerSecond.push(encoded.length / (await fill(pool, encoded)))
    const { sortMs, sortTypedMs, selectMs } = await compare(encoded.length, `${round}`, () => void pool.select(limits))
    figures.sortMs.push(sortMs)
    figures.sortTypedMs.push(sortTypedMs)
    figures.selectMs.push(selectMs)
    figures.removeMs.push(1000 * (await remove(maker, chain, pool, limits)))
  }
  return figures
}

/** Sorting and choosing in turns; the median of each, ms. */
async function compare(count: number, seed: string, select: () => void) {
  const random = seededRandom(seed)
  const sort: number[] = []
  const typed: number[] = []
  const selected: number[] = []
  for (let i = 0; i < SELECTIONS; i++) {
    const numbers = Array.from({ length: count }, () => random.next())
    const same = Float64Array.from(numbers)
    sort.push(1000 * (await seconds(() => void numbers.sort((a, b) => a - b))))
    selected.push(1000 * (await seconds(select)))
    typed.push(1000 * (await seconds(() => void same.sort())))
  }
  return { sortMs: median(sort), sortTypedMs: median(typed), selectMs: median(selected) }
}

function newChain({ genesis }: ChainMaker): Chain {
  const none = () => undefined
  return new Chain({ genesis, consensus: createConsensus(genesis), blocks: { header: none, body: none, undo: none } })
}

/** Seconds that the mempool takes to follow a block of the chosen. */
async function remove(
  maker: ChainMaker,
  chain: Chain,
  pool: Mempool,
  limits: { readonly maxCount: number; readonly maxBytes: number }
): Promise<number> {
  const selected = pool.select(limits)
  const block = maker.blockOn(maker.genesis.header, selected)
  chain.insertHeader(block.header, block.header.time)
  chain.insertBody(block)
  const update = chain.apply()
  if (update === undefined) throw new Error('the block is not valid')
  const before = pool.size
  const took = await seconds(() => pool.follow(update))
  if (before - pool.size !== selected.length) throw new Error('the block did not take out what it holds')
  return took
}
