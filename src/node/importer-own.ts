// Transactions that this node has acknowledged to its own users: journaled before the answer, given back to the mempool
// whenever they are in neither mempool nor chain, forgotten once they are buried (or can never be included). Whose a
// buried one was is not remembered: when a reorganisation digs it up, all of its block are kept like own ones.
import type { Mempool } from '../ledger/index.ts'
import type { Store } from '../store/index.ts'
import type { Block, Hex, Transaction } from '../wire/index.ts'

export interface OwnComponents {
  readonly mempool: Mempool
  readonly store: Store
  /** Height of the head. */
  readonly height: () => number
}

interface Own {
  readonly transaction: Transaction
  /** Resolves once the disk has it. */
  readonly journaled: Promise<void>
  /** Height at which to look at it again. */
  dueAt: number
}

export class OwnTransactions {
  readonly #components: OwnComponents
  readonly #depth: number
  readonly #transactions = new Map<Hex, Own>()
  /** When to look at them again, by height: each once. */
  readonly #due = new Map<number, Set<Hex>>()
  /** Transactions of blocks up to here may have been forgotten. */
  #buriedHeight: number

  /** `depth`: blocks on top of a transaction's before it is forgotten. */
  constructor(components: OwnComponents, depth: number) {
    this.#components = components
    this.#depth = depth
    this.#buriedHeight = components.height() - depth
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
    this.#hold({ transaction, journaled, dueAt: this.#components.height() + this.#depth })
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
   * The chain has left these blocks, the store has not written that yet. Resolves once those of their transactions that
   * are pending again, and may have been forgotten, survive a crash.
   */
  async takeBack(abandoned: readonly Block[]): Promise<void> {
    const { mempool } = this.#components
    const dugUp = abandoned.filter(({ header }) => header.height <= this.#buriedHeight)
    const pending = dugUp.flatMap(({ transactions }) => transactions.filter(({ id }) => mempool.has(id)))
    await Promise.all(pending.map((transaction) => this.add(transaction)))
  }

  /** The head moved and the store has it. */
  async follow(): Promise<void> {
    const { store, height } = this.#components
    const head = height()
    this.#buriedHeight = Math.max(this.#buriedHeight, head - this.#depth)
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
    const { id } = own.transaction
    this.#transactions.set(id, own)
    this.#lookAt(own.dueAt, id, own)
  }

  #remove(id: Hex): void {
    const own = this.#transactions.get(id)
    if (own === undefined) return
    this.#transactions.delete(id)
    const due = this.#due.get(own.dueAt)
    due?.delete(id)
    if (due?.size === 0) this.#due.delete(own.dueAt)
  }

  #lookAt(height: number, id: Hex, own: Own): void {
    own.dueAt = height
    const due = this.#due.get(height)
    if (due === undefined) this.#due.set(height, new Set([id]))
    else due.add(id)
  }

  /** True when the journal need not keep it; else it is looked at again later. */
  #isOver(id: Hex, head: number): boolean {
    const { mempool, store } = this.#components
    const own = this.#transactions.get(id)
    if (own === undefined) return true
    const { transaction } = own
    const location = store.locate(id)
    if (location !== undefined) {
      if (head - location.height >= this.#depth) return true
      this.#lookAt(location.height + this.#depth, id, own)
      return false
    }
    const result = mempool.add(transaction)
    if (result.status === 'refused' && (result.code === 'expired' || result.code === 'nonce-used')) return true
    this.#lookAt(head + this.#depth, id, own)
    return false
  }
}
