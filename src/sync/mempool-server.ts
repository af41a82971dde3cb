// The answering side of comparing mempools. It keeps a little for each peer between questions: its symbols as of the
// digest, so that later cells continue the earlier ones.
import { reconcileDefaults, requestDefaults } from '../config/index.ts'
import type { SipKey } from '../crypto/index.ts'
import { CELL_BYTES, Cells, peel, type SymbolHalves, type SymbolTable } from '../reconcile/index.ts'
import { RateLimiter } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  type CellsAnswer,
  type CellsRequest,
  type Digest,
  type DigestAnswer,
  type Hex,
  type TransactionsAnswer,
  type TransactionsRequest,
  WireError
} from '../wire/index.ts'
import { bodiesOf, COMPARISON, settledOf } from './mempool-messages.ts'
import type { MempoolSet } from './mempool-set.ts'
import { decodeSymbols, encodeSymbols, idsOf, without } from './symbols.ts'

type Comparison = Omit<DigestAnswer, 'tip' | 'minFee'>

export interface MempoolServerComponents {
  readonly set: MempoolSet
  readonly runtime: Runtime
  /** Reconciliation key of this pair; undefined before its hello. */
  readonly keyOf: (peer: string) => SipKey | undefined
  /** Takes transactions that a peer sent. Rejects when one is forged. */
  readonly take: (bodies: readonly Uint8Array[], peer: string) => Promise<unknown>
}

/** What is remembered of a connected peer beyond its questions. */
interface Known {
  /** When a round of the peer's last found a difference, ms since the epoch. */
  differedAt: number
  /** What it was sent unasked and lacks still: it refused that. As many as one sketch tells apart. */
  refused: ReadonlySet<Hex>
}

interface Session {
  readonly known: Known
  readonly key: SipKey
  readonly table: SymbolTable
  readonly until: number
  /** What is not wanted, from the first question on that needs it. */
  unwanted?: Promise<SymbolTable>
  /** When the peer asked last, ms since the epoch as above. */
  usedAt: number
}

const NONE: ReadonlySet<Hex> = new Set()

const NOTHING: Comparison = {
  mempool: COMPARISON.none,
  transactions: [],
  wanted: new Uint8Array(),
  estimator: new Uint8Array()
}

export class MempoolServer {
  readonly #components: MempoolServerComponents
  /** By peer, oldest first. */
  readonly #sessions = new Map<string, Session>()
  readonly #known = new Map<string, Known>()
  readonly #work: RateLimiter
  #building = 0

  constructor(components: MempoolServerComponents) {
    this.#components = components
    this.#work = new RateLimiter(components.runtime.clock, requestDefaults.bucketsMax)
  }

  onDisconnected(peer: string): void {
    this.#sessions.delete(peer)
    this.#known.delete(peer)
  }

