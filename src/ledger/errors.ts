// What a header, a block or a transaction can break. Codes are a closed list, so that they can label metrics.

/** Every rule of the ledger has one of these. */
export type LedgerErrorCode =
  // genesis and stored state
  | 'bad-genesis'
  | 'bad-state'
  // headers
  | 'wrong-network'
  | 'wrong-height'
  | 'time-not-after-parent'
  | 'future'
  | 'wrong-bits'
  | 'insufficient-work'
  | 'not-a-sealer'
  | 'slot-taken'
  | 'out-of-turn'
  | 'invalid-block'
  | 'invalid-parent'
  // bodies
  | 'unknown-header'
  | 'wrong-root'
  | 'wrong-transaction-network'
  // state
  | 'nonce-used'
  | 'nonce-gap'
  | 'insufficient-funds'
  | 'expired'
  | 'overflow'
  // signatures
  | 'bad-seal'
  | 'bad-signature'
  // mempool
  | 'below-min-fee'
  | 'outbid'
  | 'mempool-full'

/** Thrown for anything a header, block or transaction breaks; `code` is safe as a metric label. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode
  constructor(code: LedgerErrorCode, message: string) {
    super(message)
    this.name = 'LedgerError'
    this.code = code
  }
}
