// Who waits for a verdict, and how much of it. A message enters gossipsub's seen cache before it is judged, so what is
// turned away here never comes back by gossip: the bounds are wide, and one peer can fill only a quarter of them.

export interface VerdictBounds {
  readonly messagesMax: number
  readonly bytesMax: number
}

const PEER_SHARE = 4

interface Load {
  messages: number
  bytes: number
}

export class PendingVerdicts {
  readonly #bounds: VerdictBounds
  readonly #total: Load = { messages: 0, bytes: 0 }
  /** Only peers with something pending have an entry. */
  readonly #byPeer = new Map<string, Load>()

  constructor(bounds: VerdictBounds) {
    this.#bounds = bounds
  }

  /** Messages that wait now. */
  get load(): Readonly<Load> {
    return { ...this.#total }
  }

  /** Counts a message in, unless a bound would be passed. */
  enter(peer: string, bytes: number): boolean {
    const { messagesMax, bytesMax } = this.#bounds
    const load = this.#byPeer.get(peer) ?? { messages: 0, bytes: 0 }
    if (this.#total.messages >= messagesMax || this.#total.bytes + bytes > bytesMax) return false
    if (load.messages >= messagesMax / PEER_SHARE || load.bytes + bytes > bytesMax / PEER_SHARE) return false
    add(load, 1, bytes)
    add(this.#total, 1, bytes)
    this.#byPeer.set(peer, load)
    return true
  }

  leave(peer: string, bytes: number): void {
    const load = this.#byPeer.get(peer)
    if (load === undefined) return
    add(load, -1, -bytes)
    add(this.#total, -1, -bytes)
    if (load.messages === 0) this.#byPeer.delete(peer)
  }
}

function add(load: Load, messages: number, bytes: number): void {
  load.messages += messages
  load.bytes += bytes
}
