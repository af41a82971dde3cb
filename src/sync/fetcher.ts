// Catching up with a peer's chain: headers from the fork point that a locator finds, each checked before a body is
// asked for; then the bodies missing on the way to that peer's tip. One catch-up per peer, a few at a time. A peer that
// is silent, slow or lying holds up nobody but itself: every wait has an end, what it was asked for is soon asked of
// others too, its place is given to another, and it is left alone for a while. Every block goes through the importer.
import { syncDefaults } from '../config/index.ts'
import { type Chain, LedgerError } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import { type BlockIntake, RecentMap } from '../relay/index.ts'
import { type Runtime, TimeoutError } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import {
  type Block,
  type BlockResponse,
  decodeBlock,
  decodeSealedHeader,
  fromHex,
  type Hex,
  SEALED_HEADER_BYTES,
  WireError
} from '../wire/index.ts'
import { blocksProtocol, headersProtocol } from './protocols.ts'
import { type ChainTip, compareTips, tipOf } from './tip.ts'

export interface FetcherComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly runtime: Runtime
  /** A peer showed something else than it was asked for, or could not show what it claims to have. */
  readonly onOffence: (peer: string, code: string) => void
  /** Gossip is about to bring this block, so that it need not be asked for now. */
  readonly isComing?: (hash: Hex) => boolean
  /** A block came with a compact form, which nobody has checked. */
  readonly onCompact?: (block: Block, compact: Uint8Array) => void
}

export interface CatchUpResult {
  readonly headers: number
  readonly blocks: number
  /** Headers and blocks received. */
  readonly bytes: number
}

export interface CatchUp {
  /** Settles when the peer's headers are here, or can't be had. Never rejects. */
  readonly headers: Promise<void>
  /** Rejects with `NetworkError` when the peer fails to answer, `WireError` or `LedgerError` when it sent what is wrong. */
  readonly done: Promise<CatchUpResult>
}

export interface CatchUpProgress {
  /** ms since the epoch. */
  readonly startedAt: number
  readonly startHeight: number
}

interface Run extends CatchUp, CatchUpProgress {
  readonly abort: AbortController
  /** When it last brought something new, ms since the epoch. */
  lastNewsAt: number
}

interface Received {
  blocks: number
  bytes: number
}

const NOTHING: CatchUp = {
  headers: Promise.resolve(),
  done: Promise.resolve({ headers: 0, blocks: 0, bytes: 0 })
}

