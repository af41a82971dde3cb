// How two nodes find where their chains part: one names hashes of its chain, dense near the tip; the other looks for the
// first that it shares, and gives the headers after it. Pure.
import type { Hex, SealedHeader } from '../wire/index.ts'
import type { BlockTree } from './block-tree.ts'
import type { Path } from './path.ts'

const LOCATOR_DENSE = 10

/** Hashes of a path from its tip: 10 dense, then at doubling distances, `genesis` last. */
export function locatorOf(path: Path, genesis: Hex): Hex[] {
  const hashes: Hex[] = []
  for (let height = path.tip.height, step = 1; height > 0; height -= step) {
    hashes.push(path.at(height)?.hash ?? genesis)
    if (hashes.length >= LOCATOR_DENSE) step *= 2
  }
  hashes.push(genesis)
  return hashes
}

/**
 * At most `limit` headers of the best chain after the first locator entry that is on it (after genesis when none is).
 * `startHeight` is the height of the first of them.
 */
export function headersAfter(
  tree: BlockTree,
  locator: readonly Hex[],
  limit: number
): { startHeight: number; headers: SealedHeader[] } {
  const { applied } = tree
  let startHeight = 1
  for (const hash of locator) {
    const node = tree.get(hash)
    if (node === undefined || !applied.includes(node)) continue
    startHeight = node.height + 1
    break
  }
  const headers: SealedHeader[] = []
  for (let height = startHeight; headers.length < limit; height++) {
    const node = applied.at(height)
    if (node === undefined) break
    headers.push(node.header)
  }
  return { startHeight, headers }
}
