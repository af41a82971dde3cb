// Judges compact blocks, cheap things first: whether it is worth having, header, then the producer's signature of the
// message, then the rebuild from the mempool and the Merkle root. What is missing is asked for; only a whole block is forwarded, because a node
// announces only what it can serve. Whatever can't be told apart from bad luck is nobody's fault.
import { relayDefaults } from '../config/index.ts'
import { LedgerError, type Mempool } from '../ledger/index.ts'
import { peerIdOfKey } from '../membership/index.ts'
import type { GossipMessage, Verdict } from '../network/index.ts'
import { RecentMap, type Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import {
  type Block,
  type CompactBlock,
  compactSignatureCheck,
  decodeBlock,
  fromHex,
  type Hex,
  isCompactOf,
  type SealedHeader,
  type Transaction,
  WireError
} from '../wire/index.ts'
import { blockOf, fill, isOfShortIds, type Rebuild, rebuild } from './compact-rebuild.ts'
import { Counts } from './counts.ts'
import type { Holds } from './holds.ts'
import type { BlockIntake } from './intake.ts'
import type { MissingTransactions } from './missing.ts'
import type { Variants } from './variants.ts'

export interface CompactRelayComponents {
  readonly intake: BlockIntake
  readonly mempool: Pick<Mempool, 'values'>
  readonly events: EventEmitter
  readonly runtime: Runtime
  readonly missing: MissingTransactions
  readonly holds: Holds
  readonly variants: Variants
  /** Fetches the ancestors of `header` from `peer`; resolves when its parent's header is known, or it can't be. */
  readonly fetchAncestors: (peer: string, header: SealedHeader) => Promise<void>
  readonly stopped: AbortSignal
}

interface Rebuilding {
  /** When the first of them began to wait, ms. */
  readonly since: number
  /** Different messages of the one header. */
  readonly count: number
}

interface Obtained {
  readonly block: Block
  /** Each transaction was found by its short id, or came with the message: nothing else can be meant by it. */
  readonly isMatched: boolean
}

function otherwise(block: Block | undefined): Obtained | undefined {
  return block === undefined ? undefined : { block, isMatched: false }
}

export class CompactRelay {
  readonly #components: CompactRelayComponents
  /** Recent blocks of any branch: a rival's transactions have left the mempool with them. */
  readonly #recent = new RecentMap<Hex, Block>(relayDefaults.rivalsMax)
  /** Called when the body of a block has come another way. */
  readonly #waiting = new Map<Hex, Set<() => void>>()
  /** Rebuilds under way that wait for transactions: of each block, and for each peer that announced one. */
  readonly #rebuilding = new Map<Hex, Rebuilding>()
  readonly #places = new Counts(relayDefaults.rebuildsMax, relayDefaults.rebuildsPerPeerMax)
  /** Called when no message of a block is being judged any more. */
  readonly #judging = new Map<Hex, Set<Promise<Verdict>>>()

  constructor(components: CompactRelayComponents) {
    this.#components = components
    components.events.subscribe((event) => {
      if (event.type !== 'delivered' || event.kind !== 'block') return
      for (const wake of this.#waiting.get(event.id) ?? []) wake()
    })
  }

  /** A block that is here, whichever way it came. */
  remember(block: Block): void {
    this.#recent.set(block.header.hash, block)
  }

  /** Gossip is about to bring this block: asking for it another way would only bring it twice. */
  isComing(hash: Hex): boolean {
    const rebuilding = this.#rebuilding.get(hash)
    if (rebuilding === undefined) return false
    return this.#components.runtime.clock.now() - rebuilding.since < relayDefaults.rebuildHeadStartMs
  }

  /** Resolves when no message of this block is being judged. */
  async judged(hash: Hex): Promise<void> {
    await Promise.allSettled(this.#judging.get(hash) ?? [])
  }

  /** Rejects with `LedgerError` or `WireError` for what is provably wrong. */
  judge(compact: CompactBlock, message: GossipMessage): Promise<Verdict> {
    const { hash } = compact.header
    const judging = this.#judging.get(hash) ?? new Set()
    this.#judging.set(hash, judging)
    const verdict = this.#judge(compact, message).finally(() => {
      judging.delete(verdict)
      if (judging.size === 0) this.#judging.delete(hash)
    })
    judging.add(verdict)
    return verdict
  }

  async #judge(compact: CompactBlock, { from, heardAt, id }: GossipMessage): Promise<Verdict> {
    const { intake, runtime, variants } = this.#components
    const { header } = compact
    if (variants.isFull(header, 'compact')) return 'ignore'
    const outlook = await this.#headerOutcome(header)
    if (outlook === 'full') return 'ignore'
    // Before it is held: garbage under the header of an orphan must not take the place of the block itself.
    if (!(await runtime.verifier.verify(compactSignatureCheck(compact), true))) {
      throw new WireError('bad-compact-signature', `the compact block of ${header.hash} is not signed by its producer`)
    }
    const isPlaced = outlook === 'added' || outlook === 'known' || (await this.#hold(header, outlook, from))
    if (!isPlaced || !intake.isWorthHolding(header)) return 'ignore'
    const obtained = await this.#obtain(compact, from, heardAt)
    if (obtained === undefined) return 'ignore'
    const { block } = obtained
    // A copy under another seal than the one that was imported can't be served.
    if (Buffer.compare(header.seal, block.header.seal) !== 0) return 'ignore'
    if (!obtained.isMatched && !runtime.interner.intern('is-compact-of', id, () => isCompactOf(compact, block))) {
      // Signed by its producer, and whoever had the block could see it.
      throw new WireError('wrong-short-ids', `the compact block of ${header.hash} tells of other transactions`)
    }
    const outcome = await intake.offer(block, { from, via: 'gossip', lane: 'tip' })
    if (outcome.status === 'checked') this.remember(block)
    else if (outcome.status !== 'known' || !outcome.same || !intake.isWorthHolding(header)) return 'ignore'
    return variants.take(header, 'compact') ? 'accept' : 'ignore'
  }

  /** True when the header is in the tree after it was held for its parent or the clock. */
  async #hold(header: SealedHeader, outlook: 'orphan' | 'future', from: string): Promise<boolean> {
    const { holds, fetchAncestors } = this.#components
    const work = outlook === 'orphan' ? () => fetchAncestors(from, header) : undefined
    if (!(await holds.hold(from, work))) return false
    const second = await this.#headerOutcome(header)
    return second === 'added' || second === 'known'
  }

  async #headerOutcome(header: SealedHeader): Promise<'added' | 'known' | 'orphan' | 'full' | 'future'> {
    try {
      return await this.#components.intake.acceptHeader(header)
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'future') return 'future'
      throw error
    }
  }

  /** The block, by whichever way it comes first within the time of a verdict. */
  async #obtain(compact: CompactBlock, from: string, heardAt: number): Promise<Obtained | undefined> {
    const { intake, runtime } = this.#components
    const { hash } = compact.header
    if (intake.hasBody(hash)) return otherwise(this.#held(hash))
    const left = heardAt + relayDefaults.rebuildMs - runtime.clock.now()
    const variants = this.#rebuilding.get(hash)?.count ?? 0
    if (left <= 0 || variants >= relayDefaults.variantsMax) return undefined
    const draft = rebuild(compact, this.#candidates(compact.header), runtime.interner)
    if (draft.missing.length === 0) {
      const block = this.#whole(compact, draft, [])
      if (block !== undefined) {
        this.#report(compact, draft, { hedged: false, full: false })
        return { block, isMatched: true }
      }
    }
    // What it takes to wait for others is taken only by those that do.
    if (!this.#places.take(from)) return undefined
    const { since } = this.#rebuilding.get(hash) ?? { since: runtime.clock.now() }
    this.#rebuilding.set(hash, { since, count: variants + 1 })
    try {
      return await this.#complete(compact, draft, from, left)
    } finally {
      this.#places.leave(from)
      this.#leave(hash)
    }
  }

  /** One of the rebuilds of a block is over. */
  #leave(hash: Hex): void {
    const { since, count } = this.#rebuilding.get(hash) ?? { since: 0, count: 1 }
    if (count > 1) this.#rebuilding.set(hash, { since, count: count - 1 })
    else this.#rebuilding.delete(hash)
  }

  async #complete(
    compact: CompactBlock,
    draft: Rebuild,
    from: string,
    withinMs: number
  ): Promise<Obtained | undefined> {
    const { runtime, stopped } = this.#components
    const arrived = this.#arrival(compact.header.hash)
    const over = new AbortController()
    try {
      return await runtime.timers.within(
        withinMs,
        (signal) => {
          // What can't be completed may still come by anti-entropy: then it is forwarded after all.
          const otherWay = arrived.body.then(otherwise)
          const asked = this.#ask(compact, draft, from, AbortSignal.any([signal, over.signal]))
          return Promise.race([asked.then((block) => otherwise(block) ?? otherWay), otherWay])
        },
        stopped
      )
    } catch (error) {
      if (error instanceof WireError || error instanceof LedgerError) throw error
      return undefined
    } finally {
      over.abort()
      arrived.forget()
    }
  }

  /** Asks for what is missing, and for all of it only if what was missing does not do. */
  async #ask(compact: CompactBlock, draft: Rebuild, from: string, signal: AbortSignal): Promise<Block | undefined> {
    const { missing, runtime } = this.#components
    const { header } = compact
    // Its producer announced it to us itself, and so had it a moment ago.
    const isProducer = from === peerIdOfKey(fromHex(header.producer))
    const question = { hash: header.hash, sender: from, isProducer, signal, except: new Set<string>() }
    let isHedged = false
    if (draft.missing.length > 0) {
      const fits = (transactions: readonly Transaction[]): boolean =>
        isOfShortIds(compact, draft.missing, transactions, runtime.interner) ||
        this.#whole(compact, draft, transactions) !== undefined
      const answer = await missing.at(question, draft.missing, fits)
      isHedged = answer.hedged
      const block = answer.found === undefined ? undefined : this.#whole(compact, draft, answer.found)
      if (block !== undefined) {
        this.#report(compact, draft, { hedged: isHedged, full: false })
        return block
      }
      // Who does not have a part does not have all of it.
      if (signal.aborted || (answer.found === undefined && !answer.misfit)) return undefined
    }
    // A transaction of ours with the right short id and the wrong contents, or answers that don't fit.
    const whole = await missing.all(question)
    const block = whole.found === undefined ? undefined : blockOf(header, whole.found, runtime.interner)
    if (block !== undefined) this.#report(compact, draft, { hedged: isHedged || whole.hedged, full: true })
    return block
  }

  /** The block, if these are the transactions that were missing. */
  #whole({ header }: CompactBlock, draft: Rebuild, found: readonly Transaction[]): Block | undefined {
    const transactions = fill(draft, found)
    return transactions === undefined ? undefined : blockOf(header, transactions, this.#components.runtime.interner)
  }

  #report({ header, count }: CompactBlock, draft: Rebuild, how: { hedged: boolean; full: boolean }): void {
    const { events, runtime } = this.#components
    const missing = draft.missing.length
    events.emit({ type: 'rebuilt', id: header.hash, transactions: count, missing, ...how, at: runtime.clock.now() })
  }

  /** What the block may be made of: the mempool, and blocks beside or above it. */
  #candidates(header: SealedHeader): Transaction[] {
    const candidates = [...this.#components.mempool.values()]
    const ids = new Set<Hex>()
    for (const { header: other, transactions } of this.#recent.values()) {
      if (other.height < header.height) continue
      for (const transaction of transactions) {
        if (ids.has(transaction.id)) continue
        ids.add(transaction.id)
        candidates.push(transaction)
      }
    }
    return candidates
  }

  #held(hash: Hex): Block | undefined {
    const recent = this.#recent.get(hash)
    if (recent !== undefined) return recent
    const bytes = this.#components.intake.blockBytes(hash)
    return bytes === undefined ? undefined : decodeBlock(bytes)
  }

  /** Settles when the body has come another way. */
  #arrival(hash: Hex): { readonly body: Promise<Block | undefined>; readonly forget: () => void } {
    const { promise, resolve } = Promise.withResolvers<Block | undefined>()
    // After the event, so that the intake has it.
    const wake = (): void => queueMicrotask(() => resolve(this.#held(hash)))
    const wakes = this.#waiting.get(hash) ?? new Set()
    this.#waiting.set(hash, wakes.add(wake))
    const forget = (): void => {
      wakes.delete(wake)
      if (wakes.size === 0) this.#waiting.delete(hash)
    }
    return { body: promise, forget }
  }
}
