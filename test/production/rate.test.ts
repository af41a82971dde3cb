import { ok } from 'node:assert/strict'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { type Chain, type Consensus, type Mempool, targetToBits } from '../../src/ledger/index.ts'
import { Producer, type ProducerInit } from '../../src/production/index.ts'
import { realRuntime, seededRandom, timersFrom } from '../../src/runtime/index.ts'

const HASH_RATE = 500

/** When a lone miner found its blocks, ms, in `ms` of virtual time whose timers come `lateMs` late. */
async function mine(
  ms: number,
  lateMs: number,
  hashesPerBlock: bigint,
  search: ProducerInit['search'] = 'hashing'
): Promise<number[]> {
  const scheduler = new Scheduler(1_893_456_000_000)
  const start = scheduler.now
  const head = { hash: '00'.repeat(32), height: 0, time: start, work: 1n }
  const found: number[] = []
  const producer = new Producer(
    {
      chain: { head, headerNode: () => head } as unknown as Chain,
      consensus: { kind: 'pow', bitsFor: () => targetToBits((1n << 256n) / hashesPerBlock) } as unknown as Consensus,
      mempool: { select: () => [] } as unknown as Mempool,
      runtime: {
        ...realRuntime(),
        clock: { now: () => scheduler.now },
        random: seededRandom(4),
        timers: timersFrom({
          after: (wait, fn) => scheduler.after(wait + lateMs, fn),
          every: (wait, fn) => scheduler.every(wait, fn)
        })
      },
      inStep: () => true,
      onSealed: async () => {
        found.push(scheduler.now - start)
        await new Promise<void>((resolve) => void scheduler.after(30, resolve))
      }
    },
    { key: keyPairFromLabel('miner'), network: '0102030405060708', blockMaxBytes: 1000, hashRate: HASH_RATE, search }
  )
  producer.start()
  await scheduler.runUntil(start + ms)
  producer.stop()
  return found
}

describe('a miner', () => {
  // One block in 2 s.
  const due = 300

  it('keeps its rate, on a machine whose timers come late too', async () => {
    for (const lateMs of [0, 700]) {
      const { length } = await mine(600_000, lateMs, 1000n)
      ok(Math.abs(length - due) < 0.15 * due, `${length} blocks with timers ${lateMs} ms late, ${due} due`)
    }
  })

  it('does not make up for hours of sleep', async () => {
    const { length } = await mine(600_000, 20_000, 1000n)
    ok(length < 0.5 * due, `${length} blocks`)
  })

  it('draws its waits as hashing would have them: exponential, at its rate', async () => {
    const found = await mine(300_000, 0, 100n, 'drawn')
    const waits = found.map((at, i) => at - (found[i - 1] ?? 0))
    // 200 ms for a hundred hashes, and the 30 ms that a block takes to be taken.
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
    ok(Math.abs(mean - 230) < 25, `mean ${mean}`)
    const short = waits.filter((wait) => wait < 230).length / waits.length
    ok(Math.abs(short - (1 - Math.exp(-1))) < 0.05, `${short} below the mean`)
  })
})
