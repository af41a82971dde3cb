// When transactions came to this node: what its next block should carry whole, because peers may not have it yet.
import { relayDefaults } from '../config/index.ts'
import type { MempoolWatcher } from '../ledger/index.ts'
import { type Clock, RecentMap } from '../runtime/index.ts'
import { type Block, type Hex, SHORT_ID_BYTES, type Transaction } from '../wire/index.ts'

interface Arrival {
  readonly at: number
  readonly own: boolean
}

export class Arrivals implements MempoolWatcher {
  readonly #clock: Clock
  readonly #recent = new RecentMap<Hex, Arrival>(relayDefaults.arrivalsMax)
  #latest: Arrival = { at: 0, own: false }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The mempool took a transaction. */
  readonly added = ({ id }: Transaction): void => {
    const at = this.#clock.now()
    // Many come at the same moment: one object for all of them.
    if (this.#latest.at !== at) this.#latest = { at, own: false }
    this.#recent.set(id, this.#latest)
  }

  /** One of this node's own users: nobody else has spread it before. */
  own(id: Hex): void {
    this.#recent.set(id, { at: this.#recent.get(id)?.at ?? this.#clock.now(), own: true })
  }

  /** Indexes of the transactions to send whole with this block: the newest, in bounded bytes. */
  toPrefill({ transactions }: Pick<Block, 'transactions'>): Set<number> {
    const now = this.#clock.now()
    const fresh: { index: number; bytes: number; at: number }[] = []
    for (const [index, { id, bytes }] of transactions.entries()) {
      const arrival = this.#recent.get(id)
      if (arrival === undefined) continue
      const limitMs = arrival.own ? relayDefaults.prefillOwnMs : relayDefaults.prefillRecentMs
      if (now - arrival.at < limitMs) fresh.push({ index, bytes: bytes.length, at: arrival.at })
    }
    fresh.sort((a, b) => b.at - a.at || a.index - b.index)
    let room = Math.max(relayDefaults.prefillBytes, transactions.length * SHORT_ID_BYTES)
    const chosen = new Set<number>()
    for (const { index, bytes } of fresh) {
      if (bytes > room) continue
      room -= bytes
      chosen.add(index)
    }
    return chosen
  }
}
