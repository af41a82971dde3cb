// Hosts on real sockets for the tests of this room. `Hosts` owns what it made and stops it.
import {
  type Gossip,
  type GossipMessage,
  type Host,
  Gossip as RealGossip,
  type Topic,
  type Verdict
} from '../../src/network/index.ts'
import { gossipDefaults, type GossipSettings } from '../../src/config/index.ts'
import { constantDelay, createLibp2pHost, LinkShaper } from '../../src/network/libp2p/index.ts'
import { type Runtime, realRuntime } from '../../src/runtime/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'

export const runtime: Runtime = realRuntime({ seed: 1 })

export class Hosts {
  readonly all: Host[] = []
  readonly #stops: (() => Promise<void>)[] = []

  async create(latencyMs = 0): Promise<Host> {
    const secret = new Uint8Array(32).fill(7)
    secret[0] = ++created
    secret[1] = created >> 8
    const listen = ['/ip4/127.0.0.1/tcp/0']
    const shaper = latencyMs > 0 ? new LinkShaper(runtime, constantDelay(latencyMs)) : undefined
    const host = await createLibp2pHost({ secret, listen, runtime, maxConnections: 64, shaper })
    this.all.push(host)
    return host
  }

  async started(latencyMs = 0): Promise<Host> {
    const host = await this.create(latencyMs)
    await host.start()
    return host
  }

  /** Runs before the hosts are stopped. */
  onStop(stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()))
    await Promise.all(this.all.splice(0).map((host) => host.stop()))
  }
}

let created = 0

export async function connect(from: Host, to: Host): Promise<void> {
  const [address] = to.addresses()
  if (address === undefined) throw new Error('not listening')
  await from.dial(address)
}

const UNTIL_MS = 30_000

/** Resolves when `check` holds, which is asked again and again. Rejects when it takes too long: the test's own timeout ends
 * the test, and would leave this going on for ever. */
export async function until(check: () => boolean): Promise<void> {
  for (const end = Date.now() + UNTIL_MS; !check(); ) {
    if (Date.now() > end) throw new Error('it did not come about in time')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export interface GossipNode {
  readonly host: Host
  readonly gossip: Gossip
  readonly events: EventEmitter
  readonly heard: GossipMessage[]
  /** Changed by tests. */
  verdict: (message: GossipMessage) => Verdict | Promise<Verdict>
}

/** Hosts with gossip that notes what it hears and accepts it. */
export async function gossipNodes(
  hosts: Hosts,
  count: number,
  settings: Partial<GossipSettings> = {}
): Promise<GossipNode[]> {
  const nodes: GossipNode[] = []
  for (let i = 0; i < count; i++) {
    const host = await hosts.create()
    const events = new EventEmitter()
    const gossip = new RealGossip(
      { host, runtime, events },
      {
        network: '01234567',
        settings: { ...gossipDefaults, heartbeatMs: 300, ...settings }
      }
    )
    const node: GossipNode = { host, gossip, events, heard: [], verdict: () => 'accept' }
    for (const topic of ['block', 'transaction'] as const) {
      gossip.onMessage(topic, (message) => {
        node.heard.push(message)
        return node.verdict(message)
      })
    }
    await gossip.start()
    await host.start()
    hosts.onStop(() => gossip.stop())
    nodes.push(node)
  }
  return nodes
}

/** Connects each to the next and waits until neighbours are meshed for both topics. */
export async function connectLine(nodes: readonly GossipNode[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    const next = nodes[i + 1]
    if (next !== undefined) await connect(node.host, next.host)
  }
  await until(() => nodes.every((node, i) => meshed(node, i === 0 || i === nodes.length - 1 ? 1 : 2)))
}

export function meshed(node: GossipNode, peers: number): boolean {
  return (['block', 'transaction'] satisfies Topic[]).every((topic) => node.gossip.meshPeers(topic).length >= peers)
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
