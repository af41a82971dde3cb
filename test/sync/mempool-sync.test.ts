// Rounds of comparing mempools between two sides that talk without sockets: what each tells the other, and for how long.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Mempool, MempoolWatcher } from '../../src/ledger/index.ts'
import type { Protocol, Requests } from '../../src/network/index.ts'
import { reconcileDefaults } from '../../src/config/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { COMPARISON } from '../../src/sync/mempool-messages.ts'
import { MempoolSet, MempoolSync } from '../../src/sync/index.ts'
import { transactionsProtocol } from '../../src/sync/protocols.ts'
import type { DigestAnswer, Hex, Transaction, TransactionsRequest } from '../../src/wire/index.ts'

const signal = new AbortController().signal
const idOf = (name: string): Hex => createHash('sha256').update(name).digest('hex')

/** One node's mempool, as far as comparing it goes. A transaction's bytes are its id. */
class Side {
  readonly held = new Map<Hex, Transaction>()
  /** Ids that are not taken. */
  readonly refuses = new Set<Hex>()
  minFee = 1
  /** Bodies that came. */
  received = 0
  now = 1_000_000
  readonly name: string
  readonly sync: MempoolSync
  other: Side | undefined
  #watcher: MempoolWatcher = {}

  constructor(name: string, names: readonly string[], call?: () => Promise<never>, settleMs = 0) {
    this.name = name
    for (const id of names.map(idOf)) this.held.set(id, transactionOf(id))
    const side = this
    const mempool = {
      minFeeFloor: 1,
      get minFee() {
        return side.minFee
      },
      get size() {
        return side.held.size
      },
      watch: (watcher: MempoolWatcher) => {
        this.#watcher = watcher
        return () => {}
      },
      values: () => this.held.values(),
      get: (id: Hex) => this.held.get(id),
      refusedIds: () => this.refuses,
      get refusedCount() {
        return side.refuses.size
      },
      pays: () => true
    } as unknown as Mempool
    const runtime = { ...realRuntime({ seed: name }), clock: { now: () => this.now } }
    // Half a minute passes at once.
    const timers = {
      ...runtime.timers,
      within: <T>(ms: number, work: (limit: AbortSignal) => Promise<T>, parent?: AbortSignal) =>
        runtime.timers.within(ms / 1000, work, parent)
    }
    const ask = async (_: string, protocol: unknown, request: unknown): Promise<unknown> => {
      if (protocol !== (transactionsProtocol as Protocol<never, never>)) throw new Error('not expected')
      return this.other?.sync.transactions(request as TransactionsRequest, this.name)
    }
    this.sync = new MempoolSync({
      self: name,
      set: new MempoolSet({ mempool, runtime, settleMs }),
      requests: { call: call ?? ask } as unknown as Requests,
      runtime: { ...runtime, timers },
      take: async (bodies) => {
        this.received += bodies.length
        const ids = bodies.map((bytes) => Buffer.from(bytes).toString('hex'))
        const news = ids.filter((id) => !this.refuses.has(id) && !this.held.has(id))
        for (const id of news) this.add(id)
        return { ids, news: news.length }
      },
      saltsWith: () => ({ ours: new Uint8Array(8), theirs: new Uint8Array(8) }),
      onOffence: () => {}
    })
  }

  add(id: Hex): void {
    this.held.set(id, transactionOf(id))
    this.#watcher.added?.(transactionOf(id))
  }

  /** Cells that the last digest carried. */
  asked = 0

  /** A round with the other side; resolves with the minimum fee that was asked for. */
  async compare(other: Side): Promise<bigint> {
    this.other = other
    let asked = 0n
    const exchange = async (digest: Parameters<Parameters<MempoolSync['round']>[1]>[0]): Promise<DigestAnswer> => {
      asked = digest.minFee
      this.asked = digest.cells.length
      return { tip: undefined, ...(await other.sync.answer({ tip: undefined, ...digest }, this.name, true)) }
    }
    await this.sync.round(other.name, exchange, signal)
    return asked
  }
}

