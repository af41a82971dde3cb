// Symbols on the wire: 8 bytes each, low half first, little-endian.
import type { SymbolHalves, SymbolTable } from '../reconcile/index.ts'
import { type Hex, WireError } from '../wire/index.ts'

export const SYMBOL_BYTES = 8

export function encodeSymbols(symbols: readonly SymbolHalves[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SYMBOL_BYTES * symbols.length)
  const view = new DataView(bytes.buffer)
  for (const [i, [low, high]] of symbols.entries()) {
    view.setUint32(SYMBOL_BYTES * i, low, true)
    view.setUint32(SYMBOL_BYTES * i + 4, high, true)
  }
  return bytes
}

/** Throws `WireError` for bytes that are no whole number of symbols, or more than `max`. */
export function decodeSymbols(bytes: Uint8Array, max: number): SymbolHalves[] {
  if (bytes.length % SYMBOL_BYTES !== 0) throw new WireError('length', `${bytes.length} bytes of symbols`)
  const count = bytes.length / SYMBOL_BYTES
  if (count > max) throw new WireError('oversize', `${count} symbols where ${max} are allowed`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => [
    view.getUint32(SYMBOL_BYTES * i, true),
    view.getUint32(SYMBOL_BYTES * i + 4, true)
  ])
}

/** Ids of those symbols that the table has. */
export function idsOf(symbols: readonly SymbolHalves[], table: SymbolTable): Hex[] {
  return symbols.flatMap(([low, high]) => table.find(low, high) ?? [])
}

/** Those symbols that none of the tables has. */
export function without(symbols: readonly SymbolHalves[], ...tables: readonly SymbolTable[]): SymbolHalves[] {
  return symbols.filter(([low, high]) => tables.every((table) => table.find(low, high) === undefined))
}
