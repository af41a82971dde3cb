// Blocks: a sealed header (193 bytes), u32 number of transactions, then the transactions one after another.
import { merkleRootOfHex } from '../crypto/index.ts'
import { type Hex, toHex, viewOf, WireError } from './bytes.ts'
import { decodeSealedHeader, encodeSealedHeader, SEALED_HEADER_BYTES, type SealedHeader } from './header.ts'
import { decodeTransaction, TRANSACTION_MIN_BYTES, type Transaction, transactionLengthAt } from './transaction.ts'

/** A block's size on the wire, header and seal included. */
export const BLOCK_MAX_BYTES = 2 * 1024 * 1024
/** Bytes of a block without transactions. */
export const BLOCK_EMPTY_BYTES = SEALED_HEADER_BYTES + 4

export interface Block {
  readonly header: SealedHeader
  readonly transactions: readonly Transaction[]
  /** The encoded block. */
  readonly bytes: Uint8Array
}

/** The Merkle root that a header over these transactions must carry. */
export function transactionsRoot(transactions: readonly Transaction[]): Hex {
  return toHex(merkleRootOfHex(transactions.map(({ id }) => id)))
}

/** Puts a block together. Throws `WireError` (`oversize`) above 2 MiB. Does not compare the root. */
export function assembleBlock(header: SealedHeader, transactions: readonly Transaction[]): Block {
  const length = transactions.reduce((sum, transaction) => sum + transaction.bytes.length, BLOCK_EMPTY_BYTES)
  if (length > BLOCK_MAX_BYTES) throw new WireError('oversize', `block of ${length} bytes`)
  const bytes = new Uint8Array(length)
  bytes.set(encodeSealedHeader(header))
  viewOf(bytes).setUint32(SEALED_HEADER_BYTES, transactions.length)
  let offset = BLOCK_EMPTY_BYTES
  for (const transaction of transactions) {
    bytes.set(transaction.bytes, offset)
    offset += transaction.bytes.length
  }
  return { header, transactions, bytes }
}

/**
 * Decodes exactly `bytes` and keeps views of them. Checks the layout only: not the root, not a signature.
 * `decode` may remember transactions that are known already. Throws `WireError`.
 */
export function decodeBlock(bytes: Uint8Array, decode: (bytes: Uint8Array) => Transaction = decodeTransaction): Block {
  if (bytes.length > BLOCK_MAX_BYTES) throw new WireError('oversize', `block of ${bytes.length} bytes`)
  if (bytes.length < BLOCK_EMPTY_BYTES) throw new WireError('truncated', 'truncated block')
  const header = decodeSealedHeader(bytes.subarray(0, SEALED_HEADER_BYTES))
  const count = viewOf(bytes).getUint32(SEALED_HEADER_BYTES)
  if (count * TRANSACTION_MIN_BYTES > bytes.length - BLOCK_EMPTY_BYTES) {
    throw new WireError('truncated', `${count} transactions can't fit`)
  }
  const transactions: Transaction[] = []
  let offset = BLOCK_EMPTY_BYTES
  for (let i = 0; i < count; i++) {
    const end = offset + transactionLengthAt(bytes, offset)
    transactions.push(decode(bytes.subarray(offset, end)))
    offset = end
  }
  if (offset !== bytes.length) throw new WireError('trailing-bytes', 'bytes after the last transaction')
  return { header, transactions, bytes }
}

/** The encoded transactions at ascending `indexes` of an encoded block; undefined when it has fewer. Hashes nothing. */
export function transactionsAt(block: Uint8Array, indexes: readonly number[]): Uint8Array[] | undefined {
  const count = viewOf(block).getUint32(SEALED_HEADER_BYTES)
  const found: Uint8Array[] = []
  let offset = BLOCK_EMPTY_BYTES
  for (let i = 0; i < count && found.length < indexes.length; i++) {
    const end = offset + transactionLengthAt(block, offset)
    if (indexes[found.length] === i) found.push(block.subarray(offset, end))
    offset = end
  }
  return found.length === indexes.length ? found : undefined
}
