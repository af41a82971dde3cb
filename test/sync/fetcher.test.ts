// Who gets one of the few places for catching up, and who is left alone.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { syncDefaults } from '../../src/config/index.ts'
import type { Chain, HeaderNode } from '../../src/ledger/index.ts'
import { NetworkError, type Requests } from '../../src/network/index.ts'
import type { BlockIntake } from '../../src/relay/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { ChainFetcher } from '../../src/sync/index.ts'
import { decodeSealedHeader, encodeHeader, type Hex } from '../../src/wire/index.ts'

const { catchUpsMax, stallMs, coolDownMs } = syncDefaults
const GENESIS = '00'.repeat(32)
const claimed = { height: 1_000_000, hash: 'ff'.repeat(32), work: 1_000_000n }

/** A header whose chain counts one for each block. */
function headerAt(height: number, parent: Hex): Uint8Array<ArrayBuffer> {
  const none = { merkleRoot: GENESIS, producer: GENESIS, bits: 0x207fffff, nonce: '00'.repeat(8) }
  const header = encodeHeader({ network: '00'.repeat(8), parent, height, time: height, ...none })
  return new Uint8Array([...header, ...new Uint8Array(64)])
}

describe('places for catching up', () => {
  let now: number
  let head: { readonly hash: Hex; readonly height: number; readonly work: bigint }
  let offences: string[]
  /** Questions that wait for an answer, by peer. */
  let asked: Map<string, PromiseWithResolvers<{ headers: Uint8Array[] }>>
  /** How far each peer's headers go. */
  let tops: Map<string, { readonly hash: Hex; readonly height: number }>
  let fetcher: ChainFetcher

  beforeEach(() => {
    now = 1_000_000
    head = { hash: 'aa'.repeat(32), height: 100, work: 100n }
    offences = []
    asked = new Map()
    tops = new Map()
    const nodes = new Map<Hex, Partial<HeaderNode>>()
    const chain = { locator: () => [GENESIS], headerNode: (hash: Hex) => nodes.get(hash) }
    const call = (peer: string): Promise<unknown> => {
      const answer = Promise.withResolvers<{ headers: Uint8Array[] }>()
      asked.set(peer, answer)
      return answer.promise
    }
    const intake: Partial<BlockIntake> = {
      verifySeal: async () => true,
      acceptHeader: async ({ hash, height }) => {
        nodes.set(hash, { hash, height, work: BigInt(height) })
        return 'added'
      }
    }
    fetcher = new ChainFetcher({
      chain: Object.defineProperty(chain, 'head', { get: () => head }) as unknown as Chain,
      requests: { call } as unknown as Requests,
      intake: intake as BlockIntake,
      runtime: { ...realRuntime({ seed: 1 }), clock: { now: () => now } },
      onOffence: (peer) => offences.push(peer),
      isDialled: (peer) => peer.startsWith('dialled')
    })
  })
  afterEach(() => fetcher.stop())

  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const start = (peer: string) => fetcher.catchUp(peer, claimed, 'repair')
  const peers = (name: string, count = catchUpsMax): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`)
  const having = (all: readonly string[]): string[] => all.filter((peer) => fetcher.isCatchingUpWith(peer))
  /** The peer answers with one more header. */
  const feed = async (peer: string): Promise<void> => {
    const top = tops.get(peer) ?? { hash: GENESIS, height: 0 }
    const header = headerAt(top.height + 1, top.hash)
    tops.set(peer, decodeSealedHeader(header))
    asked.get(peer)?.resolve({ headers: [header] })
    await settled()
  }
  const feedFor = async (fed: readonly string[], seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      now += 1_000
      for (const peer of fed) await feed(peer)
    }
  }

  it('are kept by whoever shows a better chain, header by header', async () => {
    head = { ...head, work: 0n }
    const quick = peers('quick')
    for (const peer of quick) start(peer)
    await feedFor(quick, (2 * stallMs) / 1_000)
    deepEqual(await start('late').done, { headers: 0, blocks: 0, bytes: 0 })
    deepEqual(having([...quick, 'late']), quick)
  })

  it('are not held by headers of a chain that is lighter than ours, valid as they are', async () => {
    const liars = peers('liar')
    const ends = liars.map((peer) => rejects(start(peer).done, { code: 'timeout' }))
    await feedFor(liars, stallMs / 1_000)
    const honest = peers('honest')
    for (const peer of honest) start(peer)
    await Promise.all(ends)
    deepEqual(having([...liars, ...honest]), honest)
    // And they are left alone for a while.
    fetcher.stop()
    await settled()
    start('liar 0')
    equal(fetcher.isCatchingUpWith('liar 0'), false)
  })

  it('are not all for those that dialled us: one is given to a peer that we dialled, and nobody is blamed', async () => {
    head = { ...head, work: 0n }
    const [slow = '', ...others] = peers('inbound')
    const end = rejects(start(slow).done, { code: 'gave-way' })
    for (const peer of others) start(peer)
    await feedFor(others, 1)
    start('dialled 0')
    await end
    deepEqual(having([slow, ...others, 'dialled 0', 'dialled 1']), [...others, 'dialled 0'])
    // One, not all.
    start('dialled 1')
    deepEqual(having([slow, ...others, 'dialled 0', 'dialled 1']), [...others, 'dialled 0'])
    fetcher.stop()
    await settled()
    start(slow)
    ok(fetcher.isCatchingUpWith(slow))
    deepEqual(offences, [])
  })

  it('are not lost to a peer that we asked too fast, but to one that fails', async () => {
    for (const [code, isAskedAgain] of [
      ['rate-limited', true],
      ['closed', false]
    ] as const) {
      const end = rejects(start('peer').done, { code })
      asked.get('peer')?.reject(new NetworkError(code, 'not answered'))
      await end
      start('peer')
      equal(fetcher.isCatchingUpWith('peer'), isAskedAgain, code)
      fetcher.stop()
      await settled()
      now += coolDownMs
    }
  })
})
