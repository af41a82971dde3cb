// Transactions of a block by index, and the whole block as the last resort: what a compact block left open. The
// protocol as data, and its serving side. See docs/protocol.md, "Missing transactions".
import { relayDefaults } from '../config/index.ts'
import { type LastingProtocol, NetworkError, type Requests } from '../network/index.ts'
import {
  BLOCK_MAX_BYTES,
  BLOCK_TRANSACTIONS_MAX,
  BlockTransactionsRequest,
  BlockTransactionsResponse,
  decodeGaps,
  type Hex,
  toHex,
  transactionsAt
} from '../wire/index.ts'

/** Room for tags, lengths and small fields around a message's payload. */
const ENVELOPE_BYTES = 512
/** Tag and length of one transaction in the answer. */
const ENTRY_BYTES = 4

const decodeLimits = { limits: { transactions: BLOCK_TRANSACTIONS_MAX } }

export const blockTransactionsProtocol: LastingProtocol<BlockTransactionsRequest, BlockTransactionsResponse> = {
  id: '/starling/block-transactions/1',
  request: BlockTransactionsRequest,
  response: {
    encode: BlockTransactionsResponse.encode,
    decode: (bytes) => BlockTransactionsResponse.decode(bytes, decodeLimits)
  },
  maxRequestBytes: 2 * BLOCK_TRANSACTIONS_MAX + ENVELOPE_BYTES,
  maxResponseBytes: BLOCK_MAX_BYTES + ENTRY_BYTES * BLOCK_TRANSACTIONS_MAX + ENVELOPE_BYTES,
  maxResponses: 1,
  // Within a verdict's time: what comes later is of no use.
  timeouts: { openMs: 2000, firstByteMs: 2000, totalMs: 5000 },
  // Where mempools differ once, they differ again, and each round trip delays a block by a hop.
  lasting: true,
  maxInboundStreams: 8,
  // A transaction costs one, and a whole block as much as a quarter of the largest.
  rate: {
    burst: relayDefaults.missingBurst,
    perSecond: relayDefaults.missingPerSecond,
    cost: ({ gaps }) => (gaps.length === 0 ? relayDefaults.missingBlockCost : 1 + gaps.length / 2)
  },
  traffic: 'block'
}

export interface BlockTransactionsServer {
  readonly requests: Requests
  /** The encoded block, if it is held. */
  readonly blockBytes: (hash: Hex) => Uint8Array | undefined
  /** Whether it passed the hello: nobody else is served. */
  readonly isPeer: (peer: string) => boolean
}

export async function serveBlockTransactions({ requests, blockBytes, isPeer }: BlockTransactionsServer): Promise<void> {
  await requests.serve(blockTransactionsProtocol, async ({ block, gaps }, peer) => {
    if (!isPeer(peer)) throw new NetworkError('closed', 'the peer has not said hello')
    const bytes = blockBytes(toHex(block))
    if (bytes === undefined) return NOT_HELD
    if (gaps.length === 0) return { transactions: [], block: bytes as Uint8Array<ArrayBuffer> }
    const transactions = transactionsAt(bytes, decodeGaps(gaps))
    return transactions === undefined
      ? NOT_HELD
      : { transactions: transactions as Uint8Array<ArrayBuffer>[], block: EMPTY }
  })
}

const EMPTY = new Uint8Array()
const NOT_HELD: BlockTransactionsResponse = { transactions: [], block: EMPTY }
