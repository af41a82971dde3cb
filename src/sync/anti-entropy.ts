// Anti-entropy (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", 1987, section 1.3): each
// interval every node compares digests with random peers: chain tips, and between equal tips the mempools. Whoever is
// behind fetches what it lacks, and nothing else. Gossip may fail; this is what makes the network converge anyway. Where
// there is no gossip, these rounds are how items spread: the rumour of the same paper, push and pull at once.
import type { Chain } from '../ledger/index.ts'
import type { Requests } from '../network/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'
import type { EventEmitter, SyncRoundEvent } from '../trace/index.ts'
import type { DigestAnswer } from '../wire/index.ts'
import type { CatchUpResult } from './catch-up.ts'
import type { ChainFetcher } from './fetcher.ts'
import type { MempoolRound } from './mempool-round.ts'
import type { MempoolDigest, MempoolSync } from './mempool-sync.ts'
import { digestProtocol } from './protocols.ts'
import { type ChainTip, compareTips, decodeTip, encodeTip, summarizeTip, tipOf } from './tip.ts'

export interface AntiEntropyComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly fetcher: ChainFetcher
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Peers that passed the hello. */
  readonly peers: () => readonly string[]
  /** Peers that blocks are gossiped with: others are asked first, for they may know what gossip did not bring. */
  readonly meshPeers: () => readonly string[]
  readonly mempools: MempoolSync
  /** Told what each round's peer says of its chain. */
  readonly onTip: (peer: string, tip: ChainTip) => void
}

export interface AntiEntropyInit {
  readonly intervalMs: number
  /** Share of the interval by which each wait varies. */
  readonly jitter: number
  /** Peers asked each time. */
  readonly fanout: number
  /** Nothing else brings items: what comes counts as spread, and whoever was behind compares mempools when it is not. */
  readonly spreads: boolean
}

export class AntiEntropy {
  readonly #components: AntiEntropyComponents
  readonly #init: AntiEntropyInit
  readonly #stopped = new AbortController()
  /** Peers with a round under way: one that is slow to serve does not keep the next round from another. */
  readonly #rounds = new Set<string>()
  #timer: TimerHandle | undefined

  constructor(components: AntiEntropyComponents, init: AntiEntropyInit) {
    this.#components = components
    this.#init = init
  }

  start(): void {
    const { runtime } = this.#components
    const { intervalMs, jitter } = this.#init
    const wait = intervalMs * (1 + jitter * (2 * runtime.random.next() - 1))
    this.#timer = runtime.timers.after(wait, () => {
      this.#tick()
      this.start()
    })
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'))
    this.#timer?.cancel()
  }

  /** A peer's digest or hello showed its tip: fetch when it is better than ours. */
  onPeerTip(peer: string, tip: ChainTip): void {
    const { chain, fetcher } = this.#components
    if (this.#stopped.signal.aborted || compareTips(tipOf(chain.head), tip) >= 0) return
    // A failure is the fetcher's to remember; the next round, perhaps with another peer, tries again.
    const { done } = fetcher.catchUp(peer, tip, this.#via)
    if (this.#init.spreads) done.then(() => this.#followUp(peer, tip)).catch(() => {})
  }

  /** A round with this peer now, unless one is under way: two at once would spoil each other's. */
  compareWith(peer: string): void {
    if (this.#stopped.signal.aborted || this.#rounds.has(peer)) return
    this.#rounds.add(peer)
    void this.#round(peer).finally(() => this.#rounds.delete(peer))
  }

  /** Never rejects: a failure is part of the record. */
  async #round(peer: string): Promise<void> {
    const { chain, requests, fetcher, mempools, runtime, events, onTip } = this.#components
    const startedAt = runtime.clock.now()
    let ours = tipOf(chain.head)
    let first: ChainTip | undefined
    let theirs: ChainTip = ours
    let fetched: CatchUpResult = { headers: 0, blocks: 0, bytes: 0 }
    let mempool: MempoolRound | undefined
    let outcome: SyncRoundEvent['outcome'] = 'failed'
    let code: string | undefined
    try {
      const { signal } = this.#stopped
      const exchange = async (digest: MempoolDigest): Promise<DigestAnswer | undefined> => {
        // Making the cells took a while: the tip is the one that goes with them.
        ours = tipOf(chain.head)
        first ??= ours
        const answer = await requests.call(peer, digestProtocol, { tip: encodeTip(ours), ...digest }, signal)
        theirs = decodeTip(answer.tip)
        onTip(peer, theirs)
        return compareTips(ours, theirs) === 0 ? answer : undefined
      }
      mempool = await mempools.round(peer, exchange, signal)
      const order = compareTips(ours, theirs)
      if (order < 0) {
        fetched = await fetcher.catchUp(peer, theirs, this.#via).done
        ours = tipOf(chain.head)
        if (this.#init.spreads && ours.hash === theirs.hash) mempool = await mempools.round(peer, exchange, signal)
      }
      outcome = order === 0 ? 'equal' : order > 0 ? 'ahead' : 'behind'
    } catch (error) {
      outcome = 'failed'
      code = errorCode(error)
    }
    const at = runtime.clock.now()
    const event: SyncRoundEvent = {
      type: 'sync',
      at,
      peer,
      ours: summarizeTip(first ?? ours),
      theirs: summarizeTip(theirs),
      blocksFetched: fetched.blocks,
      transactionsFetched: mempool?.fetched ?? 0,
      transactionsSent: mempool?.sent ?? 0,
      transactionsDiffer: mempool?.differ ?? null,
      bytes: fetched.bytes + (mempool?.bytes ?? 0),
      durationMs: at - startedAt,
      outcome,
      ...(code === undefined ? {} : { code })
    }
    if (!this.#stopped.signal.aborted) events.emit(event)
  }

  get #via(): 'gossip' | 'repair' {
    return this.#init.spreads ? 'gossip' : 'repair'
  }

  /** The peer's round showed that we were behind, so it compared no mempools: that is ours to do now. */
  #followUp(peer: string, tip: ChainTip): void {
    const { chain } = this.#components
    if (chain.head.hash === tip.hash) this.compareWith(peer)
  }

  #tick(): void {
    const { runtime, peers, meshPeers } = this.#components
    const mesh = new Set(meshPeers())
    const free = runtime.random.shuffle(peers().filter((peer) => !this.#rounds.has(peer)))
    const outside = free.filter((peer) => !mesh.has(peer))
    for (const peer of [...outside, ...free.filter((each) => mesh.has(each))].slice(0, this.#init.fanout)) {
      this.compareWith(peer)
    }
  }
}

/** The `code` of an error, for records and labels. */
function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'unknown'
}
