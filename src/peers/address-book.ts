// Addresses worth dialling, with what came of it. Those that led to a peer are kept apart from those somebody told us,
// so that a flood of the latter can't wash the former away (the two tables of Bitcoin's address manager, after Heilman
// et al., "Eclipse Attacks on Bitcoin's Peer-to-Peer Network", 2015). After each failure an address waits twice as long,
// and a random half more or less, so that a restarted network does not dial in step. Pure: time and chance are passed in.
import { peerDefaults } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import { isDialable, peerOf } from './address.ts'

/** `pinned`: named by the user, never forgotten. `tried`: it led to a peer. `new`: somebody told us. */
export type AddressTable = 'pinned' | 'tried' | 'new'

export interface KnownAddress {
  /** Multiaddr with its /p2p/ part. */
  readonly address: string
  readonly peer: string
  readonly table: AddressTable
  /** Who told us; of `new` ones only, and the first of those who did. */
  readonly source: string
  /** It led to a peer of this network at some time: kept across restarts, also when the user named it. */
  readonly proven: boolean
  readonly failures: number
  /** Not before this time, ms. */
  readonly nextDialAt: number
}

/** What is kept across a restart. */
export interface StoredAddresses {
  readonly tried: readonly string[]
  readonly learned: readonly (readonly [address: string, source: string])[]
}

export class AddressBook {
  readonly #byAddress = new Map<string, KnownAddress>()

  /** An address that the user named. */
  pin(address: string): void {
    const peer = peerOf(address)
    if (peer === undefined) return
    const known = this.#byAddress.get(address) ?? {
      address,
      peer,
      source: '',
      proven: false,
      failures: 0,
      nextDialAt: 0
    }
    this.#byAddress.set(address, { ...known, table: 'pinned' })
  }

  /**
   * An address that `source` told us. False when it was not news, is no address that could be dialled, or its peer has
   * enough: then it replaces one that is not among the peer's `current` ones, if they are known. At the other limits
   * whoever told most loses the one that failed most.
   */
  learn(address: string, source: string, current?: readonly string[]): boolean {
    const peer = peerOf(address)
    if (peer === undefined || address.length > peerDefaults.addressLengthMax || !isDialable(address)) return false
    if (this.#byAddress.has(address)) return false
    const ofPeer = (known: KnownAddress): boolean => known.peer === peer
    const isOver = ({ address, table }: KnownAddress): boolean =>
      table !== 'pinned' && current?.includes(address) === false
    if (this.#count(ofPeer) >= peerDefaults.addressesPerPeerMax) {
      if (!this.#forgetWorst((known) => ofPeer(known) && isOver(known))) return false
    }
    this.#byAddress.set(address, { address, peer, table: 'new', source, proven: false, failures: 0, nextDialAt: 0 })
    const ofSource = (known: KnownAddress): boolean => known.table === 'new' && known.source === source
    if (this.#count(ofSource) > peerDefaults.newPerSourceMax) this.#forgetWorst(ofSource)
    if (this.#count(isNew) > peerDefaults.newMax) this.#forgetOfLargestSource()
    return this.#byAddress.has(address)
  }

  /**
   * It led to a peer of this network. Whether it was worth it shows when the connection ends: its failures stand. At the
   * limit the tried address that failed most is forgotten.
   */
  tried(address: string): void {
    const peer = peerOf(address)
    if (peer === undefined) return
    const known = this.#byAddress.get(address)
    const { failures = 0, nextDialAt = 0 } = known ?? {}
    const table = known?.table === 'pinned' ? 'pinned' : 'tried'
    this.#byAddress.set(address, { address, peer, table, source: '', proven: true, failures, nextDialAt })
    const isTried = (each: KnownAddress): boolean => each.table === 'tried'
    if (this.#count(isTried) > peerDefaults.triedMax) this.#forgetWorst(isTried)
  }

  /** May be dialled again at once. */
  succeeded(address: string): void {
    const known = this.#byAddress.get(address)
    if (known !== undefined) this.#byAddress.set(address, { ...known, failures: 0, nextDialAt: 0 })
  }

  /** Waits; what somebody told us and failed too often is forgotten. */
  failed(address: string, now: number, random: Random): void {
    const known = this.#byAddress.get(address)
    if (known === undefined) return
    const failures = known.failures + 1
    if (known.table === 'new' && failures >= peerDefaults.newFailuresMax) {
      this.#byAddress.delete(address)
      return
    }
    const wait = Math.min(peerDefaults.backoffMaxMs, peerDefaults.backoffMs * 2 ** (failures - 1))
    this.#byAddress.set(address, { ...known, failures, nextDialAt: now + wait * (0.5 + random.next()) })
  }

  isPinned(address: string): boolean {
    return this.#byAddress.get(address)?.table === 'pinned'
  }

  /** Every address, in the order in which they came. */
  all(): KnownAddress[] {
    return [...this.#byAddress.values()]
  }

  each(): Iterable<KnownAddress> {
    return this.#byAddress.values()
  }

  get size(): number {
    return this.#byAddress.size
  }

  stored(): StoredAddresses {
    const known = this.all()
    return {
      tried: known.filter(({ proven }) => proven).map(({ address }) => address),
      learned: known.filter(isNew).map(({ address, source }) => [address, source] as const)
    }
  }

  /** Takes back what `stored` gave before the restart; what makes no sense is left out. */
  restore(value: unknown): void {
    const { tried = [], learned = [] } = Object(value) as Partial<Record<keyof StoredAddresses, unknown>>
    for (const address of Array.isArray(tried) ? tried : []) if (typeof address === 'string') this.tried(address)
    for (const pair of Array.isArray(learned) ? learned : []) {
      const [address, source] = Array.isArray(pair) ? pair : []
      if (typeof address === 'string' && typeof source === 'string') this.learn(address, source)
    }
  }

  #count(which: (known: KnownAddress) => boolean): number {
    let count = 0
    for (const known of this.#byAddress.values()) if (which(known)) count++
    return count
  }

  #forgetOfLargestSource(): void {
    const counts = new Map<string, number>()
    for (const { table, source } of this.#byAddress.values()) {
      if (table === 'new') counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    const [largest] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
    this.#forgetWorst((known) => known.table === 'new' && known.source === largest)
  }

  /** The one that failed most; of several, the one that came last. False when there is none. */
  #forgetWorst(which: (known: KnownAddress) => boolean): boolean {
    let worst: KnownAddress | undefined
    for (const known of this.#byAddress.values()) {
      if (which(known) && known.failures >= (worst?.failures ?? 0)) worst = known
    }
    return worst !== undefined && this.#byAddress.delete(worst.address)
  }
}

function isNew({ table }: KnownAddress): boolean {
  return table === 'new'
}
