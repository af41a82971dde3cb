// Catching up with a peer's chain: headers from the fork point that a locator finds, each checked before a body is
// asked for; then the bodies that are missing. One catch-up per peer, a few at a time, so that a slow or lying peer
// holds up nobody but itself; no body is asked of two peers at once. Every block goes through the importer like any
// other.
import { syncDefaults } from '../config/index.ts'
import type { Chain } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import {
  type Block,
  decodeBlock,
  decodeSealedHeader,
  fromHex,
  type Hex,
  SEALED_HEADER_BYTES,
  WireError
} from '../wire/index.ts'
import { blocksProtocol, headersProtocol } from './protocols.ts'
import type { ChainTip } from './tip.ts'

export interface FetcherComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly runtime: Runtime
}

export interface CatchUpResult {
  readonly headers: number
  readonly blocks: number
  /** Headers and blocks received. */
  readonly bytes: number
}

export interface CatchUpProgress {
  readonly peer: string
  /** What the peer says it has: a claim, not a fact. */
  readonly target: ChainTip
  /** ms since the epoch. */
  readonly startedAt: number
  readonly startHeight: number
}

interface Received {
  readonly blocks: number
  readonly bytes: number
}

export const NOTHING_FETCHED: CatchUpResult = { headers: 0, blocks: 0, bytes: 0 }

export class ChainFetcher {
  readonly #components: FetcherComponents
  readonly #running = new Map<string, { readonly progress: CatchUpProgress; readonly done: Promise<CatchUpResult> }>()
  /** Bodies that some catch-up is asking for now. */
  readonly #asked = new Set<Hex>()

  constructor(components: FetcherComponents) {
    this.#components = components
  }

  /** Of the catch-ups under way, the one that aims highest. */
  get progress(): CatchUpProgress | undefined {
    const all = [...this.#running.values()].map(({ progress }) => progress)
    return all.sort((a, b) => b.target.height - a.target.height)[0]
  }

  /**
   * Fetches what leads to `target` from `peer`. `via` says why, for the record. A peer's second catch-up joins its
   * first; beyond the limit nothing is fetched. Rejects with `NetworkError` when the peer fails to answer, `WireError`
   * or `LedgerError` when what it sent is wrong.
   */
  catchUp(peer: string, target: ChainTip, via: DeliveredVia, signal?: AbortSignal): Promise<CatchUpResult> {
    const running = this.#running.get(peer)
    if (running !== undefined) return running.done
    if (this.#running.size >= syncDefaults.catchUpsMax) return Promise.resolve(NOTHING_FETCHED)
    const { chain, runtime } = this.#components
    const progress = { peer, target, startedAt: runtime.clock.now(), startHeight: chain.head.height }
    const done = this.#run(peer, target, via, signal).finally(() => this.#running.delete(peer))
    this.#running.set(peer, { progress, done })
    return done
  }

  async #run(peer: string, target: ChainTip, via: DeliveredVia, signal?: AbortSignal): Promise<CatchUpResult> {
    const headers = await this.#fetchHeaders(peer, target, signal)
    const { blocks, bytes } = await this.#fetchBodies(peer, via, signal)
    return { headers, blocks, bytes: bytes + headers * SEALED_HEADER_BYTES }
  }

  /** Until the target's header is here or the peer has no more. Resolves with the number that was news. */
  async #fetchHeaders(peer: string, target: ChainTip, signal?: AbortSignal): Promise<number> {
    const { chain, requests } = this.#components
    let locator = chain.locator()
    let added = 0
    while (chain.headerNode(target.hash) === undefined) {
      const request = { locator: locator.map(toBytes), limit: syncDefaults.headersMax }
      const { headers } = await requests.call(peer, headersProtocol, request, signal)
      const accepted = await this.#acceptHeaders(headers)
      added += accepted.added
      if (accepted.full || accepted.last === undefined || accepted.last === locator[0]) break
      locator = [accepted.last, ...chain.locator()]
    }
    return added
  }

  async #acceptHeaders(headers: readonly Uint8Array[]): Promise<{ added: number; full: boolean; last?: Hex }> {
    let added = 0
    let last: Hex | undefined
    for (const bytes of headers) {
      const header = decodeSealedHeader(bytes)
      if (last !== undefined && header.parent !== last) throw new WireError('unlinked', 'headers that do not link')
      const outcome = await this.#components.intake.acceptHeader(header)
      if (outcome === 'orphan') throw new WireError('unlinked', 'headers that do not start at the locator')
      if (outcome === 'full') return { added, full: true }
      if (outcome === 'added') added++
      last = header.hash
    }
    return { added, full: false, ...(last === undefined ? {} : { last }) }
  }

  /** Window after window, until nothing is missing that is not asked of another peer already. */
  async #fetchBodies(peer: string, via: DeliveredVia, signal?: AbortSignal): Promise<Received> {
    const { chain, intake } = this.#components
    let blocks = 0
    let bytes = 0
    for (;;) {
      const wanted = chain
        .missingBodies(syncDefaults.blocksMax * syncDefaults.catchUpsMax)
        .filter((hash) => !this.#asked.has(hash) && !intake.hasBody(hash))
        .slice(0, syncDefaults.blocksMax)
      if (wanted.length === 0) return { blocks, bytes }
      for (const hash of wanted) this.#asked.add(hash)
      try {
        const got = await this.#fetchWindow(peer, wanted, via, signal)
        if (got.blocks === 0) throw new NetworkError('bad-message', 'the peer does not have the blocks of its chain')
        blocks += got.blocks
        bytes += got.bytes
      } finally {
        for (const hash of wanted) this.#asked.delete(hash)
      }
    }
  }

  /** Asks for one window of bodies and imports them as they come, a bounded number at a time. */
  async #fetchWindow(peer: string, wanted: readonly Hex[], via: DeliveredVia, signal?: AbortSignal): Promise<Received> {
    const importing = new Set<Promise<void>>()
    let failure: unknown
    let blocks = 0
    let bytes = 0
    let index = 0
    for await (const answer of this.#components.requests.stream(
      peer,
      blocksProtocol,
      { hashes: wanted.map(toBytes) },
      signal
    )) {
      const expected = wanted[index++]
      if (answer.block.length === 0) continue
      const block = decodeBlock(answer.block)
      if (block.header.hash !== expected) throw new WireError('wrong-block', 'not the block that was asked for')
      bytes += answer.block.length
      blocks++
      const job = this.#import(block, peer, via).catch((error) => {
        failure ??= error
      })
      importing.add(job)
      job.then(() => importing.delete(job))
      if (importing.size >= syncDefaults.importsInFlightMax) await Promise.race(importing)
      if (failure !== undefined) break
    }
    await Promise.all(importing)
    if (failure !== undefined) throw failure
    return { blocks, bytes }
  }

  async #import(block: Block, from: string, via: DeliveredVia): Promise<void> {
    const offered = await this.#components.intake.offer(block, { from, via, lane: 'sync' })
    if (offered.status === 'orphan') throw new WireError('unlinked', 'a body whose header is not here')
    await offered.imported
  }
}

function toBytes(hash: Hex): Uint8Array<ArrayBuffer> {
  return fromHex(hash) as Uint8Array<ArrayBuffer>
}
