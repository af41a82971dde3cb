// Membership as part of a node: what the service takes from the node it belongs to.
import type { MembershipSettings } from '../config/index.ts'
import type { KeyPair } from '../crypto/index.ts'
import type { Requests } from '../network/index.ts'
import { Membership, type MembershipComponents } from '../peers/index.ts'
import type { Node } from './node.ts'

export interface NodeMembership extends MembershipSettings {
  /** Of the host's identity: it signs the node's records. */
  readonly key: KeyPair
}

/** Name of the store's record of this node's generation and tags. */
const STORED = 'membership'

export function composeMembership(
  { node, requests }: { readonly node: Node; readonly requests: Requests },
  {
    learn,
    onAhead,
    ...init
  }: NodeMembership & Pick<MembershipComponents, 'learn' | 'onAhead'> & { readonly agent: string }
): Membership {
  const { host, events, runtime, store, chain, genesis } = node
  return new Membership(
    {
      requests,
      events,
      runtime,
      peers: () => node.peers.peers().map(({ peer }) => peer),
      isPeer: (peer) => node.peers.has(peer),
      addresses: () => host.addresses(),
      head: () => chain.head,
      learn,
      onAhead,
      save: (state) => store.putMeta(STORED, state)
    },
    { ...init, network: genesis.network, remembered: store.getMeta(STORED) }
  )
}
