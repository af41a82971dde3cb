// The one way in for blocks and own transactions. `check` says what may be forwarded (importer-checks), `submit` takes what
// own users send (importer-submissions); `import` moves the chain, here, one step at a time: apply, mempool, one atomic
// commit, events. Never does both in one turn of the loop.
import { IMPORTER_LIMITS, type ImporterLimits } from '../config/index.ts'
import { type Chain, type ChainUpdate, LedgerError, type Mempool } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Block, Hex, SealedHeader, Transaction } from '../wire/index.ts'
import { BlockChecks, type CheckedBlock, type CheckOutcome, type HeaderOutcome } from './importer-checks.ts'
import { ImporterError } from './importer-errors.ts'
import { type ImportResult, type Lane, Lanes, type Ticket } from './importer-lanes.ts'
import { OwnTransactions } from './importer-own.ts'
import { SignatureChecks } from './importer-signatures.ts'
import { Submissions } from './importer-submissions.ts'

export type { CheckedBlock, HeaderOutcome }

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
  readonly #signatures: SignatureChecks
  readonly #checks: BlockChecks
  readonly #own: OwnTransactions
  readonly #submissions: Submissions
  readonly #lanes: Lanes
  /** Every block between `import` and its result. */
  readonly #tickets = new Map<Hex, Ticket>()
  /** In the tree, their fate not known yet. */
  readonly #inserted = new Set<Ticket>()
  readonly #onFailed: () => void
  #working: Promise<void> | undefined
  /** From the turn in which chain and mempool move until the store has followed. */
  #landing: PromiseWithResolvers<void> | undefined
  #closed: ImporterError | undefined

  constructor(components: ImporterComponents, init: ImporterInit = {}) {
    const { chain, mempool, store, runtime } = components
    this.#components = components
    this.#limits = { ...IMPORTER_LIMITS, ...init.limits }
    this.#onFailed = init.onFailed ?? (() => {})
    this.#signatures = new SignatureChecks({ mempool, verifier: runtime.verifier }, this.#limits)
    this.#own = new OwnTransactions({ mempool, store, height: () => chain.head.height }, this.#limits)
    this.#checks = new BlockChecks(
      { chain, runtime, genesis: store.genesis, signatures: this.#signatures, isHere: (hash) => this.#isHere(hash) },
      this.#limits
    )
    this.#submissions = new Submissions(
      {
        chain,
        mempool,
        store,
        own: this.#own,
        signatures: this.#signatures,
        closed: () => this.#closed,
        landed: async () => this.#landing?.promise
      },
      this.#limits
    )
    this.#lanes = new Lanes(this.#limits.laneMaxBlocks)
    this.#own.restore(store.restoreJournal())
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

  /** What may be forwarded: `BlockChecks.check`. */
  check(block: Block, lane?: Lane): Promise<CheckOutcome> {
    return this.#checks.check(block, lane)
  }

  /** A header ahead of its body: `BlockChecks.acceptHeader`. */
  acceptHeader(header: SealedHeader, seal?: Promise<boolean>): Promise<HeaderOutcome> {
    return this.#checks.acceptHeader(header, seal)
  }

  /** Once for all who ask: `BlockChecks.verifySeal`. */
  verifySeal(header: SealedHeader): Promise<boolean> {
    return this.#checks.verifySeal(header)
  }

  /** A transaction of this node's own users: `Submissions.submit`. */
  submit(transaction: Transaction): Promise<boolean> {
    return this.#submissions.submit(transaction)
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

  #isHere(hash: Hex): boolean {
    if (this.#tickets.has(hash)) return true
    const status = this.#components.chain.status(hash)
    return status === 'body' || status === 'side' || status === 'applied'
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
      this.#hasLanded()
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
    if (slice.value === undefined) return undefined
    mempool.follow(slice.value)
    this.#landing = Promise.withResolvers()
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
    await this.#own.takeBack(update)
    await store.commit(update, () => runtime.yield())
    this.#hasLanded()
    const at = runtime.clock.now()
    for (const { block } of update.connected) {
      const { hash: id, parent, height } = block.header
      events.emit({ type: 'imported', id, parent, height, transactions: block.transactions.map((each) => each.id), at })
    }
    const { hash, height, work } = update.head
    events.emit({ type: 'head', hash, height, work: work.toString(), abandoned: update.disconnected.length, at })
    await this.#own.follow()
  }

  #hasLanded(): void {
    this.#landing?.resolve()
    this.#landing = undefined
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
