// Replay from disk: a long chain of small blocks is read from one store and imported into an empty one, every check
// made, as after a change of format or by someone who trusts nothing.
import { LEDGER_LIMITS } from '../../src/config/index.ts'
import { Chain, createConsensus } from '../../src/ledger/index.ts'
import { openStore } from '../../src/store/index.ts'
import { type Block, decodeBlock } from '../../src/wire/index.ts'
import { ChainMaker } from './chain-maker.ts'
import { LedgerNode } from './ledger-node.ts'
import { LoopPauses, seconds, withDirectory } from './measure.ts'
import { type BenchOptions, type Row, row } from './result.ts'

const FULL = { accounts: 1_000, blocks: 10_000, transactions: 8 }
const QUICK = { accounts: 20, blocks: 100, transactions: 2 }
const TRANSACTION_BYTES = 250

export async function replay({ quick, progress }: BenchOptions): Promise<Row[]> {
  const size = quick ? QUICK : FULL
  const maker = new ChainMaker({ accounts: size.accounts, transactionBytes: TRANSACTION_BYTES })
  return withDirectory(async (directory) => {
    progress(`a chain of ${size.blocks} blocks`)
    await write(maker, `${directory}/from`, size)

    let from: LedgerNode | undefined
    const openSeconds = await seconds(async () => {
      from = await LedgerNode.open(maker.genesis, `${directory}/from`)
    })
    if (from === undefined) throw new Error('no store')
    const into = await LedgerNode.open(maker.genesis, `${directory}/into`)
    const pauses = new LoopPauses()
    let bytes = 0
    progress('replay')
    const source = from
    const replaySeconds = await pauses.during(() =>
      into.importAll(
        'replay',
        read(source, (length) => {
          bytes += length
        })
      )
    )
    const isSame = into.chain.head.hash === source.chain.head.hash && into.chain.head.height === size.blocks
    await Promise.all([source.close(), into.close()])
    if (!isSame) throw new Error('the replay ended at another head')
    return [
      row(`opened, store of ${size.blocks} blocks`, 's', [openSeconds]),
      row('replayed from disk', 'blocks/s', [size.blocks / replaySeconds], pauses.summary()),
      row('replayed from disk', 'MB/s', [bytes / 1e6 / replaySeconds])
    ]
  })
}

function* read({ store, chain }: LedgerNode, onBytes: (length: number) => void): Generator<Block> {
  for (let height = 1; height <= chain.head.height; height++) {
    const hash = store.hashAt(height)
    const bytes = hash === undefined ? undefined : store.blockBytes(hash)
    if (bytes === undefined) throw new Error(`block ${height} is missing`)
    onBytes(bytes.length)
    yield decodeBlock(bytes)
  }
}

/** Straight into a store: its own signatures need no check. */
async function write(
  maker: ChainMaker,
  directory: string,
  size: { readonly blocks: number; readonly transactions: number }
): Promise<void> {
  const { genesis } = maker
  const store = await openStore(directory, genesis, { settings: { syncHeads: false } })
  const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
  for (let made = 1; made <= size.blocks; made++) {
    const block = maker.block(maker.transactions(size.transactions))
    chain.insertHeader(block.header, block.header.time)
    chain.insertBody(block)
    if (made % LEDGER_LIMITS.stepMaxBlocks !== 0 && made !== size.blocks) continue
    for (let update = chain.apply(); update !== undefined; update = chain.apply()) await store.commit(update)
  }
  await store.close()
}
