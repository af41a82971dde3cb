// A round of anti-entropy: what it says of the chain, and that there is one at a time with each peer.
import { deepEqual, equal } from 'node:assert/strict'
import type { Chain } from '../../src/ledger/index.ts'
import type { Requests } from '../../src/network/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { AntiEntropy, type ChainFetcher, decodeTip, type MempoolSync } from '../../src/sync/index.ts'
import { EventEmitter, type NodeEvent, type SyncRoundEvent } from '../../src/trace/index.ts'
import type { Digest, DigestAnswer } from '../../src/wire/index.ts'

const headAt = (height: number) => ({ height, hash: `${height}`.padStart(64, '0'), work: BigInt(height) })

describe('a round of anti-entropy', () => {
  const asked: Digest[] = []
  let chain: { head: ReturnType<typeof headAt> }
  /** Settles when the cells of a digest are made. */
  let cells: PromiseWithResolvers<void>
  let antiEntropy: AntiEntropy
  let round: Promise<SyncRoundEvent>

  beforeEach(() => {
    asked.length = 0
    chain = { head: headAt(1) }
    cells = Promise.withResolvers()
    const events = new EventEmitter()
    round = new Promise((resolve) => {
      events.subscribe((event: NodeEvent) => {
        if (event.type === 'sync') resolve(event)
      })
    })
    const mempools: Pick<MempoolSync, 'round'> = {
      round: async (_, exchange) => {
        await cells.promise
        await exchange({ minFee: 1n, cells: new Uint8Array(12) })
        return undefined
      }
    }
    const call = async (_: string, __: unknown, digest: Digest): Promise<DigestAnswer> => {
      asked.push(digest)
      const nothing = { mempool: 0, transactions: [], wanted: new Uint8Array(), estimator: new Uint8Array() }
      return { ...nothing, minFee: 1n, tip: digest.tip }
    }
    antiEntropy = new AntiEntropy(
      {
        chain: chain as unknown as Chain,
        requests: { call } as unknown as Requests,
        fetcher: {} as ChainFetcher,
        events,
        runtime: realRuntime({ seed: 1 }),
        peers: () => ['peer'],
        meshPeers: () => [],
        mempools: mempools as MempoolSync,
        onTip: () => {}
      },
      { intervalMs: 1000, jitter: 0, fanout: 1, spreads: false }
    )
  })
  afterEach(() => antiEntropy.stop())

  it('tells the tip that its cells go with, though the head moved while they were made', async () => {
    antiEntropy.compareWith('peer')
    chain.head = headAt(2)
    cells.resolve()
    const { ours, outcome } = await round
    deepEqual(
      asked.map(({ tip }) => decodeTip(tip).height),
      [2]
    )
    deepEqual([ours.height, outcome], [2, 'equal'])
  })

  it('is the only one with its peer, whoever wants another', async () => {
    for (let i = 0; i < 3; i++) antiEntropy.compareWith('peer')
    cells.resolve()
    await round
    equal(asked.length, 1)
  })

  it('is none after the end', async () => {
    antiEntropy.stop()
    antiEntropy.compareWith('peer')
    cells.resolve()
    await new Promise(setImmediate)
    equal(asked.length, 0)
  })
})
