// Block headers and their seals. Layout (version 1, big-endian), 129 bytes:
//     0  u8   version = 1             53  32   Merkle root of the transaction ids
//     1   8   network id (0: genesis) 85  32   producer (ed25519 key)
//     9  32   parent hash            117  u32  bits (what they mean is the consensus's: see ledger/)
//    41  u32  height                 121   8   nonce (opaque, searched by miners)
//    45  u64  time, ms since epoch (< 2^53)
// The hash is sha256d of these bytes. A seal (64 bytes) is the producer's signature of the hash; it travels beside
// the header, not in it. A sealed header is header then seal, 193 bytes.
import { sha256d } from '../crypto/index.ts'
import {
  bufferOf,
  fromHex,
  type Hex,
  readSafeUint64,
  toHex,
  viewOf,
  WireError,
  writeSafeUint64,
  writeUint32
} from './bytes.ts'

export const HEADER_VERSION = 1
export const HEADER_BYTES = 129
export const SEAL_BYTES = 64
export const SEALED_HEADER_BYTES = HEADER_BYTES + SEAL_BYTES
/** Where the nonce sits: miners rewrite these 8 bytes and nothing else. */
export const HEADER_NONCE_OFFSET = 121

export interface HeaderFields {
  readonly network: Hex
  readonly parent: Hex
  readonly height: number
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly merkleRoot: Hex
  readonly producer: Hex
  readonly bits: number
  /** 8 bytes, hex. */
  readonly nonce: Hex
}

export interface Header extends HeaderFields {
  readonly hash: Hex
  /** 129 bytes. */
  readonly bytes: Uint8Array
}

export interface SealedHeader extends Header {
  /** The producer's signature of the hash, 64 bytes. */
  readonly seal: Uint8Array
}

export function encodeHeader(fields: HeaderFields): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = viewOf(bytes)
  bytes[0] = HEADER_VERSION
  bytes.set(fromHex(fields.network, 8), 1)
  bytes.set(fromHex(fields.parent, 32), 9)
  writeUint32(view, 41, fields.height)
  writeSafeUint64(view, 45, fields.time)
  bytes.set(fromHex(fields.merkleRoot, 32), 53)
  bytes.set(fromHex(fields.producer, 32), 85)
  writeUint32(view, 117, fields.bits)
  bytes.set(fromHex(fields.nonce, 8), HEADER_NONCE_OFFSET)
  return bytes
}

/** Decodes 129 bytes and keeps them. Throws `WireError`. */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length !== HEADER_BYTES) throw new WireError('length', `a header has ${HEADER_BYTES} bytes`)
  if (bytes[0] !== HEADER_VERSION) throw new WireError('version', `unknown header version ${bytes[0]}`)
  const view = viewOf(bytes)
  const buffer = bufferOf(bytes)
  return {
    hash: toHex(sha256d(bytes)),
    network: buffer.toString('hex', 1, 9),
    parent: buffer.toString('hex', 9, 41),
    height: view.getUint32(41),
    time: readSafeUint64(view, 45),
    merkleRoot: buffer.toString('hex', 53, 85),
    producer: buffer.toString('hex', 85, 117),
    bits: view.getUint32(117),
    nonce: buffer.toString('hex', HEADER_NONCE_OFFSET, HEADER_BYTES),
    bytes
  }
}

/**
 * Decodes 193 bytes: header, then seal. The seal's signature is not checked here. Copies them: headers outlive the
 * blocks and messages they came in. Throws `WireError`.
 */
export function decodeSealedHeader(bytes: Uint8Array): SealedHeader {
  if (bytes.length !== SEALED_HEADER_BYTES) {
    throw new WireError('length', `a sealed header has ${SEALED_HEADER_BYTES} bytes`)
  }
  const own = new Uint8Array(bytes)
  return { ...decodeHeader(own.subarray(0, HEADER_BYTES)), seal: own.subarray(HEADER_BYTES) }
}

export function encodeSealedHeader(header: SealedHeader): Uint8Array {
  const bytes = new Uint8Array(SEALED_HEADER_BYTES)
  bytes.set(header.bytes)
  bytes.set(header.seal, HEADER_BYTES)
  return bytes
}

/** Signs a header's hash with its producer's key. */
export function sealHeader(header: Header, sign: (hash: Uint8Array) => Uint8Array): SealedHeader {
  return { ...header, seal: sign(fromHex(header.hash)) }
}

/** The parts a verifier needs to check the seal. */
export function sealSignatureCheck(header: SealedHeader): {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
} {
  return { publicKey: header.bytes.subarray(85, 117), message: fromHex(header.hash), signature: header.seal }
}
