// Blocks by gossip, whole or compact. A block is forwarded as soon as header, seal, root and signatures hold, and
// imported afterwards in another turn of the loop: state is its producer's fault, never a relay's. Because gossipsub
// never shows an ignored message again, a block whose parent is unknown is held for a short while as the parent is asked
// for.
import { relayDefaults, type RelayMode } from '../config/index.ts'
import { type Consensus, LedgerError, type Mempool, rootMatches } from '../ledger/index.ts'
import type { Gossip, GossipMessage, Requests, Verdict } from '../network/index.ts'
import { RecentMap, type Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import {
  type Block,
  COMPACT_SALT_BYTES,
  type CompactBlock,
  compactSignatureCheck,
  decodeBlock,
  decodeCompactBlock,
  encodeCompactBlock,
  type Hex,
  isCompactOf,
  type SealedHeader,
  WireError
} from '../wire/index.ts'
import {
  type Announcement,
  decodeAnnouncement,
  encodeCompactAnnouncement,
  encodeFullAnnouncement
} from './announcement.ts'
import { Arrivals } from './arrivals.ts'
import { blockTransactionsProtocol, serveBlockTransactions } from './block-transactions.ts'
import { CompactRelay } from './compact-relay.ts'
import { Holds } from './holds.ts'
import type { BlockIntake } from './intake.ts'
import { MissingTransactions } from './missing.ts'
import { Variants } from './variants.ts'

export interface BlockRelayComponents {
  readonly gossip: Gossip
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly mempool: Pick<Mempool, 'values' | 'watch'>
  readonly consensus: Pick<Consensus, 'slotOf'>
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Fetches the ancestors of `header` from `peer`; resolves when its parent's header is known, or it can't be. */
  readonly fetchAncestors: (peer: string, header: SealedHeader) => Promise<void>
  /** Whether it passed the hello. */
  readonly isPeer: (peer: string) => boolean
  /** A peer's answer is provably not what it was asked for. */
  readonly onOffence: (peer: string, code: string) => void
}

export interface BlockRelayInit {
  /** How own blocks are announced. */
  readonly mode: RelayMode
  /** With the producer's key. Absent: whatever is announced goes whole. */
  readonly sign?: (message: Uint8Array) => Uint8Array
}

/** What the ledger says of blocks that it judged before. */
const KNOWN_INVALID: ReadonlySet<string> = new Set(['invalid-block', 'invalid-parent'])

export class BlockRelay {
  readonly #components: BlockRelayComponents
  readonly #init: BlockRelayInit
  readonly #stopped = new AbortController()
  readonly #messages = new RecentMap<string, Hex>(relayDefaults.recentMessagesMax)
  readonly #variants: Variants
  readonly #holds: Holds
  readonly #compactRelay: CompactRelay
  readonly #arrivals: Arrivals
  /** Compact blocks as their producers signed them, of recent blocks that are here. */
  readonly #kept = new RecentMap<Hex, Uint8Array>(relayDefaults.compactsKeptMax)
  readonly #unwatch: () => void
  #unsubscribe: () => void = () => {}

  constructor(components: BlockRelayComponents, init: BlockRelayInit) {
    this.#components = components
    this.#init = init
    const { gossip, requests, runtime, mempool, consensus } = components
    const stopped = this.#stopped.signal
    this.#variants = new Variants(consensus)
    this.#holds = new Holds(runtime.timers, stopped)
    const missing = new MissingTransactions({
      requests,
      runtime,
      meshPeers: () => gossip.meshPeers('block'),
      onOffence: components.onOffence
    })
    this.#compactRelay = new CompactRelay({
      ...components,
      missing,
      holds: this.#holds,
      variants: this.#variants,
      stopped
    })
    this.#arrivals = new Arrivals(runtime.clock)
    this.#unwatch = mempool.watch(this.#arrivals)
    gossip.onMessage('block', (message) => this.#onMessage(message))
  }

  /** Answers requests for missing transactions, and is ready to ask for them. */
  async start(): Promise<void> {
    const { events, requests, intake, isPeer } = this.#components
    // Whoever announces a block is asked for what it left open: on a stream that stands already, a round trip sooner.
    if (this.#init.mode === 'compact') {
      this.#unsubscribe = events.subscribe((event) => {
        if (event.type !== 'mesh' || event.topic !== 'block' || event.change !== 'graft') return
        void requests.open(event.peer, blockTransactionsProtocol)
      })
    }
    await serveBlockTransactions({ requests, blockBytes: (hash) => intake.blockBytes(hash), isPeer })
  }

  /** Announces a block of this node's producer, which this node holds. */
  async announce(block: Block, message = this.announcementOf(block)): Promise<void> {
    this.#compactRelay.remember(block)
    const { id } = await this.#components.gossip.publish('block', message)
    this.#messages.set(id, block.header.hash)
  }

  /** What announces an own block: compact and signed, or whole. A compact one is kept. */
  announcementOf(block: Block): Uint8Array {
    const { sign, mode } = this.#init
    if (mode !== 'compact' || sign === undefined) return encodeFullAnnouncement(block.bytes)
    const salt = this.#components.runtime.entropy.bytes(COMPACT_SALT_BYTES)
    const compact = encodeCompactBlock(block, salt, this.#arrivals.toPrefill(block), sign)
    this.#keep(block.header.hash, compact)
    return encodeCompactAnnouncement(compact)
  }

  /** A transaction of this node's own users. */
  onOwnTransaction(id: Hex): void {
    this.#arrivals.own(id)
  }

  /** The compact block as its producer signed it, if it is kept. */
  compactOf(hash: Hex): Uint8Array | undefined {
    return this.#kept.get(hash)
  }

  /**
   * A block that anti-entropy brought, with its signed compact form: those who missed it, too, learn of it from here.
   * What is not the block's is left alone.
   */
  async announceRepaired(block: Block, bytes: Uint8Array): Promise<void> {
    const { gossip, intake, runtime } = this.#components
    const { header } = block
    this.#compactRelay.remember(block)
    // Gossip of it that is being judged has been waiting for just this.
    await this.#compactRelay.judged(header.hash)
    if (this.#kept.get(header.hash) !== undefined || header.height < intake.height) return
    let compact: CompactBlock
    try {
      compact = decodeCompactBlock(bytes)
    } catch (error) {
      if (error instanceof WireError) return
      throw error
    }
    if (!isCompactOf(compact, block)) return
    if (!(await runtime.verifier.verify(compactSignatureCheck(compact), true))) return
    if (this.#stopped.signal.aborted || !this.#variants.take(header, 'compact')) return
    this.#keep(header.hash, bytes)
    // It may be the very message that was ignored before, when it could not be completed.
    const { id } = await gossip.spread('block', encodeCompactAnnouncement(bytes))
    this.#messages.set(id, header.hash)
  }

  /** Gossip is about to bring this block. */
  isComing(hash: Hex): boolean {
    return this.#compactRelay.isComing(hash)
  }

  /** A further copy of a message came from `from`. */
  onDuplicate(messageId: string, from: string, at: number): void {
    const id = this.#messages.get(messageId)
    if (id !== undefined) this.#components.events.emit({ type: 'duplicate', kind: 'block', id, from, at })
  }

  /** Ends the waiting for parents and for missing transactions. */
  stop(): void {
    this.#unwatch()
    this.#unsubscribe()
    this.#stopped.abort(new Error('stopped'))
  }

  #keep(hash: Hex, compact: Uint8Array): void {
    if (compact.length <= relayDefaults.compactKeptMaxBytes) this.#kept.set(hash, compact)
  }

  async #onMessage(message: GossipMessage): Promise<Verdict> {
    const { events, intake, runtime } = this.#components
    const { from, heardAt } = message
    let announcement: Announcement
    try {
      announcement = runtime.interner.intern('announcement', message.id, () => decodeAnnouncement(message.data))
    } catch (error) {
      return this.#reject(message, error instanceof WireError ? error.code : 'bad-message')
    }
    const { kind, header, bytes } = announcement
    const { hash } = header
    this.#messages.set(message.id, hash)
    events.emit({ type: intake.hasBody(hash) ? 'duplicate' : 'heard', kind: 'block', id: hash, from, at: heardAt })
    try {
      if (!intake.isWorthHolding(header)) return 'ignore'
      const decoded = <T>(decode: (bytes: Uint8Array) => T): T =>
        runtime.interner.intern(`announced ${kind}`, message.id, () => decode(bytes))
      if (kind === 'full') return await this.#judgeFull(decoded(decodeBlock), from)
      const verdict = await this.#compactRelay.judge(decoded(decodeCompactBlock), message)
      if (verdict === 'accept') this.#keep(hash, bytes)
      return verdict
    } catch (error) {
      // Its state, or an ancestor's, failed here: a relay that has not imported it yet can't know.
      if (error instanceof LedgerError && KNOWN_INVALID.has(error.code)) return 'ignore'
      if (error instanceof LedgerError || error instanceof WireError) return this.#reject(message, error.code, hash)
      // Our own trouble (too many blocks at a time, a closing store) is not the sender's fault.
      if (!this.#stopped.signal.aborted) runtime.logger.warn('could not judge a block', { hash, error: String(error) })
      return 'ignore'
    }
  }

  #reject({ from, heardAt }: GossipMessage, code: string, hash?: Hex): Verdict {
    const id = hash === undefined ? {} : { id: hash }
    this.#components.events.emit({ type: 'rejected', kind: 'block', from, code, at: heardAt, ...id })
    return 'reject'
  }

  async #judgeFull(block: Block, from: string): Promise<Verdict> {
    const { fetchAncestors } = this.#components
    if (this.#variants.isFull(block.header, 'full')) return 'ignore'
    let outcome = await this.#offer(block, from)
    if (outcome === 'orphan' || outcome === 'future') {
      // Before it is held: garbage under the header of an orphan must not take the place of the block itself.
      if (!rootMatches(block)) throw new LedgerError('wrong-root', 'the body is not the one of its header')
      const work = outcome === 'orphan' ? () => fetchAncestors(from, block.header) : undefined
      if (!(await this.#holds.hold(from, work))) return 'ignore'
      outcome = await this.#offer(block, from)
    }
    if (outcome !== 'accept') return 'ignore'
    return this.#variants.take(block.header, 'full') ? 'accept' : 'ignore'
  }

  async #offer(block: Block, from: string): Promise<'accept' | 'ignore' | 'orphan' | 'future'> {
    const { intake } = this.#components
    const outcome = await intake.offer(block, { from, via: 'gossip', lane: 'tip' })
    switch (outcome.status) {
      case 'checked':
        this.#compactRelay.remember(block)
        return 'accept'
      case 'known':
        // It came another way before its gossip: others may want it from us.
        return outcome.same && intake.isWorthHolding(block.header) ? 'accept' : 'ignore'
      case 'full':
      case 'stale':
        return 'ignore'
      case 'orphan':
      case 'future':
        return outcome.status
    }
  }
}
