// Blocks by gossip. A block is forwarded as soon as header, seal, root and signatures hold, and imported afterwards in
// another turn of the loop: state is its producer's fault, never a relay's. Because gossipsub never shows an ignored
// message again, a block whose parent is unknown is held for a short while as the parent is asked for.
import { relayDefaults } from '../config/index.ts'
import { LedgerError } from '../ledger/index.ts'
import type { Gossip, GossipMessage, Verdict } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { type Block, BlockAnnouncement, decodeBlock, type Hex, type SealedHeader, WireError } from '../wire/index.ts'
import type { BlockIntake, OfferOutcome } from './intake.ts'
import { RecentMap } from './recent.ts'

export interface BlockRelayComponents {
  readonly gossip: Gossip
  readonly intake: BlockIntake
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Fetches the ancestors of `header` from `peer`; resolves when its parent's header is known, or it can't be. */
  readonly fetchAncestors: (peer: string, header: SealedHeader, signal: AbortSignal) => Promise<void>
}

/** What the ledger says of blocks that it judged before. */
const KNOWN_INVALID: ReadonlySet<string> = new Set(['invalid-block', 'invalid-parent'])

export class BlockRelay {
  readonly #components: BlockRelayComponents
  readonly #stopped = new AbortController()
  readonly #messages = new RecentMap<string, Hex>(relayDefaults.recentMessagesMax)
  /** Messages seen for each recent header hash. */
  readonly #variants = new RecentMap<Hex, number>(relayDefaults.recentMessagesMax)
  #held = 0

  constructor(components: BlockRelayComponents) {
    this.#components = components
    components.gossip.onMessage('block', (message) => this.#onMessage(message))
  }

  /** Announces a block that this node holds. */
  async announce(block: Block): Promise<void> {
    const message = BlockAnnouncement.encode({ full: block.bytes as Uint8Array<ArrayBuffer> })
    const { id } = await this.#components.gossip.publish('block', message)
    this.#messages.set(id, block.header.hash)
  }

  /** A further copy of a message came from `from`. */
  onDuplicate(messageId: string, from: string, at: number): void {
    const id = this.#messages.get(messageId)
    if (id !== undefined) this.#components.events.emit({ type: 'duplicate', kind: 'block', id, from, at })
  }

  /** Ends the waiting for parents. */
  stop(): void {
    this.#stopped.abort(new Error('stopped'))
  }

  async #onMessage({ data, from, heardAt, id }: GossipMessage): Promise<Verdict> {
    const { events, intake, runtime } = this.#components
    const reject = (code: string, hash?: Hex): Verdict => {
      events.emit({
        type: 'rejected',
        kind: 'block',
        from,
        code,
        at: heardAt,
        ...(hash === undefined ? {} : { id: hash })
      })
      return 'reject'
    }
    let block: Block
    try {
      block = decodeBlock(BlockAnnouncement.decode(data).full)
    } catch (error) {
      return reject(error instanceof WireError ? error.code : 'bad-message')
    }
    const { hash } = block.header
    this.#messages.set(id, hash)
    const variants = (this.#variants.get(hash) ?? 0) + 1
    this.#variants.set(hash, variants)
    events.emit({ type: intake.hasBody(hash) ? 'duplicate' : 'heard', kind: 'block', id: hash, from, at: heardAt })
    if (variants > relayDefaults.variantsMax) return 'ignore'
    try {
      return await this.#judge(block, from)
    } catch (error) {
      // Its state, or an ancestor's, failed here: a relay that has not imported it yet can't know.
      if (error instanceof LedgerError && KNOWN_INVALID.has(error.code)) return 'ignore'
      if (error instanceof LedgerError || error instanceof WireError) return reject(error.code, hash)
      // Our own failure (a closing store, say) is not the sender's fault.
      if (!this.#stopped.signal.aborted) runtime.logger.error('could not judge a block', { hash, error: String(error) })
      return 'ignore'
    }
  }

  async #judge(block: Block, from: string): Promise<Verdict> {
    const { intake } = this.#components
    const source = { from, via: 'gossip', lane: 'tip' } as const
    const outcome = await intake.offer(block, source)
    if (outcome.status !== 'orphan') return verdictOf(outcome)
    if (!(await this.#fetchParent(block, from))) return 'ignore'
    return verdictOf(await intake.offer(block, source))
  }

  /** True when the parent's header became known in time. */
  async #fetchParent(block: Block, from: string): Promise<boolean> {
    const { runtime, fetchAncestors } = this.#components
    if (this.#held >= relayDefaults.orphansMax) return false
    this.#held++
    try {
      await runtime.timers.within(
        relayDefaults.orphanHoldMs,
        (signal) => fetchAncestors(from, block.header, signal),
        this.#stopped.signal
      )
      return true
    } catch {
      // Asked in vain: nobody's provable fault, and anti-entropy goes on trying.
      return false
    } finally {
      this.#held--
    }
  }
}

function verdictOf(outcome: OfferOutcome): Verdict {
  // A known block came another way before its gossip; it was valid, so others may want it from us.
  return outcome.status === 'checked' || outcome.status === 'known' ? 'accept' : 'ignore'
}
