// Values, in fixed big-endian layouts. Reading checks lengths: a record that doesn't fit is damage, not a crash.
import type { Account, Undo } from '../ledger/index.ts'
import { type Hex, readSafeUint64, viewOf } from '../wire/index.ts'
import { corrupt } from './errors.ts'

const HASH_BYTES = 32
const ACCOUNT_BYTES = 20
const UNDO_ENTRY_BYTES = 48

/** An account as stored: 0 for `lastHeight` says that no transaction touched it. */
export interface AccountRecord extends Account {
  /** Height of the last block with a transaction from or to it. */
  readonly lastHeight: number
}

function expectLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw corrupt(`${what} of ${bytes.length} bytes`)
}

/** A block of 4,000 transactions writes 19,000 records: a view for each would cost more than its bytes. */
function writeAmount(bytes: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an amount: ${value}`)
  bytes.writeUInt32BE(Math.floor(value / 0x100000000), at)
  bytes.writeUInt32BE(value % 0x100000000, at + 4)
}

/** u64 balance, u64 nonce, u32 last height. */
export function encodeAccount({ balance, nonce, lastHeight }: AccountRecord): Uint8Array {
  const bytes = Buffer.allocUnsafe(ACCOUNT_BYTES)
  writeAmount(bytes, 0, balance)
  writeAmount(bytes, 8, nonce)
  bytes.writeUInt32BE(lastHeight, 16)
  return bytes
}

export function decodeAccount(bytes: Uint8Array): AccountRecord {
  expectLength(bytes, ACCOUNT_BYTES, 'an account')
  const view = viewOf(bytes)
  return { balance: readSafeUint64(view, 0), nonce: readSafeUint64(view, 8), lastHeight: view.getUint32(16) }
}

/** For each account: address (32), u64 balance, u64 nonce. */
export function encodeUndo({ accounts }: Undo): Uint8Array {
  const bytes = Buffer.alloc(accounts.length * UNDO_ENTRY_BYTES)
  accounts.forEach(({ address, balance, nonce }, i) => {
    const at = i * UNDO_ENTRY_BYTES
    bytes.write(address, at, 'hex')
    writeAmount(bytes, at + HASH_BYTES, balance)
    writeAmount(bytes, at + HASH_BYTES + 8, nonce)
  })
  return bytes
}

export function decodeUndo(bytes: Uint8Array): Undo {
  if (bytes.length % UNDO_ENTRY_BYTES !== 0) throw corrupt(`undo data of ${bytes.length} bytes`)
  const view = viewOf(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const accounts = Array.from({ length: bytes.length / UNDO_ENTRY_BYTES }, (_, i) => {
    const at = i * UNDO_ENTRY_BYTES
    return {
      address: text.toString('hex', at, at + HASH_BYTES),
      balance: readSafeUint64(view, at + HASH_BYTES),
      nonce: readSafeUint64(view, at + HASH_BYTES + 8)
    }
  })
  return { accounts }
}

/** Unsigned 32-bit integers: a transaction's (height, position), or a history entry. */
export function encodeIntegers(values: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 * values.length)
  for (let i = 0; i < values.length; i++) bytes.writeUInt32BE(values[i] as number, 4 * i)
  return bytes
}

export function decodeIntegers(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0) throw corrupt(`an index entry of ${bytes.length} bytes`)
  const view = viewOf(bytes)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i))
}

export interface HeadRecord {
  readonly hash: Hex
  readonly height: number
}

/** u32 height, hash (32). */
export function encodeHead({ hash, height }: HeadRecord): Uint8Array {
  const bytes = Buffer.alloc(4 + HASH_BYTES)
  bytes.writeUInt32BE(height)
  bytes.write(hash, 4, 'hex')
  return bytes
}

export function decodeHead(bytes: Uint8Array): HeadRecord {
  expectLength(bytes, 4 + HASH_BYTES, 'the head')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { height: text.readUInt32BE(0), hash: text.toString('hex', 4) }
}

/** Whatever a decoder says about stored bytes, it is damage of this directory. */
export function readRecord<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw corrupt(`${what} can't be read`, error)
  }
}
