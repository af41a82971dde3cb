// Identity of a gossip message: all of its bytes. A shorter identity (a block's hash, say) would let a relay race a
// valid header with garbage behind it, and the honest copy would then be dropped as a duplicate.
import { sha256 } from '../crypto/index.ts'

const ID_BYTES = 20
const text = new TextEncoder()

/** First 20 bytes of sha256(topic ‖ data), topic in UTF-8. */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = text.encode(topic)
  const joined = new Uint8Array(name.length + data.length)
  joined.set(name)
  joined.set(data, name.length)
  return sha256(joined).subarray(0, ID_BYTES)
}
