// What a chain starts from after a restart: every account, and headers in an order that has parents first.
import type { Account } from '../ledger/index.ts'
import type { Hex, SealedHeader } from '../wire/index.ts'
import { corrupt } from './errors.ts'
import { hashOf, readSideKey, tableRange } from './keys.ts'
import type { Level } from './level.ts'
import { decodeAccount, type HeadRecord, readRecord } from './records.ts'

/** A block off the best chain. */
export interface SideBlock {
  readonly height: number
  readonly hash: Hex
}

export interface StoredHeaders {
  readonly head: HeadRecord
  /** The best chain's block at a height. */
  hashAt(height: number): Hex | undefined
  header(hash: Hex): SealedHeader | undefined
}

/** Every account that is not empty, by address. */
export async function* readAccounts(level: Level): AsyncGenerator<readonly [Hex, Account]> {
  for await (const [key, bytes] of level.iterator(tableRange('a'))) {
    const { balance, nonce } = readRecord('an account', () => decodeAccount(bytes))
    if (balance !== 0 || nonce !== 0) yield [hashOf(key), { balance, nonce }]
  }
}

/** By height. */
export async function readSideBlocks(level: Level): Promise<SideBlock[]> {
  const side: SideBlock[] = []
  for await (const [key] of level.iterator(tableRange('s'))) side.push(readSideKey(key))
  return side
}

/**
 * By height: the best chain's first, then those beside it (`side`, by height). Throws `StoreError` (`corrupt`) where the
 * best chain has a hole.
 */
export function* headersByHeight(stored: StoredHeaders, side: readonly SideBlock[]): Generator<SealedHeader> {
  const { height: top } = stored.head
  let next = 0
  let parent: Hex | undefined
  for (let height = 0; height <= top || next < side.length; height++) {
    if (height <= top) {
      const hash = stored.hashAt(height)
      const header = hash === undefined ? undefined : stored.header(hash)
      if (header === undefined) throw corrupt(`block ${height} is missing`)
      if (parent !== undefined && header.parent !== parent) throw corrupt(`block ${height} has another parent`)
      parent = header.hash
      yield header
    }
    for (let beside = side[next]; beside?.height === height; beside = side[++next]) {
      const header = stored.header(beside.hash)
      if (header !== undefined) yield header
    }
  }
}
