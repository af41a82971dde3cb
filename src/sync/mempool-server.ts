// The answering side of comparing mempools. It keeps a little for each peer between questions: its symbols as of the
// digest, so that later cells continue the earlier ones.
import { reconcileDefaults } from '../config/index.ts'
import type { SipKey } from '../crypto/index.ts'
import { CELL_BYTES, Cells, peel, type SymbolTable } from '../reconcile/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  type CellsAnswer,
  type CellsRequest,
  type Digest,
  type DigestAnswer,
  type Hex,
  type Transaction,
  type TransactionsAnswer,
  type TransactionsRequest,
  WireError
} from '../wire/index.ts'
import type { MempoolSet } from './mempool-set.ts'
import { decodeSymbols, encodeSymbols, idsOf, without } from './symbols.ts'

/** What `DigestAnswer.mempool` says. */
export const COMPARISON = { none: 0, equal: 1, apart: 2, different: 3 } as const

type Comparison = Omit<DigestAnswer, 'tip' | 'minFee'>

export interface MempoolServerComponents {
  readonly set: MempoolSet
  readonly runtime: Runtime
  /** Reconciliation key of this pair; undefined before its hello. */
  readonly keyOf: (peer: string) => SipKey | undefined
  /** Takes transactions that a peer sent. Rejects when one is forged. */
  readonly take: (bodies: readonly Uint8Array[], peer: string) => Promise<unknown>
}

interface Session {
  readonly key: SipKey
  readonly table: SymbolTable
  /** ms since the epoch, as the next. */
  readonly openedAt: number
  readonly until: number
}

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
  #building = 0

  constructor(components: MempoolServerComponents) {
    this.#components = components
  }

  onDisconnected(peer: string): void {
    this.#sessions.delete(peer)
  }

  /** A round of the peer's found a difference just now, which it is about to settle. */
  isSettling(peer: string): boolean {
    const session = this.#session(peer)
    const { set, runtime } = this.#components
    return session !== undefined && runtime.clock.now() - session.openedAt < set.settleMs
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
    const ours = await set.firstCells(peer, key, minFee, length)
    if (ours.minus(theirs).isEmpty) return { ...NOTHING, mempool: COMPARISON.equal }
    const session = await this.#open(peer, key, minFee)
    return session === undefined ? NOTHING : this.#tellApart(session, theirs)
  }

  /** More cells of the set that the last digest was compared with. */
  async cells({ from, count, symbols }: CellsRequest, peer: string): Promise<CellsAnswer> {
    const none = { cells: new Uint8Array(), symbols: new Uint8Array() }
    const session = this.#session(peer)
    const length = Math.min(count, reconcileDefaults.cellsMax - from)
    if (session === undefined || (length <= 0 && !symbols)) return none
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
    const unknown = without(offered, session.table)
    const missing = unknown.length === 0 ? unknown : without(unknown, await set.unwanted(session.key))
    return { transactions: bodiesOf(settledOf(idsOf(wanted, session.table), set)), wanted: encodeSymbols(missing) }
  }

  async #tellApart({ key, table }: Session, theirs: Cells): Promise<Comparison> {
    const { set } = this.#components
    const ours = await set.run(table.cells(0, theirs.length))
    const found = peel(ours.minus(theirs), table)
    if (found === undefined) {
      const estimator = table.estimator().encode() as Uint8Array<ArrayBuffer>
      return { ...NOTHING, mempool: COMPARISON.different, estimator }
    }
    const missing = found.theirs.length === 0 ? [] : without(found.theirs, await set.unwanted(key))
    const transactions = bodiesOf(settledOf(found.ours, set))
    return { ...NOTHING, mempool: COMPARISON.apart, transactions, wanted: encodeSymbols(missing) }
  }

  /** Undefined while too many peers are being answered. */
  async #open(peer: string, key: SipKey, minFee: number): Promise<Session | undefined> {
    const { set, runtime } = this.#components
    const now = runtime.clock.now()
    for (const [other, { until }] of this.#sessions) if (until <= now) this.#sessions.delete(other)
    this.#sessions.delete(peer)
    if (this.#sessions.size + this.#building >= reconcileDefaults.sessionsMax) return undefined
    this.#building++
    try {
      const table = await set.table(key, minFee)
      const openedAt = runtime.clock.now()
      const session = { key, table, openedAt, until: openedAt + reconcileDefaults.sessionMs }
      this.#sessions.set(peer, session)
      return session
    } finally {
      this.#building--
    }
  }

  #session(peer: string): Session | undefined {
    const session = this.#sessions.get(peer)
    return session !== undefined && session.until > this.#components.runtime.clock.now() ? session : undefined
  }
}

/** As many settled transactions as fit into a message, in the order asked for. */
export function settledOf(ids: readonly Hex[], set: MempoolSet): Transaction[] {
  const found: Transaction[] = []
  let left = reconcileDefaults.bodiesMaxBytes
  for (const id of ids) {
    const transaction = set.settled(id)
    if (transaction === undefined) continue
    left -= transaction.bytes.length
    if (left < 0) break
    found.push(transaction)
  }
  return found
}

export function bodiesOf(transactions: readonly Transaction[]): Uint8Array<ArrayBuffer>[] {
  return transactions.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)
}
