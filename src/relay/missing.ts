// Asks peers for what a compact block left open: its sender first, then others of the block mesh when the sender is
// overdue or does not have it. Those others may be about to have it: whoever passes a block on before it has it itself,
// and is asked in vain, is ahead of all who do as they should.
import { relayDefaults } from '../config/index.ts'
import { rootMatches } from '../ledger/index.ts'
import type { Requests } from '../network/index.ts'
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
  /** A peer's answer is provably not what it was asked for, or it lacks what it made and announced. */
  readonly onOffence: (peer: string, code: string) => void
}

/** What is asked of whom first, and of nobody in `except`: those that did not have it, or answered what can't be. */
export interface MissingQuestion {
  readonly hash: Hex
  /** Who announced the block, and so has it. */
  readonly sender: string
  /** It made the block itself, so if it does not hold it, it withholds it. */
  readonly isProducer: boolean
  readonly signal: AbortSignal
  readonly except: Set<string>
}

export interface MissingAnswer {
  readonly found: readonly Transaction[] | undefined
  /** More than one peer was asked. */
  readonly hedged: boolean
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
    { hash, sender, isProducer, signal, except }: MissingQuestion,
    gaps: Uint8Array,
    read: (response: BlockTransactionsResponse, peer: string) => readonly Transaction[] | undefined
  ): Promise<MissingAnswer> {
    const { requests, runtime, meshPeers, onOffence } = this.#components
    const others = runtime.random.shuffle(meshPeers().filter((peer) => peer !== sender))
    const request = { block: fromHex(hash) as Uint8Array<ArrayBuffer>, gaps: gaps as Uint8Array<ArrayBuffer> }
    let misfit = false
    const askOnce = async (peer: string, asking: AbortSignal): Promise<readonly Transaction[] | undefined> => {
      const askedAt = runtime.clock.now()
      const response = await requests.call(peer, blockTransactionsProtocol, request, asking)
      this.#roundTrip.measured(runtime.clock.now() - askedAt)
      return read(response, peer)
    }
    const ask = async (peer: string, asking: AbortSignal, pass: () => void) => {
      for (let waitMs = relayDefaults.notHeldWaitMs; ; waitMs *= 2) {
        const transactions = await askOnce(peer, asking)
        if (transactions !== undefined) return transactions
        if (peer === sender && isProducer) onOffence(peer, 'withheld')
        if (peer === sender || waitMs > relayDefaults.notHeldWaitMaxMs) break
        pass()
        await runtime.timers.sleep(waitMs, asking)
      }
      except.add(peer)
      return undefined
    }
    const logged = async (peer: string, asking: AbortSignal, pass: () => void) => {
      try {
        return await ask(peer, asking, pass)
      } catch (error) {
        if (error instanceof WireError) {
          except.add(peer)
          onOffence(peer, error.code)
        }
        misfit ||= error instanceof WireError || error instanceof MisfitError
        if (!asking.aborted) runtime.logger.debug('no missing transactions', { peer, hash, error: String(error) })
        return undefined
      }
    }
    const peers = [sender, ...others].filter((peer) => !except.has(peer)).slice(0, relayDefaults.missingPeersMax)
    const { overdueMs } = this.#roundTrip
    const { answer, asked } = await hedged({ peers, ask: logged, overdueMs, signal }, runtime.timers)
    return { found: answer, hedged: asked > 1, misfit }
  }
}
