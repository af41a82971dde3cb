// Comparing mempools: the set, the answering side and the asking side put together, and what is known of each peer.
import { reconcileDefaults } from '../config/index.ts'
import type { SipKey } from '../crypto/index.ts'
import type { Requests } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  type CellsAnswer,
  type CellsRequest,
  type Digest,
  type DigestAnswer,
  type TransactionsAnswer,
  type TransactionsRequest,
  WireError
} from '../wire/index.ts'
import { type MempoolRound, settleMempools, type Take } from './mempool-round.ts'
import { COMPARISON } from './mempool-messages.ts'
import { MempoolServer } from './mempool-server.ts'
import { type MempoolSet, pairKey } from './mempool-set.ts'

export interface MempoolSyncComponents {
  /** Our own peer id. */
  readonly self: string
  readonly set: MempoolSet
  readonly requests: Requests
  readonly runtime: Runtime
  readonly take: Take
  /** Both halves of the reconciliation key with a peer; undefined before its hello. */
  readonly saltsWith: (peer: string) => { readonly ours: Uint8Array; readonly theirs: Uint8Array } | undefined
  /** A peer's answer was none. */
  readonly onOffence: (peer: string, code: string) => void
}

/** The digest's part about the mempool. */
export type MempoolDigest = Pick<Digest, 'minFee' | 'cells'>

export class MempoolSync {
  readonly #components: MempoolSyncComponents
  readonly #server: MempoolServer
  /** What peers ask for a transaction, as they answered. What they put into a digest may be what they heard of us. */
  readonly #minFees = new Map<string, number>()
  /** Rounds of ours under way: with the digest out, or past it. */
  readonly #rounds = new Map<string, 'digest' | 'settling'>()
  /** Before this, mempools are not worth comparing again. */
  #restUntil = 0

  constructor(components: MempoolSyncComponents) {
    this.#components = components
    const { set, runtime, take } = components
    this.#server = new MempoolServer({ set, runtime, take, keyOf: (peer) => this.#keyOf(peer) })
  }

  stop(): void {
    this.#components.set.stop()
  }

  /** The chain moved: what was not wanted may be, on either side. */
  onHead(): void {
    this.#components.set.onHead()
    this.#server.onHead()
  }

  onDisconnected(peer: string): void {
    this.#minFees.delete(peer)
    this.#components.set.onDisconnected(peer)
    this.#server.onDisconnected(peer)
  }

  /**
   * Compares mempools in one round: `exchange` sends the digest and gives the answer, or undefined when nothing is to be
   * compared. Undefined when it was not. Rejects as requests do.
   */
  async round(
    peer: string,
    exchange: (digest: MempoolDigest) => Promise<DigestAnswer | undefined>,
    signal: AbortSignal
  ): Promise<MempoolRound | undefined> {
    this.#rounds.set(peer, 'digest')
    try {
      const digest = await this.#digest(peer)
      const answer = await exchange(digest)
      this.#rounds.set(peer, 'settling')
      if (answer === undefined) return undefined
      const round = await this.#settle(peer, digest, answer, signal)
      if (round !== undefined && answer.mempool !== COMPARISON.equal) this.#rest(round)
      return round
    } finally {
      this.#rounds.delete(peer)
    }
  }

  /** Our part of the answer to a digest; `sameTip`: only between equal tips are mempools views of one thing. */
  async answer(request: Digest, peer: string, sameTip: boolean): Promise<Omit<DigestAnswer, 'tip'>> {
    const { set } = this.#components
    const none = { mempool: COMPARISON.none, transactions: [], wanted: new Uint8Array(), estimator: new Uint8Array() }
    const compared = sameTip && !this.#isOurs(peer) ? await this.#server.compare(request, peer) : none
    return { ...compared, minFee: BigInt(set.minFee) }
  }

  cells(request: CellsRequest, peer: string): Promise<CellsAnswer> {
    return this.#server.cells(request, peer)
  }

  transactions(request: TransactionsRequest, peer: string): Promise<TransactionsAnswer> {
    return this.#server.transactions(request, peer)
  }

  /** A round of ours goes first: it is past its digest, or both began at once and ours is the lower peer id. */
  #isOurs(peer: string): boolean {
    const ours = this.#rounds.get(peer)
    return ours === 'settling' || (ours === 'digest' && this.#components.self < peer)
  }

  /**
   * Where much is on its way by gossip, no two mempools are ever equal, and each comparison hashes all of both to find
   * what comes anyway. One that moved little of it is followed by a rest in proportion.
   */
  #rest({ differ, fetched, sent }: MempoolRound): void {
    const { set, runtime } = this.#components
    // Without gossip nothing comes anyway.
    const { restPerIdMs, restMaxMs, movedShareMin } = reconcileDefaults
    if (set.settleMs === 0 || differ === null || fetched + sent >= movedShareMin * set.size) return
    this.#restUntil = runtime.clock.now() + Math.min(restMaxMs, restPerIdMs * set.size)
  }

  /** The first cells of what both sides would take; none while we answer a round of the peer's, or rest. */
  async #digest(peer: string): Promise<MempoolDigest> {
    const { set, runtime } = this.#components
    const key = this.#keyOf(peer)
    const isResting = runtime.clock.now() < this.#restUntil
    if (key === undefined || isResting || this.#server.isSettling(peer)) return { minFee: 0n, cells: new Uint8Array() }
    const minFee = Math.max(set.minFee, this.#minFees.get(peer) ?? 0)
    const cells = await set.firstCells(peer, key, minFee, reconcileDefaults.firstCells)
    return { minFee: BigInt(minFee), cells: cells.encode() as Uint8Array<ArrayBuffer> }
  }

  async #settle(
    peer: string,
    digest: MempoolDigest,
    answer: DigestAnswer,
    signal: AbortSignal
  ): Promise<MempoolRound | undefined> {
    const { set, requests, take, onOffence, runtime } = this.#components
    this.#minFees.set(peer, safe(answer.minFee))
    const key = this.#keyOf(peer)
    if (key === undefined) return undefined
    try {
      const pair = { peer, key, minFee: Number(digest.minFee) }
      return await runtime.timers.within(
        reconcileDefaults.settlingMs,
        (limit) => settleMempools(answer, { ...pair, signal: limit }, { set, requests, take }),
        signal
      )
    } catch (error) {
      if (error instanceof WireError) onOffence(peer, error.code)
      throw error
    }
  }

  #keyOf(peer: string): SipKey | undefined {
    const salts = this.#components.saltsWith(peer)
    return salts === undefined ? undefined : pairKey(salts.ours, salts.theirs)
  }
}

/** A fee that is one: peers may send any 64 bits. */
function safe(minFee: bigint): number {
  return Number(minFee > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : minFee)
}
