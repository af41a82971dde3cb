// The asking side of comparing mempools, after the digest's answer: finds what differs if the answer could not say it,
// and exchanges exactly that.
import { reconcileDefaults } from '../config/index.ts'
import type { SipKey } from '../crypto/index.ts'
import type { Requests } from '../network/index.ts'
import {
  Cells,
  CELL_BYTES,
  type Difference,
  DifferenceEstimator,
  ESTIMATOR_BYTES,
  peel,
  type SymbolHalves,
  SymbolTable
} from '../reconcile/index.ts'
import { type DigestAnswer, type Hex, WireError } from '../wire/index.ts'
import { bodiesOf, COMPARISON, settledOf } from './mempool-messages.ts'
import type { MempoolSet } from './mempool-set.ts'
import { cellsProtocol, transactionsProtocol } from './protocols.ts'
import { decodeSymbols, encodeSymbols, idsOf, SYMBOL_BYTES, without } from './symbols.ts'

/** Takes transactions that a peer sent. Rejects with `WireError` when one is none, or forged. */
export type Take = (bodies: readonly Uint8Array[], peer: string) => Promise<Taken>

export interface Taken {
  readonly ids: readonly Hex[]
  /** How many of them were taken in. */
  readonly news: number
}

export interface MempoolRoundComponents {
  readonly set: MempoolSet
  readonly requests: Requests
  readonly take: Take
}

/** What comparing two mempools came to. */
export interface MempoolRound {
  /** Transactions that differ; null when that was not found out. */
  readonly differ: number | null
  readonly fetched: number
  readonly sent: number
  /** Bytes of transactions, both ways. */
  readonly bytes: number
  /** Round trips to know what differs, the digest's included. */
  readonly roundTrips: number
}

const EQUAL_MEMPOOLS: MempoolRound = { differ: 0, fetched: 0, sent: 0, bytes: 0, roundTrips: 1 }

interface Pair {
  readonly peer: string
  readonly key: SipKey
  /** Transactions that pay less take no part. */
  readonly minFee: number
  readonly signal: AbortSignal
}

/** Rejects with `NetworkError`, or `WireError` for an answer that is none. */
export async function settleMempools(
  answer: DigestAnswer,
  pair: Pair,
  components: MempoolRoundComponents
): Promise<MempoolRound | undefined> {
  switch (answer.mempool) {
    case COMPARISON.equal:
      return EQUAL_MEMPOOLS
    case COMPARISON.apart:
      return settleFew(answer, pair, components)
    case COMPARISON.different:
      return settleMany(answer, pair, components)
    default:
      return undefined
  }
}

/** The answer brought what we lack and says what it lacks. */
async function settleFew(answer: DigestAnswer, pair: Pair, components: MempoolRoundComponents): Promise<MempoolRound> {
  const { set, requests, take } = components
  const wanted = decodeSymbols(answer.wanted, reconcileDefaults.namesMax)
  const { news: fetched } = await take(answer.transactions, pair.peer)
  const differ = answer.transactions.length + wanted.length
  const bytes = sumBytes(answer.transactions)
  if (wanted.length === 0) return { differ, fetched, sent: 0, bytes, roundTrips: 1 }
  const transactions = bodiesOf(settledOf(idsOf(wanted, await set.table(pair.key, pair.minFee)), set))
  if (transactions.length > 0) {
    const push = { transactions, wanted: new Uint8Array(), offered: new Uint8Array() }
    await requests.call(pair.peer, transactionsProtocol, push, pair.signal)
  }
  return { differ, fetched, sent: transactions.length, bytes: bytes + sumBytes(transactions), roundTrips: 1 }
}

async function settleMany(
  answer: DigestAnswer,
  pair: Pair,
  components: MempoolRoundComponents
): Promise<MempoolRound | undefined> {
  const { set } = components
  const table = await set.table(pair.key, pair.minFee)
  const estimate = decodeEstimator(answer.estimator).difference(table.estimator())
  const { difference, roundTrips } = await findDifference(table, estimate, pair, components)
  if (difference === undefined) return { differ: null, fetched: 0, sent: 0, bytes: 0, roundTrips: 1 + roundTrips }
  const missing = difference.theirs.length === 0 ? [] : without(difference.theirs, await set.unwanted(pair.key))
  const exchanged = await exchange(missing, difference.ours, pair, components)
  return { differ: difference.ours.length + difference.theirs.length, ...exchanged, roundTrips: 1 + roundTrips }
}

interface Found {
  readonly difference: Difference | undefined
  readonly roundTrips: number
}

