// Catching up with one peer: its headers (headers.ts), each checked before a body is asked for; then, in windows, the
// bodies missing on the way to that peer's tip, shared out between all that are caught up with (bodies.ts). Every wait has
// an end, what is wrong with a header or body is the end of it, and every block goes through the importer.
import { relayDefaults, syncDefaults } from '../config/index.ts'
import type { Chain } from '../ledger/index.ts'
import type { Requests } from '../network/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import { type Block, type BlockResponse, decodeBlock, type Hex, SEALED_HEADER_BYTES, WireError } from '../wire/index.ts'
import type { Bodies, ReceivedBody, Source } from './bodies.ts'
import { fetchHeaders, toBytes } from './headers.ts'
import { blocksProtocol } from './protocols.ts'
import { type ChainTip, compareTips, tipOf } from './tip.ts'

export interface CatchUpComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly runtime: Runtime
  readonly bodies: Bodies
}

export interface CatchUpInit {
  readonly peer: string
  /** What it claims to have. */
  readonly target: ChainTip
  /** Why, for the record. */
  readonly via: DeliveredVia
  /** Something was wrong with a body of its, found after the end. */
  readonly onLateFailure: (error: unknown) => void
}

export interface CatchUpResult {
  readonly headers: number
  readonly blocks: number
  /** Headers and blocks received. */
  readonly bytes: number
}

interface Received {
  blocks: number
  bytes: number
}

export class CatchUp implements Source {
  /** ms since the epoch. */
  readonly startedAt: number
  readonly startHeight: number
  /** When it last brought something new, ms since the epoch. */
  lastNewsAt: number
  readonly #components: CatchUpComponents
  readonly #init: CatchUpInit
  readonly #headers = Promise.withResolvers<void>()
  readonly #abort = new AbortController()
  /** Bodies of this peer that are not imported yet. */
  readonly #open = new Set<Promise<void>>()
  /** What was wrong with one of them. */
  #failure: unknown

  constructor(components: CatchUpComponents, init: CatchUpInit) {
    this.#components = components
    this.#init = init
    this.startedAt = components.runtime.clock.now()
    this.startHeight = components.chain.head.height
    this.lastNewsAt = this.startedAt
  }

  /** Settles when the peer's headers are here, or can't be had. Never rejects. */
  get headers(): Promise<void> {
    return this.#headers.promise
  }

  get isEnded(): boolean {
    return this.#signal.aborted
  }

  /** Rejects with what was wrong, or why it was ended. */
  async run(): Promise<CatchUpResult> {
    try {
      return await this.#fetch()
    } catch (error) {
      throw this.#failure ?? (this.isEnded ? this.#signal.reason : error)
    } finally {
      this.#headers.resolve()
      this.#abort.abort()
    }
  }

  end(reason: Error): void {
    this.#abort.abort(reason)
  }

