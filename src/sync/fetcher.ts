// Catching up with a peer's chain: headers from the fork point that a locator finds, each checked before a body is
// asked for; then the bodies missing on the way to that peer's tip, shared out between the peers that are caught up with
// (bodies.ts). One catch-up per peer, a few at a time. A peer that
// is silent, slow or lying holds up nobody but itself: every wait has an end, what it was asked for is soon asked of
// others too, its place is given to another, and it is left alone for a while. Every block goes through the importer.
import { relayDefaults, syncDefaults } from '../config/index.ts'
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
  type SealedHeader,
  WireError
} from '../wire/index.ts'
import { Bodies, type ReceivedBody } from './bodies.ts'
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
  /** Bodies of this peer that are not imported yet. */
  readonly open: Set<Promise<void>>
  /** What was wrong with one of them. */
  failure: unknown
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
  readonly #bodies: Bodies
  /** Peers that failed: how often in a row, and until when they are left alone. */
  readonly #failures = new RecentMap<string, { readonly count: number; readonly until: number }>(
    syncDefaults.coolDownPeersMax
  )

  constructor(components: FetcherComponents) {
    this.#components = components
    const { intake, runtime, isComing = () => false, onCompact = () => {} } = components
    this.#bodies = new Bodies({ intake, runtime, isComing, onCompact })
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
      lastNewsAt: now,
      open: new Set(),
      failure: undefined
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
      const { added, tip, isEnd } = await timers.within(
        syncDefaults.headersPhaseMs,
        (limit) => this.#fetchHeaders(run, peer, target, limit),
        signal
      )
      const isBetter = this.#isBetter(tip)
      // For a block's ancestors nothing was claimed; and what was claimed may be behind us by now.
      const isOwed = via !== 'requested' && !isEnd && compareTips(tipOf(this.#components.chain.head), target) < 0
      if (isOwed && !isBetter) {
        throw new UndeliveredError('the peer has no headers for the work it claims')
      }
      onHeaders()
      // The bodies of a chain that is no better than ours are nobody's to make us fetch.
      const wanted = via === 'requested' || isBetter ? tip : undefined
      const { blocks, bytes } = await this.#fetchBodies(run, peer, wanted, via)
      this.#failures.delete(peer)
      return { headers: added, blocks, bytes: bytes + added * SEALED_HEADER_BYTES }
    } catch (error) {
      const failure = run.failure ?? error
      if (isFaultOfPeer(failure)) this.#blame(peer, failure)
      throw failure
    } finally {
      onHeaders()
      run.abort.abort()
      this.#runs.delete(peer)
      if (this.#runs.size === 0) this.#bodies.clear()
    }
  }

  /** Whether a tip whose headers are here has more work than our head. */
  #isBetter(tip: Hex | undefined): boolean {
    const { chain } = this.#components
    const node = tip === undefined ? undefined : chain.headerNode(tip)
    return node !== undefined && compareTips(tipOf(chain.head), node) < 0
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

  /**
   * Until the target's header is here or the peer's answers lead no higher. `tip`: where its chain is known to go.
   * `isEnd`: the rest can't be judged now, so that nothing can be held against the peer.
   */
  async #fetchHeaders(
    run: Run,
    peer: string,
    target: ChainTip,
    signal: AbortSignal
  ): Promise<{ added: number; tip: Hex | undefined; isEnd: boolean }> {
    const { chain, requests, runtime } = this.#components
    let locator = chain.locator()
    let added = 0
    let tip: { hash: Hex; height: number } | undefined
    let isEnd = false
    while (chain.headerNode(target.hash) === undefined) {
      const request = { locator: locator.map(toBytes), limit: syncDefaults.headersMax }
      const { headers } = await requests.call(peer, headersProtocol, request, signal)
      const accepted = await this.#acceptHeaders(headers)
      added += accepted.added
      if (accepted.added > 0) run.lastNewsAt = runtime.clock.now()
      const { last } = accepted
      if (last === undefined || last.height <= (tip?.height ?? -1)) break
      tip = last
      isEnd = accepted.isEnd
      if (isEnd) break
      locator = [last.hash, ...chain.locator()]
    }
    return { added, tip: chain.headerNode(target.hash) === undefined ? tip?.hash : target.hash, isEnd }
  }

  /** `isEnd`: the rest can't be judged now (too far ahead of our clock, or of our tree). */
  async #acceptHeaders(
    headers: readonly Uint8Array[]
  ): Promise<{ added: number; isEnd: boolean; last: { hash: Hex; height: number } | undefined }> {
    const { intake } = this.#components
    let added = 0
    let last: SealedHeader | undefined
    const seals: Promise<boolean>[] = []
    const decoded = headers.map(decodeSealedHeader)
    for (const [i, header] of decoded.entries()) {
      if (last !== undefined && header.parent !== last.hash) throw new WireError('unlinked', 'headers that do not link')
      // One after the other, the wait for the pool would be most of it.
      for (const next of decoded.slice(seals.length, i + syncDefaults.sealsAheadMax))
        seals.push(intake.verifySeal(next))
      const outcome = await this.#acceptHeader(header, seals[i])
      if (outcome === 'orphan') throw new WireError('unlinked', 'headers that do not start at the locator')
      if (outcome === 'full' || outcome === 'future') return { added, isEnd: true, last }
      if (outcome === 'added') added++
      last = header
    }
    return { added, isEnd: false, last }
  }

  async #acceptHeader(
    header: SealedHeader,
    seal: Promise<boolean> | undefined
  ): Promise<'added' | 'known' | 'orphan' | 'full' | 'future'> {
    try {
      return await this.#components.intake.acceptHeader(header, seal)
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'future') return 'future'
      throw error
    }
  }

  /** Window after window of what is missing up to `tip`, as long as others are not asked for it. */
  async #fetchBodies(run: Run, peer: string, tip: Hex | undefined, via: DeliveredVia): Promise<Received> {
    const { intake, runtime } = this.#components
    const bodies = this.#bodies
    const total: Received = { blocks: 0, bytes: 0 }
    const path = tip === undefined ? [] : this.#missingUpTo(tip)
    // Of a few, those that others were asked for are left to them. On a long way every peer is needed to the end.
    const isLong = path.length > syncDefaults.blocksMax
    for (let from = 0; ; ) {
      for (let hash = path[from]; hash !== undefined && intake.hasBody(hash); hash = path[++from]);
      if (from === path.length) break
      const wanted = bodies.pick(path, from)
      if (wanted.length > 0) {
        const got = await this.#fetchWindow(run, peer, wanted, via)
        total.blocks += got.blocks
        total.bytes += got.bytes
      } else if (isLong || run.open.size > 0) {
        bodies.look()
        await bodies.sleep(syncDefaults.lookMs, run.abort.signal)
        // It was asked for nothing meanwhile.
        run.lastNewsAt = runtime.clock.now()
      } else break
    }
    await Promise.all(run.open)
    if (run.failure !== undefined) throw run.failure
    return total
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

  /** Asks for one window of bodies, which are imported as they come, and while the next ones are asked for. */
  async #fetchWindow(run: Run, peer: string, wanted: readonly Hex[], via: DeliveredVia): Promise<Received> {
    const { requests, runtime } = this.#components
    const stream = new AbortController()
    const signal = AbortSignal.any([run.abort.signal, stream.signal])
    this.#bodies.onAsked(wanted, run)
    const answers = requests
      .stream(peer, blocksProtocol, { hashes: wanted.map(toBytes) }, signal)
      [Symbol.asyncIterator]()
    const received: Received = { blocks: 0, bytes: 0 }
    try {
      for (let index = 0; ; index++) {
        const next = await runtime.timers.within(syncDefaults.blockWaitMs, () => answers.next(), run.abort.signal)
        if (next.done === true) break
        const block = decodeAnswer(next.value, wanted[index])
        if (block === undefined) continue
        if (received.bytes >= syncDefaults.blocksMaxBytes) throw new WireError('oversize', 'an answer that goes on')
        received.blocks++
        received.bytes += block.bytes.length + next.value.compact.length
        run.lastNewsAt = runtime.clock.now()
        this.#import(run, { block, compact: next.value.compact, from: peer, via })
      }
    } finally {
      stream.abort()
      // What was wrong may have been found between two answers: nobody else would end the question.
      answers.return?.().catch(() => {})
      this.#bodies.onAnswered(wanted, run)
    }
    if (received.blocks === 0) throw new UndeliveredError('the peer does not have the blocks of its chain')
    return received
  }

  /** What is wrong with a body ends the catch-up that brought it. */
  #import(run: Run, body: ReceivedBody): void {
    const imported = this.#bodies
      .take(body)
      .catch((error) => {
        const isFirst = run.failure === undefined
        run.failure ??= error
        // After the end of its catch-up nobody else would tell.
        if (isFirst && run.abort.signal.aborted && isFaultOfPeer(error)) this.#blame(body.from, error)
        run.abort.abort(error)
      })
      .then(() => void run.open.delete(imported))
    run.open.add(imported)
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
  const { compact } = answer
  if (compact.length > relayDefaults.compactKeptMaxBytes) throw new WireError('oversize', `${compact.length} bytes`)
  if (answer.block.length === 0) return undefined
  const block = decodeBlock(answer.block)
  if (block.header.hash !== expected) throw new WireError('wrong-block', 'not the block that was asked for')
  return block
}

function toBytes(hash: Hex): Uint8Array<ArrayBuffer> {
  return fromHex(hash) as Uint8Array<ArrayBuffer>
}
