// Asks peers for what a compact block left open: its sender first, then others of the block mesh when the sender is
// overdue or does not have it.
import { relayDefaults } from '../config/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  type BlockTransactionsResponse,
  decodeBlock,
  decodeTransaction,
  encodeGaps,
  fromHex,
  type Hex,
  type Transaction,
  WireError
} from '../wire/index.ts'
import { blockTransactionsProtocol } from './block-transactions.ts'
import { hedged } from './hedged.ts'
import { RoundTrip } from './round-trip.ts'

export interface MissingComponents {
  readonly requests: Pick<Requests, 'call'>
  readonly runtime: Runtime
  /** Peers of the block mesh. */
  readonly meshPeers: () => readonly string[]
  /** A peer's answer is provably not what it was asked for. */
  readonly onOffence: (peer: string, code: string) => void
}

export interface Found {
  readonly transactions: readonly Transaction[]
  /** Who sent them. */
  readonly from: string
}

export interface FoundOrNot {
  readonly found: Found | undefined
  /** More than one peer was asked. */
  readonly hedged: boolean
}

export class MissingTransactions {
  readonly #components: MissingComponents
  readonly #roundTrip = new RoundTrip({
    initialMs: relayDefaults.roundTripInitialMs,
    minMs: relayDefaults.roundTripMinMs,
    maxMs: relayDefaults.roundTripMaxMs
  })

  constructor(components: MissingComponents) {
    this.#components = components
  }

  /** The transactions at `indexes` of a block. Never rejects. */
  at(hash: Hex, indexes: readonly number[], sender: string, signal: AbortSignal): Promise<FoundOrNot> {
    const gaps = encodeGaps(indexes)
    return this.#ask(hash, gaps, sender, signal, ({ transactions }) => {
      if (transactions.length === 0) return undefined
      if (transactions.length !== indexes.length) throw new WireError('wrong-count', 'not as many as were asked for')
      // Copies: a view kept in the mempool would keep the whole answer alive.
      return transactions.map((bytes) => decodeTransaction(bytes.slice()))
    })
  }

  /** All transactions of a block. Never rejects. */
  all(hash: Hex, sender: string, signal: AbortSignal): Promise<FoundOrNot> {
    return this.#ask(hash, new Uint8Array(), sender, signal, ({ block }) => {
      if (block.length === 0) return undefined
      const { header, transactions } = decodeBlock(block)
      if (header.hash !== hash) throw new WireError('wrong-block', 'not the block that was asked for')
      return transactions
    })
  }

  async #ask(
    hash: Hex,
    gaps: Uint8Array,
    sender: string,
    signal: AbortSignal,
    read: (response: BlockTransactionsResponse) => readonly Transaction[] | undefined
  ): Promise<FoundOrNot> {
    const { requests, runtime, meshPeers, onOffence } = this.#components
    const others = runtime.random.shuffle(meshPeers().filter((peer) => peer !== sender))
    const request = { block: fromHex(hash) as Uint8Array<ArrayBuffer>, gaps: gaps as Uint8Array<ArrayBuffer> }
    const ask = async (peer: string, asking: AbortSignal): Promise<Found | undefined> => {
      const askedAt = runtime.clock.now()
      const response = await requests.call(peer, blockTransactionsProtocol, request, asking)
      this.#roundTrip.measured(runtime.clock.now() - askedAt)
      const transactions = read(response)
      return transactions === undefined ? undefined : { transactions, from: peer }
    }
    const logged = async (peer: string, asking: AbortSignal): Promise<Found | undefined> => {
      try {
        return await ask(peer, asking)
      } catch (error) {
        if (error instanceof WireError) onOffence(peer, error.code)
        if (!(error instanceof NetworkError && asking.aborted)) {
          runtime.logger.debug('no missing transactions', { peer, hash, error: String(error) })
        }
        return undefined
      }
    }
    const peers = [sender, ...others].slice(0, relayDefaults.missingPeersMax)
    const { overdueMs } = this.#roundTrip
    const { answer, asked } = await hedged({ peers, ask: logged, overdueMs, signal }, runtime.timers)
    return { found: answer, hedged: asked > 1 }
  }
}
