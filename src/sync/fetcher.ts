// Who is caught up with (catch-up.ts says how): one catch-up per peer, a few at a time. A peer that is silent, slow or
// lying holds up nobody but itself: its place is given to another, it is left alone for a while, and told of if what it
// sent, or did not, is its fault.
import { syncDefaults } from '../config/index.ts'
import { type Chain, LedgerError } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import { RecentMap, type Runtime, TimeoutError } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import { type Block, type Hex, WireError } from '../wire/index.ts'
import { Bodies } from './bodies.ts'
import { CatchUp, type CatchUpResult, UndeliveredError } from './catch-up.ts'
import type { ChainTip } from './tip.ts'

export interface FetcherComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
  readonly runtime: Runtime
  /** A peer showed something else than it was asked for, or could not show what it claims to have. */
  readonly onOffence: (peer: string, code: string) => void
  /** Whether we chose it: its connection is one that we dialled. */
  readonly isDialled: (peer: string) => boolean
  /** Gossip is about to bring this block, so that it need not be asked for now. */
  readonly isComing?: (hash: Hex) => boolean
  /** A block came with a compact form, which nobody has checked. */
  readonly onCompact?: (block: Block, compact: Uint8Array) => void
}

export interface CatchingUp {
  /** Settles when the peer's headers are here, or can't be had. Never rejects. */
  readonly headers: Promise<void>
  /** Rejects with `NetworkError` when the peer fails to answer, `WireError` or `LedgerError` when it sent what is wrong. */
  readonly done: Promise<CatchUpResult>
}

export interface CatchUpProgress {
  /** ms since the epoch. */
  readonly startedAt: number
  readonly startHeight: number
}

interface Place extends CatchingUp {
  readonly run: CatchUp
}

const NOTHING: CatchingUp = {
  headers: Promise.resolve(),
  done: Promise.resolve({ headers: 0, blocks: 0, bytes: 0 })
}

export class ChainFetcher {
  readonly #components: FetcherComponents
  readonly #bodies: Bodies
  /** By peer, oldest first. */
  readonly #places = new Map<string, Place>()
  /** Peers that failed: how often in a row, and until when they are left alone. */
  readonly #failures = new RecentMap<string, { readonly count: number; readonly until: number }>(
    syncDefaults.coolDownPeersMax
  )

  constructor(components: FetcherComponents) {
    this.#components = components
    const { intake, runtime, isComing = () => false, onCompact = () => {} } = components
    this.#bodies = new Bodies({ intake, runtime, isComing, onCompact })
  }

  /** The catch-up that has been under way longest. */
  get progress(): CatchUpProgress | undefined {
    return this.#places.values().next().value?.run
  }

  /** Whether this peer is being caught up with. */
  isCatchingUpWith(peer: string): boolean {
    return this.#places.has(peer)
  }

  /**
   * Fetches what leads to `target` from `peer`. `via` says why, for the record. A peer's second catch-up joins its
   * first. A peer that failed lately, or one too many while all others make progress, is not asked.
   */
  catchUp(peer: string, target: ChainTip, via: DeliveredVia): CatchingUp {
    const { clock } = this.#components.runtime
    const held = this.#places.get(peer)
    if (held !== undefined) return held
    const now = clock.now()
    if ((this.#failures.get(peer)?.until ?? 0) > now || !this.#makeRoom(peer, now)) return NOTHING
    const components = { ...this.#components, bodies: this.#bodies }
    const onLateFailure = (error: unknown): void => this.#judge(peer, error)
    const run = new CatchUp(components, { peer, target, via, onLateFailure })
    const done = this.#follow(peer, run)
    done.catch(() => {})
    const place = { run, headers: run.headers, done }
    this.#places.set(peer, place)
    return place
  }

  /** Ends every catch-up. */
  stop(): void {
    for (const { run } of this.#places.values()) run.end(new NetworkError('closed', 'stopped'))
  }

  /** True when there is room for this peer, if need be by ending another's catch-up: the one that brought least lately. */
  #makeRoom(peer: string, now: number): boolean {
    const { isDialled } = this.#components
    if (this.#places.size < syncDefaults.catchUpsMax) return true
    const open = [...this.#places].filter(([, { run }]) => !run.isEnded)
    const [slowest] = open.map(([, { run }]) => run).sort((a, b) => a.lastNewsAt - b.lastNewsAt)
    if (slowest === undefined) return false
    const isStalled = now - slowest.lastNewsAt >= syncDefaults.stallMs
    // Whoever likes may dial us, so one place is for a peer that nobody else chose.
    const isPreferred = isDialled(peer) && !open.some(([other]) => isDialled(other))
    if (isStalled) slowest.end(new NetworkError('timeout', 'stalled, and others wait'))
    else if (isPreferred) slowest.end(new GaveWayError())
    return isStalled || isPreferred
  }

  async #follow(peer: string, run: CatchUp): Promise<CatchUpResult> {
    try {
      const result = await run.run()
      this.#failures.delete(peer)
      return result
    } catch (error) {
      this.#judge(peer, error)
      throw error
    } finally {
      this.#places.delete(peer)
      if (this.#places.size === 0) this.#bodies.clear()
    }
  }

  /** Requests reports what breaks its own limits; here only what was said, and what was not. */
  #judge(peer: string, error: unknown): void {
    if (!isFaultOfPeer(error)) return
    this.#coolDown(peer)
    if (error instanceof NetworkError) return
    this.#components.onOffence(peer, error instanceof TimeoutError ? 'timeout' : (error as { code: string }).code)
  }

  #coolDown(peer: string): void {
    const count = (this.#failures.get(peer)?.count ?? 0) + 1
    const wait = Math.min(syncDefaults.coolDownMaxMs, syncDefaults.coolDownMs * 2 ** (count - 1))
    this.#failures.set(peer, { count, until: this.#components.runtime.clock.now() + wait })
  }
}

/** Its place was needed for another. */
class GaveWayError extends Error {
  readonly code = 'gave-way'
  constructor() {
    super('gave way to a peer that we dialled')
    this.name = 'GaveWayError'
  }
}

/** Our own trouble (too much to import, a closing store, too many questions) is not the peer's. */
function isFaultOfPeer(error: unknown): boolean {
  if (error instanceof NetworkError && error.code === 'rate-limited') return false
  return [NetworkError, TimeoutError, UndeliveredError, WireError, LedgerError].some((kind) => error instanceof kind)
}
