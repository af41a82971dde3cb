// Blocks that can't be judged yet are held for a short while. Gossip never shows an ignored message again, so waiting is
// the only way to forward one later. Few at a time, and fewer of one peer.
import { relayDefaults } from '../config/index.ts'
import type { Timers } from '../runtime/index.ts'
import { Counts } from './counts.ts'

export class Holds {
  readonly #timers: Timers
  readonly #stopped: AbortSignal
  readonly #places = new Counts(relayDefaults.orphansMax, relayDefaults.orphansPerPeerMax)

  constructor(timers: Timers, stopped: AbortSignal) {
    this.#timers = timers
    this.#stopped = stopped
  }

  /** Waits for `work`, but no longer than may be: then look again. False when too many are held, or all is over. */
  async hold(from: string, work?: () => Promise<void>): Promise<boolean> {
    if (!this.#places.take(from)) return false
    try {
      if (work === undefined) await this.#timers.sleep(relayDefaults.orphanHoldMs, this.#stopped)
      else await this.#timers.within(relayDefaults.orphanHoldMs, work, this.#stopped)
      return true
    } catch {
      // In vain, which is nobody's provable fault. What it waited for may have come another way.
      return !this.#stopped.aborted
    } finally {
      this.#places.leave(from)
    }
  }
}
