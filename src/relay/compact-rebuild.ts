// From a compact block back to the block. A short id that two transactions have, or that the block has twice, says
// nothing: its places count as missing, and nobody is to blame (they are 48 bits long; keys are new with every block).
import { rootMatches } from '../ledger/index.ts'
import type { Interner } from '../runtime/index.ts'
import {
  assembleBlock,
  BLOCK_EMPTY_BYTES,
  BLOCK_MAX_BYTES,
  type Block,
  type CompactBlock,
  type Hex,
  type SealedHeader,
  shortIdKey,
  shortIdsOf,
  toHex,
  type Transaction
} from '../wire/index.ts'

export interface Rebuild {
  /** By index in the block. */
  readonly slots: readonly (Transaction | undefined)[]
  /** Indexes of the empty slots, ascending. */
  readonly missing: readonly number[]
}

/** Fills a block's slots with the prefilled transactions and those candidates whose short id is asked for once. */
export function rebuild(compact: CompactBlock, candidates: readonly Transaction[], interner: Interner): Rebuild {
  const slots: (Transaction | undefined)[] = Array.from({ length: compact.count })
  for (const [index, transaction] of compact.prefilled) slots[index] = transaction
  const wanted = wantedSlots(compact)
  const shortIds = shortIdsOfCandidates(compact, candidates, interner)
  for (const [i, candidate] of candidates.entries()) {
    const shortId = shortIds[i]
    const index = shortId === undefined ? undefined : wanted.get(shortId)
    if (shortId === undefined || index === undefined) continue
    const rival = slots[index]
    if (rival === undefined) slots[index] = candidate
    else if (rival.id !== candidate.id) {
      // Two of ours fit: which one is meant can't be told.
      slots[index] = undefined
      wanted.delete(shortId)
    }
  }
  const missing: number[] = []
  for (let index = 0; index < compact.count; index++) if (slots[index] === undefined) missing.push(index)
  return { slots, missing }
}

/** The same rebuild with the missing transactions put in, in their order; undefined unless each slot is filled. */
export function fill({ slots, missing }: Rebuild, found: readonly Transaction[]): Transaction[] | undefined {
  const filled = [...slots]
  for (const [i, index] of missing.entries()) filled[index] = found[i]
  const whole = filled.filter((transaction) => transaction !== undefined)
  return whole.length === slots.length ? whole : undefined
}

/** Whether these are the transactions whose short ids a compact block lists at `indexes`, none of them prefilled. */
export function isOfShortIds(
  compact: CompactBlock,
  indexes: readonly number[],
  transactions: readonly Transaction[],
  interner: Interner
): boolean {
  const listed = new Map<number, number>()
  let next = 0
  for (let index = 0; index < compact.count; index++) {
    const shortId = compact.prefilled.has(index) ? undefined : compact.shortIds[next++]
    if (shortId !== undefined) listed.set(index, shortId)
  }
  const shortIds = shortIdsOfCandidates(compact, transactions, interner)
  return indexes.every((index, i) => shortIds[i] !== undefined && shortIds[i] === listed.get(index))
}

/**
 * The block of a header and these transactions; undefined when they are not the ones of its Merkle root. Nodes of one
 * process share it.
 */
export function blockOf(
  header: SealedHeader,
  transactions: readonly Transaction[],
  interner: Interner
): Block | undefined {
  const shared = interner.intern('block', header.hash + toHex(header.seal), (): Block[] => [])
  const same = shared.find((block) => haveSameIds(block.transactions, transactions))
  if (same !== undefined) return same
  const size = transactions.reduce((sum, { bytes }) => sum + bytes.length, BLOCK_EMPTY_BYTES)
  if (size > BLOCK_MAX_BYTES) return undefined
  const block = assembleBlock(header, transactions)
  if (!rootMatches(block)) return undefined
  shared.push(block)
  return block
}

/** Short id → index of the one slot that it stands for. */
function wantedSlots({ count, prefilled, shortIds }: CompactBlock): Map<number, number> {
  const wanted = new Map<number, number>()
  const twice = new Set<number>()
  let next = 0
  for (let index = 0; index < count; index++) {
    if (prefilled.has(index)) continue
    const shortId = shortIds[next++]
    if (shortId === undefined) break
    if (wanted.has(shortId)) twice.add(shortId)
    wanted.set(shortId, index)
  }
  for (const shortId of twice) wanted.delete(shortId)
  return wanted
}

/** Those that another node of this process computed for the same message are not computed again. */
function shortIdsOfCandidates(
  { header, salt }: CompactBlock,
  candidates: readonly Transaction[],
  interner: Interner
): readonly (number | undefined)[] {
  const known = interner.intern('short-ids', header.hash + toHex(salt), () => new Map<Hex, number>())
  const open: Hex[] = []
  for (const { id } of candidates) if (!known.has(id)) open.push(id)
  if (open.length > 0) {
    const computed = shortIdsOf(shortIdKey(header.hash, salt), open)
    for (const [i, id] of open.entries()) known.set(id, computed[i] ?? 0)
  }
  return candidates.map(({ id }) => known.get(id))
}

function haveSameIds(a: readonly Transaction[], b: readonly Transaction[]): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id)
}
