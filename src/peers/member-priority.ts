// Which members a full table keeps: those whose keyed hash is lowest. The key is this node's secret, so nobody can make
// keys that land in its table.
import { SIPHASH_KEY_BYTES, sipHash, sipKey } from '../crypto/index.ts'
import type { Entropy } from '../runtime/index.ts'

/** 30 bits for a member id. */
export function memberPriority(entropy: Entropy): (id: string) => number {
  const key = sipKey(entropy.bytes(SIPHASH_KEY_BYTES))
  return (id) => sipHash(key, Buffer.from(id, 'latin1'))[0] >>> 2
}
