// A member's key as the network names it: a peer id (libp2p "peer-ids" specification) is the identity multihash of the
// Protobuf-encoded key, in base58. Pure.
import { fromString } from 'uint8arrays/from-string'
import { toString as textOf } from 'uint8arrays/to-string'
import { memberIdAt } from '../wire/index.ts'

/** Identity multihash of 36 bytes; Protobuf: type 1 = ed25519, data of 32 bytes. */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** The peer id of a 32-byte ed25519 key. */
export function peerIdOfKey(key: Uint8Array): string {
  return textOf(Buffer.concat([PREFIX, key.subarray(0, 32)]), 'base58btc')
}

/** The member id of a peer id, or undefined when it is not that of an ed25519 key. */
export function memberIdOfPeer(peer: string): string | undefined {
  try {
    const bytes = fromString(peer, 'base58btc')
    if (bytes.length !== PREFIX.length + 32 || !PREFIX.every((byte, i) => bytes[i] === byte)) return undefined
    return memberIdAt(bytes, PREFIX.length)
  } catch {
    return undefined
  }
}
