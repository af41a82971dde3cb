// What a block does to accounts, and what its body must hold whatever the state is.
import { type Block, type Hex, type Transaction, transactionsRoot } from '../wire/index.ts'
import { LedgerError } from './errors.ts'
import type { BlockEffect, StateStep } from './state.ts'

/** Blocks whose root was compared and holds: the importer asks before it forwards, the tree before it trusts. */
const rootsChecked = new WeakSet<Block>()

/** Whether the header's root is that of the transactions. Computed once per block object. */
export function rootMatches(block: Block): boolean {
  if (rootsChecked.has(block)) return true
  if (transactionsRoot(block.transactions) !== block.header.merkleRoot) return false
  rootsChecked.add(block)
  return true
}

/** The network of all transactions of a block, where that was looked at. */
const networksChecked = new WeakMap<Block, Hex>()

/** Rules of a body that need no state. Throws `LedgerError`: given a matching root, the block's fault. */
export function checkBody(block: Block, network: Hex): void {
  if (networksChecked.get(block) === network) return
  for (const transaction of block.transactions) {
    if (transaction.network !== network) {
      throw new LedgerError('wrong-transaction-network', `transaction ${transaction.id} is of another network`)
    }
  }
  networksChecked.set(block, network)
}

/** Transactions applied between two pauses: about 1 ms. */
const SLICE_TRANSACTIONS = 500

/**
 * Applies a block's transactions in order, then credits reward and fees to the producer (who can't spend them within
 * the block). Yields now and then. Throws `LedgerError` at the first rule broken; the step is then of no further use.
 */
export function* connectBlock(step: StateStep, block: Block, reward: number): Generator<void, BlockEffect> {
  let income = reward
  let sliceLeft = SLICE_TRANSACTIONS
  for (const transaction of block.transactions) {
    applyTransaction(step, transaction, block.header.height)
    income += transaction.fee
    if (--sliceLeft > 0) continue
    yield
    sliceLeft = SLICE_TRANSACTIONS
  }
  credit(step, block.header.producer, income)
  return step.endBlock()
}

function applyTransaction(step: StateStep, transaction: Transaction, height: number): void {
  const { amount, fee, nonce, validUntil } = transaction
  if (validUntil !== 0 && validUntil < height) {
    throw new LedgerError('expired', `transaction ${transaction.id} was valid until height ${validUntil}`)
  }
  const sender = step.touch(transaction.sender)
  if (nonce !== sender.nonce) {
    const code = nonce < sender.nonce ? 'nonce-used' : 'nonce-gap'
    throw new LedgerError(code, `transaction ${transaction.id} has nonce ${nonce}, due is ${sender.nonce}`)
  }
  // Both are below 2^53; where their sum is rounded it is above any balance, so the comparison holds.
  if (amount + fee > sender.balance) {
    throw new LedgerError('insufficient-funds', `transaction ${transaction.id} needs ${amount + fee}`)
  }
  sender.balance -= amount + fee
  sender.nonce++
  credit(step, transaction.recipient, amount)
}

function credit(step: StateStep, address: Hex, amount: number): void {
  const account = step.touch(address)
  const balance = account.balance + amount
  if (!Number.isSafeInteger(balance)) throw new LedgerError('overflow', `balance of ${address} would reach 2^53`)
  account.balance = balance
}
