// Compact blocks between nodes on real sockets: with mempools that differ, and from producers that lie.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { relayDefaults } from '../../src/config/index.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import type { Node } from '../../src/node/index.ts'
import { decodeAnnouncement, encodeCompactAnnouncement, encodeFullAnnouncement } from '../../src/relay/announcement.ts'
import { blockTransactionsProtocol } from '../../src/relay/block-transactions.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import type { NodeEvent, RebuiltEvent } from '../../src/trace/index.ts'
import { assembleBlock, type Block, encodeCompactBlock, type Hex, type Transaction } from '../../src/wire/index.ts'
import { liarKey, mineOn } from '../support/mine.ts'
import {
  connect,
  connectLine,
  easyGenesis,
  eventually,
  sameHead,
  TestNodes,
  transfer,
  until
} from '../support/nodes.ts'

const hour = { syncIntervalMs: 3_600_000 }

type EventOf<T extends NodeEvent['type']> = Extract<NodeEvent, { type: T }>

function record<T extends NodeEvent['type']>(node: Node, type: T): EventOf<T>[] {
  const events: EventOf<T>[] = []
  node.events.subscribe((event) => {
    if (event.type === type) events.push(event as EventOf<T>)
  })
  return events
}

/** As test/support/nodes.ts names its nodes. */
const keyOfNode = (index: number) => keyPairFromLabel(`test node ${index}`)

