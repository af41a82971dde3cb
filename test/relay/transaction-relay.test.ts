import { deepEqual, equal } from 'node:assert/strict'
import { relayDefaults } from '../../src/config/index.ts'
import { Mempool } from '../../src/ledger/index.ts'
import type { Gossip, GossipMessage, Verdict } from '../../src/network/index.ts'
import { TransactionRelay } from '../../src/relay/index.ts'
import { realRuntime, type TimerHandle } from '../../src/runtime/index.ts'
import { EventEmitter, type NodeEvent } from '../../src/trace/index.ts'
import { type Transaction, TransactionBatch } from '../../src/wire/index.ts'
import { easyGenesis, transfer } from '../support/nodes.ts'

const genesis = easyGenesis()
const payment = (nonce: number): Transaction => transfer(genesis, 'alice', 'bob', nonce)
const encode = (...transactions: Transaction[]): Uint8Array =>
  TransactionBatch.encode({ transactions: transactions.map(({ bytes }) => new Uint8Array(bytes)) })
const decode = (data: Uint8Array): number => TransactionBatch.decode(data).transactions.length

describe('transaction relay', () => {
  let published: Uint8Array[]
  let events: NodeEvent[]
  let mempool: Mempool
  let valid: boolean
  let verified: number
  /** Runs the timers that are due, as if time had passed. */
  let passTime: () => void
  let relay: TransactionRelay
  let receive: (data: Uint8Array, id?: string) => Promise<Verdict>

  beforeEach(() => {
    published = []
    events = []
    valid = true
    verified = 0
    mempool = new Mempool(
      { chain: { head: { height: 0 }, account: () => ({ balance: 1000, nonce: 0 }) } },
      { network: genesis.network }
    )
    const waiting = new Set<() => void>()
    passTime = () => {
      for (const fn of [...waiting]) fn()
    }
    const after = (_ms: number, fn: () => void): TimerHandle => {
      const once = (): void => {
        waiting.delete(once)
        fn()
      }
      waiting.add(once)
      return { cancel: () => void waiting.delete(once) }
    }
    const real = realRuntime({ seed: 1 })
    const emitter = new EventEmitter()
    emitter.subscribe((event) => events.push(event))
    let handler: ((message: GossipMessage) => Verdict | Promise<Verdict>) | undefined
    const gossip = {
      onMessage: (_topic: string, given: typeof handler) => {
        handler = given
      },
      publish: async (_topic: string, data: Uint8Array) => {
        published.push(data)
        return { id: `own ${published.length}`, peers: 1 }
      }
    } as unknown as Gossip
    relay = new TransactionRelay({
      gossip,
      mempool,
      verify: async (transactions) => {
        verified += transactions.length
        return valid
      },
      events: emitter,
      runtime: { ...real, timers: { ...real.timers, after } }
    })
    receive = async (data, id = 'message') => {
      if (handler === undefined) throw new Error('no handler')
      return handler({ topic: 'transaction', data, from: 'peer', heardAt: 5, id })
    }
  })

  const types = (): string[] => events.map(({ type }) => type)

  it('sends what is announced together in one batch', () => {
    relay.announce(payment(0))
    relay.announce(payment(1))
    equal(published.length, 0)
    passTime()
    deepEqual(published.map(decode), [2])
  })

  it('sends a batch as soon as it is full, without waiting', () => {
    const each = payment(0).bytes.length
    const fits = Math.floor(relayDefaults.batchMaxBytes / each)
    for (let i = 0; i <= fits; i++) relay.announce(payment(i))
    deepEqual(published.map(decode), [fits])
    passTime()
    deepEqual(published.map(decode), [fits, 1])
  })

  it('accepts a batch of news, and tells of each once', async () => {
    equal(await receive(encode(payment(0), payment(1))), 'accept')
    deepEqual(types(), ['heard', 'heard', 'validated', 'delivered', 'delivered'])
    equal(mempool.size, 2)
  })

  it('ignores a batch that is mostly old, but sends its news on', async () => {
    await receive(encode(payment(0), payment(1), payment(2)), 'first')
    events = []
    equal(await receive(encode(payment(0), payment(1), payment(2), payment(3)), 'second'), 'ignore')
    deepEqual(types(), ['duplicate', 'duplicate', 'duplicate', 'heard', 'validated', 'delivered'])
    passTime()
    deepEqual(published.map(decode), [1])
  })

  it('verifies nothing that it knows', async () => {
    await receive(encode(payment(0)), 'first')
    await receive(encode(payment(0)), 'second')
    equal(verified, 1)
  })

  it('reports which transactions a further copy of a message carried', async () => {
    await receive(encode(payment(0), payment(1)), 'first')
    events = []
    relay.onDuplicate('first', 'another', 9)
    relay.onDuplicate('never seen', 'another', 9)
    deepEqual(
      events.map((event) => [event.type, event.type === 'duplicate' && event.id]),
      [
        ['duplicate', payment(0).id],
        ['duplicate', payment(1).id]
      ]
    )
  })

  it('rejects a batch with a bad signature, and takes none of it', async () => {
    valid = false
    equal(await receive(encode(payment(0))), 'reject')
    equal(mempool.size, 0)
    equal(events.at(-1)?.type, 'rejected')
    // The sender lied, not the transaction: from someone else it is welcome.
    valid = true
    equal(await receive(encode(payment(0)), 'again'), 'accept')
  })

  for (const [what, data] of [
    ['nothing', new Uint8Array()],
    ['an empty batch', encode()],
    ['no protobuf', new Uint8Array(20).fill(0xff)],
    [
      'a truncated transaction',
      TransactionBatch.encode({ transactions: [new Uint8Array(payment(0).bytes.subarray(0, 90))] })
    ],
    [
      'more transactions than a batch may hold',
      TransactionBatch.encode({
        transactions: Array.from({ length: relayDefaults.batchMaxCount + 1 }, () => new Uint8Array(200))
      })
    ]
  ] as const) {
    it(`rejects ${what}`, async () => {
      equal(await receive(data), 'reject')
      equal(verified, 0)
    })
  }

  it('sends what is queued when it stops, and nothing more', () => {
    relay.announce(payment(0))
    relay.stop()
    relay.announce(payment(1))
    passTime()
    deepEqual(published.map(decode), [1])
  })
})
