// What a peer may ask of the comparing side: places for few, work by the size of the set, nothing kept for long.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { reconcileDefaults } from '../../src/config/index.ts'
import { sipKey } from '../../src/crypto/index.ts'
import type { Mempool } from '../../src/ledger/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { COMPARISON } from '../../src/sync/mempool-messages.ts'
import { MempoolServer } from '../../src/sync/mempool-server.ts'
import { MempoolSet } from '../../src/sync/mempool-set.ts'
import type { Digest, Transaction } from '../../src/wire/index.ts'

const key = sipKey(new Uint8Array(16).fill(7))
const garbage: Digest = { minFee: 1n, cells: new Uint8Array(12 * 16).fill(9) }

class Stage {
  nowMs = 1_000_000
  isHere = true
  readonly set: MempoolSet
  readonly server: MempoolServer

  constructor(size: number, refused = 0) {
    const idOf = (_: unknown, i: number): string => createHash('sha256').update(String(i)).digest('hex')
    const transactions = Array.from({ length: size }, idOf).map((id) => ({ id }) as Transaction)
    const refusedIds = Array.from({ length: refused }, (_, i) => idOf(_, size + i))
    const mempool = {
      minFee: 1,
      minFeeFloor: 1,
      size,
      watch: () => () => {},
      values: () => transactions,
      get: () => undefined,
      refusedIds: () => refusedIds,
      refusedCount: refused,
      pays: () => true
    } as unknown as Mempool
    const runtime = { ...realRuntime(), clock: { now: () => this.nowMs } }
    this.set = new MempoolSet({ mempool, runtime })
    this.server = new MempoolServer({
      ...{ set: this.set, runtime },
      keyOf: () => (this.isHere ? key : undefined),
      take: async () => {}
    })
  }

  async ask(peer: string, digest = garbage): Promise<number> {
    return (await this.server.compare(digest, peer)).mempool
  }
}

describe('the answering side of comparing mempools', () => {
  it('takes peers that fell silent out of their places when others ask', async () => {
    const stage = new Stage(10)
    const { sessionsMax, sessionIdleMs } = reconcileDefaults
    for (let i = 0; i < sessionsMax; i++) assert.equal(await stage.ask(`liar ${i}`), COMPARISON.different)
    assert.equal(await stage.ask('honest'), COMPARISON.none)
    stage.nowMs += sessionIdleMs
    assert.equal(await stage.ask('honest'), COMPARISON.different)
  })

  it('works for one peer only as much as one may cost, and goes on with others', async () => {
    const stage = new Stage(20_000)
    let answered = 0
    for (let i = 0; i < 100; i++) if ((await stage.ask('liar')) === COMPARISON.different) answered++
    // The sketch once, a table for each digest: all out of one budget.
    assert.equal(answered, Math.floor(reconcileDefaults.hashedIdsPerPeerBurst / 20_000) - 1)
    assert.equal(await stage.ask('honest'), COMPARISON.different)
    stage.nowMs += 1000
    assert.equal(await stage.ask('liar'), COMPARISON.different)
  })

  it('answers that nothing differs from what it keeps, at no such cost', async () => {
    const stage = new Stage(20_000)
    const ours = await stage.set.firstCells('another', key, 1, 20)
    const same: Digest = { minFee: 1n, cells: new Uint8Array(ours.encode()) }
    // Its budget is for half of them.
    for (let i = 0; i < 100; i++) assert.equal(await stage.ask('peer', same), COMPARISON.equal)
    assert.equal(await stage.ask('peer'), COMPARISON.different)
  })

  it('looks through what it refused once for a digest, out of the same budget', async () => {
    const stage = new Stage(10, 30_000)
    let looked = 0
    // Counted, not hashed.
    const nothing = new Stage(0).set
    stage.set.unwanted = (of) => {
      looked++
      return nothing.unwanted(of)
    }
    const question = { wanted: new Uint8Array(), offered: new Uint8Array(8).fill(1), transactions: [] }
    const none = new Uint8Array()
    await stage.ask('liar')
    for (let i = 0; i < 10; i++) {
      assert.deepEqual((await stage.server.transactions(question, 'liar')).wanted, question.offered)
    }
    assert.equal(looked, 1)
    for (let i = 0; i < 50; i++) {
      await stage.ask('liar')
      await stage.server.transactions(question, 'liar')
    }
    assert.deepEqual((await stage.server.transactions(question, 'liar')).wanted, none)
    assert.ok(looked <= reconcileDefaults.hashedIdsPerPeerBurst / 30_000, `${looked} times`)
  })

  it('keeps nothing of a peer that went while it was compared with', async () => {
    const stage = new Stage(20_000)
    const asked = stage.ask('peer')
    stage.isHere = false
    stage.server.onDisconnected('peer')
    assert.equal(await asked, COMPARISON.none)
    assert.ok(!stage.server.isSettling('peer'))
  })

  it('gives no cells to whoever has asked for too many', async () => {
    const stage = new Stage(20_000)
    await stage.ask('liar')
    let given = 0
    for (let i = 0; i < 100; i++) {
      const { cells } = await stage.server.cells({ from: 60_000, count: 1, symbols: false }, 'liar')
      if (cells.length > 0) given++
    }
    assert.ok(given < reconcileDefaults.hashedIdsPerPeerBurst / 20_000, `${given} times`)
  })
})
