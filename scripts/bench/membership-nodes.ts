// The nodes of the membership benchmark: a host, requests and the service each, joined by a random graph. Imported only
// after time was taken over.
import { membershipDefaults } from '../../src/config/index.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { internedRecords } from '../../src/engine/common/membership.ts'
import { type Listeners, VirtualHost } from '../../src/engine/virtual/host.ts'
import { RememberingVerifier, virtualRuntime } from '../../src/engine/virtual/runtime.ts'
import type { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { Switchboard } from '../../src/engine/virtual/switchboard.ts'
import { type Host, Requests } from '../../src/network/index.ts'
import { Membership } from '../../src/peers/index.ts'
import { seededRandom, SharedInterner } from '../../src/runtime/index.ts'
import { assignLinks, randomGraph, scenarioSchema } from '../../src/scenario/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'

export interface BenchNetwork {
  readonly members: number
  /** Connections of each. */
  readonly degree: number
  /** Interval of a gossip round. */
  readonly roundMs: number
  readonly latencyMs: number
}

export interface BenchMember {
  readonly host: Host
  readonly membership: Membership
  readonly events: EventEmitter
}

/** Connected, with membership not started. */
export async function buildMembers(
  scheduler: Scheduler,
  { members, degree, roundMs, latencyMs }: BenchNetwork
): Promise<BenchMember[]> {
  const random = seededRandom('membership benchmark')
  const scenario = scenarioSchema.parse({ nodes: members, links: { latency: `${latencyMs}ms` } })
  const plan = assignLinks(scenario, random.fork('links'))
  const switchboard = new Switchboard({ scheduler, random: random.fork('pipes') }, plan)
  const listeners: Listeners = new Map()
  const verifier = new RememberingVerifier()
  const interner = new SharedInterner({ entriesMax: 256, entriesMaxOf: internedRecords(members) })
  const nodes: BenchMember[] = []
  for (let i = 0; i < members; i++) {
    const key = keyPairFromLabel(`membership benchmark ${i}`)
    const host = VirtualHost.create(key, i, switchboard, listeners)
    const runtime = virtualRuntime(scheduler, verifier, `membership benchmark ${i}`, interner)
    const events = new EventEmitter()
    const membership = new Membership(
      {
        requests: new Requests({ host, runtime }),
        events,
        runtime,
        peers: () => host.connections().map(({ peer }) => peer),
        addressOf: () => '',
        addresses: () => host.addresses(),
        head: () => ({ height: 0, hash: '00'.repeat(32) }),
        learn: () => {},
        onAhead: () => {},
        save: async () => {}
      },
      {
        ...membershipDefaults,
        intervalMs: roundMs,
        tableMax: Math.max(members, membershipDefaults.tableMax),
        key,
        network: '00'.repeat(8),
        agent: 'starling/0.1.0',
        remembered: undefined
      }
    )
    await host.start()
    nodes.push({ host, membership, events })
  }
  const dials = randomGraph(members, degree, random.fork('graph')).map(([dialer, listener]) =>
    nodes[dialer]?.host.dial(nodes[listener]?.host.addresses()[0] ?? '')
  )
  await scheduler.runUntil(scheduler.now + 10_000)
  await Promise.all(dials)
  return nodes
}
