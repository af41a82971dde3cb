// Peer ids as text, in base 58, and as the bytes that records have. The same few come in every record, so that both ways
// are remembered.
import { fromString as bytesOf } from 'uint8arrays/from-string'
import { toString as textOf } from 'uint8arrays/to-string'
import { traceDefaults } from '../config/index.ts'

const PEER_BYTES_MAX = 128

const bytesByText = new Map<string, Uint8Array>()
const textByBytes = new Map<string, string>()

/** At most 128 bytes. Of what is not base 58, its text. */
export function peerBytes(peer: string): Uint8Array {
  const known = bytesByText.get(peer)
  if (known !== undefined) return known
  if (bytesByText.size >= traceDefaults.peersMax) bytesByText.clear()
  const bytes = decoded(peer).subarray(0, PEER_BYTES_MAX)
  bytesByText.set(peer, bytes)
  return bytes
}

/** Empty without bytes. */
export function peerText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return ''
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const known = textByBytes.get(key)
  if (known !== undefined) return known
  if (textByBytes.size >= traceDefaults.peersMax) textByBytes.clear()
  const text = textOf(bytes, 'base58btc')
  textByBytes.set(key, text)
  return text
}

function decoded(peer: string): Uint8Array {
  try {
    return bytesOf(peer, 'base58btc')
  } catch {
    return Buffer.from(peer)
  }
}
