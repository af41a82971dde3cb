// Transactions that this node has acknowledged to its own users: journaled before the answer, given back to the mempool
// whenever they are in neither mempool nor chain, forgotten once they are buried (or can never be included). Whose a
// buried one was is not remembered: when a reorganisation digs it up, all of its block are kept like own ones.
import type { ImporterLimits } from '../config/index.ts'
import type { ChainUpdate, Mempool, RefusedCode } from '../ledger/index.ts'
import type { Store } from '../store/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'

export interface OwnComponents {
  readonly mempool: Mempool
  readonly store: Store
  /** Height of the head. */
  readonly height: () => number
}

export type OwnLimits = Pick<ImporterLimits, 'ownMax' | 'ownDepth'>

interface Own {
  readonly transaction: Transaction
  /** Resolves once the disk has it. */
  readonly journaled: Promise<void>
  /** Height at which to look at it again. */
  dueAt: number
}

export class OwnTransactions {
  readonly #components: OwnComponents
  readonly #limits: OwnLimits
  readonly #transactions = new Map<Hex, Own>()
  /** When to look at them again, by height: each once. */
  readonly #due = new Map<number, Set<Hex>>()
  /** Transactions of blocks up to here may have been forgotten. */
  #buriedHeight: number

  constructor(components: OwnComponents, limits: OwnLimits) {
    this.#components = components
    this.#limits = limits
    this.#buriedHeight = components.height() - limits.ownDepth
  }

  get size(): number {
    return this.#transactions.size
  }

  has(id: Hex): boolean {
    return this.#transactions.has(id)
  }

  ids(): Iterable<Hex> {
    return this.#transactions.keys()
  }

  /** It was refused after all. */
  async drop(id: Hex): Promise<void> {
    this.#remove(id)
    await this.#components.store.forget([id])
  }

  /** Resolves once the transaction survives a crash. */
  add(transaction: Transaction): Promise<void> {
    const { id } = transaction
    const own = this.#transactions.get(id)
    if (own !== undefined) return own.journaled
    const journaled = this.#components.store.journal(transaction)
    this.#hold({ transaction, journaled, dueAt: this.#components.height() + this.#limits.ownDepth })
    journaled.catch(() => this.#remove(id))
    return journaled
  }

  /** Takes back what the journal held at the start. */
  restore(transactions: Iterable<Transaction>): void {
    const height = this.#components.height()
    // By nonce: the journal's order is that of ids, and a long queue would be taken for gaps.
    const inSequence = [...transactions].sort((a, b) => a.nonce - b.nonce)
    for (const transaction of inSequence) {
      this.#hold({ transaction, journaled: Promise.resolve(), dueAt: height + 1 })
      // What is refused now may have been included just before the crash, or be right again after a reorganisation.
      this.#components.mempool.add(transaction)
    }
  }

  /**
   * The chain has left blocks, the store has not written that yet. Resolves once those of their transactions that may have
   * been forgotten survive a crash: what is pending again; and, as far as there is room here, what the mempool has no room
   * for now, and what is on the chain again, from which it may be taken once more before it is as deep.
   */
  async takeBack({ disconnected, connected }: Pick<ChainUpdate, 'disconnected' | 'connected'>): Promise<void> {
    const dugUp = disconnected.filter(({ header }) => header.height <= this.#buriedHeight)
    if (dugUp.length === 0) return
    const onChain = new Set(connected.flatMap(({ block }) => block.transactions.map(({ id }) => id)))
    const transactions = dugUp.flatMap((block) => block.transactions)
    const homeless = transactions.filter(({ id }) => !onChain.has(id))
    const again = transactions.filter(({ id }) => onChain.has(id))
    const journaled: Promise<void>[] = []
    for (const transaction of homeless) if (this.#mayComeBack(transaction)) journaled.push(this.add(transaction))
    for (const transaction of again) if (this.size < this.#limits.ownMax) journaled.push(this.add(transaction))
    await Promise.all(journaled)
  }

  /** The head moved and the store has it. */
  async follow(): Promise<void> {
    const { store, height } = this.#components
    const head = height()
    this.#buriedHeight = Math.max(this.#buriedHeight, head - this.#limits.ownDepth)
    const over: Hex[] = []
    for (const [due, ids] of this.#due) {
      if (due > head) continue
      this.#due.delete(due)
      for (const id of ids) if (this.#isOver(id, head)) over.push(id)
    }
    if (over.length === 0) return
    for (const id of over) this.#transactions.delete(id)
    await store.forget(over)
  }

  #hold(own: Own): void {
    this.#transactions.set(own.transaction.id, own)
    this.#lookAt(own.dueAt, own)
  }

  #remove(id: Hex): void {
    const own = this.#transactions.get(id)
    if (own === undefined) return
    this.#transactions.delete(id)
    const due = this.#due.get(own.dueAt)
    due?.delete(id)
    if (due?.size === 0) this.#due.delete(own.dueAt)
  }

  #lookAt(height: number, own: Own): void {
    const { id } = own.transaction
    own.dueAt = height
    const due = this.#due.get(height)
    if (due === undefined) this.#due.set(height, new Set([id]))
    else due.add(id)
  }

  #mayComeBack(transaction: Transaction): boolean {
    const { mempool } = this.#components
    if (mempool.has(transaction.id)) return true
    if (this.size >= this.#limits.ownMax) return false
    const objection = mempool.objection(transaction)
    return objection === undefined || !isForGood(objection)
  }

  /** True when the journal need not keep it; else it is looked at again later. */
  #isOver(id: Hex, head: number): boolean {
    const { mempool, store } = this.#components
    const own = this.#transactions.get(id)
    if (own === undefined) return true
    const { transaction } = own
    const location = store.locate(id)
    if (location !== undefined) {
      if (head - location.height >= this.#limits.ownDepth) return true
      this.#lookAt(location.height + this.#limits.ownDepth, own)
      return false
    }
    const result = mempool.add(transaction)
    if (result.status === 'refused' && isForGood(result.code)) return true
    this.#lookAt(head + this.#limits.ownDepth, own)
    return false
  }
}

/** Whether no other state of the mempool could make it right, as long as the chain does not go back. */
function isForGood(code: RefusedCode): boolean {
  return code === 'expired' || code === 'nonce-used'
}
