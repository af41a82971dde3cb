// The request protocols of anti-entropy, as data. See docs/protocol.md, section "Sync".
import { reconcileDefaults, relayDefaults, syncDefaults } from '../config/index.ts'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { MessageCodec, Protocol } from '../network/index.ts'
import { CELL_BYTES } from '../reconcile/index.ts'
import {
  BLOCK_MAX_BYTES,
  BlockResponse,
  BlocksRequest,
  CellsAnswer,
  CellsRequest,
  Digest,
  DigestAnswer,
  HeadersRequest,
  HeadersResponse,
  SEALED_HEADER_BYTES,
  TransactionsAnswer,
  TransactionsRequest
} from '../wire/index.ts'
import { SYMBOL_BYTES } from './symbols.ts'

/** Room for tags, lengths and small fields around a message's payload. */
const ENVELOPE_BYTES = 512
/** Bodies and symbols of one message, and what protobuf adds for each body of at least 100 bytes. */
const BODIES_BYTES = Math.ceil(1.1 * reconcileDefaults.bodiesMaxBytes) + 2 * SYMBOL_BYTES * reconcileDefaults.namesMax

const timeouts = { openMs: 5000, firstByteMs: 5000, totalMs: 10_000 }

/** One round trip in which both sides tell their tip, and learn what differs in their mempools if it is little. */
export const digestProtocol: Protocol<Digest, DigestAnswer> = {
  id: '/starling/digest/1',
  request: Digest,
  response: limited(DigestAnswer),
  maxRequestBytes: CELL_BYTES * reconcileDefaults.keptCells + ENVELOPE_BYTES,
  maxResponseBytes: BODIES_BYTES + ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts,
  lasting: true,
  maxInboundStreams: 4,
  rate: { burst: 20, perSecond: 10, cost: () => 1 },
  traffic: 'repair'
}

/** More cells, after a digest that was not enough. */
export const cellsProtocol: Protocol<CellsRequest, CellsAnswer> = {
  id: '/starling/cells/1',
  request: CellsRequest,
  response: CellsAnswer,
  maxRequestBytes: ENVELOPE_BYTES,
  maxResponseBytes:
    Math.max(CELL_BYTES * reconcileDefaults.cellsMax, SYMBOL_BYTES * reconcileDefaults.symbolsMax) + ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts,
  lasting: true,
  maxInboundStreams: 2,
  // Costs by what has to be computed: 4,096 cells, or all symbols, count as one.
  rate: { burst: 40, perSecond: 10, cost: ({ count, symbols }) => (symbols ? 16 : 1 + Math.min(16, count / 4096)) },
  traffic: 'repair'
}

/** Pending transactions by symbol, in both directions. */
export const transactionsProtocol: Protocol<TransactionsRequest, TransactionsAnswer> = {
  id: '/starling/transactions/1',
  request: limited(TransactionsRequest),
  response: limited(TransactionsAnswer),
  maxRequestBytes: BODIES_BYTES + ENVELOPE_BYTES,
  maxResponseBytes: BODIES_BYTES + ENVELOPE_BYTES,
  maxResponses: 1,
  timeouts,
  lasting: true,
  maxInboundStreams: 2,
  // Sixteen bodies, whose signatures are checked, count as one.
  rate: { burst: 256, perSecond: 64, cost: ({ transactions }) => 1 + transactions.length / 16 },
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
  // A block asked for costs one, and when it is sent, one more for each further 64 KiB. An import may be faster than 2,000
  // blocks/s from one peer; it waits then.
  rate: {
    burst: 4096,
    perSecond: 2000,
    cost: (request) => Math.max(1, request.hashes.length),
    answerBytesPerToken: syncDefaults.blockBytesPerToken
  },
  traffic: 'repair'
}

/** A codec that reads no more bodies than there can be in a message: the smallest transaction has 100 bytes and more. */
function limited<T>(codec: {
  encode(message: Partial<T>): Uint8Array
  decode(bytes: Uint8Array | Uint8ArrayList, options: { limits: { transactions: number } }): T
}): MessageCodec<T> {
  const transactions = Math.ceil(reconcileDefaults.bodiesMaxBytes / 100)
  return {
    encode: (message) => codec.encode(message),
    decode: (bytes) => codec.decode(bytes, { limits: { transactions } })
  }
}
