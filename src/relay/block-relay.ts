// Blocks by gossip. A block is forwarded as soon as header, seal, root and signatures hold, and imported afterwards in
// another turn of the loop: state is its producer's fault, never a relay's. Because gossipsub never shows an ignored
// message again, a block whose parent is unknown is held for a short while as the parent is asked for.
import { relayDefaults } from '../config/index.ts'
import { LedgerError } from '../ledger/index.ts'
import type { Gossip, GossipMessage, Verdict } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { type Block, BlockAnnouncement, decodeBlock, type Hex, type SealedHeader, WireError } from '../wire/index.ts'
import type { BlockIntake } from './intake.ts'
import { RecentMap } from './recent.ts'

export interface BlockRelayComponents {
  readonly gossip: Gossip
  readonly intake: BlockIntake
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Fetches the ancestors of `header` from `peer`; resolves when its parent's header is known, or it can't be. */
  readonly fetchAncestors: (peer: string, header: SealedHeader) => Promise<void>
}

/** What the ledger says of blocks that it judged before. */
const KNOWN_INVALID: ReadonlySet<string> = new Set(['invalid-block', 'invalid-parent'])

export class BlockRelay {
  readonly #components: BlockRelayComponents
  readonly #stopped = new AbortController()
  readonly #messages = new RecentMap<string, Hex>(relayDefaults.recentMessagesMax)
  /** Messages forwarded for each recent header hash. */
  readonly #variants = new RecentMap<Hex, number>(relayDefaults.recentMessagesMax)
  /** Blocks held, by the peer that sent them. */
  readonly #held = new Map<string, number>()

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

  async #onMessage(message: GossipMessage): Promise<Verdict> {
    const { events, intake, runtime } = this.#components
    const { from, heardAt } = message
    let block: Block
    try {
      block = decodeAnnouncement(message.data)
    } catch (error) {
      return this.#reject(message, error instanceof WireError ? error.code : 'bad-message')
    }
    const { hash } = block.header
    this.#messages.set(message.id, hash)
    events.emit({ type: intake.hasBody(hash) ? 'duplicate' : 'heard', kind: 'block', id: hash, from, at: heardAt })
    try {
      return this.#limitVariants(hash, await this.#judge(block, from))
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

  /**
   * A producer can seal one header in many ways; an honest one does so once. Only messages that hold count: garbage
   * under a header's hash must not use up the place of the block itself.
   */
  #limitVariants(hash: Hex, verdict: Verdict): Verdict {
    if (verdict !== 'accept') return verdict
    const variants = (this.#variants.get(hash) ?? 0) + 1
    this.#variants.set(hash, variants)
    return variants > relayDefaults.variantsMax ? 'ignore' : 'accept'
  }

  async #judge(block: Block, from: string): Promise<Verdict> {
    const first = await this.#offer(block, from)
    if (first !== 'orphan' && first !== 'future') return first
    if (!(await this.#hold(block, from, first))) return 'ignore'
    const second = await this.#offer(block, from)
    return second === 'orphan' || second === 'future' ? 'ignore' : second
  }

  async #offer(block: Block, from: string): Promise<Verdict | 'orphan' | 'future'> {
    const { intake } = this.#components
    const outcome = await intake.offer(block, { from, via: 'gossip', lane: 'tip' })
    switch (outcome.status) {
      case 'checked':
        return 'accept'
      case 'known':
        // It came another way before its gossip: others may want it from us. Old ones are replayed, not news.
        return outcome.same && block.header.height >= intake.height - relayDefaults.staleDepthMax ? 'accept' : 'ignore'
      case 'full':
        return 'ignore'
      case 'orphan':
      case 'future':
        return outcome.status
    }
  }

  /** Waits for the parent's header, or for the clock to catch up. False when it was in vain, or too many are held. */
  async #hold(block: Block, from: string, why: 'orphan' | 'future'): Promise<boolean> {
    const { runtime, fetchAncestors } = this.#components
    const ofPeer = this.#held.get(from) ?? 0
    const all = [...this.#held.values()].reduce((sum, count) => sum + count, 0)
    if (all >= relayDefaults.orphansMax || ofPeer >= relayDefaults.orphansPerPeerMax) return false
    this.#held.set(from, ofPeer + 1)
    try {
      const { signal } = this.#stopped
      if (why === 'future') await runtime.timers.sleep(relayDefaults.orphanHoldMs, signal)
      else await runtime.timers.within(relayDefaults.orphanHoldMs, () => fetchAncestors(from, block.header), signal)
      return true
    } catch {
      // Asked in vain: nobody's provable fault, and anti-entropy goes on trying.
      return false
    } finally {
      const left = (this.#held.get(from) ?? 1) - 1
      if (left === 0) this.#held.delete(from)
      else this.#held.set(from, left)
    }
  }
}

/** Throws `WireError`, or protobuf's own error. */
function decodeAnnouncement(data: Uint8Array): Block {
  const announcement = BlockAnnouncement.decode(data)
  const block = decodeBlock(announcement.full)
  // Whatever else is in the message would be forwarded with it. All encodings of these bytes are at least this long.
  if (BlockAnnouncement.encode(announcement).length !== data.length) {
    throw new WireError('not-canonical', 'not the canonical encoding of an announcement')
  }
  return block
}
