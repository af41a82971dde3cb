// Compact blocks: a block told by short ids, for those who have its transactions already (the idea is BIP 152's). Layout
// (version 1, big-endian):
//     0   193  sealed header
//   193     8  salt
//   201    u8  version = 1
//   202   u16  number of transactions in the block, n
//   204   u16  number of prefilled ones, p ≤ n
//   206        p times: u16 gap (transactions since the last prefilled one, or the start), then the transaction
//              (n − p) × 6  short ids of the others, in block order
//          64  signature by the header's producer over a domain and all bytes before it
// Every field has one encoding, so a block with one salt and one choice of prefilled transactions is one message.
import { sha256, SIPHASH_KEY_BYTES, type SipKey, sipHashHexIds, sipKey } from '../crypto/index.ts'
import { BLOCK_EMPTY_BYTES, BLOCK_MAX_BYTES, type Block } from './block.ts'
import { fromHex, type Hex, viewOf, WireError } from './bytes.ts'
import { decodeSealedHeader, encodeSealedHeader, SEALED_HEADER_BYTES, type SealedHeader } from './header.ts'
import { decodeTransaction, TRANSACTION_MIN_BYTES, type Transaction, transactionLengthAt } from './transaction.ts'

export const COMPACT_BLOCK_VERSION = 1
export const COMPACT_SALT_BYTES = 8
export const SHORT_ID_BYTES = 6
/** Transactions that a block of the largest size can hold: what bounds every count and index. */
export const BLOCK_TRANSACTIONS_MAX = Math.floor((BLOCK_MAX_BYTES - BLOCK_EMPTY_BYTES) / TRANSACTION_MIN_BYTES)

const SIGNATURE_BYTES = 64
const FIXED_BYTES = SEALED_HEADER_BYTES + COMPACT_SALT_BYTES + 1 + 2 + 2
const GAP_BYTES = 2
/** A compact block of the largest block with everything prefilled. */
export const COMPACT_BLOCK_MAX_BYTES =
  BLOCK_MAX_BYTES - BLOCK_EMPTY_BYTES + BLOCK_TRANSACTIONS_MAX * GAP_BYTES + FIXED_BYTES + SIGNATURE_BYTES
/** Signed in front of the bytes, so that the signature is of nothing else: seals are of 32 bytes, transactions begin with 1. */
const SIGNATURE_DOMAIN = new TextEncoder().encode('starling compact block/1')

export interface CompactBlock {
  readonly header: SealedHeader
  readonly salt: Uint8Array
  /** Number of transactions in the block. */
  readonly count: number
  /** By index in the block, ascending. */
  readonly prefilled: ReadonlyMap<number, Transaction>
  /** Of the others in block order: 48-bit numbers. */
  readonly shortIds: readonly number[]
  /** The encoded compact block, signature included. */
  readonly bytes: Uint8Array
}

/** The key of short ids: first 16 bytes of sha256(header hash ‖ salt). Nobody knows it before the block exists. */
export function shortIdKey(hash: Hex, salt: Uint8Array): SipKey {
  const input = new Uint8Array(32 + salt.length)
  input.set(fromHex(hash, 32))
  input.set(salt, 32)
  return sipKey(sha256(input).subarray(0, SIPHASH_KEY_BYTES))
}

/** Short ids of transactions: the first 6 of the hash's 8 little-endian bytes, as numbers below 2^48. */
export function shortIdsOf(key: SipKey, ids: readonly Hex[]): number[] {
  const halves = sipHashHexIds(key, ids)
  return ids.map((_, i) => (halves[2 * i] ?? 0) + ((halves[2 * i + 1] ?? 0) & 0xffff) * 0x1_0000_0000)
}

/** The compact form of a block, with the transactions at `prefilled` whole. `sign` is its producer's. */
export function encodeCompactBlock(
  block: Block,
  salt: Uint8Array,
  prefilled: ReadonlySet<number>,
  sign: (message: Uint8Array) => Uint8Array
): Uint8Array {
  const unsigned = encodeUnsigned(block, salt, prefilled)
  const bytes = new Uint8Array(unsigned.length + SIGNATURE_BYTES)
  bytes.set(unsigned)
  bytes.set(sign(signedMessage(unsigned)), unsigned.length)
  return bytes
}

