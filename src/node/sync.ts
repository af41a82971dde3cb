// How a node gets what gossip did not bring, and gives it: anti-entropy, catching up, comparing mempools.
import { syncDefaults } from '../config/index.ts'
import { AntiEntropy, ChainFetcher, MempoolSet, MempoolSync, serveSync, takeTransactions } from '../sync/index.ts'
import type { Block } from '../wire/index.ts'
import type { Life, NodeInit } from './node-init.ts'
import type { Ground, Parts } from './parts.ts'

type Needed = Ground &
  Pick<Parts, 'chain' | 'mempool' | 'importer' | 'intake' | 'requests' | 'gossip' | 'peers' | 'tips' | 'blockRelay'>

export function composeSync(
  parts: Needed,
  { relay, syncIntervalMs, syncFanout }: NodeInit,
  life: Life
): Pick<Parts, 'fetcher' | 'mempools' | 'antiEntropy'> {
  const { gossip, peers, tips } = parts
  const spreads = relay === 'rounds'
  const fetcher = composeFetcher(parts, life)
  const mempools = composeMempools(parts, spreads)
  const antiEntropy = new AntiEntropy(
    {
      ...{ ...parts, fetcher, mempools },
      peers: () => peers.peers().map(({ peer }) => peer),
      meshPeers: () => gossip.meshPeers('block'),
      onTip: (peer, tip) => tips.record(peer, tip)
    },
    { intervalMs: syncIntervalMs, jitter: syncDefaults.jitter, fanout: syncFanout, spreads }
  )
  tips.onShown((peer, tip) => antiEntropy.onPeerTip(peer, tip))
  return { fetcher, mempools, antiEntropy }
}

/** Answers peers from now on. */
export function serve(parts: Needed & Pick<Parts, 'mempools'>): Promise<void> {
  const { store, peers, tips, blockRelay } = parts
  return serveSync({
    ...parts,
    blockBytes: (hash) => store.blockBytes(hash),
    compactBytes: (hash) => blockRelay.compactOf(hash),
    isPeer: (peer) => peers.has(peer),
    onPeerTip: (peer, tip) => tips.show(peer, tip)
  })
}

function composeFetcher(parts: Needed, life: Life): ChainFetcher {
  const { host, runtime, chain, blockRelay } = parts
  // Servers send it for blocks near their head only. Of one who sends it for more, nobody else is to hear.
  const isRecent = ({ header }: Block): boolean =>
    header.height >= chain.bestHeader.height - syncDefaults.compactDepthMax
  return new ChainFetcher({
    ...parts,
    isDialled: (peer) => host.connections().some((each) => each.peer === peer && each.direction === 'outbound'),
    isComing: (hash) => blockRelay.isComing(hash),
    onCompact: (block, compact) => {
      if (!life.isStarted() || !isRecent(block)) return
      blockRelay.announceRepaired(block, compact).catch((error) => {
        runtime.logger.warn('could not announce a repaired block', { error: String(error) })
      })
    }
  })
}

function composeMempools(parts: Needed, spreads: boolean): MempoolSync {
  const { host, events, runtime, mempool, importer, peers } = parts
  const set = new MempoolSet({ mempool, runtime, ...(spreads ? { settleMs: 0 } : {}) })
  const take = takeTransactions({
    ...{ mempool, set, events, runtime },
    verify: (transactions) => importer.verifyTransactions(transactions),
    via: spreads ? 'gossip' : 'repair'
  })

  const mempools = new MempoolSync({
    ...parts,
    self: host.peerId,
    set,
    take,
    saltsWith: (peer) => peers.saltsWith(peer)
  })
  host.subscribe({ disconnected: (peer) => mempools.onDisconnected(peer) })
  events.subscribe((event) => {
    if (event.type === 'head') mempools.onHead()
  })
  return mempools
}
