// A node's ledger that makes blocks and takes transactions as fast as it can until it is killed. Every line it prints
// is an acknowledgement: what it names must be there after the next start.
import { writeSync } from 'node:fs'
import { Chain, createConsensus, Mempool } from '../../src/ledger/index.ts'
import { Importer } from '../../src/node/importer.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { openStore } from '../../src/store/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import type { Block } from '../../src/wire/index.ts'
import { addressOf, genesis, makeBlock, makeBranch, PEOPLE, transfer } from './sealed-chain.ts'

const [directory = '', seed = ''] = process.argv.slice(2)
const runtime = realRuntime({ seed })
const { random } = runtime
const store = await openStore(directory, genesis)
const restored = store.restore()
const chain = new Chain(
  { genesis, consensus: createConsensus(genesis), blocks: store },
  restored === undefined ? {} : { restored }
)
const mempool = new Mempool({ chain }, { network: genesis.network })
const importer = new Importer(
  { chain, mempool, store, runtime, events: new EventEmitter() },
  { limits: { ownDepth: 5 } }
)

const acknowledge = (line: string): void => void writeSync(1, `${line}\n`)
acknowledge(`ready ${chain.head.work}`)

async function submitSome(): Promise<void> {
  const submissions = PEOPLE.map(async (from) => {
    const nonce = mempool.nextNonce(addressOf(from))
    const transaction = transfer(from, random.pick(PEOPLE) ?? from, nonce, {
      amount: random.int(9),
      fee: random.int(3)
    })
    await importer.submit(transaction)
    acknowledge(`tx ${transaction.id}`)
  })
  await Promise.all(submissions)
}

async function give(blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    const outcome = await importer.check(block)
    // An empty block of a branch that was begun before the crash.
    if (outcome.status === 'known') continue
    if (outcome.status !== 'checked') throw new Error(`a block was not checked: ${outcome.status}`)
    await importer.import(outcome.block, 'tip')
    acknowledge(`work ${chain.head.work}`)
  }
}

for (;;) {
  await submitSome()
  const head = chain.headerNode(chain.head.hash)
  if (head === undefined) throw new Error('the head has no header')
  // Now and then two blocks beside the head replace it.
  if (random.int(5) === 0 && head.parent !== undefined) {
    await give(makeBranch(head.parent.header, [{ gap: 2, outOfTurn: 1 }, {}, {}]))
  } else {
    const transactions = mempool.select({ maxBytes: 100_000, maxCount: random.int(12) })
    await give([makeBlock(head.header, { transactions })])
  }
}
