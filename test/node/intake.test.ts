import { deepEqual, equal } from 'node:assert/strict'
import { Importer } from '../../src/node/importer.ts'
import { Intake } from '../../src/node/intake.ts'
import { openLedger } from '../../src/node/ledger.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import type { Block } from '../../src/wire/index.ts'
import { genesis, makeBlock, makeBranch, transfer } from '../store/sealed-chain.ts'

function setUp() {
  const runtime = realRuntime({ seed: 1 })
  const store = memoryStore(genesis)
  const events = new EventEmitter((error) => {
    throw error
  })
  const { chain, mempool } = openLedger({ genesis, store, runtime, events })
  const importer = new Importer({ chain, mempool, store, runtime, events })
  const intake = new Intake({ chain, mempool, importer, store, events, runtime })
  const delivered: string[] = []
  events.subscribe((event) => {
    if (event.type === 'delivered' && event.kind === 'transaction') delivered.push(event.id)
  })
  const offer = async (block: Block, via: 'gossip' | 'own' = 'gossip') => {
    const outcome = await intake.offer(block, { from: 'peer', via, lane: 'tip' })
    equal(outcome.status, 'checked')
    return outcome.status === 'checked' ? outcome.imported : undefined
  }
  return { chain, importer, intake, store, delivered, offer }
}

describe('a block that arrives', () => {
  const payment = transfer('p0', 'p1', 0)
  const other = transfer('p2', 'p1', 0)

  it('delivers the transactions that nobody has brought before', async () => {
    const { delivered, offer } = setUp()
    const [first, second] = makeBranch(genesis.header, [{ transactions: [payment] }, { transactions: [other] }])
    await offer(first as Block)
    await offer(second as Block)
    deepEqual(delivered, [payment.id, other.id])
  })

  it('does not deliver what is pending, nor what our own chain includes already', async () => {
    const { chain, importer, delivered, offer } = setUp()
    await importer.submit(payment)
    const ours = makeBlock(genesis.header, { transactions: [payment] })
    await offer(ours, 'own')
    equal(chain.head.hash, ours.header.hash)
    // Two rivals in a row: the second is above our head, and yet not on it.
    const empty = makeBranch(genesis.header, [{ gap: 2, outOfTurn: 1 }, { transactions: [payment, other] }])
    await offer(empty[0] as Block)
    await offer(empty[1] as Block)
    deepEqual(delivered, [other.id])
  })

  it('does not deliver what a block includes that is applied and not yet on the disk', async () => {
    const { importer, intake, store, delivered, offer } = setUp()
    await importer.submit(payment)
    const rival = makeBlock(genesis.header, { gap: 2, transactions: [payment] })
    const commit = store.commit.bind(store)
    store.commit = async (...update) => {
      store.commit = commit
      equal((await intake.offer(rival, { from: 'peer', via: 'gossip', lane: 'tip' })).status, 'checked')
      await commit(...update)
    }
    await offer(makeBlock(genesis.header, { transactions: [payment] }))
    deepEqual(delivered, [])
  })
})
