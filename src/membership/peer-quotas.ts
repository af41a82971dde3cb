// What one peer may draw from a node's table, and what it is asked for: a digest of a few bytes may name many, and what it
// says is there may be invented. A connection that ends gives nothing back. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { News } from './exchange.ts'

const { allowanceBytesPerRound, allowanceMaxBytes, allowancesMax, requestedPerPeerMax, requestWaitMs } =
  MEMBERSHIP_LIMITS

interface Wanted {
  readonly generation: number
  readonly version: number
  /** When it was asked for, ms since the epoch. */
  readonly at: number
}

export class PeerQuotas {
  /**
   * Records asked for in this round, by peer and id: not asked for again at once. Bounded by the connections of a round,
   * each with `requestedPerPeerMax`.
   */
  readonly #requested = new Map<string, Map<string, Wanted>>()
  /**
   * The first request in this round for the version of each id that was asked for last, to whomever. The first: several
   * who don't answer one after the other delay a record for no longer than one of them. Of one id, and not of each peer: a
   * flood of digests must not cost a look at every peer.
   */
  readonly #first = new Map<string, Wanted>()
  /** Peers whose `complete` was answered in this round. Bounded by its connections. */
  readonly #completed = new Set<string>()
  /** Bytes of records that a peer's digests may still draw, if that is not all. At most `allowancesMax`. */
  readonly #allowances = new Map<string, number>()

  newRound(): void {
    this.#requested.clear()
    this.#first.clear()
    this.#completed.clear()
    for (const peer of [...this.#allowances.keys()]) this.spend(peer, -allowanceBytesPerRound)
  }

  /** Whether this peer may be asked for a record now. Others are asked soon, too. */
  mayRequest(peer: string, { id, generation, version }: News, now: number): boolean {
    const ofPeer = this.#requested.get(peer)
    const before = ofPeer?.get(id)
    if (before === undefined && ofPeer !== undefined && ofPeer.size >= requestedPerPeerMax) return false
    if (before !== undefined && !isAfter(generation, version, before)) return false
    const first = this.#first.get(id)
    return first === undefined || !isEqual(generation, version, first) || now - first.at >= requestWaitMs
  }

  /** Notes that this peer is asked for a record, if it may be. */
  request(peer: string, news: News, now: number): boolean {
    if (!this.mayRequest(peer, news, now)) return false
    const { id, generation, version } = news
    const ofPeer = this.#requested.get(peer) ?? new Map<string, Wanted>()
    const wanted = { generation, version, at: now }
    this.#requested.set(peer, ofPeer.set(id, wanted))
    const first = this.#first.get(id)
    if (first === undefined || !isEqual(generation, version, first)) this.#first.set(id, wanted)
    return true
  }

  /** Whether the peer is told of everybody that it does not name: once in a round. */
  complete(peer: string): boolean {
    if (this.#completed.has(peer)) return false
    this.#completed.add(peer)
    return true
  }

  /** Bytes of records that the peer's digest may draw now. */
  allowance(peer: string): number {
    return this.#allowances.get(peer) ?? allowanceMaxBytes
  }

  spend(peer: string, bytes: number): void {
    const left = this.allowance(peer) - bytes
    this.#allowances.delete(peer)
    if (left >= allowanceMaxBytes) return
    this.#allowances.set(peer, left)
    if (this.#allowances.size <= allowancesMax) return
    const oldest = this.#allowances.keys().next().value
    if (oldest !== undefined) this.#allowances.delete(oldest)
  }
}

const isAfter = (generation: number, version: number, before: Wanted): boolean =>
  generation === before.generation ? version > before.version : generation > before.generation

const isEqual = (generation: number, version: number, before: Wanted): boolean =>
  generation === before.generation && version === before.version
