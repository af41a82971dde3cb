import { deepEqual, equal, rejects } from 'node:assert/strict'
import { Mempool } from '../../src/ledger/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { MempoolSet } from '../../src/sync/mempool-set.ts'
import { takeTransactions } from '../../src/sync/mempool-take.ts'
import { EventEmitter, type NodeEvent } from '../../src/trace/index.ts'
import type { Transaction } from '../../src/wire/index.ts'
import { easyGenesis, transfer } from '../support/nodes.ts'

const genesis = easyGenesis()
const payment = (nonce: number, fee = 1): Transaction => transfer(genesis, 'alice', 'bob', nonce, { fee })

describe('transactions that anti-entropy brings', () => {
  let mempool: Mempool
  let declined: Transaction[]
  let verified: Transaction[]
  let events: NodeEvent[]
  let valid: boolean
  let take: (...transactions: Transaction[]) => Promise<number>

  beforeEach(() => {
    declined = []
    verified = []
    events = []
    valid = true
    mempool = new Mempool(
      { chain: { head: { height: 0 }, account: () => ({ balance: 1000, nonce: 0 }) } },
      { network: genesis.network }
    )
    const runtime = realRuntime({ seed: 1 })
    const set = new MempoolSet({ mempool, runtime })
    set.decline = (transaction) => void declined.push(transaction as Transaction)
    const emitter = new EventEmitter()
    emitter.subscribe((event) => events.push(event))
    const verify = async (transactions: readonly Transaction[]): Promise<boolean> => {
      verified.push(...transactions)
      return valid
    }
    const taking = takeTransactions({ mempool, set, verify, via: 'repair', events: emitter, runtime })
    take = async (...transactions) => {
      const bodies = transactions.map(({ bytes }) => new Uint8Array(bytes))
      return (await taking(bodies, 'peer')).news
    }
  })

  const ids = (transactions: readonly Transaction[]): string[] => transactions.map(({ id }) => id)

  it('are verified when they are news, added and told of', async () => {
    equal(await take(payment(0), payment(1)), 2)
    equal(await take(payment(0), payment(1), payment(2)), 1)
    deepEqual(ids(verified), ids([payment(0), payment(1), payment(2)]))
    deepEqual(
      events.map(({ type }) => type),
      Array.from({ length: 3 }, () => ['heard', 'delivered']).flat()
    )
  })

  it('cost no signature when the mempool would refuse them anyway, and are not wanted again', async () => {
    mempool.add(payment(0, 5))
    const refused = [payment(0, 4), payment(1, 0), payment(200)]
    equal(await take(...refused), 0)
    equal(verified.length, 0)
    deepEqual(ids(declined), ids(refused))
  })

  it('may close a gap for others of the same message', async () => {
    const queue = Array.from({ length: 100 }, (_, nonce) => payment(nonce))
    equal(await take(...queue), 100)
    equal(declined.length, 0)
  })

  it('are wanted in the next round when what closed their gap came behind them', async () => {
    equal(await take(payment(66), payment(0), payment(1)), 2)
    deepEqual([verified.length, declined.length], [2, 0])
    equal(await take(payment(66)), 1)
  })

  it('leave nothing behind when one signature is bad', async () => {
    valid = false
    await rejects(take(payment(0), payment(1)), { code: 'bad-signature' })
    equal(mempool.size, 0)
  })
})
