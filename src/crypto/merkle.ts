// Merkle tree over transaction ids. Leaves and inner nodes are hashed in separate domains (RFC 6962, section 2.1) and
// an odd node is promoted unchanged, never duplicated: no two lists of leaves share a root (compare CVE-2012-2459).
import { sha256 } from './hash.ts'

const LEAF = 0
const INNER = 1

/** The root of `leaves` (32 bytes each, in order); all zeros for none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32)
  const leafInput = new Uint8Array(33)
  leafInput[0] = LEAF
  let level = leaves.map((leaf) => {
    leafInput.set(leaf, 1)
    return sha256(leafInput)
  })
  const innerInput = new Uint8Array(65)
  innerInput[0] = INNER
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array
      const right = level[i + 1]
      if (right === undefined) {
        above.push(left)
        continue
      }
      innerInput.set(left, 1)
      innerInput.set(right, 33)
      above.push(sha256(innerInput))
    }
    level = above
  }
  return level[0] as Uint8Array
}
