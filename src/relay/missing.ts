// Asks peers for what a compact block left open: its sender first, then others of the block mesh when the sender is
// overdue or does not have it.
import { relayDefaults } from '../config/index.ts'
import { rootMatches } from '../ledger/index.ts'
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

/** What is asked of whom first, and of nobody in `except`: those that did not have it, or answered what can't be. */
export interface MissingQuestion {
  readonly hash: Hex
  /** Who announced the block, and so has it. */
  readonly sender: string
  readonly signal: AbortSignal
  readonly except: Set<string>
}

export interface MissingAnswer {
  readonly found: readonly Transaction[] | undefined
  /** More than one peer was asked. */
  readonly hedged: boolean
  /** Those that said they don't hold the block. */
  readonly notHeld: ReadonlySet<string>
  /** Somebody answered what does not fit. */
  readonly misfit: boolean
}

/** An answer that does not fit, from one who may well be right: the compact block itself may lie. */
class MisfitError extends Error {}

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

  /**
   * The transactions at `indexes` of a block, if they are as many and `fits` says so. One who announced the block could
   * compare: an answer of its that does not fit is an offence. Never rejects.
   */
  at(
    question: MissingQuestion,
    indexes: readonly number[],
    fits: (transactions: readonly Transaction[]) => boolean
  ): Promise<MissingAnswer> {
    return this.#ask(question, encodeGaps(indexes), ({ transactions }, peer) => {
      if (transactions.length === 0) return undefined
      if (transactions.length !== indexes.length) throw new WireError('wrong-count', 'not as many as were asked for')
      // Copies: a view kept in the mempool would keep the whole answer alive.
      const decoded = transactions.map((bytes) => decodeTransaction(bytes.slice()))
      if (fits(decoded)) return decoded
      if (peer !== question.sender) throw new MisfitError('not the transactions that the compact block lists')
      throw new WireError('wrong-block', 'not the transactions of the block that it announced')
    })
  }

  /** All transactions of a block, if they are those of its root. Never rejects. */
  all(question: MissingQuestion): Promise<MissingAnswer> {
    return this.#ask(question, new Uint8Array(), ({ block: bytes }) => {
      if (bytes.length === 0) return undefined
      const block = decodeBlock(bytes)
      const isAsked = block.header.hash === question.hash && rootMatches(block)
      if (!isAsked) throw new WireError('wrong-block', 'not the block that was asked for')
      return block.transactions
    })
  }

  async #ask(
    { hash, sender, signal, except }: MissingQuestion,
    gaps: Uint8Array,
    read: (response: BlockTransactionsResponse, peer: string) => readonly Transaction[] | undefined
  ): Promise<MissingAnswer> {
    const { requests, runtime, meshPeers, onOffence } = this.#components
    const others = runtime.random.shuffle(meshPeers().filter((peer) => peer !== sender))
    const request = { block: fromHex(hash) as Uint8Array<ArrayBuffer>, gaps: gaps as Uint8Array<ArrayBuffer> }
    const notHeld = new Set<string>()
    let misfit = false
    const ask = async (peer: string, asking: AbortSignal): Promise<readonly Transaction[] | undefined> => {
      const askedAt = runtime.clock.now()
      const response = await requests.call(peer, blockTransactionsProtocol, request, asking)
      this.#roundTrip.measured(runtime.clock.now() - askedAt)
      const transactions = read(response, peer)
      if (transactions === undefined) {
        notHeld.add(peer)
        except.add(peer)
      }
      return transactions
    }
    const logged = async (peer: string, asking: AbortSignal): Promise<readonly Transaction[] | undefined> => {
      try {
        return await ask(peer, asking)
      } catch (error) {
        if (error instanceof WireError) {
          except.add(peer)
          onOffence(peer, error.code)
        }
        misfit ||= error instanceof WireError || error instanceof MisfitError
        if (!(error instanceof NetworkError && asking.aborted)) {
          runtime.logger.debug('no missing transactions', { peer, hash, error: String(error) })
        }
        return undefined
      }
    }
    const peers = [sender, ...others].filter((peer) => !except.has(peer)).slice(0, relayDefaults.missingPeersMax)
    const { overdueMs } = this.#roundTrip
    const { answer, asked } = await hedged({ peers, ask: logged, overdueMs, signal }, runtime.timers)
    return { found: answer, hedged: asked > 1, notHeld, misfit }
  }
}