export class ChainFetcher {
  readonly #components: FetcherComponents
  readonly #runs = new Map<string, Run>()
  /** When each body under way was asked for. */
  readonly #asked = new Map<Hex, number>()
  /** Peers that failed: how often in a row, and until when they are left alone. */
  readonly #failures = new RecentMap<string, { readonly count: number; readonly until: number }>(
    syncDefaults.coolDownPeersMax
  )

  constructor(components: FetcherComponents) {
    this.#components = components
  }

  /** The catch-up that has been under way longest. */
  get progress(): CatchUpProgress | undefined {
    return this.#runs.values().next().value
  }

  /** Whether this peer is being caught up with. */
  isCatchingUpWith(peer: string): boolean {
    return this.#runs.has(peer)
  }

  /**
   * Fetches what leads to `target` from `peer`. `via` says why, for the record. A peer's second catch-up joins its
   * first. A peer that failed lately, or one too many while all others make progress, is not asked.
   */
  catchUp(peer: string, target: ChainTip, via: DeliveredVia): CatchUp {
    const { chain, runtime } = this.#components
    const running = this.#runs.get(peer)
    if (running !== undefined) return running
    const now = runtime.clock.now()
    if ((this.#failures.get(peer)?.until ?? 0) > now || !this.#makeRoom(now)) return NOTHING
    const headers = Promise.withResolvers<void>()
    const done = Promise.withResolvers<CatchUpResult>()
    const run: Run = {
      headers: headers.promise,
      done: done.promise,
      startedAt: now,
      startHeight: chain.head.height,
      abort: new AbortController(),
      lastNewsAt: now
    }
    run.done.catch(() => {})
    this.#runs.set(peer, run)
    this.#run(run, peer, target, via, headers.resolve).then(done.resolve, done.reject)
    return run
  }

  /** Ends every catch-up. */
  stop(): void {
    for (const { abort } of this.#runs.values()) abort.abort(new NetworkError('closed', 'stopped'))
  }

  /** True when there is room for one more, if need be by ending one that brings nothing. */
  #makeRoom(now: number): boolean {
    if (this.#runs.size < syncDefaults.catchUpsMax) return true
    for (const { abort, lastNewsAt } of this.#runs.values()) {
      if (abort.signal.aborted || now - lastNewsAt < syncDefaults.stallMs) continue
      abort.abort(new NetworkError('timeout', 'stalled, and others wait'))
      return true
    }
    return false
  }

  async #run(
    run: Run,
    peer: string,
    target: ChainTip,
    via: DeliveredVia,
    onHeaders: () => void
  ): Promise<CatchUpResult> {
    const { timers } = this.#components.runtime
    const { signal } = run.abort
    try {
      const { added, tip } = await timers.within(
        syncDefaults.headersPhaseMs,
        (limit) => this.#fetchHeaders(run, peer, target, limit),
        signal
      )
      // For a block's ancestors nothing was claimed; and what was claimed may be behind us by now.
      const isOwed = via !== 'requested' && compareTips(tipOf(this.#components.chain.head), target) < 0
      if (tip === undefined && isOwed) throw new UndeliveredError('the peer has no headers for the tip it claims')
      onHeaders()
      const { blocks, bytes } = await this.#fetchBodies(run, peer, tip, via)
      this.#failures.delete(peer)
      return { headers: added, blocks, bytes: bytes + added * SEALED_HEADER_BYTES }
    } catch (error) {
      if (isFaultOfPeer(error)) this.#blame(peer, error)
      throw error
    } finally {
      onHeaders()
      run.abort.abort()
      this.#runs.delete(peer)
    }
  }

  /** Requests reports what breaks its own limits; here only what was said, and what was not. */
  #blame(peer: string, error: unknown): void {
    this.#coolDown(peer)
    if (error instanceof NetworkError) return
    this.#components.onOffence(peer, error instanceof TimeoutError ? 'timeout' : (error as { code: string }).code)
  }

  #coolDown(peer: string): void {
    const count = (this.#failures.get(peer)?.count ?? 0) + 1
    const wait = Math.min(syncDefaults.coolDownMaxMs, syncDefaults.coolDownMs * 2 ** (count - 1))
    this.#failures.set(peer, { count, until: this.#components.runtime.clock.now() + wait })
  }

  /** Until the target's header is here or the peer's answers lead no higher. `tip`: where its chain is known to go. */
  async #fetchHeaders(
    run: Run,
    peer: string,
    target: ChainTip,
    signal: AbortSignal
  ): Promise<{ added: number; tip: Hex | undefined }> {
    const { chain, requests, runtime } = this.#components
    let locator = chain.locator()
    let added = 0
    let tip: { hash: Hex; height: number } | undefined
    while (chain.headerNode(target.hash) === undefined) {
      const request = { locator: locator.map(toBytes), limit: syncDefaults.headersMax }
      const { headers } = await requests.call(peer, headersProtocol, request, signal)
      const accepted = await this.#acceptHeaders(headers)
      added += accepted.added
      if (accepted.added > 0) run.lastNewsAt = runtime.clock.now()
      const { last } = accepted
      if (last === undefined || last.height <= (tip?.height ?? -1)) break
      tip = last
      if (accepted.isEnd) break
      locator = [last.hash, ...chain.locator()]
    }
    return { added, tip: chain.headerNode(target.hash) === undefined ? tip?.hash : target.hash }
  }

  /** `isEnd`: the rest can't be judged now (too far ahead of our clock, or of our tree). */
  async #acceptHeaders(
    headers: readonly Uint8Array[]
  ): Promise<{ added: number; isEnd: boolean; last: { hash: Hex; height: number } | undefined }> {
    let added = 0
    let last: { hash: Hex; height: number } | undefined
    for (const bytes of headers) {
      const header = decodeSealedHeader(bytes)
      if (last !== undefined && header.parent !== last.hash) throw new WireError('unlinked', 'headers that do not link')
      const outcome = await this.#acceptHeader(header)
      if (outcome === 'orphan') throw new WireError('unlinked', 'headers that do not start at the locator')
      if (outcome === 'full' || outcome === 'future') return { added, isEnd: true, last }
      if (outcome === 'added') added++
      last = header
    }
    return { added, isEnd: false, last }
  }

  async #acceptHeader(
    header: ReturnType<typeof decodeSealedHeader>
  ): Promise<'added' | 'known' | 'orphan' | 'full' | 'future'> {
    try {
      return await this.#components.intake.acceptHeader(header)
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'future') return 'future'
      throw error
    }
  }

  /** Window after window of what is missing up to `tip`, as long as others are not asked for it. */
  async #fetchBodies(run: Run, peer: string, tip: Hex | undefined, via: DeliveredVia): Promise<Received> {
    const { intake, runtime, isComing = () => false } = this.#components
    const total: Received = { blocks: 0, bytes: 0 }
    let missing = tip === undefined ? [] : this.#missingUpTo(tip)
    for (;;) {
      const now = runtime.clock.now()
      missing = missing.filter((hash) => !intake.hasBody(hash))
      const wanted = missing
        .filter(
          (hash) => !isComing(hash) && now - (this.#asked.get(hash) ?? Number.NEGATIVE_INFINITY) > syncDefaults.stallMs
        )
        .slice(0, syncDefaults.blocksMax)
      if (wanted.length === 0) return total
      for (const hash of wanted) this.#asked.set(hash, now)
      try {
        const got = await this.#fetchWindow(run, peer, wanted, via)
        if (got.blocks === 0) throw new UndeliveredError('the peer does not have the blocks of its chain')
        total.blocks += got.blocks
        total.bytes += got.bytes
      } finally {
        for (const hash of wanted) if (this.#asked.get(hash) === now) this.#asked.delete(hash)
      }
    }
  }

  /** Bodies missing between what is connected here and `tip`, lowest first; none when there is no way to it. */
  #missingUpTo(tip: Hex): Hex[] {
    const { chain } = this.#components
    const missing: Hex[] = []
    for (let node = chain.headerNode(tip); node !== undefined; node = node.parent) {
      const status = chain.status(node.hash)
      if (status === 'applied' || status === 'side') return missing.reverse()
      if (status === 'invalid') return []
      if (status === 'header') missing.push(node.hash)
    }
    return []
  }

  /** Asks for one window of bodies and imports them as they come, a bounded number at a time. */
  async #fetchWindow(run: Run, peer: string, wanted: readonly Hex[], via: DeliveredVia): Promise<Received> {
    const { requests, runtime } = this.#components
    const stream = new AbortController()
    const signal = AbortSignal.any([run.abort.signal, stream.signal])
    const answers = requests
      .stream(peer, blocksProtocol, { hashes: wanted.map(toBytes) }, signal)
      [Symbol.asyncIterator]()
    const importing = new ImportPool(syncDefaults.importsInFlightMax)
    const received: Received = { blocks: 0, bytes: 0 }
    try {
      for (let index = 0; ; index++) {
        const next = await runtime.timers.within(syncDefaults.blockWaitMs, () => answers.next(), run.abort.signal)
        if (next.done === true) break
        const block = decodeAnswer(next.value, wanted[index])
        if (block === undefined) continue
        received.blocks++
        received.bytes += block.bytes.length
        run.lastNewsAt = runtime.clock.now()
        const { compact } = next.value
        await importing.add(() => this.#import(block, compact, peer, via))
      }
    } finally {
      stream.abort()
    }
    await importing.drain()
    return received
  }

  async #import(block: Block, compact: Uint8Array, from: string, via: DeliveredVia): Promise<void> {
    const { intake, onCompact } = this.#components
    const offered = await intake.offer(block, { from, via, lane: 'sync' })
    if (offered.status === 'orphan') throw new Error(`the header of ${block.header.hash} is gone`)
    if (offered.status === 'checked' && compact.length > 0) onCompact?.(block, compact)
    await offered.imported
  }
}

