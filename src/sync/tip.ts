// Chain tips as two nodes compare them: the digest of anti-entropy. The order is fork choice itself (most work, then
// lowest hash), so that taking the better of two tips is a join: commutative, associative, idempotent.
import type { Head } from '../ledger/index.ts'
import type { TipSummary } from '../trace/index.ts'
import { bigintToBytes, bytesToBigint, fromHex, type Hex, type Tip, toHex, WireError } from '../wire/index.ts'

export interface ChainTip {
  readonly height: number
  readonly hash: Hex
  readonly work: bigint
}

export function tipOf(head: Head): ChainTip {
  return { height: head.height, hash: head.hash, work: head.work }
}

export function encodeTip(tip: ChainTip): Tip {
  return { height: tip.height, hash: fromHex(tip.hash) as Tip['hash'], work: bigintToBytes(tip.work) as Tip['work'] }
}

/** Throws `WireError` for a tip that is none. */
export function decodeTip(tip: Tip | undefined): ChainTip {
  if (tip === undefined || tip.hash.length !== 32) throw new WireError('bad-tip', 'a tip needs a 32-byte hash')
  return { height: tip.height, hash: toHex(tip.hash), work: bytesToBigint(tip.work) }
}

/** Positive when `a` is the better chain, negative when `b` is, 0 for the same tip. */
export function compareTips(a: ChainTip, b: ChainTip): number {
  if (a.work !== b.work) return a.work > b.work ? 1 : -1
  if (a.hash === b.hash) return 0
  return a.hash < b.hash ? 1 : -1
}

export function summarizeTip(tip: ChainTip): TipSummary {
  return { height: tip.height, hash: tip.hash, work: tip.work.toString() }
}
