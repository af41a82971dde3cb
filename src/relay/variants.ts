// How many different messages of one header were accepted. A producer can seal and sign one block in many ways; an
// honest one does so once. Only what was accepted counts: neither garbage under a header's hash, nor what failed for
// reasons of ours, must use up a place.
import { relayDefaults } from '../config/index.ts'
import { RecentMap } from '../runtime/index.ts'
import type { Hex } from '../wire/index.ts'

export class Variants {
  readonly #taken = new RecentMap<Hex, number>(relayDefaults.recentMessagesMax)

  /** Whether all places of this header are taken. */
  isFull(hash: Hex): boolean {
    return (this.#taken.get(hash) ?? 0) >= relayDefaults.variantsMax
  }

  /** Takes a place; false when there is none. */
  take(hash: Hex): boolean {
    if (this.isFull(hash)) return false
    this.#taken.set(hash, (this.#taken.get(hash) ?? 0) + 1)
    return true
  }
}
