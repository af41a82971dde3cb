// The serving side of sync: answers digests, headers and blocks from the chain and the store.
import { syncDefaults } from '../config/index.ts'
import type { Chain } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import { type BlockResponse, encodeSealedHeader, type Hex, toHex, WireError } from '../wire/index.ts'
import type { MempoolSync } from './mempool-sync.ts'
import { blocksProtocol, cellsProtocol, digestProtocol, headersProtocol, transactionsProtocol } from './protocols.ts'
import { type ChainTip, compareTips, decodeTip, encodeTip, tipOf } from './tip.ts'

export interface SyncServerComponents {
  readonly chain: Chain
  /** The encoded block, if it is held. */
  readonly blockBytes: (hash: Hex) => Uint8Array | undefined
  /** The compact form of a recent block as its producer signed it, if it is kept. */
  readonly compactBytes: (hash: Hex) => Uint8Array | undefined
  readonly requests: Requests
  /** Whether it passed the hello: nobody else is served. */
  readonly isPeer: (peer: string) => boolean
  /** Told of every tip that a peer's digest shows. */
  readonly onPeerTip: (peer: string, tip: ChainTip) => void
  readonly mempools: MempoolSync
}

export async function serveSync(components: SyncServerComponents): Promise<void> {
  const { chain, blockBytes, compactBytes, requests, isPeer, onPeerTip, mempools } = components
  const demandPeer = (peer: string): void => {
    if (!isPeer(peer)) throw new NetworkError('closed', 'the peer has not said hello')
  }

  await requests.serve(digestProtocol, (request, peer) =>
    blaming(async () => {
      demandPeer(peer)
      const theirs = decodeTip(request.tip)
      const ours = tipOf(chain.head)
      onPeerTip(peer, theirs)
      return { tip: encodeTip(ours), ...(await mempools.answer(request, peer, compareTips(ours, theirs) === 0)) }
    })
  )

  await requests.serve(cellsProtocol, async (request, peer) => {
    demandPeer(peer)
    return mempools.cells(request, peer)
  })

  await requests.serve(transactionsProtocol, (request, peer) =>
    blaming(async () => {
      demandPeer(peer)
      return mempools.transactions(request, peer)
    })
  )

  await requests.serve(headersProtocol, async (request, peer) => {
    demandPeer(peer)
    const limit = Math.min(request.limit, syncDefaults.headersMax)
    const { startHeight, headers } = chain.headersAfter(request.locator.map(toHex), limit)
    return {
      startHeight,
      headers: headers.map((header) => encodeSealedHeader(header) as Uint8Array<ArrayBuffer>),
      tip: encodeTip(tipOf(chain.head))
    }
  })

  await requests.serve(blocksProtocol, (request, peer) => {
    demandPeer(peer)
    // Only of blocks near the head: it is for those who will announce them.
    const isRecent = (hash: Hex): boolean =>
      (chain.headerNode(hash)?.height ?? 0) >= chain.head.height - syncDefaults.compactDepthMax
    return streamBlocks(request.hashes.map(toHex), blockBytes, (hash) =>
      isRecent(hash) ? compactBytes(hash) : undefined
    )
  })
}

async function* streamBlocks(
  hashes: readonly Hex[],
  blockBytes: (hash: Hex) => Uint8Array | undefined,
  compactBytes: (hash: Hex) => Uint8Array | undefined
): AsyncIterable<BlockResponse> {
  let sent = 0
  for (const hash of hashes) {
    if (sent >= syncDefaults.blocksMaxBytes) return
    const block = blockBytes(hash) ?? EMPTY
    const compact = block.length === 0 ? EMPTY : (compactBytes(hash) ?? EMPTY)
    sent += block.length + compact.length
    yield { block: block as Uint8Array<ArrayBuffer>, compact: compact as Uint8Array<ArrayBuffer> }
  }
}

const EMPTY = new Uint8Array()

/** What is wrong with the contents of a question is its sender's fault, as what is wrong with its form. */
async function blaming<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WireError) throw new NetworkError('bad-message', error.message, error)
    throw error
  }
}
