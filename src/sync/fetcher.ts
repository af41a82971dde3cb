// Catching up with a peer's chain: headers from the fork point that a locator finds, each checked before a body is
// asked for; then the missing bodies. One catch-up at a time: a second caller joins the one under way with its peer,
// or waits its turn. Every block goes through the importer like any other.
import { syncDefaults } from '../config/index.ts'
import type { Chain } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import { type Block, decodeBlock, decodeSealedHeader, fromHex, type Hex, WireError } from '../wire/index.ts'
import { blocksProtocol, headersProtocol } from './protocols.ts'
import { type ChainTip, decodeTip } from './tip.ts'

export interface FetcherComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly runtime: Runtime
}

export interface CatchUpResult {
  readonly headers: number
  readonly blocks: number
  readonly bytes: number
}

export interface CatchUpProgress {
  readonly peer: string
  readonly target: ChainTip
  readonly startedAt: number
  readonly startHeight: number
}

export class ChainFetcher {
  readonly #components: FetcherComponents
  readonly #running = new Map<string, Promise<CatchUpResult>>()
  #queue: Promise<unknown> = Promise.resolve()
  #progress: CatchUpProgress | undefined

  constructor(components: FetcherComponents) {
    this.#components = components
  }

  /** The catch-up under way, if any. */
  get progress(): CatchUpProgress | undefined {
    return this.#progress
  }

  /**
   * Fetches what leads to `target` from `peer`. `via` says why, for the record. Rejects with `NetworkError` when the
   * peer fails to answer, `WireError` or `LedgerError` when what it sent is wrong.
   */
  catchUp(peer: string, target: ChainTip, via: DeliveredVia, signal?: AbortSignal): Promise<CatchUpResult> {
    const running = this.#running.get(peer)
    if (running !== undefined) return running
    const run = this.#queue.then(() => this.#run(peer, target, via, signal))
    this.#queue = run.catch(() => {})
    this.#running.set(peer, run)
    const forget = (): void => void this.#running.delete(peer)
    run.then(forget, forget)
    return run
  }

  async #run(peer: string, target: ChainTip, via: DeliveredVia, signal?: AbortSignal): Promise<CatchUpResult> {
    const { chain, runtime } = this.#components
    this.#progress = { peer, target, startedAt: runtime.clock.now(), startHeight: chain.head.height }
    try {
      const headers = await this.#fetchHeaders(peer, target, signal)
      const { blocks, bytes } = await this.#fetchBodies(peer, via, signal)
      return { headers, blocks, bytes: bytes + headers * 193 }
    } finally {
      this.#progress = undefined
    }
  }

  async #fetchHeaders(peer: string, target: ChainTip, signal?: AbortSignal): Promise<number> {
    const { chain, requests, intake } = this.#components
    let locator = chain.locator()
    let added = 0
    while (chain.headerNode(target.hash) === undefined) {
      const request = {
        locator: locator.map((hash) => fromHex(hash) as Uint8Array<ArrayBuffer>),
        limit: syncDefaults.headersMax
      }
      const answer = await requests.call(peer, headersProtocol, request, signal)
      let last: Hex | undefined
      for (const bytes of answer.headers) {
        const header = decodeSealedHeader(bytes)
        if (last !== undefined && header.parent !== last) throw new WireError('unlinked', 'headers that do not link')
        const outcome = await intake.acceptHeader(header)
        if (outcome === 'orphan') throw new WireError('unlinked', 'headers that do not start at the locator')
        if (outcome === 'full') return added
        if (outcome === 'added') added++
        last = header.hash
      }
      if (last === undefined || locator[0] === last) break
      locator = [last, ...chain.locator()]
      decodeTip(answer.tip)
    }
    return added
  }

  async #fetchBodies(
    peer: string,
    via: DeliveredVia,
    signal?: AbortSignal
  ): Promise<{ blocks: number; bytes: number }> {
    const { chain, intake } = this.#components
    let blocks = 0
    let bytes = 0
    for (;;) {
      const wanted = chain.missingBodies(syncDefaults.blocksMax).filter((hash) => !intake.hasBody(hash))
      if (wanted.length === 0) return { blocks, bytes }
      const got = await this.#fetchWindow(peer, wanted, via, signal)
      if (got.blocks === 0) throw new NetworkError('bad-message', 'the peer does not have the blocks of its chain')
      blocks += got.blocks
      bytes += got.bytes
    }
  }

  /** Asks for one window of bodies and imports them as they come, a bounded number at a time. */
  async #fetchWindow(
    peer: string,
    wanted: readonly Hex[],
    via: DeliveredVia,
    signal?: AbortSignal
  ): Promise<{ blocks: number; bytes: number }> {
    const { requests, intake } = this.#components
    const importing = new Set<Promise<void>>()
    let failure: unknown
    let blocks = 0
    let bytes = 0
    const request = { hashes: wanted.map((hash) => fromHex(hash) as Uint8Array<ArrayBuffer>) }
    let index = 0
    for await (const answer of requests.stream(peer, blocksProtocol, request, signal)) {
      const expected = wanted[index++]
      if (answer.block.length === 0) continue
      bytes += answer.block.length
      const block = decodeBlock(answer.block)
      if (block.header.hash !== expected) throw new WireError('wrong-block', 'not the block that was asked for')
      blocks++
      if (intake.hasBody(block.header.hash)) continue
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
