// Transactions. Layout (version 1, big-endian):
//     0  u8   version = 1            73  u64  amount  (< 2^53)
//     1   8   network id             81  u64  fee     (< 2^53)
//     9  32   sender (ed25519 key)   89  u64  nonce   (< 2^53)
//    41  32   recipient              97  u32  valid until height (the last it may be included at; 0: no limit)
//                                   101  u32  data length n (≤ 64 KiB)
//   105   n   data
// 105+n  64   signature by the sender over bytes 0 .. 105+n
// The id is sha256 of all bytes, signature included: the one identity everywhere.
import { sha256Hex } from '../crypto/index.ts'
import {
  bufferOf,
  fromHex,
  type Hex,
  readSafeUint64,
  viewOf,
  WireError,
  writeSafeUint64,
  writeUint32
} from './bytes.ts'

export const TRANSACTION_VERSION = 1
export const TRANSACTION_DATA_MAX_BYTES = 64 * 1024
export const NETWORK_ID_BYTES = 8

const BODY_FIXED_BYTES = 105
const SIGNATURE_BYTES = 64
export const TRANSACTION_MIN_BYTES = BODY_FIXED_BYTES + SIGNATURE_BYTES

export interface TransactionFields {
  /** First 8 bytes of the genesis hash, hex. */
  readonly network: Hex
  readonly sender: Hex
  readonly recipient: Hex
  readonly amount: number
  readonly fee: number
  readonly nonce: number
  /** Height of the last block that may include it; 0 for no limit. */
  readonly validUntil: number
  readonly data: Uint8Array
}

export interface Transaction extends TransactionFields {
  readonly id: Hex
  /** The encoded transaction: what was received, what is hashed, what is sent on. */
  readonly bytes: Uint8Array
}

/** The bytes that the sender signs. */
export function encodeTransactionBody(fields: TransactionFields): Uint8Array {
  if (fields.data.length > TRANSACTION_DATA_MAX_BYTES) throw new WireError('oversize', 'data above 64 KiB')
  const body = new Uint8Array(BODY_FIXED_BYTES + fields.data.length)
  const view = viewOf(body)
  body[0] = TRANSACTION_VERSION
  body.set(fromHex(fields.network, NETWORK_ID_BYTES), 1)
  body.set(fromHex(fields.sender, 32), 9)
  body.set(fromHex(fields.recipient, 32), 41)
  writeSafeUint64(view, 73, fields.amount)
  writeSafeUint64(view, 81, fields.fee)
  writeSafeUint64(view, 89, fields.nonce)
  writeUint32(view, 97, fields.validUntil)
  writeUint32(view, 101, fields.data.length)
  body.set(fields.data, BODY_FIXED_BYTES)
  return body
}

/** Encodes and signs. `sign` is given the body and returns the sender's 64-byte signature. */
export function signTransaction(fields: TransactionFields, sign: (body: Uint8Array) => Uint8Array): Transaction {
  const body = encodeTransactionBody(fields)
  const bytes = new Uint8Array(body.length + SIGNATURE_BYTES)
  bytes.set(body)
  bytes.set(sign(body), body.length)
  return decodeTransaction(bytes)
}

/** Length of the transaction that starts at `offset`; throws `WireError` when it can't be there whole. */
export function transactionLengthAt(bytes: Uint8Array, offset: number): number {
  if (bytes.length - offset < TRANSACTION_MIN_BYTES) throw new WireError('truncated', 'truncated transaction')
  const dataLength = viewOf(bytes).getUint32(offset + 101)
  if (dataLength > TRANSACTION_DATA_MAX_BYTES) throw new WireError('oversize', 'transaction data above 64 KiB')
  const length = TRANSACTION_MIN_BYTES + dataLength
  if (bytes.length - offset < length) throw new WireError('truncated', 'truncated transaction')
  return length
}

/**
 * Decodes exactly `bytes` and keeps them (the caller must not change them afterwards). Checks the layout, not the
 * signature. Throws `WireError`.
 */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const length = transactionLengthAt(bytes, 0)
  if (length !== bytes.length) throw new WireError('trailing-bytes', 'bytes after the transaction')
  if (bytes[0] !== TRANSACTION_VERSION) throw new WireError('version', `unknown transaction version ${bytes[0]}`)
  const view = viewOf(bytes)
  const buffer = bufferOf(bytes)
  return {
    id: sha256Hex(bytes),
    network: buffer.toString('hex', 1, 9),
    sender: buffer.toString('hex', 9, 41),
    recipient: buffer.toString('hex', 41, 73),
    amount: readSafeUint64(view, 73),
    fee: readSafeUint64(view, 81),
    nonce: readSafeUint64(view, 89),
    validUntil: view.getUint32(97),
    data: bytes.subarray(BODY_FIXED_BYTES, bytes.length - SIGNATURE_BYTES),
    bytes
  }
}

/** The parts a verifier needs, as views of the transaction's own bytes. */
export function transactionSignatureCheck(transaction: Transaction): {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
} {
  const { bytes } = transaction
  return {
    publicKey: bytes.subarray(9, 41),
    message: bytes.subarray(0, bytes.length - SIGNATURE_BYTES),
    signature: bytes.subarray(bytes.length - SIGNATURE_BYTES)
  }
}
