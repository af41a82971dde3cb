// The parts of a node, each made of those above it. One looks down: a block that gossip brought may lack its ancestors,
// which are fetched by what itself asks whether gossip is about to bring a block. Nothing begins here.
import { Requests } from '../network/index.ts'
import { membersProtocol } from '../peers/index.ts'
import { EventEmitter, type RequestEvent } from '../trace/index.ts'
import { Importer } from './importer.ts'
import { Intake } from './intake.ts'
import { openLedger } from './ledger.ts'
import { composeMembership } from './membership.ts'
import { HONEST, type Life, type NodeInit, type PartMakers } from './node-init.ts'
import type { Ground, NodeComponents, Parts } from './parts.ts'
import { composePeers } from './peers.ts'
import { composeProduction } from './production.ts'
import { composeGossip, composeRelays } from './relays.ts'
import { composeSync } from './sync.ts'

export function compose(components: NodeComponents, init: NodeInit, life: Life, others: Partial<PartMakers>): Parts {
  const { createGossip, createProducer } = { ...HONEST, ...others }
  const ground = layGround(components)
  const { host, store, runtime, events, onOffence } = ground
  const ledger = openLedger(ground)
  const importer = new Importer({ ...ledger, store, runtime, events }, { onFailed: life.onFailed })
  const intake = new Intake({ ...ledger, importer, store, runtime, events })
  const requests = new Requests({ host, runtime, onOffence, onAsked: (event) => tellAsked(events, event) })
  const gossip = composeGossip(ground, init, createGossip)
  const upToGossip = { ...ground, ...ledger, importer, intake, requests, gossip }

  const connected = composePeers(upToGossip, init)
  const relays = composeRelays(
    {
      ...upToGossip,
      ...connected,
      /** Resolves when the peer's headers are here, so that the parent is known, or when they can't be had. */
      fetchAncestors: (peer, { height, parent }) =>
        sync.fetcher.catchUp(peer, { height: height - 1, hash: parent, work: 0n }, 'requested').headers
    },
    init
  )
  const sync = composeSync({ ...upToGossip, ...connected, ...relays }, init, life)
  const upToSync = { ...upToGossip, ...connected, ...relays, ...sync }

  const membership = composeMembership(upToSync, init, life)
  const producer = composeProduction(upToSync, init, createProducer)
  return { ...upToSync, membership, producer }
}

function layGround(components: NodeComponents): Ground {
  const { clock, logger } = components.runtime
  const events = new EventEmitter((error) => logger.error('an event sink failed', { error: String(error) }))
  const onOffence = (from: string, code: string): void =>
    events.emit({ type: 'rejected', kind: 'message', from, code, at: clock.now() })
  return { ...components, events, onOffence }
}

/** Rounds of membership come all the time and would drown everything else. */
function tellAsked(events: EventEmitter, event: RequestEvent): void {
  if (event.protocol !== membersProtocol.id || event.outcome === 'failed') events.emit(event)
}