describe('compact blocks', () => {
  let nodes: TestNodes
  beforeEach(() => {
    nodes = new TestNodes(easyGenesis(200))
  })
  afterEach(() => nodes.stop())

  /** A producer whose clock can be put forward, so that what is in its mempool is no news to it. */
  const addProducer = async (): Promise<{ producer: Node; age: () => void }> => {
    const real = realRuntime({ seed: 'producer' })
    let ahead = 0
    const clock = { now: () => real.clock.now() + ahead }
    const producer = await nodes.add({ ...hour, runtime: { ...real, clock } })
    const age = (): void => {
      ahead += 1000
    }
    return { producer, age }
  }

  const mineOne = async (node: Node): Promise<Block> => {
    const { height } = node.chain.head
    node.producer?.start()
    // The store has it a moment after the chain.
    const stored = (): Block | undefined => node.store.body(node.chain.hashAt(height + 1) ?? '')
    await until([node], () => stored() !== undefined)
    node.producer?.stop()
    const block = stored()
    if (block === undefined) throw new Error('no block')
    return block
  }

  const payments = (count: number): Transaction[] =>
    Array.from({ length: count }, (_, nonce) => transfer(nodes.genesis, 'alice', 'bob', nonce))

  /** Puts transactions into a mempool without telling anyone. */
  const give = (node: Node, transactions: readonly Transaction[]): void => {
    for (const transaction of transactions) ok(node.mempool.add(transaction).status !== 'refused')
  }

  const summary = (events: readonly RebuiltEvent[]) =>
    events.map(({ transactions, missing, full }) => ({ transactions, missing, full }))

  it('cross a line of nodes that miss different transactions, each asking the one before it', async () => {
    const { producer, age } = await addProducer()
    const [middle, last] = (await nodes.addMany(2, hour)) as [Node, Node]
    await connectLine([producer, middle, last])
    const transactions = payments(4)
    give(producer, transactions)
    give(middle, transactions.slice(0, 1))
    give(last, transactions.slice(0, 3))
    age()
    const rebuilt = [middle, last].map((node) => record(node, 'rebuilt'))
    const delivered = [middle, last].map((node) => record(node, 'delivered'))
    const block = await mineOne(producer)
    equal(block.transactions.length, 4)
    await until([middle, last], () => sameHead([producer, middle, last]))
    deepEqual(rebuilt.map(summary), [
      [{ transactions: 4, missing: 3, full: false }],
      [{ transactions: 4, missing: 1, full: false }]
    ])
    for (const events of delivered) {
      deepEqual(
        events.flatMap(({ kind, via }) => (kind === 'block' ? [via] : [])),
        ['gossip']
      )
    }
    const bytesOf = (node: Node): Uint8Array | undefined => node.store.blockBytes(block.header.hash)
    // Stored a moment after it is the head.
    await until([producer, last], () => bytesOf(producer) !== undefined && bytesOf(last) !== undefined)
    deepEqual(bytesOf(last), bytesOf(producer))
    // The answers and what was asked count as what they are for.
    ok(producer.traffic().byKind.block > block.transactions.length * 169)
  })

  it('leave nobody to open a stream when a transaction is missing: mesh peers have one to each other', async () => {
    const [a, b] = await nodes.addMany(2, hour)
    if (a === undefined || b === undefined) throw new Error('two nodes')
    await connect(a, b)
    const opened = ({ host }: Node): number =>
      host.gossipComponents.connectionManager
        .getConnections()
        .flatMap(({ streams }) => streams)
        .filter(({ protocol, direction }) => protocol === blockTransactionsProtocol.id && direction === 'outbound')
        .length
    await eventually(() => opened(a) > 0 && opened(b) > 0)
    deepEqual([opened(a), opened(b)], [1, 1])
  })

  it('bring along what their producer has only just seen', async () => {
    const [producer, other] = (await nodes.addMany(2, hour)) as [Node, Node]
    await connect(producer, other)
    const rebuilt = record(other, 'rebuilt')
    // The first block on its own can take longer to find than transactions stay news: the newest is in time for one.
    for (let nonce = 0; !rebuilt.some(({ transactions, missing }) => transactions > 0 && missing === 0); nonce++) {
      ok(nonce < 50)
      give(producer, [transfer(nodes.genesis, 'alice', 'bob', nonce)])
      await mineOne(producer)
      await until([producer, other], () => sameHead([producer, other]))
    }
  })

  it('are understood by nodes that announce whole blocks, and the other way round', async () => {
    const compact = await nodes.add({ ...hour, relay: 'compact' })
    const full = await nodes.add({ ...hour, relay: 'full' })
    await connect(compact, full)
    const atCompact = record(compact, 'rebuilt')
    const atFull = record(full, 'rebuilt')
    await mineOne(compact)
    await until([compact, full], () => sameHead([compact, full]))
    await mineOne(full)
    await until([compact, full], () => sameHead([compact, full]))
    equal(atCompact.length, 0)
    ok(atFull.length >= 1)
  })

  it('travel on from a node that got the block by anti-entropy', async () => {
    const [producer, repaired, behind] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(repaired, behind)
    const block = await mineOne(producer)
    const delivered = record(behind, 'delivered')
    await connect(producer, repaired)
    await until([producer, repaired, behind], () => behind.chain.head.height >= block.header.height)
    deepEqual(delivered.flatMap(({ kind, via }) => (kind === 'block' ? [via] : [])).slice(-1), ['gossip'])
  })

  it('travel on from a node that heard and ignored the very same message before', async () => {
    const { producer: victim, age } = await addProducer()
    const [producer, behind] = (await nodes.addMany(2, hour)) as [Node, Node]
    await connectLine([producer, victim, behind])
    // As if the machine had been asleep: the time for a rebuild is over before it begins.
    const unsubscribe = victim.events.subscribe(({ type }) => {
      if (type === 'heard') for (let ms = 0; ms <= relayDefaults.rebuildMs; ms += 1000) age()
    })
    const heard = record(victim, 'heard')
    const { header } = await mineOne(producer)
    await until([victim], () => heard.length > 0)
    await eventually(() => victim.gossip.pending().messages === 0)
    unsubscribe()
    equal(victim.chain.status(header.hash), 'header')
    const delivered = record(behind, 'delivered')
    victim.fetcher.catchUp(producer.host.peerId, producer.chain.head, 'repair')
    await until([victim, behind], () => behind.chain.status(header.hash) === 'applied')
    equal(delivered.find(({ id }) => id === header.hash)?.via, 'gossip')
  })

  it('are asked of others when the one who announced them answers wrongly', async () => {
    const [liar, victim, honest] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await connect(honest, victim)
    const body = payments(3)
    const block = mineOn(victim, nodes.genesis.hash, body)
    const other = assembleBlock(
      block.header,
      body.map(({ nonce }) => transfer(nodes.genesis, 'bob', 'alice', nonce))
    )
    liar.store.blockBytes = () => other.bytes
    honest.store.blockBytes = (hash) => (hash === block.header.hash ? block.bytes : undefined)
    const refused = record(victim, 'rejected')
    const rebuilt = record(victim, 'rebuilt')
    const message = encodeCompactBlock(block, new Uint8Array(8), new Set(), liarKey.sign)
    await liar.gossip.publish('block', encodeCompactAnnouncement(message))
    await until([victim], () => victim.chain.status(block.header.hash) === 'applied')
    deepEqual(
      refused.map(({ code, from }) => [code, from]),
      [['wrong-block', liar.host.peerId]]
    )
    deepEqual(summary(rebuilt), [{ transactions: 3, missing: 3, full: false }])
  })

  it('are asked again of those who are about to hold them, when one announced what it does not hold', async () => {
    const [hasty, victim, honest, behind] = (await nodes.addMany(4, hour)) as [Node, Node, Node, Node]
    await connect(hasty, victim)
    await connect(honest, victim)
    await connect(victim, behind)
    const block = mineOn(victim, nodes.genesis.hash, payments(3))
    let asked = 0
    honest.store.blockBytes = (hash) => (hash === block.header.hash && asked++ > 0 ? block.bytes : undefined)
    const refused = record(victim, 'rejected')
    const rebuilt = record(victim, 'rebuilt')
    const delivered = record(behind, 'delivered')
    const message = encodeCompactBlock(block, new Uint8Array(8), new Set(), liarKey.sign)
    await hasty.gossip.publish('block', encodeCompactAnnouncement(message))
    await until([victim, behind], () => delivered.some(({ id }) => id === block.header.hash))
    deepEqual(summary(rebuilt), [{ transactions: 3, missing: 3, full: false }])
    ok(asked > 1)
    deepEqual(refused, [])
    equal(delivered.find(({ id }) => id === block.header.hash)?.via, 'gossip')
  })

  it('do not let one who lies about short ids put the blame on those who answer', async () => {
    const [liar, victim, honest] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await connect(honest, victim)
    const [mine, theirs] = payments(2)
    if (mine === undefined || theirs === undefined) throw new Error('two payments')
    const block = mineOn(victim, nodes.genesis.hash, [mine, theirs])
    const decoy = transfer(nodes.genesis, 'bob', 'alice', 0)
    give(victim, [decoy])
    // Made of other transactions, under the same header: one that the victim has, and one that nobody has.
    const unknown = transfer(nodes.genesis, 'carol', 'alice', 0)
    const lie = { ...assembleBlock(block.header, [decoy, unknown]), header: block.header }
    honest.store.blockBytes = (hash) => (hash === block.header.hash ? block.bytes : undefined)
    const refused = record(victim, 'rejected')
    const message = encodeCompactBlock(lie, new Uint8Array(8), new Set(), liarKey.sign)
    await liar.gossip.publish('block', encodeCompactAnnouncement(message))
    await until([victim], () => refused.length > 0)
    deepEqual(
      refused.map(({ code, from }) => [code, from]),
      [['wrong-short-ids', liar.host.peerId]]
    )
    equal(victim.penalties.score(honest.host.peerId), 0)
  })

  it('that can’t be completed leave room for those of others, and those that lack nothing need none', async () => {
    const { producer: honest, age } = await addProducer()
    const [liar, victim] = (await nodes.addMany(2, hour)) as [Node, Node]
    await connect(liar, victim)
    await connect(honest, victim)
    const asked = record(victim, 'request')
    const heard = record(victim, 'heard')
    const many = relayDefaults.rebuildsMax
    for (let i = 0; i < many; i++) {
      const unpaid = mineOn(victim, nodes.genesis.hash, [transfer(nodes.genesis, 'judy', 'alice', i)])
      const message = encodeCompactBlock(unpaid, new Uint8Array(8), new Set(), liarKey.sign)
      await liar.gossip.publish('block', encodeCompactAnnouncement(message))
    }
    await until([victim], () => heard.length === many)
    give(honest, payments(1))
    age()
    const delivered = record(victim, 'delivered')
    await mineOne(honest)
    await until([victim], () => victim.chain.head.height > 0)
    const ofLiar = asked.filter(
      ({ peer, protocol }) => peer === liar.host.peerId && protocol === blockTransactionsProtocol.id
    )
    equal(ofLiar.length, relayDefaults.rebuildsPerPeerMax)
    equal(delivered.find(({ kind }) => kind === 'block')?.via, 'gossip')
  })

  describe('from a producer that lies', () => {
    /** Publishes something else instead of the first node's own compact blocks, once it holds them. */
    const instead = (
      node: Node,
      make: (block: Block, sign: (bytes: Uint8Array) => Uint8Array) => Uint8Array[]
    ): void => {
      const publish = node.gossip.publish.bind(node.gossip)
      node.gossip.publish = async (topic, data) => {
        if (topic !== 'block') return publish(topic, data)
        const announcement = decodeAnnouncement(data)
        if (announcement.kind !== 'compact') return publish(topic, data)
        const { hash } = announcement.header
        await until([node], () => node.store.body(hash) !== undefined)
        const block = node.store.body(hash)
        let last = { id: '', peers: 0 }
        for (const message of block === undefined ? [] : make(block, keyOfNode(0).sign))
          last = await publish(topic, message)
        return last
      }
    }

    const encode = (block: Block, salt: number, sign: (bytes: Uint8Array) => Uint8Array): Uint8Array =>
      encodeCompactBlock(block, new Uint8Array(8).fill(salt), new Set(), sign)

    const refusals = (node: Node) => record(node, 'rejected')

    it('with short ids of other transactions, is refused: whoever forwards a block can compare', async () => {
      const [liar, victim, behind] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
      await connectLine([liar, victim, behind])
      give(liar, payments(2))
      const domain = Buffer.from('starling compact block/1')
      instead(liar, (block, sign) => {
        const bytes = encode(block, 1, sign)
        const unsigned = bytes.slice(0, -64)
        unsigned[unsigned.length - 1] = (unsigned.at(-1) ?? 0) ^ 1
        return [encodeCompactAnnouncement(Buffer.concat([unsigned, sign(Buffer.concat([domain, unsigned]))]))]
      })
      const refused = refusals(victim)
      const heard = record(behind, 'heard')
      await mineOne(liar)
      await until([victim], () => refused.length > 0)
      equal(refused[0]?.code, 'wrong-short-ids')
      equal(refused[0]?.from, liar.host.peerId)
      equal(heard.length, 0)
    })

    it('with a garbled signature, is refused before anything is rebuilt', async () => {
      const [liar, victim] = (await nodes.addMany(2, hour)) as [Node, Node]
      await connect(liar, victim)
      instead(liar, (block, sign) => {
        const bytes = encode(block, 1, sign)
        bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
        return [encodeCompactAnnouncement(bytes)]
      })
      const refused = refusals(victim)
      const rebuilt = record(victim, 'rebuilt')
      await mineOne(liar)
      await until([victim], () => refused.length > 0)
      equal(refused[0]?.code, 'bad-compact-signature')
      equal(rebuilt.length, 0)
    })

    it('in a third way, is ignored', async () => {
      const [liar, victim, behind] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
      await connectLine([liar, victim, behind])
      instead(liar, (block, sign) => [1, 2, 3, 4].map((salt) => encodeCompactAnnouncement(encode(block, salt, sign))))
      const copies = new Map<Hex, number>()
      behind.events.subscribe((event) => {
        if ((event.type !== 'heard' && event.type !== 'duplicate') || event.kind !== 'block') return
        copies.set(event.id, (copies.get(event.id) ?? 0) + 1)
      })
      const { header } = await mineOne(liar)
      await until([victim, behind], () => sameHead([liar, victim, behind]))
      // What was sent after them has arrived: so have they.
      const payment = transfer(nodes.genesis, 'alice', 'bob', 0)
      await liar.submit(payment.bytes)
      await until([behind], () => behind.mempool.has(payment.id))
      const second = await mineOne(liar)
      await until([victim, behind], () => behind.chain.status(second.header.hash) !== 'unknown')
      equal(copies.get(header.hash), 2)
    })

    it('and withholds transactions, harms nobody: others bring the block', async () => {
      const liar = await nodes.add({ ...hour })
      const [victim, honest] = (await nodes.addMany(2, { ...hour })) as [Node, Node]
      await connect(liar, victim)
      give(liar, payments(2))
      // It answers as one who does not hold the block.
      const { store } = liar
      const blockBytes = store.blockBytes.bind(store)
      let withheld: Hex | undefined
      store.blockBytes = (hash) => (hash === withheld ? undefined : blockBytes(hash))
      let published: Block | undefined
      instead(liar, (block, sign) => {
        withheld = block.header.hash
        published = block
        return [encodeCompactAnnouncement(encode(block, 1, sign))]
      })
      const heard = record(victim, 'heard')
      const refused = refusals(victim)
      await mineOne(liar)
      await until([victim], () => heard.some(({ kind, id }) => kind === 'block' && id === withheld))
      equal(victim.chain.head.height, 0)
      // Somebody who has it says so in full.
      await connect(honest, victim)
      if (published === undefined) throw new Error('nothing was published')
      await honest.gossip.publish('block', encodeFullAnnouncement(published.bytes))
      await until([victim], () => victim.chain.head.height === 1)
      // It had it not, though it had just announced it as its own. On a slow machine anybody may be late besides.
      deepEqual(
        refused.filter(({ code }) => code !== 'timeout').map(({ code, from }) => [code, from]),
        [['withheld', liar.host.peerId]]
      )
    })
  })
})
