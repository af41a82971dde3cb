// Why the importer does not do what it is asked to, and what a user is told about a refused transaction.
import { developmentName, LedgerError, type Mempool, type RefusedCode } from '../ledger/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'

export type ImporterErrorCode =
  /** Too much in check or submission at a time: later. */
  | 'busy'
  /** The lane holds as many blocks as it may: later. */
  | 'lane-full'
  | 'stopped'
  /** The store failed; nothing is imported any more. */
  | 'failed'

/** This node's own trouble, never the fault of whoever sent the block. */
export class ImporterError extends Error {
  readonly code: ImporterErrorCode
  constructor(code: ImporterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ImporterError'
    this.code = code
  }
}

/** The name of a development account, or the address's first digits. */
function shortName(address: Hex): string {
  return developmentName(address) ?? `${address.slice(0, 8)}…`
}

/** One sentence for the user: what is wrong with the transaction and what would be right. */
export function refusal(transaction: Transaction, code: RefusedCode, mempool: Mempool): LedgerError {
  return new LedgerError(code, sentence(transaction, code, mempool))
}

function sentence(transaction: Transaction, code: RefusedCode, mempool: Mempool): string {
  const { sender, nonce, amount, fee, validUntil } = transaction
  const name = shortName(sender)
  switch (code) {
    case 'wrong-network':
      return `Wrong network: the transaction is for ${transaction.network}, this node is on ${mempool.network}.`
    case 'expired':
      return `Expired: the transaction was valid until block ${validUntil}; sign it again with a later height.`
    case 'nonce-used':
      return `Nonce used: ${name} has sent a transaction with nonce ${nonce}; use ${mempool.nextNonce(sender)}.`
    case 'nonce-gap':
      return `Nonce gap: ${nonce} is too far ahead for ${name}; use ${mempool.nextNonce(sender)}.`
    case 'insufficient-funds': {
      const has = mempool.fundsAt(sender, nonce)
      return `Insufficient funds: ${name} has ${has}, needs ${amount + fee} (${amount} + fee ${fee}).`
    }
    case 'below-min-fee':
      return `Fee too low: ${fee} offered, this node takes ${mempool.requiredFee(transaction)} or more for ${transaction.bytes.length} bytes.`
    case 'outbid':
      return `Nonce pending: ${name} has a transaction with nonce ${nonce} waiting; a higher fee replaces it.`
    case 'mempool-full':
      return 'Mempool full: this node holds as many transactions as it may; offer a higher fee or try again later.'
    default:
      return code satisfies never
  }
}
