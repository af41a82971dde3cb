// Who has how much of something bounded under way. What is turned away by gossip never comes back by gossip, so one
// peer can't use up everyone's room.

const SHARE = 4

export class Shares {
  readonly #max: number
  /** Only peers with something under way have an entry. */
  readonly #byPeer = new Map<string, number>()
  #total = 0

  /** `max`: of all peers together; one may have a quarter. */
  constructor(max: number) {
    this.#max = max
  }

  get total(): number {
    return this.#total
  }

  /** Counts in, unless a bound would be passed. */
  enter(peer: string, count: number): boolean {
    const held = this.#byPeer.get(peer) ?? 0
    if (this.#total + count > this.#max || held + count > this.#max / SHARE) return false
    this.#total += count
    this.#byPeer.set(peer, held + count)
    return true
  }

  /** Counts out what has entered. */
  leave(peer: string, count: number): void {
    const left = (this.#byPeer.get(peer) ?? 0) - count
    this.#total -= count
    if (left > 0) this.#byPeer.set(peer, left)
    else this.#byPeer.delete(peer)
  }
}
