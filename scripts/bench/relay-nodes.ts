// The two kinds of node that the relay benchmark compares: ours, whole, on a store on disk; and libp2p with gossipsub,
// both with the library's settings, and a validator that checks the signature, which is what one has after following
// their READMEs. The second keeps ids and nothing else: no mempool, no journal, no anti-entropy.
import { type GossipSub, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { gossipFor, transportDefaults } from '../../src/config/index.ts'
import type { Genesis } from '../../src/ledger/index.ts'
import { openNode } from '../../src/node/index.ts'
import { realRuntime, type Verifier } from '../../src/runtime/index.ts'
import { decodeTransaction, type Transaction, transactionSignatureCheck } from '../../src/wire/index.ts'

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
}

const TOPIC = 'transactions'

async function startStock({ verifier }: NodeUnderTestInit): Promise<NodeUnderTest> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // The one setting that is ours: all nodes share an address, and of five dials a second the rest would be reset.
    connectionManager: { inboundConnectionThreshold: transportDefaults.inboundPerSecondPerAddress },
    services: { identify: identify(), gossip: gossipsub() }
  })
  const router = libp2p.services.gossip as StockRouter
  const held = new Set<string>()
  let verified = 0
  const isSigned = (transaction: Transaction): Promise<boolean> =>
    verifier.verify(transactionSignatureCheck(transaction))
  router.topicValidators.set(TOPIC, async (_, { data }) => {
    const transaction = decodeTransaction(data)
    if (!(await isSigned(transaction))) return TopicValidatorResult.Reject
    verified++
    held.add(transaction.id)
    return TopicValidatorResult.Accept
  })
  router.subscribe(TOPIC)
  return {
    address: first(libp2p.getMultiaddrs().map(String)),
    connectTo: async (address) => void (await libp2p.dial(multiaddr(address))),
    isMeshed: (peers) =>
      router.getSubscribers(TOPIC).length >= peers && router.getMeshPeers(TOPIC).length >= Math.min(peers, 4),
    // As the first node of any: what its user gives it may be anything.
    submit: async (bytes) => {
      const transaction = decodeTransaction(bytes)
      if (!(await isSigned(transaction))) throw new Error('a bad signature')
      held.add(transaction.id)
      await router.publish(TOPIC, bytes)
    },
    held: () => held.size,
    verified: () => verified,
    repaired: () => 0,
    stop: async () => void (await libp2p.stop())
  }
}

function first(addresses: readonly string[]): string {
  const [address] = addresses
  if (address === undefined) throw new Error('the node listens nowhere')
  return address
}
