// The serving side of sync: answers digests, headers and blocks from the chain and the store.
import { syncDefaults } from '../config/index.ts'
import type { Chain } from '../ledger/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import { type BlockResponse, encodeSealedHeader, type Hex, toHex } from '../wire/index.ts'
import { blocksProtocol, digestProtocol, headersProtocol } from './protocols.ts'
import { type ChainTip, decodeTip, encodeTip, tipOf } from './tip.ts'

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
}

export async function serveSync(components: SyncServerComponents): Promise<void> {
  const { chain, blockBytes, compactBytes, requests, isPeer, onPeerTip } = components
  const demandPeer = (peer: string): void => {
    if (!isPeer(peer)) throw new NetworkError('closed', 'the peer has not said hello')
  }

  await requests.serve(digestProtocol, async (request, peer) => {
    demandPeer(peer)
    onPeerTip(peer, decodeTip(request.tip))
    return { tip: encodeTip(tipOf(chain.head)) }
  })

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
