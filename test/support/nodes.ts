// Nodes on real sockets inside the test's process, with memory stores, on a network whose blocks are cheap.
import { gossipDefaults } from '../../src/config/index.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { createGenesis, developmentKey, type Genesis, targetToBits } from '../../src/ledger/index.ts'
import { type Node, type NodeOptions, openNode } from '../../src/node/index.ts'
import { realRuntime, realTimers, realYield } from '../../src/runtime/index.ts'
import type { NodeEvent } from '../../src/trace/index.ts'
import { signTransaction, type Transaction, toHex } from '../../src/wire/index.ts'

export const addressOf = (name: string): string => toHex(developmentKey(name).publicKey)

/** Proof of work that takes `hashes` tries on average and does not adjust within a test. */
export function easyGenesis(hashes = 64, name = 'test'): Genesis {
  return createGenesis({
    schema: 'starling-genesis/1',
    name,
    // Now: a chain that is a year behind its schedule would be as easy as can be.
    time: Date.now(),
    consensus: {
      kind: 'pow',
      intervalMs: 1000,
      halfLifeMs: 2 ** 31 - 1,
      bits: targetToBits((1n << 256n) / BigInt(hashes))
    },
    reward: 50,
    accounts: ['alice', 'bob', 'carol'].map((account) => ({ address: addressOf(account), balance: 1000 }))
  })
}

export function transfer(
  genesis: Genesis,
  from: string,
  to: string,
  nonce: number,
  fields: Partial<{ amount: number; fee: number; data: Uint8Array }> = {}
): Transaction {
  const key = developmentKey(from)
  const { amount = 1, fee = 1, data = new Uint8Array() } = fields
  return signTransaction(
    {
      network: genesis.network,
      sender: toHex(key.publicKey),
      recipient: addressOf(to),
      amount,
      fee,
      nonce,
      validUntil: 0,
      data
    },
    key.sign
  )
}

/** Starts nodes and stops them all at the end of a test. */
export class TestNodes {
  readonly genesis: Genesis
  readonly #nodes: Node[] = []
  readonly #labels = new Map<Node, string>()
  #count = 0

  constructor(genesis: Genesis = easyGenesis()) {
    this.genesis = genesis
  }

  async add(options: Partial<NodeOptions> = {}): Promise<Node> {
    const label = `test node ${this.#count++}`
    const node = await openNode({
      genesis: this.genesis,
      secret: keyPairFromLabel(label).secret,
      gossip: gossipDefaults,
      syncIntervalMs: 300,
      hashRate: 100_000,
      peers: 'static',
      runtime: realRuntime({ seed: label }),
      ...options
    })
    this.#nodes.push(node)
    this.#labels.set(node, label)
    await node.start()
    return node
  }

  /** A node in place of one that is gone: same key, a memory of nothing. */
  async restart(gone: Node, options: Partial<NodeOptions> = {}): Promise<Node> {
    const label = this.#labels.get(gone)
    if (label === undefined) throw new Error('not one of these nodes')
    return this.add({ ...options, secret: keyPairFromLabel(label).secret })
  }

  async addMany(count: number, options: Partial<NodeOptions> = {}): Promise<Node[]> {
    return Promise.all(Array.from({ length: count }, () => this.add(options)))
  }

  /** Stops one and lets go of it. */
  async end(node: Node): Promise<void> {
    this.#nodes.splice(this.#nodes.indexOf(node), 1)
    this.#labels.delete(node)
    await node.stop()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()))
  }
}

/** Connects each node to the next, and waits until they are peers and in each other's meshes. */
export async function connectLine(nodes: readonly Node[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    const next = nodes[i + 1]
    if (next !== undefined) await connect(node, next)
  }
}

export async function connect(from: Node, to: Node): Promise<void> {
  const address = to.host.addresses()[0]
  if (address === undefined) throw new Error('the listener has no address')
  from.peers.connectTo(address)
  const joined = (a: Node, b: Node): boolean =>
    a.peers.peers().some(({ peer }) => peer === b.host.peerId) &&
    a.gossip.meshPeers('block').includes(b.host.peerId) &&
    a.gossip.meshPeers('transaction').includes(b.host.peerId)
  await until([from, to], () => joined(from, to) && joined(to, from))
}

/** Resolves when `condition` holds, which is looked at after every event of the nodes. */
export async function until(nodes: readonly Node[], condition: () => boolean, ms = 20_000): Promise<void> {
  if (condition()) return
  const holds = Promise.withResolvers<void>()
  const look = (_event: NodeEvent): void => {
    if (condition()) holds.resolve()
  }
  const unsubscribe = nodes.map((node) => node.events.subscribe(look))
  try {
    await realTimers.within(ms, () => holds.promise)
  } finally {
    for (const stop of unsubscribe) stop()
  }
}

/** The same of what no event tells: looked at in every turn of the loop, but not for ever, as a bare loop would. */
export async function eventually(condition: () => boolean, ms = 20_000): Promise<void> {
  const { clock } = realRuntime()
  for (const end = clock.now() + ms; !condition(); await realYield()) {
    if (clock.now() > end) throw new Error(`it did not come about within ${ms} ms`)
  }
}

export const sameHead = (nodes: readonly Node[]): boolean =>
  new Set(nodes.map((node) => node.chain.head.hash)).size === 1
