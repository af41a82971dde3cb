// Which of two transactions is worth more. Pure functions of the transactions, so that every node decides alike.
import { type Transaction, TRANSACTION_MIN_BYTES } from '../wire/index.ts'

/** Fees are weighed per kilobyte started: an ordinary transaction weighs 1, and its fee is its rate. */
const FEE_UNIT_BYTES = 1024

/** Kilobytes started. */
export function feeWeight(transaction: Transaction): number {
  return Math.ceil(transaction.bytes.length / FEE_UNIT_BYTES)
}

/** The least that a transaction with so many bytes of data must pay where each kilobyte started costs `rate`. */
export function leastFee(dataBytes: number, rate: number): number {
  return rate * Math.ceil((TRANSACTION_MIN_BYTES + dataBytes) / FEE_UNIT_BYTES)
}

/** Fee per kilobyte started. */
export function feeRate(transaction: Transaction): number {
  return transaction.fee / feeWeight(transaction)
}

/** Whether `a` takes the place of `b` for one (sender, nonce): higher fee, then lowest id. A strict total order. */
export function supersedes(a: Transaction, b: Transaction): boolean {
  return a.fee !== b.fee ? a.fee > b.fee : a.id < b.id
}

/**
 * Whether a replacement is worth telling the network: at least a tenth more fee. Smaller steps count here too (peers
 * learn them by anti-entropy), or a sender could flood everyone at a fee unit a message.
 */
export function worthGossiping(replacement: Transaction, replaced: Transaction): boolean {
  return replacement.fee - replaced.fee >= replaced.fee / 10 && replacement.fee > replaced.fee
}

/** Whether `a` is evicted before `b`: lower fee rate, then highest id. A strict total order. */
export function paysLess(a: Transaction, b: Transaction): boolean {
  const rateA = feeRate(a)
  const rateB = feeRate(b)
  return rateA !== rateB ? rateA < rateB : a.id > b.id
}
