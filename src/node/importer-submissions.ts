// Transactions of this node's own users: acknowledged only when they would survive a crash, and refused in one sentence.
import { type Chain, LedgerError, type Mempool } from '../ledger/index.ts'
import type { Store } from '../store/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'
import { ImporterError, refusal } from './importer-errors.ts'
import type { OwnLimits, OwnTransactions } from './importer-own.ts'
import type { SignatureChecks } from './importer-signatures.ts'

export interface SubmissionComponents {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly store: Store
  readonly own: OwnTransactions
  readonly signatures: SignatureChecks
  /** Why nothing is taken any more, if so. */
  readonly closed: () => ImporterError | undefined
  /** Resolves once the store has what the chain has, or never will. */
  readonly landed: () => Promise<void>
}

export class Submissions {
  readonly #components: SubmissionComponents
  readonly #limits: OwnLimits
  /** Between their signature and the answer. */
  readonly #submitting = new Map<Hex, Promise<boolean>>()

  constructor(components: SubmissionComponents, limits: OwnLimits) {
    this.#components = components
    this.#limits = limits
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

  async #submit(transaction: Transaction): Promise<boolean> {
    const { chain, mempool, store, own, signatures } = this.#components
    this.#throwIfClosed()
    const { id } = transaction
    // A step that the store has not written yet may take its block away.
    if (store.locate(id) !== undefined) await this.#landed()
    const location = store.locate(id)
    if (location !== undefined) {
      // Acknowledged is acknowledged: a reorganisation may take its block away again.
      if (chain.head.height - location.height < this.#limits.ownDepth) await this.#keep(transaction)
      return false
    }
    this.#throwIfFull(id)
    this.#checkFunds(transaction)
    if (!(await signatures.verify([transaction], true))) {
      throw new LedgerError('bad-signature', 'Bad signature: the transaction is not signed by its sender.')
    }
    const wasKnown = mempool.has(id)
    const wasOwn = own.has(id)
    // On disk before anyone can see it: what the user is told and what the network has must not differ.
    await this.#keep(transaction)
    const result = mempool.add(transaction)
    if (result.status !== 'refused') return !wasKnown
    if (await this.#wasIncluded(id)) return false
    // One that was acknowledged before stays the journal's to judge.
    if (!wasOwn) await own.drop(id)
    throw refusal(transaction, result.code, mempool)
  }

  /**
   * A used nonce may be its own: a block that includes it may have come meanwhile, from where it was submitted, too. Users
   * who were told to take another nonce would pay twice.
   */
  async #wasIncluded(id: Hex): Promise<boolean> {
    await this.#landed()
    return this.#components.store.locate(id) !== undefined
  }

  /** Resolves once the disk has it. */
  async #keep(transaction: Transaction): Promise<void> {
    // Others may have come in since it was looked at first.
    this.#throwIfFull(transaction.id)
    await this.#components.own.add(transaction)
  }

  #throwIfFull(id: Hex): void {
    const { own } = this.#components
    if (own.size < this.#limits.ownMax || own.has(id)) return
    throw new ImporterError('busy', 'too many transactions are pending')
  }

  async #landed(): Promise<void> {
    await this.#components.landed()
    this.#throwIfClosed()
  }

  #throwIfClosed(): void {
    const closed = this.#components.closed()
    if (closed !== undefined) throw closed
  }

  /** Peers' transactions may wait for money; a user is told at once. */
  #checkFunds(transaction: Transaction): void {
    const { mempool } = this.#components
    const { id, sender, nonce, amount, fee } = transaction
    if (mempool.has(id) || transaction.network !== mempool.network || nonce < mempool.accountNonce(sender)) return
    if (amount + fee > mempool.fundsAt(sender, nonce)) throw refusal(transaction, 'insufficient-funds', mempool)
  }
}