  get #signal(): AbortSignal {
    return this.#abort.signal
  }

  async #fetch(): Promise<CatchUpResult> {
    const { chain, runtime } = this.#components
    const { peer, target, via } = this.#init
    // A light chain is cheap to make as long as one likes: only what leads above our head is news.
    const onAdded = (last: Hex): void => {
      if (this.#isBetter(last)) this.#onNews()
    }
    const { added, tip, isEnd } = await runtime.timers.within(
      syncDefaults.headersPhaseMs,
      (limit) => fetchHeaders(this.#components, peer, target, onAdded, limit),
      this.#signal
    )
    const isBetter = this.#isBetter(tip)
    // For a block's ancestors nothing was claimed; and what was claimed may be behind us by now.
    const isOwed = via !== 'requested' && !isEnd && compareTips(tipOf(chain.head), target) < 0
    if (isOwed && !isBetter) throw new UndeliveredError('the peer has no headers for the work it claims')
    this.#headers.resolve()
    // The bodies of a chain that is no better than ours are nobody's to make us fetch.
    const { blocks, bytes } = await this.#fetchBodies(via === 'requested' || isBetter ? tip : undefined)
    return { headers: added, blocks, bytes: bytes + added * SEALED_HEADER_BYTES }
  }

  /** Whether a tip whose headers are here has more work than our head. */
  #isBetter(tip: Hex | undefined): boolean {
    const { chain } = this.#components
    const node = tip === undefined ? undefined : chain.headerNode(tip)
    return node !== undefined && compareTips(tipOf(chain.head), node) < 0
  }

  #onNews(): void {
    this.lastNewsAt = this.#components.runtime.clock.now()
  }

  /** Window after window of what is missing up to `tip`, as long as others are not asked for it. */
  async #fetchBodies(tip: Hex | undefined): Promise<Received> {
    const { intake, bodies } = this.#components
    const total: Received = { blocks: 0, bytes: 0 }
    const path = tip === undefined ? [] : this.#missingUpTo(tip)
    // Of a few, those that others were asked for are left to them. On a long way every peer is needed to the end.
    const isLong = path.length > syncDefaults.blocksMax
    for (let from = 0; ; ) {
      for (let hash = path[from]; hash !== undefined && intake.hasBody(hash); hash = path[++from]);
      if (from === path.length) break
      const wanted = bodies.pick(path, from)
      if (wanted.length > 0) {
        const got = await this.#fetchWindow(wanted)
        total.blocks += got.blocks
        total.bytes += got.bytes
      } else if (isLong || this.#open.size > 0) {
        bodies.look()
        await bodies.sleep(syncDefaults.lookMs, this.#signal)
        // It was asked for nothing meanwhile.
        this.#onNews()
      } else break
    }
    await Promise.all(this.#open)
    if (this.#failure !== undefined) throw this.#failure
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
  async #fetchWindow(wanted: readonly Hex[]): Promise<Received> {
    const { requests, runtime, bodies } = this.#components
    const { peer, via } = this.#init
    const stream = new AbortController()
    const signal = AbortSignal.any([this.#signal, stream.signal])
    bodies.onAsked(wanted, this)
    const answers = requests
      .stream(peer, blocksProtocol, { hashes: wanted.map(toBytes) }, signal)
      [Symbol.asyncIterator]()
    const received: Received = { blocks: 0, bytes: 0 }
    try {
      for (let index = 0; ; index++) {
        const next = await runtime.timers.within(syncDefaults.blockWaitMs, () => answers.next(), this.#signal)
        if (next.done === true) break
        const block = decodeAnswer(next.value, wanted[index])
        if (block === undefined) continue
        if (received.bytes >= syncDefaults.blocksMaxBytes) throw new WireError('oversize', 'an answer that goes on')
        received.blocks++
        received.bytes += block.bytes.length + next.value.compact.length
        this.#onNews()
        this.#import({ block, compact: next.value.compact, from: peer, via })
      }
    } finally {
      stream.abort()
      // What was wrong may have been found between two answers: nobody else would end the question.
      answers.return?.().catch(() => {})
      bodies.onAnswered(wanted, this)
    }
    if (received.blocks === 0) throw new UndeliveredError('the peer does not have the blocks of its chain')
    return received
  }

  /** What is wrong with a body ends the catch-up that brought it. */
  #import(body: ReceivedBody): void {
    const imported = this.#components.bodies
      .take(body)
      .catch((error) => {
        const isFirst = this.#failure === undefined
        this.#failure ??= error
        // After the end nobody else would tell.
        if (isFirst && this.isEnded) this.#init.onLateFailure(error)
        this.end(error)
      })
      .then(() => void this.#open.delete(imported))
    this.#open.add(imported)
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

/** The block that was asked for; `undefined` when the peer does not have it. */
function decodeAnswer(answer: BlockResponse, expected: Hex | undefined): Block | undefined {
  const { compact } = answer
  if (compact.length > relayDefaults.compactKeptMaxBytes) throw new WireError('oversize', `${compact.length} bytes`)
  if (answer.block.length === 0) return undefined
  const block = decodeBlock(answer.block)
  if (block.header.hash !== expected) throw new WireError('wrong-block', 'not the block that was asked for')
  return block
}
