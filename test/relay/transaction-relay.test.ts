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
  let receive: (data: Uint8Array, id?: string, from?: string) => Promise<Verdict>
  let now: number
  /** What the verification under way waits for. */
  let gate: Promise<void>
  let accounts: Map<string, { balance: number; nonce: number }>

  beforeEach(() => {
    published = []
    events = []
    valid = true
    verified = 0
    now = 10
    gate = Promise.resolve()
    accounts = new Map()
    mempool = new Mempool(
      { chain: { head: { height: 0 }, account: (id) => accounts.get(id) ?? { balance: 1000, nonce: 0 } } },
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
      verdictMs: 4000,
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
        await gate
        return valid
      },
      events: emitter,
      runtime: { ...real, clock: { ...real.clock, now: () => now }, timers: { ...real.timers, after } }
    })
    receive = async (data, id = 'message', from = 'peer') => {
      if (handler === undefined) throw new Error('no handler')
      return handler({ topic: 'transaction', data, from, heardAt: 5, id })
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

  it('sends news on in a batch of its own when gossip no longer listens to its verdict', async () => {
    const opened = Promise.withResolvers<void>()
    gate = opened.promise
    const verdict = receive(encode(payment(0)))
    now = 5 + 4000
    opened.resolve()
    equal(await verdict, 'ignore')
    passTime()
    deepEqual(published.map(decode), [1])
    equal(mempool.size, 1)
  })

  it('verifies no signature of what its mempool would refuse anyway', async () => {
    accounts.set(payment(0).sender, { balance: 0, nonce: 3 })
    equal(await receive(encode(payment(0), payment(1), payment(2))), 'ignore')
    equal(await receive(encode(payment(200)), 'beyond the gap'), 'ignore')
    equal(await receive(encode(transfer(genesis, 'bob', 'alice', 0, { fee: 0 })), 'free'), 'ignore')
    equal(verified, 0)
    equal(mempool.size, 0)
  })

  it('forwards no batch with a signature that it has not checked', async () => {
    const account = { balance: 1000, nonce: 1 }
    accounts.set(payment(0).sender, account)
    equal(await receive(encode(payment(0), payment(1), payment(2))), 'accept')
    equal(verified, 3)
    // Mostly of no use: only the news is verified, and goes on alone.
    equal(
      await receive(encode(payment(0), transfer(genesis, 'alice', 'bob', 0, { fee: 2 }), payment(3)), 'old'),
      'ignore'
    )
    equal(verified, 4)
    passTime()
    deepEqual(published.map(decode), [1])
  })

  it('takes a long run of one sender, in one batch and in batches that are verified at the same time', async () => {
    const opened = Promise.withResolvers<void>()
    gate = opened.promise
    const run = (start: number): Transaction[] => Array.from({ length: 100 }, (_, i) => payment(start + i))
    const verdicts = [receive(encode(...run(0)), 'first'), receive(encode(...run(100)), 'second')]
    opened.resolve()
    deepEqual(await Promise.all(verdicts), ['accept', 'accept'])
    equal(mempool.size, 200)
  })

  it('lets one peer have a quarter of what is verified at a time, so that others are heard', async () => {
    const opened = Promise.withResolvers<void>()
    gate = opened.promise
    const each = relayDefaults.batchMaxCount
    const fits = relayDefaults.pendingTransactionsMax / 4 / each
    const { bytes } = payment(0)
    /** Different ids, never looked at for their signatures here; the nonces are next to each other. */
    const rubbish = (batch: number): Uint8Array =>
      encode(
        ...Array.from({ length: each }, (_, i) => {
          const copy = Buffer.from(bytes)
          copy.writeUInt32BE(1 + batch * each + i, copy.length - 4)
          return { bytes: copy } as unknown as Transaction
        })
      )
    const waiting = Array.from({ length: fits }, (_, i) => receive(rubbish(i), `rubbish ${i}`, 'liar'))
    equal(await receive(rubbish(fits), 'one more', 'liar'), 'ignore')
    equal(verified, fits * each)
    const honest = receive(encode(payment(1)), 'honest', 'another')
    equal(verified, fits * each + 1)
    opened.resolve()
    equal(await honest, 'accept')
    await Promise.all(waiting)
    // What has left makes room.
    equal(await receive(encode(payment(2)), 'later', 'liar'), 'accept')
  })

  it('blames a peer for batches of no use at most once a second, and never for those it knows', async () => {
    const blamed = (): number => events.filter((event) => event.type === 'rejected' && event.code === 'useless').length
    await receive(encode(payment(0)), 'first')
    await receive(encode(payment(0)), 'again')
    equal(blamed(), 0)
    for (let nonce = 500; nonce < 510; nonce++) await receive(encode(payment(nonce)), `useless ${nonce}`)
    equal(blamed(), 1)
    await receive(encode(payment(510)), 'of another', 'another')
    equal(blamed(), 2)
    now += relayDefaults.uselessEveryMs
    await receive(encode(payment(511)), 'later')
    equal(blamed(), 3)
  })

  it('remembers neither what it rejected or ignored unseen, nor more ids than it may', async () => {
    valid = false
    await receive(encode(payment(0)), 'rejected')
    valid = true
    await receive(encode(payment(0)), 'first')
    const { batchMaxCount, recentIdsMax } = relayDefaults
    const large = encode(...Array.from({ length: batchMaxCount }, () => payment(0)))
    for (let i = 0; i < recentIdsMax / batchMaxCount; i++) await receive(large, `large ${i}`)
    events = []
    for (const id of ['rejected', 'first']) relay.onDuplicate(id, 'another', 9)
    equal(events.length, 0)
    relay.onDuplicate('large 0', 'another', 9)
    equal(events.length, batchMaxCount)
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
