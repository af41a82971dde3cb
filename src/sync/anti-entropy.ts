// Anti-entropy (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", 1987, section 1.3): each
// interval every node compares chain-tip digests with a random peer; whoever is behind fetches what it lacks. Gossip
// may fail; this is what makes the network converge anyway.
import type { Chain } from '../ledger/index.ts'
import type { Requests } from '../network/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'
import type { EventEmitter, SyncRoundEvent } from '../trace/index.ts'
import { type ChainFetcher, NOTHING_FETCHED } from './fetcher.ts'
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
  /** Told what each round's peer says of its chain. */
  readonly onTip: (peer: string, tip: ChainTip) => void
  /** The block's body is here. */
  readonly hasBody: (hash: string) => boolean
}

export interface AntiEntropyInit {
  readonly intervalMs: number
  /** Share of the interval by which each wait varies. */
  readonly jitter: number
}

export class AntiEntropy {
  readonly #components: AntiEntropyComponents
  readonly #init: AntiEntropyInit
  readonly #stopped = new AbortController()
  #timer: TimerHandle | undefined

  constructor(components: AntiEntropyComponents, init: AntiEntropyInit) {
    this.#components = components
    this.#init = init
  }

  start(): void {
    this.#schedule()
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'))
    this.#timer?.cancel()
  }

  /** A peer's digest or hello showed its tip: fetch when it is better than ours. */
  onPeerTip(peer: string, tip: ChainTip): void {
    if (this.#stopped.signal.aborted || !this.#isBehind(tip)) return
    this.#components.fetcher.catchUp(peer, tip, 'repair', this.#stopped.signal).catch(() => {
      // The next round, perhaps with another peer, tries again.
    })
  }

  /** One round with one peer. Never rejects: a failure is part of the record. */
  async round(peer: string): Promise<SyncRoundEvent> {
    const { chain, requests, fetcher, runtime, events } = this.#components
    const startedAt = runtime.clock.now()
    const ours = tipOf(chain.head)
    let theirs: ChainTip = ours
    let fetched = NOTHING_FETCHED
    let outcome: SyncRoundEvent['outcome'] = 'failed'
    let code: string | undefined
    try {
      const answer = await requests.call(peer, digestProtocol, { tip: encodeTip(ours) }, this.#stopped.signal)
      theirs = decodeTip(answer.tip)
      this.#components.onTip(peer, theirs)
      const order = compareTips(ours, theirs)
      outcome = order === 0 ? 'equal' : order > 0 ? 'ahead' : 'behind'
      if (this.#isBehind(theirs)) {
        fetched = await fetcher.catchUp(peer, theirs, 'repair', this.#stopped.signal)
      }
    } catch (error) {
      outcome = 'failed'
      code = errorCode(error)
    }
    const at = runtime.clock.now()
    const event: SyncRoundEvent = {
      type: 'sync',
      at,
      peer,
      ours: summarizeTip(ours),
      theirs: summarizeTip(theirs),
      blocksFetched: fetched.blocks,
      transactionsFetched: 0,
      bytes: fetched.bytes,
      durationMs: at - startedAt,
      outcome,
      ...(code === undefined ? {} : { code })
    }
    if (!this.#stopped.signal.aborted) events.emit(event)
    return event
  }

  #isBehind(theirs: ChainTip): boolean {
    const { chain, hasBody } = this.#components
    if (compareTips(tipOf(chain.head), theirs) >= 0) return false
    // Its tip may have come by gossip while a body on the way to it is missing.
    return !hasBody(theirs.hash) || chain.missingBodies(1).length > 0
  }

  #schedule(): void {
    const { runtime } = this.#components
    const { intervalMs, jitter } = this.#init
    const wait = intervalMs * (1 + jitter * (2 * runtime.random.next() - 1))
    this.#timer = runtime.timers.after(wait, () => void this.#tick())
  }

  async #tick(): Promise<void> {
    const { runtime, peers } = this.#components
    const peer = runtime.random.pick(peers())
    if (peer !== undefined) await this.round(peer)
    if (!this.#stopped.signal.aborted) this.#schedule()
  }
}

/** The `code` of an error, for records and labels. */
function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'unknown'
}
