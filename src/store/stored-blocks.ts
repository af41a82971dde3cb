// Stored blocks, on the best chain or beside it: read as bytes, decoded when asked for, the recent ones kept decoded.
import type { Undo } from '../ledger/index.ts'
import {
  BLOCK_EMPTY_BYTES,
  type Block,
  decodeBlock,
  decodeSealedHeader,
  type Hex,
  type SealedHeader,
  type Transaction,
  transactionLengthAt
} from '../wire/index.ts'
import type { BlockCache } from './block-cache.ts'
import { corrupt } from './errors.ts'
import { hashKey } from './keys.ts'
import type { Level } from './level.ts'
import { decodeUndo, readRecord } from './records.ts'

export class StoredBlocks {
  readonly #level: Level
  readonly #cache: BlockCache
  readonly #decode: (bytes: Uint8Array) => Transaction

  /** What is in the cache counts as stored: a block can be read from the moment its commit starts. */
  constructor(level: Level, cache: BlockCache, decode: (bytes: Uint8Array) => Transaction) {
    this.#level = level
    this.#cache = cache
    this.#decode = decode
  }

  header(hash: Hex): SealedHeader | undefined {
    const cached = this.#cache.get(hash)
    if (cached !== undefined) return cached.header
    const bytes = this.#level.getSync(hashKey('h', hash))
    if (bytes === undefined) return undefined
    const header = readRecord(`header ${hash}`, () => decodeSealedHeader(bytes))
    if (header.hash !== hash) throw corrupt(`header ${hash} has another hash`)
    return header
  }

  body(hash: Hex): Block | undefined {
    const cached = this.#cache.get(hash)
    if (cached !== undefined) return cached
    const bytes = this.#level.getSync(hashKey('b', hash))
    if (bytes === undefined) return undefined
    const block = readRecord(`block ${hash}`, () => decodeBlock(bytes, this.#decode))
    if (block.header.hash !== hash) throw corrupt(`block ${hash} has another hash`)
    this.#cache.add(block)
    return block
  }

  /** Neither decoded nor cached. */
  bytes(hash: Hex): Uint8Array | undefined {
    return this.#cache.get(hash)?.bytes ?? this.#level.getSync(hashKey('b', hash))
  }

  undo(hash: Hex): Undo | undefined {
    const bytes = this.#level.getSync(hashKey('u', hash))
    return bytes === undefined ? undefined : readRecord(`undo of ${hash}`, () => decodeUndo(bytes))
  }

  /** Decodes only the one. */
  transactionIn(hash: Hex, position: number): Transaction | undefined {
    const cached = this.#cache.get(hash)?.transactions[position]
    if (cached !== undefined) return cached
    const bytes = this.#level.getSync(hashKey('b', hash))
    if (bytes === undefined) return undefined
    return readRecord(`block ${hash}`, () => {
      let at = BLOCK_EMPTY_BYTES
      for (let i = 0; i < position; i++) at += transactionLengthAt(bytes, at)
      // A copy: a view would keep the whole block in memory.
      return this.#decode(bytes.slice(at, at + transactionLengthAt(bytes, at)))
    })
  }
}