/** Runs a bounded number of imports at a time; the first failure ends it. */
class ImportPool {
  readonly #max: number
  readonly #running = new Set<Promise<void>>()
  #failure: unknown

  constructor(max: number) {
    this.#max = max
  }

  /** Resolves when there is room for the next. Rejects with the first failure. */
  async add(work: () => Promise<void>): Promise<void> {
    const job: Promise<void> = work()
      .catch((error) => {
        this.#failure ??= error
      })
      .then(() => void this.#running.delete(job))
    this.#running.add(job)
    if (this.#running.size >= this.#max) await Promise.race(this.#running)
    if (this.#failure !== undefined) throw this.#failure
  }

  async drain(): Promise<void> {
    await Promise.all(this.#running)
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** A peer claims a better chain and does not show it. */
export class UndeliveredError extends Error {
  readonly code = 'undelivered'
  constructor(message: string) {
    super(message)
    this.name = 'UndeliveredError'
  }
}

/** Our own trouble (too much to import, a closing store) is not the peer's. */
function isFaultOfPeer(error: unknown): boolean {
  return [NetworkError, TimeoutError, UndeliveredError, WireError, LedgerError].some((kind) => error instanceof kind)
}

/** The block that was asked for; `undefined` when the peer does not have it. */
function decodeAnswer(answer: BlockResponse, expected: Hex | undefined): Block | undefined {
  if (answer.block.length === 0) return undefined
  const block = decodeBlock(answer.block)
  if (block.header.hash !== expected) throw new WireError('wrong-block', 'not the block that was asked for')
  return block
}

function toBytes(hash: Hex): Uint8Array<ArrayBuffer> {
  return fromHex(hash) as Uint8Array<ArrayBuffer>
}
