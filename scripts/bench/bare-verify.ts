// ed25519 verification and nothing else: keys imported beforehand, messages as they lie in the blocks. What an import
// is measured against.
import { type KeyObject, verify } from 'node:crypto'
import { importPublicKey } from '../../src/runtime/index.ts'
import { type Transaction, transactionSignatureCheck } from '../../src/wire/index.ts'

/** Enough for any number of pool threads. */
const IN_FLIGHT = 64

export interface BareCheck {
  readonly key: KeyObject
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

export function bareChecks(transactions: readonly Transaction[]): BareCheck[] {
  return transactions.map((transaction) => {
    const { publicKey, message, signature } = transactionSignatureCheck(transaction)
    return { key: importPublicKey(publicKey), message, signature }
  })
}

/** One after another on the main thread. */
export function verifyOnOneCore(checks: readonly BareCheck[]): void {
  for (const { key, message, signature } of checks) {
    if (!verify(null, message, key, signature)) throw new Error('a good signature does not verify')
  }
}

/** Through libuv's thread pool. */
export function verifyInPool(checks: readonly BareCheck[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0
    let open = checks.length
    const start = (): void => {
      const check = checks[next++]
      if (check === undefined) return
      verify(null, check.message, check.key, check.signature, (error, valid) => {
        if (error != null || !valid) return reject(error ?? new Error('a good signature does not verify'))
        if (--open === 0) return resolve()
        start()
      })
    }
    for (let i = 0; i < IN_FLIGHT; i++) start()
  })
}
