// Whom a node is connected to, and what it holds against them: kept in its store across restarts.
import { PeerManager, PenaltyBox } from '../peers/index.ts'
import { decodeTip, encodeTip, tipOf } from '../sync/index.ts'
import { fromHex } from '../wire/index.ts'
import type { NodeInit } from './node-init.ts'
import type { Ground, Parts } from './parts.ts'
import { PeerTips } from './peer-tips.ts'

/** Names of the store's records of addresses known from before, and of bans. */
const ADDRESSES = 'addresses'
const BANS = 'bans'

export function composePeers(
  parts: Ground & Pick<Parts, 'chain' | 'requests'>,
  { agent, bootstrap, targets }: NodeInit
): Pick<Parts, 'penalties' | 'peers' | 'tips'> {
  const { genesis, host, store, chain } = parts
  const tips = new PeerTips(host)
  const penalties = new PenaltyBox({ ...parts, save: (bans) => store.putMeta(BANS, bans) }, store.getMeta(BANS))
  const peers = new PeerManager(
    {
      ...parts,
      isBanned: (peer, address) => penalties.isBanned(peer, address),
      penaltyOf: (peer) => penalties.score(peer),
      save: (addresses) => store.putMeta(ADDRESSES, addresses),
      tip: () => encodeTip(tipOf(chain.head)),
      onPeerTip: (peer, tip) => tips.show(peer, decodeTip(tip))
    },
    { genesis: fromHex(genesis.hash), agent, bootstrap, remembered: store.getMeta(ADDRESSES), targets }
  )
  return { penalties, peers, tips }
}

/** Keeps what was learned of addresses for the next start. */
export function saveAddresses({ store, peers }: Pick<Parts, 'store' | 'peers'>): Promise<void> {
  return store.putMeta(ADDRESSES, peers.addresses())
}
