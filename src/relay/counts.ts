// Places that are few, and fewer for one peer, so that no peer alone can take them all.

export class Counts {
  readonly #max: number
  readonly #perPeerMax: number
  readonly #byPeer = new Map<string, number>()
  #total = 0

  constructor(max: number, perPeerMax: number) {
    this.#max = max
    this.#perPeerMax = perPeerMax
  }

  /** Takes a place for a peer; false when there is none. */
  take(peer: string): boolean {
    const ofPeer = this.#byPeer.get(peer) ?? 0
    if (this.#total >= this.#max || ofPeer >= this.#perPeerMax) return false
    this.#byPeer.set(peer, ofPeer + 1)
    this.#total++
    return true
  }

  /** Gives back a place that was taken. */
  leave(peer: string): void {
    this.#total--
    const left = (this.#byPeer.get(peer) ?? 1) - 1
    if (left === 0) this.#byPeer.delete(peer)
    else this.#byPeer.set(peer, left)
  }
}
