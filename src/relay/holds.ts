// Blocks that can't be judged yet are held for a short while. Gossip never shows an ignored message again, so waiting is
// the only way to forward one later. Few at a time, and fewer of one peer.
import { relayDefaults } from '../config/index.ts'
import type { Timers } from '../runtime/index.ts'

export class Holds {
  readonly #timers: Timers
  readonly #stopped: AbortSignal
  readonly #byPeer = new Map<string, number>()
  #total = 0

  constructor(timers: Timers, stopped: AbortSignal) {
    this.#timers = timers
    this.#stopped = stopped
  }

  /** Waits for `work`, or just as long as may be. False when it was in vain, or too many are held. */
  async hold(from: string, work?: () => Promise<void>): Promise<boolean> {
    const ofPeer = this.#byPeer.get(from) ?? 0
    if (this.#total >= relayDefaults.orphansMax || ofPeer >= relayDefaults.orphansPerPeerMax) return false
    this.#byPeer.set(from, ofPeer + 1)
    this.#total++
    try {
      if (work === undefined) await this.#timers.sleep(relayDefaults.orphanHoldMs, this.#stopped)
      else await this.#timers.within(relayDefaults.orphanHoldMs, work, this.#stopped)
      return true
    } catch {
      // In vain: nobody's provable fault, and anti-entropy goes on trying.
      return false
    } finally {
      this.#total--
      const left = (this.#byPeer.get(from) ?? 1) - 1
      if (left === 0) this.#byPeer.delete(from)
      else this.#byPeer.set(from, left)
    }
  }
}