  /** What was refused may be taken now. */
  onHead(): void {
    for (const known of this.#known.values()) known.refused = NONE
  }

  /** A round of the peer's found a difference just now, which it is about to settle. */
  isSettling(peer: string): boolean {
    const { set, runtime } = this.#components
    return runtime.clock.now() - (this.#known.get(peer)?.differedAt ?? Number.NEGATIVE_INFINITY) < set.settleMs
  }

  /** Compares the cells of a peer whose tip is ours. Rejects with `WireError` for cells that are none. */
  async compare(request: Digest, peer: string): Promise<Comparison> {
    const { set, keyOf } = this.#components
    const key = keyOf(peer)
    const length = request.cells.length / CELL_BYTES
    if (!Number.isInteger(length)) throw new WireError('length', `${request.cells.length} bytes of cells`)
    if (length > reconcileDefaults.keptCells) throw new WireError('oversize', `${length} cells`)
    const minFee = Number(request.minFee)
    if (key === undefined || length === 0 || minFee < set.minFee) return NOTHING
    const theirs = Cells.decode(0, request.cells)
    if (!set.hasFirstCells(peer, key, minFee) && !this.#mayHash(peer, set.size)) return NOTHING
    const ours = await set.firstCells(peer, key, minFee, length)
    if (ours.minus(theirs).isEmpty) return { ...NOTHING, mempool: COMPARISON.equal }
    const session = await this.#open(peer, key, minFee)
    if (session === undefined) return NOTHING
    const answer = await this.#tellApart(session, theirs, peer)
    // Everything is said.
    if (answer.mempool === COMPARISON.apart) this.#sessions.delete(peer)
    return answer
  }

  /** More cells of the set that the last digest was compared with. */
  async cells({ from, count, symbols }: CellsRequest, peer: string): Promise<CellsAnswer> {
    const none = { cells: new Uint8Array(), symbols: new Uint8Array() }
    const session = this.#session(peer)
    const length = Math.min(count, reconcileDefaults.cellsMax - from)
    if (session === undefined || (length <= 0 && !symbols) || !this.#mayHash(peer, session.table.size)) return none
    if (symbols) {
      return { ...none, symbols: encodeSymbols(session.table.symbols().slice(0, reconcileDefaults.symbolsMax)) }
    }
    const cells = await this.#components.set.run(session.table.cells(from, from + length))
    return { ...none, cells: cells.encode() as Uint8Array<ArrayBuffer> }
  }

  /** Bodies by symbol, and which of the offered ones are wanted. */
  async transactions(request: TransactionsRequest, peer: string): Promise<TransactionsAnswer> {
    const { set, take } = this.#components
    if (request.transactions.length > 0) await take(request.transactions, peer)
    const wanted = decodeSymbols(request.wanted, reconcileDefaults.namesMax)
    const offered = decodeSymbols(request.offered, reconcileDefaults.namesMax)
    const session = this.#session(peer)
    if (session === undefined) return { transactions: [], wanted: new Uint8Array() }
    const missing = await this.#wanted(session, offered, peer)
    // The last of a round brings what was wanted and asks for nothing.
    if (wanted.length + offered.length === 0) this.#sessions.delete(peer)
    return { transactions: bodiesOf(settledOf(idsOf(wanted, session.table), set)), wanted: encodeSymbols(missing) }
  }

  async #tellApart(session: Session, theirs: Cells, peer: string): Promise<Comparison> {
    const { set } = this.#components
    const { table, known } = session
    const ours = await set.run(table.cells(0, theirs.length))
    const found = peel(ours.minus(theirs), table)
    if (found === undefined) {
      const estimator = table.estimator().encode() as Uint8Array<ArrayBuffer>
      return { ...NOTHING, mempool: COMPARISON.different, estimator }
    }
    const missing = await this.#wanted(session, found.theirs, peer)
    // Sent before, and lacking still: not wanted. Had it been lost, our own round with this peer would bring it.
    const refused = found.ours.filter((id) => known.refused.has(id))
    const news = found.ours.filter((id) => !known.refused.has(id))
    const transactions = settledOf(news, set)
    known.refused = new Set([...refused, ...transactions.map(({ id }) => id)])
    return {
      ...NOTHING,
      mempool: COMPARISON.apart,
      transactions: bodiesOf(transactions),
      wanted: encodeSymbols(missing)
    }
  }

  /** Those of a peer's symbols that are neither here nor refused; none when there is no time to look. */
  async #wanted(session: Session, symbols: readonly SymbolHalves[], peer: string): Promise<SymbolHalves[]> {
    const { set } = this.#components
    const unknown = without(symbols, session.table)
    if (unknown.length === 0) return []
    if (session.unwanted === undefined) {
      if (!this.#mayHash(peer, set.unwantedCount)) return []
      session.unwanted = set.unwanted(session.key)
    }
    return without(unknown, await session.unwanted)
  }

  /** Undefined while too many peers are being answered, and when this one is gone. */
  async #open(peer: string, key: SipKey, minFee: number): Promise<Session | undefined> {
    const { set, runtime, keyOf } = this.#components
    const now = runtime.clock.now()
    this.#sessions.delete(peer)
    const { sessionsMax, sessionIdleMs, sessionMs } = reconcileDefaults
    for (const [other, { until, usedAt }] of this.#sessions) {
      const isFull = this.#sessions.size + this.#building >= sessionsMax
      if (until <= now || (isFull && now - usedAt >= sessionIdleMs)) this.#sessions.delete(other)
    }
    if (this.#sessions.size + this.#building >= sessionsMax || !this.#mayHash(peer, set.size)) return undefined
    this.#building++
    try {
      const table = await set.table(key, minFee)
      if (keyOf(peer) === undefined) return undefined
      const usedAt = runtime.clock.now()
      const known = this.#known.get(peer) ?? { differedAt: usedAt, refused: NONE }
      known.differedAt = usedAt
      this.#known.set(peer, known)
      const session: Session = { known, key, table, usedAt, until: usedAt + sessionMs }
      this.#sessions.set(peer, session)
      return session
    } finally {
      this.#building--
    }
  }

  #session(peer: string): Session | undefined {
    const now = this.#components.runtime.clock.now()
    const session = this.#sessions.get(peer)
    if (session === undefined || session.until <= now) return undefined
    session.usedAt = now
    return session
  }

  /** Whether there is time to hash so many ids for a peer. */
  #mayHash(peer: string, ids: number): boolean {
    const { hashedIdsPerPeerPerSecond, hashedIdsPerPeerBurst, hashedIdsPerSecond, hashedIdsBurst } = reconcileDefaults
    const ofPeer = { burst: hashedIdsPerPeerBurst, perSecond: hashedIdsPerPeerPerSecond }
    const ofAll = { burst: hashedIdsBurst, perSecond: hashedIdsPerSecond }
    return this.#work.take(peer, ofPeer, ids) && this.#work.take('', ofAll, ids)
  }
}
