// Where things are. A key is a letter for the table, then fixed-width big-endian fields, so that ranges sort.
//     b hash             encoded block                      i height            hash on the best chain
//     h hash             sealed header (of stored blocks)   s height hash       off the best chain (no value)
//     u hash             undo                               t transaction id    height, position
//     a address          account, height of last history    n address height    height before it, positions
//     j transaction id   journaled transaction              m name              metadata, JSON
//     ! name             head, schema, genesis
import type { Hex } from '../wire/index.ts'

export type Table = 'b' | 'h' | 'u' | 'a' | 'j' | 'i' | 's' | 't' | 'n' | 'm' | '!'

const HASH_BYTES = 32

/** Key of a hash, id or address. For what is none (the wrong length), the bare letter: nothing is ever stored there. */
export function hashKey(table: Table, hash: Hex): Uint8Array {
  const key = Buffer.allocUnsafe(1 + HASH_BYTES)
  key[0] = table.charCodeAt(0)
  return hash.length === 2 * HASH_BYTES && key.write(hash, 1, 'hex') === HASH_BYTES ? key : key.subarray(0, 1)
}

export function heightKey(height: number): Uint8Array {
  const key = Buffer.allocUnsafe(5)
  key[0] = 'i'.charCodeAt(0)
  key.writeUInt32BE(height, 1)
  return key
}

export function sideKey(height: number, hash: Hex): Uint8Array {
  const key = Buffer.allocUnsafe(5 + HASH_BYTES)
  key[0] = 's'.charCodeAt(0)
  key.writeUInt32BE(height, 1)
  key.write(hash, 5, 'hex')
  return key
}

export function readSideKey(key: Uint8Array): { height: number; hash: Hex } {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  return { height: bytes.readUInt32BE(1), hash: bytes.toString('hex', 5) }
}

export function historyKey(address: Hex, height: number): Uint8Array {
  const key = Buffer.allocUnsafe(5 + HASH_BYTES)
  key[0] = 'n'.charCodeAt(0)
  key.write(address, 1, 'hex')
  key.writeUInt32BE(height, 1 + HASH_BYTES)
  return key
}

export function nameKey(table: 'm' | '!', name: string): Uint8Array {
  return new TextEncoder().encode(table + name)
}

/** The hash, id or address in a key of one of those tables. */
export function hashOf(key: Uint8Array): Hex {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex', 1)
}

/** All keys of a table. */
export function tableRange(table: Table): { gte: Uint8Array; lt: Uint8Array } {
  const letter = table.charCodeAt(0)
  return { gte: Uint8Array.of(letter), lt: Uint8Array.of(letter + 1) }
}
