// Membership as part of a node: what the service takes from the parts beside it.
import { Membership } from '../peers/index.ts'
import type { Life, NodeInit } from './node-init.ts'
import type { Ground, Parts } from './parts.ts'

/** Name of the store's record of this node's generation and tags. */
const STORED = 'membership'

export function composeMembership(
  parts: Ground & Pick<Parts, 'chain' | 'requests' | 'peers' | 'fetcher' | 'antiEntropy'>,
  { membership, agent, targets }: NodeInit,
  life: Life
): Membership | undefined {
  if (membership === undefined) return undefined
  const { genesis, host, store, runtime, chain, peers, fetcher, antiEntropy } = parts
  return new Membership(
    {
      ...parts,
      peers: () => peers.peers().map(({ peer }) => peer),
      addressOf: (peer) => peers.addressOf(peer),
      addresses: () => host.addresses(),
      head: () => chain.head,
      // A node whose edges are fixed has no use for further addresses.
      learn: (address, source, current) => void (targets !== undefined && peers.learn(address, source, current)),
      // A member's word that there is more: worth a comparison with a peer, unless it has come meanwhile.
      onAhead: (height) => {
        if (!life.isStarted() || chain.head.height >= height || fetcher.progress !== undefined) return
        const peer = runtime.random.pick(peers.peers())
        if (peer !== undefined) antiEntropy.compareWith(peer.peer)
      },
      save: (state) => store.putMeta(STORED, state)
    },
    { ...membership, agent, network: genesis.network, remembered: store.getMeta(STORED) }
  )
}
