// What both sides of comparing mempools put into messages.
import { reconcileDefaults } from '../config/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'
import type { MempoolSet } from './mempool-set.ts'

/** What `DigestAnswer.mempool` says. */
export const COMPARISON = { none: 0, equal: 1, apart: 2, different: 3 } as const

/** As many settled transactions as fit into a message, in the order asked for. */
export function settledOf(ids: readonly Hex[], set: MempoolSet): Transaction[] {
  const found: Transaction[] = []
  let left = reconcileDefaults.bodiesMaxBytes
  for (const id of ids) {
    const transaction = set.settled(id)
    if (transaction === undefined) continue
    left -= transaction.bytes.length
    if (left < 0) break
    found.push(transaction)
  }
  return found
}

export function bodiesOf(transactions: readonly Transaction[]): Uint8Array<ArrayBuffer>[] {
  return transactions.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)
}