const transactionOf = (id: Hex): Transaction => ({ id, bytes: Buffer.from(id, 'hex') }) as unknown as Transaction

const common = Array.from({ length: 50 }, (_, i) => `common ${i}`)

describe('rounds of comparing mempools', () => {
  it('send what the asker refuses once, until the next block', async () => {
    const asker = new Side('a', common)
    const holder = new Side('b', [...common, 'unloved', 'missing'])
    asker.refuses.add(idOf('unloved'))
    const received: number[] = []
    for (let round = 0; round < 3; round++) {
      await asker.compare(holder)
      received.push(asker.received)
    }
    deepEqual(received, [2, 2, 2])
    equal(asker.held.size, common.length + 1)
    // Something else that is missing comes all the same.
    holder.add(idOf('late'))
    await asker.compare(holder)
    equal(asker.received, 3)
    holder.sync.onHead()
    await asker.compare(holder)
    equal(asker.received, 4)
  })

  it('forget a minimum fee that has fallen, whoever asks when', async () => {
    const [full, other] = [new Side('a', common), new Side('b', common)]
    full.minFee = 100
    equal(await other.compare(full), 1n)
    equal(await other.compare(full), 100n)
    full.minFee = 1
    equal(await other.compare(full), 100n)
    for (let round = 0; round < 2; round++) {
      equal(await full.compare(other), 1n)
      equal(await other.compare(full), 1n)
    }
  })

  it('end, and let their tables go, when the other side takes too long', async () => {
    const asker = new Side('a', common, () => new Promise<never>(() => {}))
    const empty = { transactions: [], wanted: new Uint8Array(), minFee: 1n, tip: undefined }
    const estimator = new Uint8Array(384)
    const answer = { ...empty, mempool: COMPARISON.different, estimator }
    await rejects(
      asker.sync.round('b', async () => answer, signal),
      { code: 'timeout' }
    )
  })

  describe('where gossip brings something all the time', () => {
    const { restPerIdMs, restMaxMs, movedShareMin, settleMs } = reconcileDefaults
    const side = (name: string, names: readonly string[]): Side => new Side(name, names, undefined, settleMs)
    const pass = (ms: number, ...sides: Side[]): void => {
      for (const each of sides) each.now += ms
    }

    it('rest in proportion to what is hashed when nothing was to be moved', async () => {
      const [asker, busy] = [side('a', common), side('b', common)]
      busy.add(idOf('on its way'))
      await asker.compare(busy)
      deepEqual([asker.asked > 0, asker.received], [true, 0])
      pass(restPerIdMs * common.length - 1, asker, busy)
      await asker.compare(busy)
      equal(asker.asked, 0)
      // Then it is late enough to be sent.
      pass(settleMs, asker, busy)
      await asker.compare(busy)
      deepEqual([asker.asked > 0, asker.received], [true, 1])
    })

    it('rest when little was moved', async () => {
      const [asker, holder] = [side('a', common), side('b', common)]
      holder.add(idOf('lost'))
      pass(settleMs + 1, asker, holder)
      await asker.compare(holder)
      equal(asker.received, 1)
      await asker.compare(holder)
      equal(asker.asked, 0)
    })

    it('do not rest when much was moved, or nothing differs', async () => {
      const [asker, holder] = [side('a', common), side('b', common)]
      const lost = Math.ceil(movedShareMin * common.length) + 1
      for (let i = 0; i < lost; i++) holder.add(idOf(`lost ${i}`))
      pass(settleMs + 1, asker, holder)
      for (let round = 0; round < 3; round++) {
        await asker.compare(holder)
        ok(asker.asked > 0)
      }
      equal(asker.received, lost)
    })

    it('rest no longer than allowed, however large the mempool', async () => {
      const many = Array.from({ length: 1 + restMaxMs / restPerIdMs }, (_, i) => `common ${i}`)
      const [asker, busy] = [side('a', many), side('b', many)]
      busy.add(idOf('on its way'))
      await asker.compare(busy)
      pass(restMaxMs, asker, busy)
      await asker.compare(busy)
      ok(asker.asked > 0)
    })
  })
})
