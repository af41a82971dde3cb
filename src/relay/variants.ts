// How many different messages of one header were accepted. A producer can seal and sign one block in many ways; an
// honest one does so once. Anybody who has a block can send it whole: that takes the first place or none, or everyone
// would carry each compact block whole besides. Only what was accepted counts: neither garbage under a header's hash, nor
// what failed for reasons of ours, must use up a place.
import { relayDefaults } from '../config/index.ts'
import { RecentMap } from '../runtime/index.ts'
import type { Hex } from '../wire/index.ts'
import type { Announcement } from './announcement.ts'

export class Variants {
  readonly #taken = new RecentMap<Hex, number>(relayDefaults.recentMessagesMax)

  /** Whether there is no place left for a message of this header. */
  isFull(hash: Hex, kind: Announcement['kind']): boolean {
    return (this.#taken.get(hash) ?? 0) >= (kind === 'full' ? 1 : relayDefaults.variantsMax)
  }

  /** Takes a place; false when there is none. */
  take(hash: Hex, kind: Announcement['kind']): boolean {
    if (this.isFull(hash, kind)) return false
    this.#taken.set(hash, (this.#taken.get(hash) ?? 0) + 1)
    return true
  }
}
