// What the block topic carries: a whole block or its compact form, in the one encoding that each has.
import {
  BlockAnnouncement,
  decodeSealedHeader,
  SEALED_HEADER_BYTES,
  type SealedHeader,
  WireError
} from '../wire/index.ts'

export interface Announcement {
  readonly kind: 'full' | 'compact'
  readonly header: SealedHeader
  /** The encoded block, or compact block. Only its header has been decoded: most of what is old is known by that. */
  readonly bytes: Uint8Array
}

export function encodeFullAnnouncement(block: Uint8Array): Uint8Array {
  return BlockAnnouncement.encode({ full: block as Uint8Array<ArrayBuffer> })
}

export function encodeCompactAnnouncement(compact: Uint8Array): Uint8Array {
  return BlockAnnouncement.encode({ compact: compact as Uint8Array<ArrayBuffer> })
}

/** Throws `WireError`, or protobuf's own error. */
export function decodeAnnouncement(data: Uint8Array): Announcement {
  const { full, compact } = BlockAnnouncement.decode(data)
  if (full.length > 0 && compact.length > 0) throw new WireError('not-canonical', 'a whole block and a compact one')
  const isCompact = compact.length > 0
  // Whatever else is in the message would be forwarded with it. Bytes, not lengths: the decoder overlooks a wire type.
  const canonical = isCompact ? encodeCompactAnnouncement(compact) : encodeFullAnnouncement(full)
  if (Buffer.compare(canonical, data) !== 0) {
    throw new WireError('not-canonical', 'not the canonical encoding of an announcement')
  }
  const bytes = isCompact ? compact : full
  const header = decodeSealedHeader(bytes.subarray(0, SEALED_HEADER_BYTES))
  return { kind: isCompact ? 'compact' : 'full', header, bytes }
}
