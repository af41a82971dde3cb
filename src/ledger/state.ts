// Accounts in memory, and a step's changes on top of them: nothing reaches the accounts before `commit`, so a block
// that fails in the middle leaves no trace.
import type { Hex } from '../wire/index.ts'
import { type Account, EMPTY_ACCOUNT, type Undo, type UndoEntry } from './types.ts'

interface WorkingAccount {
  balance: number
  nonce: number
}

/** The accounts as of the head. An empty account is not kept. */
export class Accounts {
  readonly #accounts: Map<Hex, Account>

  constructor(accounts: Iterable<readonly [Hex, Account]>) {
    this.#accounts = new Map()
    for (const [address, account] of accounts) this.set(address, account)
  }

  get(address: Hex): Account {
    return this.#accounts.get(address) ?? EMPTY_ACCOUNT
  }

  set(address: Hex, account: Account): void {
    if (account.balance === 0 && account.nonce === 0) this.#accounts.delete(address)
    else this.#accounts.set(address, account)
  }

  entries(): Iterable<readonly [Hex, Account]> {
    return this.#accounts.entries()
  }
}

/** What a block does to the accounts as its parent left them: the same wherever it is connected. */
export interface BlockEffect {
  /** Those it touched, as it leaves them. */
  readonly accounts: ReadonlyMap<Hex, Account>
  readonly undo: Undo
}

/** Changes of one step: blocks taken back and blocks connected, in order. */
export class StateStep {
  readonly #accounts: Accounts
  readonly #changed = new Map<Hex, Account>()
  /** Accounts that the block being connected has touched; objects of this map alone are written to. */
  #block = new Map<Hex, WorkingAccount>()
  /** The same accounts as they were before it. */
  #undo: UndoEntry[] = []

  constructor(accounts: Accounts) {
    this.#accounts = accounts
  }

  /** The account in the block being connected, to be changed in place. */
  touch(address: Hex): WorkingAccount {
    const touched = this.#block.get(address)
    if (touched !== undefined) return touched
    const { balance, nonce } = this.#changed.get(address) ?? this.#accounts.get(address)
    const account = { balance, nonce }
    this.#block.set(address, account)
    this.#undo.push({ address, balance, nonce })
    return account
  }

  /** Ends the block and returns what it did. */
  endBlock(): BlockEffect {
    const effect = { accounts: this.#block, undo: { accounts: this.#undo } }
    this.#block = new Map()
    this.#undo = []
    this.adopt(effect)
    return effect
  }

  /** What a block did to the same accounts before. */
  adopt({ accounts }: BlockEffect): void {
    for (const [address, account] of accounts) this.#changed.set(address, account)
  }

  /** Takes a block back: the newest one first. */
  revert(undo: Undo): void {
    for (const { address, balance, nonce } of undo.accounts) this.#changed.set(address, { balance, nonce })
  }

  /** Writes the changes to the accounts and returns them. */
  commit(): ReadonlyMap<Hex, Account> {
    for (const [address, account] of this.#changed) this.#accounts.set(address, account)
    return this.#changed
  }
}
