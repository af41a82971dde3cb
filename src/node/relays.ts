// How a node hears and tells what is new: gossip, and what judges and announces transactions and blocks on it.
import { type GossipSettings, relayDefaults } from '../config/index.ts'
import type { Genesis } from '../ledger/index.ts'
import type { Gossip } from '../network/index.ts'
import { BlockRelay, type BlockRelayComponents, TransactionRelay } from '../relay/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'
import type { Importer } from './importer.ts'
import type { NodeInit, PartMakers } from './node-init.ts'
import type { Ground, Parts } from './parts.ts'

type Needed = Ground &
  Pick<Parts, 'consensus' | 'mempool' | 'importer' | 'intake' | 'requests' | 'gossip' | 'peers'> &
  Pick<BlockRelayComponents, 'fetchAncestors'>

export function composeGossip(
  { genesis, host, runtime, events }: Ground,
  { gossip, relay }: NodeInit,
  createGossip: PartMakers['createGossip']
): Gossip {
  const network = genesis.hash.slice(0, 8)
  const settings = expecting(gossip, genesis)
  return createGossip({ host, runtime, events }, { network, settings, silent: relay === 'rounds' })
}

export function composeRelays(
  parts: Needed,
  { relay, production }: NodeInit
): Pick<Parts, 'transactionRelay' | 'blockRelay'> {
  const { importer, gossip, peers } = parts
  const transactionRelay = new TransactionRelay({
    ...parts,
    verify: (transactions) => importer.verifyTransactions(transactions)
  })
  const blockRelay = new BlockRelay(
    { ...parts, isPeer: (peer) => peers.has(peer) },
    { mode: relay, ...(production === undefined ? {} : { sign: production.key.sign }) }
  )
  gossip.onDuplicate((topic, id, from, at) => {
    const heardBy = topic === 'block' ? blockRelay : transactionRelay
    heardBy.onDuplicate(id, from, at)
  })
  announceOwnAgain(parts, transactionRelay)
  return { transactionRelay, blockRelay }
}

/**
 * Own transactions that no block includes are announced again: to new mesh peers, because nobody may have been there to
 * hear, and every few blocks, because whoever heard may be gone. Everyone in the mesh is sent them, and anybody may join it
 * as often as it likes: who joins soon after another waits for the next block.
 */
export function announceOwnAgain(
  { events, importer, runtime }: Pick<Needed, 'events' | 'runtime'> & { importer: Pick<Importer, 'ownPending'> },
  relay: Pick<TransactionRelay, 'announceAgain'>
): void {
  const { announceAgainBlocks, announceAgainGapMs } = relayDefaults
  let announcedAt = Number.NEGATIVE_INFINITY
  let isWaiting = false
  let announced: readonly Hex[] = []
  events.subscribe((event) => {
    const isNewPeer = event.type === 'mesh' && event.change === 'graft' && event.topic === 'transaction'
    const isTime = event.type === 'head' && (isWaiting || event.height % announceAgainBlocks === 0)
    if (!isNewPeer && !isTime) return
    const at = runtime.clock.now()
    isWaiting = at - announcedAt < announceAgainGapMs
    if (isWaiting) return
    const own = upToLimits(after(announced, [...importer.ownPending()]))
    if (own.length === 0) return
    announcedAt = at
    announced = own.map(({ id }) => id)
    relay.announceAgain(own)
  })
}

/**
 * In turn, from the one after the last that was announced and is still pending: those that no block ever includes must not
 * keep the others from being heard.
 */
function after(announced: readonly Hex[], transactions: readonly Transaction[]): Transaction[] {
  const pending = new Set(transactions.map(({ id }) => id))
  const last = announced.findLast((id) => pending.has(id))
  const next = transactions.findIndex(({ id }) => id === last) + 1
  return [...transactions.slice(next), ...transactions.slice(0, next)]
}

/** As many as may be announced again at a time. */
function upToLimits(transactions: readonly Transaction[]): Transaction[] {
  const taken: Transaction[] = []
  let room = relayDefaults.announceAgainMaxBytes
  for (const transaction of transactions) {
    room -= transaction.bytes.length
    if (room < 0 || taken.length >= relayDefaults.announceAgainMax) break
    taken.push(transaction)
  }
  return taken
}

/** The settings, with the rate of blocks that the genesis says. */
function expecting(settings: GossipSettings, { file }: Genesis): GossipSettings {
  const { consensus } = file
  const intervalMs = consensus.kind === 'pow' ? consensus.intervalMs : consensus.slotMs
  return { ...settings, expectedPerSecond: { ...settings.expectedPerSecond, block: 1000 / intervalMs } }
}