/** Whether a compact block tells of exactly this block. Its signature is another question. */
export function isCompactOf(compact: CompactBlock, block: Block): boolean {
  if (compact.header.hash !== block.header.hash || compact.count !== block.transactions.length) return false
  const unsigned = encodeUnsigned(block, compact.salt, new Set(compact.prefilled.keys()))
  return Buffer.compare(unsigned, compact.bytes.subarray(0, compact.bytes.length - SIGNATURE_BYTES)) === 0
}

/** Decodes exactly `bytes` and keeps views of them. Checks the layout only. Throws `WireError`. */
export function decodeCompactBlock(bytes: Uint8Array): CompactBlock {
  if (bytes.length > COMPACT_BLOCK_MAX_BYTES) throw new WireError('oversize', `compact block of ${bytes.length} bytes`)
  if (bytes.length < FIXED_BYTES + SIGNATURE_BYTES) throw new WireError('truncated', 'truncated compact block')
  const view = viewOf(bytes)
  let offset = SEALED_HEADER_BYTES
  const salt = bytes.subarray(offset, offset + COMPACT_SALT_BYTES)
  offset += COMPACT_SALT_BYTES
  const version = view.getUint8(offset)
  if (version !== COMPACT_BLOCK_VERSION) throw new WireError('version', `unknown compact block version ${version}`)
  const count = view.getUint16(offset + 1)
  const prefilledCount = view.getUint16(offset + 3)
  if (prefilledCount > count) throw new WireError('bad-index', 'more prefilled transactions than transactions')
  const end = bytes.length - SIGNATURE_BYTES - (count - prefilledCount) * SHORT_ID_BYTES
  if (end < FIXED_BYTES + prefilledCount * (GAP_BYTES + TRANSACTION_MIN_BYTES)) {
    throw new WireError('truncated', `${count} transactions can't fit`)
  }
  const prefilled = decodePrefilled(bytes.subarray(FIXED_BYTES, end), prefilledCount, count)
  checkBlockSize(prefilled, count)
  const shortIds: number[] = []
  for (let at = end; at < bytes.length - SIGNATURE_BYTES; at += SHORT_ID_BYTES) {
    shortIds.push(view.getUint32(at, true) + view.getUint16(at + 4, true) * 0x1_0000_0000)
  }
  return { header: decodeSealedHeader(bytes.subarray(0, SEALED_HEADER_BYTES)), salt, count, prefilled, shortIds, bytes }
}

/** The parts a verifier needs to check the producer's signature. */
export function compactSignatureCheck({ header, bytes }: CompactBlock): {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
} {
  const end = bytes.length - SIGNATURE_BYTES
  return {
    publicKey: fromHex(header.producer),
    message: signedMessage(bytes.subarray(0, end)),
    signature: bytes.subarray(end)
  }
}

// ---- indexes of transactions in a request

/** Ascending indexes as 16-bit gaps: how many transactions lie between each and the one before. */
export function encodeGaps(indexes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(GAP_BYTES * indexes.length)
  const view = viewOf(bytes)
  let next = 0
  for (const [i, index] of indexes.entries()) {
    if (!Number.isInteger(index) || index < next || index >= BLOCK_TRANSACTIONS_MAX) {
      throw new RangeError(`not an ascending index: ${index}`)
    }
    view.setUint16(GAP_BYTES * i, index - next)
    next = index + 1
  }
  return bytes
}

