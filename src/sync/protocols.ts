// The request protocols of anti-entropy, as data. See docs/protocol.md, section "Sync".
import { relayDefaults, syncDefaults } from '../config/index.ts'
import type { Protocol } from '../network/index.ts'
import {
  BLOCK_MAX_BYTES,
  BlockResponse,
  BlocksRequest,
  Digest,
  HeadersRequest,
  HeadersResponse,
  SEALED_HEADER_BYTES
} from '../wire/index.ts'

/** Room for tags, lengths and small fields around a message's payload. */
const ENVELOPE_BYTES = 512

const timeouts = { openMs: 5000, firstByteMs: 5000, totalMs: 10_000 }

/** One round trip in which both sides tell their tip. */
export const digestProtocol: Protocol<Digest, Digest> = {
  id: '/starling/digest/1',
  request: Digest,
  response: Digest,
  maxRequestBytes: ENVELOPE_BYTES,
  maxResponseBytes: ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts,
  maxInboundStreams: 4,
  rate: { burst: 20, perSecond: 10, cost: () => 1 },
  traffic: 'repair'
}

/** Headers after the fork point that a locator finds. */
export const headersProtocol: Protocol<HeadersRequest, HeadersResponse> = {
  id: '/starling/headers/1',
  request: {
    encode: HeadersRequest.encode,
    decode: (bytes) => HeadersRequest.decode(bytes, { limits: { locator: syncDefaults.locatorMax } })
  },
  response: {
    encode: HeadersResponse.encode,
    decode: (bytes) => HeadersResponse.decode(bytes, { limits: { headers: syncDefaults.headersMax } })
  },
  maxRequestBytes: syncDefaults.locatorMax * 34 + ENVELOPE_BYTES,
  maxResponseBytes: syncDefaults.headersMax * (SEALED_HEADER_BYTES + 3) + ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts: { ...timeouts, totalMs: 20_000 },
  maxInboundStreams: 4,
  rate: { burst: 40, perSecond: 20, cost: () => 1 },
  traffic: 'repair'
}

/** Whole blocks by hash, streamed in the order asked; an empty answer means "not held". */
export const blocksProtocol: Protocol<BlocksRequest, BlockResponse> = {
  id: '/starling/blocks/1',
  request: {
    encode: BlocksRequest.encode,
    decode: (bytes) => BlocksRequest.decode(bytes, { limits: { hashes: syncDefaults.blocksMax } })
  },
  response: BlockResponse,
  maxRequestBytes: syncDefaults.blocksMax * 34 + ENVELOPE_BYTES,
  maxResponseBytes: BLOCK_MAX_BYTES + relayDefaults.compactKeptMaxBytes + ENVELOPE_BYTES,
  maxResponses: syncDefaults.blocksMax,
  timeouts: { ...timeouts, totalMs: 30_000 },
  maxInboundStreams: 4,
  // A block asked for costs one; 2,000 blocks/s of catching up is above what an import reaches.
  rate: { burst: 4096, perSecond: 2000, cost: (request) => Math.max(1, request.hashes.length) },
  traffic: 'repair'
}
