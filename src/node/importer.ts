// The one way in for blocks and own transactions. `check` says what may be forwarded, cheap to costly; `import` moves
// the chain, one step at a time: apply, mempool, one atomic commit, events. Never does both in one turn of the loop.
import { IMPORTER_LIMITS, type ImporterLimits } from '../config/index.ts'
import {
  type Chain,
  type ChainUpdate,
  type Consensus,
  createConsensus,
  LedgerError,
  type Mempool,
  rootMatches
} from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import {
  BLOCK_MAX_BYTES,
  type Block,
  type Hex,
  type SealedHeader,
  sealSignatureCheck,
  toHex,
  type Transaction,
  WireError
} from '../wire/index.ts'
import { ImporterError, refusal } from './importer-errors.ts'
import { type ImportResult, type Lane, Lanes, type Ticket } from './importer-lanes.ts'
import { OwnTransactions } from './importer-own.ts'
import { SignatureChecks } from './importer-signatures.ts'

declare const checked: unique symbol
/** A block whose header, seal, root and signatures hold: what may be forwarded. State is judged at import. */
export interface CheckedBlock {
  readonly block: Block
  readonly [checked]: true
}

export type CheckOutcome =
  | { readonly status: 'checked'; readonly block: CheckedBlock }
  /** The body is here already, or on its way in. */
  | { readonly status: 'known' }
  /** The parent's header is unknown: nothing judged but form and seal. */
  | { readonly status: 'orphan'; readonly parent: Hex }
  /** Its time is too far ahead of the local clock: not judged. */
  | { readonly status: 'future' }
  /** The tree has no room for its header (too far ahead, or worse than all it holds): not judged. */
  | { readonly status: 'full' }
  /** At the tip: too far below our head, or too light to matter there (`Chain.isWorthHolding`). Its body was not judged. */
  | { readonly status: 'stale' }

export type HeaderOutcome = 'added' | 'known' | 'orphan' | 'full'

export interface ImporterComponents {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly store: Store
  readonly runtime: Runtime
  readonly events: EventEmitter
}

export interface ImporterInit {
  readonly limits?: Partial<ImporterLimits>
  /** The store failed: nothing will be imported any more, and the node must not go on as if it could. */
  readonly onFailed?: () => void
}

export class Importer {
  readonly #components: ImporterComponents
  readonly #limits: ImporterLimits
  readonly #consensus: Consensus
  readonly #signatures: SignatureChecks
  readonly #own: OwnTransactions
  readonly #lanes: Lanes
  /** Every block between `import` and its result. */
  readonly #tickets = new Map<Hex, Ticket>()
  /** In the tree, their fate not known yet. */
  readonly #inserted = new Set<Ticket>()
  /** Seals under check, by hash and seal. */
  readonly #sealing = new Map<string, Promise<boolean>>()
  /** Signatures of bodies under check. A body is named by its header once the root holds. */
  readonly #verifying = new Map<Hex, Promise<boolean>>()
  readonly #onFailed: () => void
  /** Own transactions between their signature and the answer. */
  readonly #submitting = new Map<Hex, Promise<boolean>>()
  #checks = 0
  #working: Promise<void> | undefined
  #closed: ImporterError | undefined

  constructor(components: ImporterComponents, init: ImporterInit = {}) {
    const { chain, mempool, store, runtime } = components
    this.#components = components
    this.#limits = { ...IMPORTER_LIMITS, ...init.limits }
    this.#onFailed = init.onFailed ?? (() => {})
    this.#consensus = createConsensus(store.genesis)
    this.#signatures = new SignatureChecks({ mempool, verifier: runtime.verifier }, this.#limits)
    this.#own = new OwnTransactions({ mempool, store, height: () => chain.head.height }, this.#limits.ownDepth)
    this.#lanes = new Lanes(this.#limits.laneMaxBlocks)
    this.#own.restore(store.restoreJournal())
  }

