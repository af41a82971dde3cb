// What each connected peer said of its chain last. Whoever watches is told of a tip that was shown unasked.
import type { Host } from '../network/index.ts'
import type { ChainTip } from '../sync/index.ts'

export class PeerTips {
  readonly #tips = new Map<string, ChainTip>()
  #onShown: (peer: string, tip: ChainTip) => void = () => {}

  constructor(host: Host) {
    host.subscribe({ disconnected: (peer) => void this.#tips.delete(peer) })
  }

  of(peer: string): ChainTip | undefined {
    return this.#tips.get(peer)
  }

  /** A peer answered with its tip. */
  record(peer: string, tip: ChainTip): void {
    this.#tips.set(peer, tip)
  }

  /** A peer's question or greeting showed its tip. */
  show(peer: string, tip: ChainTip): void {
    this.record(peer, tip)
    this.#onShown(peer, tip)
  }

  /** One watcher, set before the start. */
  onShown(watcher: (peer: string, tip: ChainTip) => void): void {
    this.#onShown = watcher
  }
}
