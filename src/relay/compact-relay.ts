// Judges compact blocks, cheap things first: header, then the producer's signature of the message, then the rebuild from
// the mempool and the Merkle root. What is missing is asked for; only a whole block is forwarded, because a node
// announces only what it can serve. Whatever can't be told apart from bad luck is nobody's fault.
import { relayDefaults } from '../config/index.ts'
import { LedgerError, type Mempool } from '../ledger/index.ts'
import type { GossipMessage, Verdict } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import {
  type Block,
  type CompactBlock,
  compactSignatureCheck,
  decodeBlock,
  type Hex,
  isCompactOf,
  type SealedHeader,
  type Transaction,
  WireError
} from '../wire/index.ts'
import { blockOf, fill, rebuild } from './compact-rebuild.ts'
import type { Holds } from './holds.ts'
import type { BlockIntake } from './intake.ts'
import type { MissingTransactions } from './missing.ts'
import { RecentMap } from './recent.ts'
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
  /** When the rebuild of each block under way began. */
  readonly #rebuilding = new Map<Hex, number>()
  #rebuilds = 0

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
    const since = this.#rebuilding.get(hash)
    return since !== undefined && this.#components.runtime.clock.now() - since < relayDefaults.rebuildHeadStartMs
  }

  /** Rejects with `LedgerError` or `WireError` for what is provably wrong. */
  async judge(compact: CompactBlock, { from, heardAt, id }: GossipMessage): Promise<Verdict> {
    const { intake, runtime, variants } = this.#components
    const { header } = compact
    if (variants.isFull(header.hash)) return 'ignore'
    if (!(await this.#placeHeader(header, from))) return 'ignore'
    if (!(await runtime.verifier.verify(compactSignatureCheck(compact), true))) {
      throw new WireError('bad-compact-signature', `the compact block of ${header.hash} is not signed by its producer`)
    }
    if (!variants.take(header.hash)) return 'ignore'
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
    if (outcome.status === 'checked') {
      this.remember(block)
      return 'accept'
    }
    const isRecent = header.height >= intake.height - relayDefaults.staleDepthMax
    return outcome.status === 'known' && outcome.same && isRecent ? 'accept' : 'ignore'
  }

  /** True when the header is in the tree; it is held for its parent or the clock if need be. */
  async #placeHeader(header: SealedHeader, from: string): Promise<boolean> {
    const { holds, fetchAncestors } = this.#components
    const first = await this.#headerOutcome(header)
    if (first !== 'orphan' && first !== 'future') return first !== 'full'
    const work = first === 'orphan' ? () => fetchAncestors(from, header) : undefined
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
    const { intake, runtime, stopped } = this.#components
    const { hash } = compact.header
    if (intake.hasBody(hash)) return otherwise(this.#held(hash))
    const left = heardAt + relayDefaults.rebuildMs - runtime.clock.now()
    if (left <= 0 || this.#rebuilds >= relayDefaults.rebuildsMax) return undefined
    this.#rebuilds++
    this.#rebuilding.set(hash, runtime.clock.now())
    const arrived = this.#arrival(hash)
    try {
      return await runtime.timers.within(
        left,
        async (signal) => {
          const rebuilt = this.#rebuild(compact, from, signal).finally(() => this.#rebuilding.delete(hash))
          // What can't be completed may still come by anti-entropy: then it is forwarded after all.
          const otherWay = arrived.body.then(otherwise)
          return Promise.race([rebuilt.then((obtained) => obtained ?? otherWay), otherWay])
        },
        stopped
      )
    } catch (error) {
      if (error instanceof WireError || error instanceof LedgerError) throw error
      return undefined
    } finally {
      arrived.forget()
      this.#rebuilds--
    }
  }

  async #rebuild(compact: CompactBlock, from: string, signal: AbortSignal): Promise<Obtained | undefined> {
    const { events, runtime, missing } = this.#components
    const { header, count } = compact
    const draft = rebuild(compact, this.#candidates(header), runtime.interner)
    const report = (hedged: boolean, full: boolean): void =>
      events.emit({
        type: 'rebuilt',
        id: header.hash,
        transactions: count,
        missing: draft.missing.length,
        hedged,
        full,
        at: runtime.clock.now()
      })
    let isHedged = false
    let transactions = fill(draft, [])
    if (draft.missing.length > 0) {
      const answer = await missing.at(header.hash, draft.missing, from, signal)
      isHedged = answer.hedged
      transactions = answer.found === undefined ? undefined : fill(draft, answer.found.transactions)
    }
    const block = transactions === undefined ? undefined : blockOf(header, transactions, runtime.interner)
    if (block !== undefined) {
      report(isHedged, false)
      return { block, isMatched: draft.missing.length === 0 }
    }
    if (signal.aborted) return undefined
    // A transaction of ours with the right short id and the wrong contents, or nobody could answer: all of it, then.
    const whole = await missing.all(header.hash, from, signal)
    if (whole.found === undefined) return undefined
    const fetched = blockOf(header, whole.found.transactions, runtime.interner)
    if (fetched === undefined) {
      const at = runtime.clock.now()
      events.emit({ type: 'rejected', kind: 'block', id: header.hash, from: whole.found.from, code: 'wrong-root', at })
      return undefined
    }
    report(isHedged || whole.hedged, true)
    return otherwise(fetched)
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
