// The two kinds of node that the relay benchmark compares, over the same transport: ours, whole, on a store on disk; and
// gossipsub with the library's settings and a validator that checks the signature, which is what one has after following
// its README. The second keeps ids and nothing else: no mempool, no journal, no anti-entropy.
import { type GossipSub, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { gossipFor, nodeDefaults } from '../../src/config/index.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import type { Genesis } from '../../src/ledger/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import { openNode } from '../../src/node/index.ts'
import { type Runtime, realRuntime, type Verifier } from '../../src/runtime/index.ts'
import { decodeTransaction, transactionSignatureCheck } from '../../src/wire/index.ts'

export type NodeKind = 'starling' | 'stock'

export interface NodeUnderTest {
  readonly address: string
  connectTo(address: string): Promise<void>
  /** Whether it relays with so many peers. */
  isMeshed(peers: number): boolean
  submit(bytes: Uint8Array): Promise<void>
  /** Transactions that are here, own ones included. */
  held(): number
  /** Transactions of others that were verified here. */
  verified(): number
  /** Those of them that did not come by gossip. */
  repaired(): number
  stop(): Promise<void>
}

export interface NodeUnderTestInit {
  readonly genesis: Genesis
  readonly name: string
  readonly directory: string
  /** Peers it will have. */
  readonly degree: number
  /** Of the process. */
  readonly verifier: Verifier
}

export function startNode(kind: NodeKind, init: NodeUnderTestInit): Promise<NodeUnderTest> {
  return kind === 'starling' ? startStarling(init) : startStock(init)
}

async function startStarling({
  genesis,
  name,
  directory,
  degree,
  verifier
}: NodeUnderTestInit): Promise<NodeUnderTest> {
  const node = await openNode({
    genesis,
    directory: `${directory}/${name}`,
    peers: 'static',
    gossip: gossipFor(degree, 'tuned'),
    runtime: realRuntime({ seed: name, verifier })
  })
  let verified = 0
  let repaired = 0
  node.events.subscribe((event) => {
    if (event.type === 'validated' && event.kind === 'transaction') verified += event.transactions
    if (event.type === 'delivered' && event.kind === 'transaction' && event.via !== 'gossip') repaired++
  })
  await node.start()
  return {
    address: first(node.host.addresses()),
    connectTo: async (address) => node.peers.connectTo(address),
    isMeshed: (peers) =>
      node.peers.peers().length >= peers && node.gossip.meshPeers('transaction').length >= Math.min(peers, 4),
    submit: async (bytes) => void (await node.submit(bytes)),
    held: () => node.mempool.size,
    // Repair takes in nothing unverified either, and has no event of its own for it.
    verified: () => verified + repaired,
    repaired: () => repaired,
    stop: () => node.stop()
  }
}

/** The package's public type leaves these out. */
interface StockRouter extends GossipSub {
  getMeshPeers(topic: string): string[]
  start(): Promise<void>
  stop(): Promise<void>
}

const TOPIC = 'transactions'

async function startStock({ name, verifier }: NodeUnderTestInit): Promise<NodeUnderTest> {
  const runtime: Runtime = realRuntime({ seed: name, verifier })
  const host = await createLibp2pHost({
    secret: keyPairFromLabel(name).secret,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    maxConnections: nodeDefaults.connectionsMax,
    runtime
  })
  const router = gossipsub({})(host.gossipComponents) as StockRouter
  const held = new Set<string>()
  let verified = 0
  router.topicValidators.set(TOPIC, async (_, { data }) => {
    const transaction = decodeTransaction(data)
    if (!(await verifier.verify(transactionSignatureCheck(transaction)))) return TopicValidatorResult.Reject
    verified++
    held.add(transaction.id)
    return TopicValidatorResult.Accept
  })
  await router.start()
  router.subscribe(TOPIC)
  await host.start()
  return {
    address: first(host.addresses()),
    connectTo: async (address) => void (await host.dial(address)),
    isMeshed: (peers) =>
      router.getSubscribers(TOPIC).length >= peers && router.getMeshPeers(TOPIC).length >= Math.min(peers, 4),
    submit: async (bytes) => {
      held.add(decodeTransaction(bytes).id)
      await router.publish(TOPIC, bytes)
    },
    held: () => held.size,
    verified: () => verified,
    repaired: () => 0,
    stop: async () => {
      await router.stop()
      await host.stop()
    }
  }
}

function first(addresses: readonly string[]): string {
  const [address] = addresses
  if (address === undefined) throw new Error('the node listens nowhere')
  return address
}
