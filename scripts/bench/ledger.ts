// How fast blocks come in, beside what no node can avoid: verifying their signatures. 1 MB blocks, every account
// funded, indexes on, every head synced to the disk, as many blocks under way as in a catch-up. Cold: encoded blocks of
// which nothing is known, at the start of a round not even the senders' keys (bare verification has them imported).
// Warm: headers of blocks whose transactions wait in the mempool, as after gossip.
import { decodeBlock, type Hex, assembleBlock, type Block, type Transaction } from '../../src/wire/index.ts'
import { bareChecks, verifyInPool, verifyOnOneCore } from './bare-verify.ts'
import { ChainMaker } from './chain-maker.ts'
import { LedgerNode } from './ledger-node.ts'
import { replay } from './ledger-replay.ts'
import { LoopPauses, seconds, withDirectory } from './measure.ts'
import { type Benchmark, type BenchOptions, type BenchResult, comparison, row, significant } from './result.ts'
import { median } from '../../src/report/statistics.ts'

const TRANSACTION_BYTES = 250
const FULL = { accounts: 10_000, rounds: 9, coldBlocks: 8, warmBlocks: 4, transactions: 4_000, bare: 2_000 }
const QUICK = { accounts: 100, rounds: 2, coldBlocks: 2, warmBlocks: 2, transactions: 100, bare: 50 }
const GOALS = { coldOverPool: { least: 0.7 }, warmOverCore: { least: 5 }, pauseMs: { most: 50 } }

/** Transactions per second, one figure a round. */
interface Rates {
  readonly core: number[]
  readonly pool: number[]
  readonly cold: number[]
  readonly warm: number[]
}

export const ledger: Benchmark = async (options) => {
  const imported = await withDirectory((directory) => importing(directory, options))
  const replayed = await replay(options)
  return { rows: [...imported.rows, ...replayed], ratios: imported.ratios }
}

async function importing(
  directory: string,
  { quick, progress }: BenchOptions
): Promise<Pick<BenchResult, 'rows' | 'ratios'>> {
  const size = quick ? QUICK : FULL
  progress(`${size.accounts} accounts`)
  const maker = new ChainMaker({ accounts: size.accounts, transactionBytes: TRANSACTION_BYTES })
  const node = await LedgerNode.open(maker.genesis, directory)
  const rates: Rates = { core: [], pool: [], cold: [], warm: [] }
  const pauses = { cold: new LoopPauses(), warm: new LoopPauses() }
  const makeBlocks = (length: number): Block[] =>
    Array.from({ length }, () => maker.block(maker.transactions(size.transactions)))
  try {
    for (let round = 1; round <= size.rounds; round++) {
      progress(`round ${round} of ${size.rounds}`)
      const cold = makeBlocks(size.coldBlocks)
      const checks = bareChecks((cold[0] as Block).transactions.slice(0, size.bare))
      // What is compared is measured before and after, so that a machine that gets slower slows both.
      const pool = [await seconds(() => verifyInPool(checks))]
      await node.forgetSignatures()
      const coldSeconds = await pauses.cold.during(() => node.importAll('sync', received(cold)))
      pool.push(await seconds(() => verifyInPool(checks)))

      const warm = makeBlocks(size.warmBlocks)
      for (const { transactions } of warm) for (const each of transactions) node.mempool.add(each)
      const core = [await seconds(() => verifyOnOneCore(checks))]
      const warmSeconds = await pauses.warm.during(() => node.importAll('tip', rebuilt(warm, node)))
      core.push(await seconds(() => verifyOnOneCore(checks)))

      rates.pool.push((2 * checks.length) / sum(pool))
      rates.core.push((2 * checks.length) / sum(core))
      rates.cold.push((cold.length * size.transactions) / coldSeconds)
      rates.warm.push((warm.length * size.transactions) / warmSeconds)
    }
  } finally {
    await node.close()
  }
  return figures(rates, pauses)
}

function* received(blocks: readonly Block[]): Generator<Block> {
  for (const { bytes } of blocks) yield decodeBlock(bytes.slice())
}

/** From the mempool's own transactions, as a compact block is. */
function* rebuilt(blocks: readonly Block[], { mempool }: LedgerNode): Generator<Block> {
  const find = (id: Hex): Transaction => {
    const transaction = mempool.get(id)
    if (transaction === undefined) throw new Error(`the mempool has lost ${id}`)
    return transaction
  }
  for (const { header, transactions } of blocks)
    yield assembleBlock(
      header,
      transactions.map(({ id }) => find(id))
    )
}

function figures({ core, pool, cold, warm }: Rates, pauses: { cold: LoopPauses; warm: LoopPauses }) {
  const coldOverPool = median(cold.map((rate, round) => rate / (pool[round] ?? Number.NaN)))
  const warmOverCore = median(warm.map((rate, round) => rate / (core[round] ?? Number.NaN)))
  const compared = {
    cold: comparison(coldOverPool, '× bare, pool', GOALS.coldOverPool),
    warm: comparison(warmOverCore, '× bare, one core', GOALS.warmOverCore)
  }
  return {
    rows: [
      row('bare verification, one core', 'tx/s', core),
      row('bare verification, pool', 'tx/s', pool),
      row('imported, cold', 'tx/s', cold, { ...pauses.cold.summary(), comparison: compared.cold }),
      row('imported, warm', 'tx/s', warm, { ...pauses.warm.summary(), comparison: compared.warm })
    ],
    ratios: { cold_over_bare_pool: significant(coldOverPool), warm_over_bare_core: significant(warmOverCore) }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