  /**
   * Size, network, header rules, seal, root, signatures of transactions not known to be good; the header enters the
   * tree. Rejects with `LedgerError` or `WireError` for what is provably wrong, with `ImporterError` (`busy`) when
   * the signatures of too many are under check. In lane `tip`, where blocks come unasked, only what is worth holding is
   * judged to the end.
   */
  async check(block: Block, lane: Lane = 'sync'): Promise<CheckOutcome> {
    const { hash, parent } = block.header
    if (block.bytes.length > BLOCK_MAX_BYTES) throw new WireError('oversize', `block of ${block.bytes.length} bytes`)
    if (this.#isHere(hash)) return { status: 'known' }
    const header = await this.#headerOutcome(block.header)
    if (header === 'orphan') return { status: 'orphan', parent }
    if (header === 'future' || header === 'full') return { status: header }
    if (lane === 'tip' && !this.#components.chain.isWorthHolding(block.header)) return { status: 'stale' }
    if (!rootMatches(block)) throw new LedgerError('wrong-root', `the body is not the one of header ${hash}`)
    // Only what took work or a turn to make counts: garbage must not keep the block itself out.
    if (this.#checks >= this.#limits.checksMax) throw new ImporterError('busy', 'too many blocks are being checked')
    this.#checks++
    try {
      await this.#components.runtime.yield()
      await this.#checkSignatures(block)
      await this.#components.runtime.blockChecked?.()
    } finally {
      this.#checks--
    }
    return this.#isHere(hash) ? { status: 'known' } : { status: 'checked', block: { block } as CheckedBlock }
  }

  /**
   * A header ahead of its body. Rejects with `LedgerError`: a broken rule, `bad-seal`, or `future` for one that is too
   * far ahead of the local clock. `seal`: of `verifySeal`, when it was asked for ahead.
   */
  async acceptHeader(header: SealedHeader, seal?: Promise<boolean>): Promise<HeaderOutcome> {
    const { chain, runtime, store } = this.#components
    if (header.network !== store.genesis.network && header.hash !== store.genesis.hash) {
      throw new LedgerError('wrong-network', `header of network ${header.network}`)
    }
    const held = chain.headerNode(header.hash)
    // A copy may carry another seal than the one that was checked, and must not be forwarded with a bad one.
    if (held !== undefined && Buffer.compare(held.header.seal, header.seal) === 0) return 'known'
    const invalid = chain.invalidCode(header.hash) ?? chain.invalidCode(header.parent)
    if (invalid !== undefined) throw new LedgerError('invalid-block', `block ${header.hash} is invalid: ${invalid}`)
    const parent = chain.headerNode(header.parent)
    if (held === undefined) {
      if (parent === undefined) this.#consensus.checkAlone(header)
      else this.#consensus.checkHeader(header, parent)
    }
    if (!(await (seal ?? this.verifySeal(header)))) {
      throw new LedgerError('bad-seal', `the seal of ${header.hash} is not its producer's signature`)
    }
    return chain.insertHeader(header, runtime.clock.now())
  }

  /** Whether the seal is its producer's signature. Several peers may show the same header at once: it is checked once. */
  verifySeal(header: SealedHeader): Promise<boolean> {
    const { chain, runtime } = this.#components
    const held = chain.headerNode(header.hash)
    if (held !== undefined && Buffer.compare(held.header.seal, header.seal) === 0) return Promise.resolve(true)
    const key = `${header.hash} ${toHex(header.seal)}`
    let sealing = this.#sealing.get(key)
    if (sealing === undefined) {
      sealing = runtime.verifier.verify(sealSignatureCheck(header), true).finally(() => this.#sealing.delete(key))
      this.#sealing.set(key, sealing)
    }
    return sealing
  }

  /**
   * Queues a block in its lane. Resolves when the store has it; blocks that became head by it are announced by events.
   * Rejects with `ImporterError`: `lane-full`, `stopped`, `failed`.
   */
  async import({ block }: CheckedBlock, lane: Lane): Promise<ImportResult> {
    if (this.#closed !== undefined) throw this.#closed
    const { hash } = block.header
    const waiting = this.#tickets.get(hash)
    if (waiting !== undefined) {
      const result = await waiting.done.promise
      return result.status === 'invalid' ? result : { status: 'known' }
    }
    if (this.#isHere(hash)) return { status: 'known' }
    const ticket: Ticket = { block, done: Promise.withResolvers() }
    this.#lanes.push(lane, ticket)
    this.#tickets.set(hash, ticket)
    this.#working ??= this.#work()
    return ticket.done.promise
  }

  /**
   * A transaction of this node's own users. Resolves once it is in the mempool (or on the chain) and would survive a
   * crash; true when it was news. Rejects with `LedgerError`, whose message is for the user, or `ImporterError`.
   */
  submit(transaction: Transaction): Promise<boolean> {
    const { id } = transaction
    const submitting = this.#submitting.get(id)
    // Whoever submits it meanwhile gets the same answer, but the news is told once.
    if (submitting !== undefined) return submitting.then(() => false)
    const answer = this.#submit(transaction).finally(() => this.#submitting.delete(id))
    this.#submitting.set(id, answer)
    return answer
  }

  /** Own transactions that no block on the chain includes, as far as the mempool has them. */
  *ownPending(): Generator<Transaction> {
    for (const id of this.#own.ids()) {
      const transaction = this.#components.mempool.get(id)
      if (transaction !== undefined) yield transaction
    }
  }

  /**
   * Verifies transactions of others, none twice. False when one is bad: which one is not said, all of them came from
   * one sender.
   */
  verifyTransactions(transactions: readonly Transaction[]): Promise<boolean> {
    return this.#signatures.verify(transactions, false)
  }

  /** Ends the step under way; what waits is rejected (`stopped`). The store is the caller's to close. */
  async stop(): Promise<void> {
    this.#close(new ImporterError('stopped', 'the importer has stopped'))
    await this.#working
  }

  async #submit(transaction: Transaction): Promise<boolean> {
    if (this.#closed !== undefined) throw this.#closed
    const { chain, mempool, store } = this.#components
    const { id } = transaction
    const location = store.locate(id)
    if (location !== undefined) {
      // Acknowledged is acknowledged: a reorganisation may take its block away again.
      if (chain.head.height - location.height < this.#limits.ownDepth) await this.#own.add(transaction)
      return false
    }
    if (this.#own.size >= this.#limits.ownMax) throw new ImporterError('busy', 'too many transactions are pending')
    this.#checkFunds(transaction)
    if (!(await this.#signatures.verify([transaction], true))) {
      throw new LedgerError('bad-signature', 'Bad signature: the transaction is not signed by its sender.')
    }
    const wasKnown = mempool.has(id)
    const wasOwn = this.#own.has(id)
    // On disk before anyone can see it: what the user is told and what the network has must not differ.
    await this.#own.add(transaction)
    const result = mempool.add(transaction)
    if (result.status !== 'refused') return !wasKnown
    // One that was acknowledged before stays the journal's to judge.
    if (!wasOwn) await this.#own.drop(id)
    throw refusal(transaction, result.code, mempool)
  }

  #isHere(hash: Hex): boolean {
    if (this.#tickets.has(hash)) return true
    const status = this.#components.chain.status(hash)
    return status === 'body' || status === 'side' || status === 'applied'
  }

  async #headerOutcome(header: SealedHeader): Promise<HeaderOutcome | 'future'> {
    try {
      return await this.acceptHeader(header)
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'future') return 'future'
      throw error
    }
  }

  /** The root holds, so a bad signature is in the one body this header can have: the header is invalid. */
  async #checkSignatures({ header, transactions }: Block): Promise<void> {
    const { hash } = header
    let verifying = this.#verifying.get(hash)
    if (verifying === undefined) {
      verifying = this.#signatures.verify(transactions, true).finally(() => this.#verifying.delete(hash))
      this.#verifying.set(hash, verifying)
    }
    if (await verifying) return
    this.#components.chain.markInvalid(hash, 'bad-signature')
    throw new LedgerError('bad-signature', `block ${hash} holds a transaction with a bad signature`)
  }

  /** Peers' transactions may wait for money; a user is told at once. */
  #checkFunds(transaction: Transaction): void {
    const { mempool } = this.#components
    const { id, sender, nonce, amount, fee } = transaction
    if (mempool.has(id) || transaction.network !== mempool.network || nonce < mempool.accountNonce(sender)) return
    if (amount + fee > mempool.fundsAt(sender, nonce)) throw refusal(transaction, 'insufficient-funds', mempool)
  }

  async #work(): Promise<void> {
    const { runtime } = this.#components
    try {
      // The caller of `import` goes on first.
      await runtime.yield()
      while (this.#closed === undefined) {
        this.#insertBodies()
        if (this.#inserted.size === 0 && this.#lanes.isEmpty) break
        await runtime.yield()
        const update = await this.#step()
        if (update !== undefined) await this.#land(update)
        await this.#settle(update === undefined)
      }
    } catch (error) {
      // The chain in memory is ahead of the store now: nothing more may build on it.
      runtime.logger.error('import failed', { error: String(error) })
      this.#close(new ImporterError('failed', 'The store failed; restart the node.', { cause: error }))
      this.#onFailed()
    } finally {
      this.#working = undefined
    }
    if (this.#closed !== undefined) this.#rejectAll(this.#closed)
  }

  /** One step of chain and mempool, in slices. Both move in the last one, so nobody sees one behind the other. */
  async #step(): Promise<ChainUpdate | undefined> {
    const { chain, mempool, runtime } = this.#components
    const work = chain.applyInSlices()
    let slice = work.next()
    for (; !slice.done; slice = work.next()) await runtime.yield()
    if (slice.value !== undefined) mempool.follow(slice.value)
    return slice.value
  }

  #insertBodies(): void {
    for (const ticket of this.#lanes.take(Math.max(0, this.#limits.stepMaxBlocks - this.#inserted.size))) {
      try {
        this.#components.chain.insertBody(ticket.block)
        this.#inserted.add(ticket)
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error
        // Its header was forgotten since it was checked (the tree is full): no fault of the block's.
        if (error.code === 'unknown-header') this.#reject(ticket, error)
        else this.#finish(ticket, { status: 'invalid', code: error.code })
      }
    }
  }

  async #land(update: ChainUpdate): Promise<void> {
    const { store, runtime, events } = this.#components
    await runtime.yield()
    await this.#own.takeBack(update.disconnected)
    await store.commit(update, () => runtime.yield())
    const at = runtime.clock.now()
    for (const { block } of update.connected) {
      const { hash: id, parent, height } = block.header
      events.emit({ type: 'imported', id, parent, height, transactions: block.transactions.map((each) => each.id), at })
    }
    const { hash, height, work } = update.head
    events.emit({ type: 'head', hash, height, work: work.toString(), abandoned: update.disconnected.length, at })
    await this.#own.follow()
  }

  /** `atRest`: the chain is at its best tip, so whatever is not on it stays beside it. */
  async #settle(atRest: boolean): Promise<void> {
    const { chain, store } = this.#components
    const beside: Ticket[] = []
    for (const ticket of this.#inserted) {
      const status = chain.status(ticket.block.header.hash)
      if (status === 'applied') this.#finish(ticket, { status: 'head' })
      else if (status === 'invalid') this.#finish(ticket, { status: 'invalid', code: this.#invalidCode(ticket) })
      else if (status === 'unknown') this.#finish(ticket, { status: 'side' })
      else if (atRest) beside.push(ticket)
    }
    if (beside.length === 0) return
    await store.putSide(beside.map(({ block }) => block))
    for (const ticket of beside) {
      chain.bodyStored(ticket.block.header.hash)
      this.#finish(ticket, { status: 'side' })
    }
  }

  #invalidCode({ block }: Ticket): string {
    return this.#components.chain.invalidCode(block.header.hash) ?? 'invalid-block'
  }

  #finish(ticket: Ticket, result: ImportResult): void {
    this.#inserted.delete(ticket)
    this.#tickets.delete(ticket.block.header.hash)
    ticket.done.resolve(result)
  }

  #close(reason: ImporterError): void {
    this.#closed ??= reason
    if (this.#working === undefined) this.#rejectAll(this.#closed)
  }

  #rejectAll(reason: ImporterError): void {
    for (const ticket of [...this.#lanes.drain(), ...this.#inserted]) this.#reject(ticket, reason)
  }

  #reject(ticket: Ticket, reason: Error): void {
    this.#inserted.delete(ticket)
    this.#tickets.delete(ticket.block.header.hash)
    ticket.done.reject(reason)
  }
}