/** The indexes again: ascending and different by construction. Throws `WireError`. */
export function decodeGaps(bytes: Uint8Array): number[] {
  if (bytes.length % GAP_BYTES !== 0) throw new WireError('length', 'gaps have 2 bytes each')
  const view = viewOf(bytes)
  const indexes: number[] = []
  let next = 0
  for (let offset = 0; offset < bytes.length; offset += GAP_BYTES) {
    const index = next + view.getUint16(offset)
    if (index >= BLOCK_TRANSACTIONS_MAX) throw new WireError('bad-index', 'an index beyond the largest block')
    indexes.push(index)
    next = index + 1
  }
  return indexes
}

// ---- details

function encodeUnsigned(block: Block, salt: Uint8Array, prefilled: ReadonlySet<number>): Uint8Array {
  if (salt.length !== COMPACT_SALT_BYTES) throw new RangeError(`a salt has ${COMPACT_SALT_BYTES} bytes`)
  const { header, transactions } = block
  const whole = [...prefilled].sort((a, b) => a - b)
  const others = transactions.filter((_, index) => !prefilled.has(index)).map(({ id }) => id)
  const wholeBytes = whole.reduce((sum, index) => sum + GAP_BYTES + (transactions[index]?.bytes.length ?? 0), 0)
  const bytes = new Uint8Array(FIXED_BYTES + wholeBytes + others.length * SHORT_ID_BYTES)
  const view = viewOf(bytes)
  bytes.set(encodeSealedHeader(header))
  bytes.set(salt, SEALED_HEADER_BYTES)
  let offset = SEALED_HEADER_BYTES + COMPACT_SALT_BYTES
  view.setUint8(offset, COMPACT_BLOCK_VERSION)
  view.setUint16(offset + 1, transactions.length)
  view.setUint16(offset + 3, whole.length)
  offset = FIXED_BYTES
  let next = 0
  for (const index of whole) {
    const transaction = transactions[index]
    if (transaction === undefined) throw new RangeError(`no transaction ${index} to prefill`)
    view.setUint16(offset, index - next)
    bytes.set(transaction.bytes, offset + GAP_BYTES)
    offset += GAP_BYTES + transaction.bytes.length
    next = index + 1
  }
  for (const shortId of shortIdsOf(shortIdKey(header.hash, salt), others)) {
    view.setUint32(offset, shortId % 0x1_0000_0000, true)
    view.setUint16(offset + 4, Math.floor(shortId / 0x1_0000_0000), true)
    offset += SHORT_ID_BYTES
  }
  return bytes
}

/** Reads `length` prefilled transactions that fill `bytes`; copies them, because a mempool's outlive their message. */
function decodePrefilled(bytes: Uint8Array, length: number, count: number): Map<number, Transaction> {
  const view = viewOf(bytes)
  const prefilled = new Map<number, Transaction>()
  let offset = 0
  let next = 0
  for (let i = 0; i < length; i++) {
    if (bytes.length - offset < GAP_BYTES) throw new WireError('truncated', 'truncated prefilled transaction')
    const index = next + view.getUint16(offset)
    if (index >= count) throw new WireError('bad-index', 'a prefilled transaction beyond the last')
    offset += GAP_BYTES
    const end = offset + transactionLengthAt(bytes, offset)
    prefilled.set(index, decodeTransaction(bytes.slice(offset, end)))
    offset = end
    next = index + 1
  }
  if (offset !== bytes.length) throw new WireError('trailing-bytes', 'bytes after the last prefilled transaction')
  return prefilled
}

/** Whatever the missing transactions are, the block must be able to keep its limit. */
function checkBlockSize(prefilled: ReadonlyMap<number, Transaction>, count: number): void {
  let least = BLOCK_EMPTY_BYTES + (count - prefilled.size) * TRANSACTION_MIN_BYTES
  for (const { bytes } of prefilled.values()) least += bytes.length
  if (least > BLOCK_MAX_BYTES) throw new WireError('oversize', `a block of at least ${least} bytes`)
}

function signedMessage(unsigned: Uint8Array): Uint8Array {
  const message = new Uint8Array(SIGNATURE_DOMAIN.length + unsigned.length)
  message.set(SIGNATURE_DOMAIN)
  message.set(unsigned, SIGNATURE_DOMAIN.length)
  return message
}
