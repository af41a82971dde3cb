// One sender's pending transactions by nonce, and how many of them could go into a block now: a prefix without a gap
// that the balance covers. The prefix is a function of the set and the account alone, whatever came first.
import type { Hex, Transaction } from '../wire/index.ts'
import { supersedes } from './mempool-order.ts'
import type { Account } from './types.ts'

export type Insertion =
  | { readonly status: 'added' }
  | { readonly status: 'outbid' }
  | { readonly status: 'replaced'; readonly replaced: Transaction }

export class SenderQueue {
  readonly sender: Hex
  /** By nonce, ascending, one for each. */
  readonly transactions: Transaction[] = []
  /** The first `ready` of them are valid in sequence. */
  ready = 0
  /** What those spend. Never above the balance, so always exact. */
  spent = 0
  /** Height of the chain when it last moved on while something waits in it; `undefined` when nothing does. */
  waitingSince: number | undefined
  #account: Account

  constructor(sender: Hex, account: Account) {
    this.sender = sender
    this.#account = account
  }

  /** Those that a missing nonce or a short balance holds back. */
  get waiting(): number {
    return this.transactions.length - this.ready
  }

  get tail(): Transaction | undefined {
    return this.transactions.at(-1)
  }

  /** The nonce after the ready ones: what is missing, or there but not funded. */
  get readyNonce(): number {
    return this.#account.nonce + this.ready
  }

  /** The nonce a new transaction should carry: the first that nothing pending has. */
  get nextNonce(): number {
    let nonce = this.readyNonce
    for (let i = this.ready; this.transactions[i]?.nonce === nonce; i++) nonce++
    return nonce
  }

  /** Balance that transactions with a nonce below this one leave; 0 when they want more than there is. */
  fundsAt(nonce: number): number {
    let left = this.#account.balance
    for (const { amount, fee, nonce: before } of this.transactions) {
      if (before >= nonce || left <= 0) break
      left -= amount + fee
    }
    return Math.max(0, left)
  }

  at(nonce: number): Transaction | undefined {
    const found = this.transactions[this.#indexOf(nonce)]
    return found?.nonce === nonce ? found : undefined
  }

  insert(transaction: Transaction): Insertion {
    const at = this.#indexOf(transaction.nonce)
    const held = this.transactions[at]
    if (held?.nonce !== transaction.nonce) {
      this.#truncate(at)
      if (at === this.transactions.length) this.transactions.push(transaction)
      else this.transactions.splice(at, 0, transaction)
      this.#extend()
      return { status: 'added' }
    }
    if (!supersedes(transaction, held)) return { status: 'outbid' }
    this.#truncate(at)
    this.transactions[at] = transaction
    this.#extend()
    return { status: 'replaced', replaced: held }
  }

  removeTail(): void {
    this.#truncate(this.transactions.length - 1)
    this.transactions.pop()
  }

  /** Gives up and returns what is not ready. */
  removeWaiting(): Transaction[] {
    return this.transactions.splice(this.ready)
  }

  remove(transaction: Transaction): void {
    const at = this.#indexOf(transaction.nonce)
    if (this.transactions[at] !== transaction) return
    this.#truncate(at)
    this.transactions.splice(at, 1)
    this.#extend()
  }

  /** The account changed. Returns the transactions whose nonces are used up. */
  follow(account: Account): Transaction[] {
    const used = this.transactions.splice(0, this.#indexOf(account.nonce))
    this.#account = account
    this.ready = 0
    this.spent = 0
    this.#extend()
    return used
  }

  /** Index of the first transaction with at least this nonce. */
  #indexOf(nonce: number): number {
    const { transactions } = this
    let high = transactions.length
    const last = transactions[high - 1]
    if (last === undefined || last.nonce < nonce) return high
    let low = 0
    while (low < high) {
      const middle = (low + high) >> 1
      if ((transactions[middle] as Transaction).nonce < nonce) low = middle + 1
      else high = middle
    }
    return low
  }

  #truncate(length: number): void {
    while (this.ready > length) {
      const { amount, fee } = this.transactions[--this.ready] as Transaction
      this.spent -= amount + fee
    }
  }

  #extend(): void {
    for (;;) {
      const next = this.transactions[this.ready]
      if (next?.nonce !== this.readyNonce) return
      // Subtractions only: amount + fee may pass 2^53, what is left of a balance can't.
      const left = this.#account.balance - this.spent
      if (next.amount > left || next.fee > left - next.amount) return
      this.spent += next.amount + next.fee
      this.ready++
    }
  }
}
