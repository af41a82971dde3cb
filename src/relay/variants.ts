// How much of what is good was accepted. A producer can seal and sign one block in many ways, and a sealer can fill one
// slot with many blocks; an honest one does either once. Anybody who has a block can send it whole: that takes the first
// place or none, or everyone would carry each compact block whole besides. Only what was accepted counts: neither garbage
// under a header's hash, nor what failed for reasons of ours, must use up a place.
import { relayDefaults } from '../config/index.ts'
import type { Consensus } from '../ledger/index.ts'
import { RecentMap } from '../runtime/index.ts'
import type { Hex, SealedHeader } from '../wire/index.ts'
import type { Announcement } from './announcement.ts'

export class Variants {
  readonly #consensus: Pick<Consensus, 'slotOf'>
  /** Messages of each header. */
  readonly #messages = new RecentMap<Hex, number>(relayDefaults.recentMessagesMax)
  /** Blocks of each sealer and slot. */
  readonly #blocks = new RecentMap<string, Set<Hex>>(relayDefaults.recentMessagesMax)

  constructor(consensus: Pick<Consensus, 'slotOf'>) {
    this.#consensus = consensus
  }

  /** Whether there is no place left for a message of this header. */
  isFull(header: SealedHeader, kind: Announcement['kind']): boolean {
    const { hash } = header
    if ((this.#messages.get(hash) ?? 0) >= (kind === 'full' ? 1 : relayDefaults.variantsMax)) return true
    const blocks = this.#blocks.get(this.#turnOf(header) ?? '')
    return blocks !== undefined && !blocks.has(hash) && blocks.size >= relayDefaults.blocksPerTurnMax
  }

  /** Takes a place; false when there is none. */
  take(header: SealedHeader, kind: Announcement['kind']): boolean {
    if (this.isFull(header, kind)) return false
    const { hash } = header
    this.#messages.set(hash, (this.#messages.get(hash) ?? 0) + 1)
    const turn = this.#turnOf(header)
    if (turn !== undefined) this.#blocks.set(turn, (this.#blocks.get(turn) ?? new Set()).add(hash))
    return true
  }

  #turnOf({ time, producer }: SealedHeader): string | undefined {
    const slot = this.#consensus.slotOf?.(time)
    return slot === undefined ? undefined : `${slot} ${producer}`
  }
}