/** Asks for as many cells as the estimate calls for, then for a little more each time. */
async function findDifference(
  table: SymbolTable,
  estimate: number,
  pair: Pair,
  components: MempoolRoundComponents
): Promise<Found> {
  const { cellsPerDifference, growth, requestsMax, cellsMax, firstCells } = reconcileDefaults
  const first = Math.ceil(cellsPerDifference * estimate) + firstCells
  // Symbols have 8 bytes, cells 12: beyond two thirds of the set, its symbols cost less.
  if (first > cellsMax || CELL_BYTES * first > SYMBOL_BYTES * Math.max(table.size, estimate))
    return askSymbols(table, pair, components)
  let theirs = new Cells(0, 0)
  for (let roundTrips = 1; roundTrips <= requestsMax; roundTrips++) {
    const count = roundTrips === 1 ? first : Math.ceil(growth * first)
    const more = await askCells(theirs.length, count, pair, components)
    if (more === undefined) return { difference: undefined, roundTrips }
    theirs = theirs.followedBy(more)
    const ours = await components.set.run(table.cells(0, theirs.length))
    const difference = peel(ours.minus(theirs), table)
    if (difference !== undefined) return { difference, roundTrips }
  }
  return { difference: undefined, roundTrips: requestsMax }
}

/** Undefined when the peer has forgotten the digest, or gives fewer than asked for. */
async function askCells(
  from: number,
  count: number,
  { peer, signal }: Pair,
  { requests }: MempoolRoundComponents
): Promise<Cells | undefined> {
  const answer = await requests.call(peer, cellsProtocol, { from, count, symbols: false }, signal)
  if (answer.cells.length === 0) return undefined
  if (answer.cells.length !== CELL_BYTES * count) throw new WireError('length', `${answer.cells.length} bytes of cells`)
  return Cells.decode(from, answer.cells)
}

async function askSymbols(
  table: SymbolTable,
  { peer, signal }: Pair,
  { requests }: MempoolRoundComponents
): Promise<Found> {
  const answer = await requests.call(peer, cellsProtocol, { from: 0, count: 0, symbols: true }, signal)
  const theirs = decodeSymbols(answer.symbols, reconcileDefaults.symbolsMax)
  if (theirs.length === 0) return { difference: undefined, roundTrips: 1 }
  const missing = without(theirs, table)
  const common = new Set(idsOf(theirs, table))
  const ours = table.ids.filter((id) => !common.has(id))
  return { difference: { ours, theirs: missing }, roundTrips: 1 }
}

/** Fetches what we lack, offers what they lack, and sends what they want of it, in batches. */
async function exchange(
  missing: readonly SymbolHalves[],
  ours: readonly Hex[],
  pair: Pair,
  { set, requests, take }: MempoolRoundComponents
): Promise<Omit<MempoolRound, 'differ' | 'roundTrips'>> {
  const { namesMax, exchangesMax } = reconcileDefaults
  const own = await set.run(SymbolTable.of(pair.key, ours))
  let wanted = missing
  let offered = own.symbols()
  let promised: readonly Hex[] = []
  let fetched = 0
  let sent = 0
  let bytes = 0
  for (let i = 0; i < exchangesMax && wanted.length + offered.length + promised.length > 0; i++) {
    const transactions = settledOf(promised, set)
    const request = {
      wanted: encodeSymbols(wanted.slice(0, namesMax)),
      offered: encodeSymbols(offered.slice(0, namesMax)),
      transactions: bodiesOf(transactions)
    }
    const answer = await requests.call(pair.peer, transactionsProtocol, request, pair.signal)
    const taken = await take(answer.transactions, pair.peer)
    fetched += taken.news
    sent += transactions.length
    bytes += sumBytes(request.transactions) + sumBytes(answer.transactions)
    // Answers keep the order of the question: what was passed over is not to be had at present.
    const arrived = await set.run(SymbolTable.of(pair.key, taken.ids))
    wanted = wanted.slice(1 + wanted.findLastIndex(([low, high]) => arrived.find(low, high) !== undefined))
    if (taken.ids.length === 0) wanted = wanted.slice(namesMax)
    const last = transactions.at(-1)
    promised = last === undefined ? [] : promised.slice(1 + promised.lastIndexOf(last.id))
    promised = [...promised, ...idsOf(decodeSymbols(answer.wanted, namesMax), own)]
    offered = offered.slice(namesMax)
  }
  return { fetched, sent, bytes }
}

function decodeEstimator(bytes: Uint8Array): DifferenceEstimator {
  if (bytes.length !== ESTIMATOR_BYTES) throw new WireError('length', `an estimator of ${bytes.length} bytes`)
  return DifferenceEstimator.decode(bytes)
}

function sumBytes(bodies: readonly Uint8Array[]): number {
  return bodies.reduce((sum, { length }) => sum + length, 0)
}
