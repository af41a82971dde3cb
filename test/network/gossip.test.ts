// Gossip over real sockets.
import assert from 'node:assert/strict'
import type { NodeEvent } from '../../src/trace/index.ts'
import { bytes, connect, connectLine, type GossipNode, gossipNodes, Hosts, meshed, until } from './support.ts'

describe('gossip', () => {
  const hosts = new Hosts()
  afterEach(() => hosts.stop())

  const pair = async (settings = {}): Promise<[GossipNode, GossipNode]> => {
    const [a, b] = await gossipNodes(hosts, 2, settings)
    assert(a !== undefined && b !== undefined)
    await connectLine([a, b])
    return [a, b]
  }

  const line = async (count: number): Promise<{ nodes: GossipNode[]; first: GossipNode; last: GossipNode }> => {
    const nodes = await gossipNodes(hosts, count)
    await connectLine(nodes)
    const [first, last] = [nodes[0], nodes.at(-1)]
    assert(first !== undefined && last !== undefined)
    return { nodes, first, last }
  }

  it('carries an accepted message over seven hops, unchanged and with one id everywhere', async () => {
    const { nodes, first, last } = await line(8)
    const data = bytes('a block')
    const { id, peers } = await first.gossip.publish('block', data)
    await until(() => last.heard.length > 0)
    assert.equal(peers, 1)
    assert.match(id, /^[0-9a-f]{40}$/)
    for (const [i, node] of nodes.slice(1).entries()) {
      assert.equal(node.heard.length, 1)
      assert.equal(node.heard[0]?.id, id)
      assert.equal(node.heard[0]?.topic, 'block')
      assert.equal(node.heard[0]?.from, nodes[i]?.host.peerId)
      assert.deepEqual(new Uint8Array(node.heard[0]?.data ?? []), data)
    }
    assert.equal(first.heard.length, 0)
  })

  it('forwards a large message to several peers, the same bytes to each', async () => {
    const nodes = await gossipNodes(hosts, 5)
    const [publisher, middle, ...others] = nodes
    assert(publisher !== undefined && middle !== undefined)
    for (const { host } of [publisher, ...others]) await connect(host, middle.host)
    await until(() => nodes.every((node) => meshed(node, node === middle ? 4 : 1)))
    const before = middle.gossip.traffic().block
    const data = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7)
    await publisher.gossip.publish('block', data)
    await until(() => others.every(({ heard }) => heard.length > 0))
    for (const { heard } of others) assert.deepEqual(new Uint8Array(heard[0]?.data ?? []), data)
    const sent = middle.gossip.traffic().block - before
    // Topic, lengths, and an IDONTWANT or two beside three times the data.
    assert(sent > 300_000 && sent < 301_000, `${sent}`)
  })

  it('stamps what it hears in the order of the hops', async () => {
    const { nodes, first, last } = await line(4)
    await first.gossip.publish('transaction', bytes('t'))
    await until(() => last.heard.length > 0)
    const times = nodes.slice(1).map((node) => node.heard[0]?.heardAt ?? 0)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b)
    )
  })

  it('forwards once the verdict is accept, also when it comes later', async () => {
    const { nodes, first, last } = await line(3)
    const decided = Promise.withResolvers<'accept'>()
    const middle = nodes[1]
    assert(middle !== undefined)
    middle.verdict = () => decided.promise
    await first.gossip.publish('block', bytes('slow'))
    await until(() => middle.heard.length === 1)
    assert.equal(last.heard.length, 0)
    decided.resolve('accept')
    await until(() => last.heard.length === 1)
  })

  it('does not forward what was ignored or rejected, nor what its handler threw at', async () => {
    const { nodes, first, last } = await line(3)
    const middle = nodes[1]
    assert(middle !== undefined)
    middle.verdict = ({ data }) => {
      const text = Buffer.from(data).toString()
      if (text === 'throw') throw new Error('a bug')
      return text === 'ignore' || text === 'reject' ? text : 'accept'
    }
    for (const text of ['ignore', 'throw', 'reject']) await first.gossip.publish('block', bytes(text))
    await first.gossip.publish('block', bytes('good'))
    await until(() => last.heard.length > 0)
    assert.deepEqual(
      last.heard.map(({ data }) => Buffer.from(data).toString()),
      ['good']
    )
    assert.equal(middle.gossip.counters().failedHandlers, 1)
  })

  it('lowers the score of a peer by a reject and not by an ignore', async () => {
    const [a, b] = await pair()
    b.verdict = () => 'ignore'
    await a.gossip.publish('block', bytes('1'))
    await until(() => b.heard.length === 1)
    assert(b.gossip.score(a.host.peerId) >= 0)
    b.verdict = () => 'reject'
    await a.gossip.publish('block', bytes('2'))
    await a.gossip.publish('block', bytes('3'))
    await until(() => b.heard.length === 3 && b.gossip.score(a.host.peerId) <= -50)
  })

  it('counts a verdict that is too late as ignore', async () => {
    const [a, b] = await pair({ verdictMsMax: 20 })
    b.verdict = () => new Promise(() => {})
    await a.gossip.publish('block', bytes('never'))
    await until(() => b.gossip.counters().lateVerdicts === 1)
    assert.equal(b.gossip.counters().evicted, 0)
  })

  it('ignores unseen what a flooding peer has waiting beyond its share', async () => {
    const [a, b] = await pair({ pendingVerdictsMax: 8 })
    b.verdict = () => new Promise(() => {})
    for (let i = 0; i < 5; i++) await a.gossip.publish('block', bytes(`flood ${i}`))
    await until(() => b.gossip.counters().overflowed === 3)
    assert.equal(b.heard.length, 2)
  })

  it('hears blocks from a peer whose transactions wait in numbers', async () => {
    const [a, b] = await pair({ pendingVerdictsMax: 8 })
    b.verdict = ({ topic }) => (topic === 'block' ? 'accept' : new Promise(() => {}))
    for (let i = 0; i < 5; i++) await a.gossip.publish('transaction', bytes(`flood ${i}`))
    await a.gossip.publish('block', bytes('a block'))
    await until(() => b.gossip.counters().overflowed === 3 && b.heard.some(({ topic }) => topic === 'block'))
    assert.deepEqual(b.gossip.pending(), { messages: 2, bytes: 2 * 'flood 0'.length })
  })

  it('reports further copies with their sender, and no first copy', async () => {
    const nodes = await gossipNodes(hosts, 3)
    const [a, b, c] = nodes
    assert(a !== undefined && b !== undefined && c !== undefined)
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a]
    ] as const)
      await connect(from.host, to.host)
    await until(() => nodes.every((node) => meshed(node, 2)))
    const copies: string[] = []
    for (const node of nodes) {
      node.gossip.onDuplicate((topic, id, from, at) => {
        assert(at > 0)
        copies.push(`${topic} ${id} ${from === b.host.peerId || from === c.host.peerId}`)
      })
    }
    // Below the size from which receivers tell each other that they have it.
    const { id } = await a.gossip.publish('transaction', bytes('small'))
    await until(() => copies.length >= 2)
    assert.deepEqual(new Set(copies), new Set([`transaction ${id} true`]))
    assert.equal(b.heard.length + c.heard.length, 2)
  })

  it('resolves with no peers when alone, and when the same bytes were published before', async () => {
    const [alone] = await gossipNodes(hosts, 1)
    assert.equal((await alone?.gossip.publish('block', bytes('x')))?.peers, 0)
    const [a] = await pair()
    assert.equal((await a.gossip.publish('block', bytes('y'))).peers, 1)
    assert.equal((await a.gossip.publish('block', bytes('y'))).peers, 0)
  })

  it('splits the bytes it sends into blocks, transactions and control', async () => {
    const [a, b] = await pair()
    const before = a.gossip.traffic()
    // Grafts of the block topic count as block traffic, those of transactions as control.
    assert(before.block < 100, `${before.block}`)
    assert.equal(before.transaction, 0)
    assert(before.control > 0)
    await a.gossip.publish('block', new Uint8Array(5_000))
    await a.gossip.publish('transaction', new Uint8Array(300))
    await until(() => b.heard.length === 2)
    const { block, transaction } = a.gossip.traffic()
    assert(block - before.block > 5_000 && block - before.block < 5_100, `${block}`)
    assert(transaction > 300 && transaction < 400, `${transaction}`)
  })

  it('emits a mesh event for each peer that joins or leaves a mesh, also by disconnecting', async () => {
    const [a, b] = await gossipNodes(hosts, 2)
    assert(a !== undefined && b !== undefined)
    const seen: string[] = []
    a.events.subscribe((event: NodeEvent) => {
      if (event.type === 'mesh') seen.push(`${event.change} ${event.topic} ${event.peer === b.host.peerId}`)
    })
    await connectLine([a, b])
    await until(() => seen.length === 2)
    await b.host.disconnect(a.host.peerId)
    await until(() => seen.length === 4)
    assert.deepEqual(seen.toSorted(), [
      'graft block true',
      'graft transaction true',
      'prune block true',
      'prune transaction true'
    ])
  })

  it('keeps more than twelve peers of one address meshed, where the library would drop them all', async () => {
    const degrees = { D: 14, Dlo: 14, Dhi: 16, heartbeatMs: 100 }
    const leaves = await gossipNodes(hosts, 14, degrees)
    const [ours] = await gossipNodes(hosts, 1, degrees)
    const [library] = await gossipNodes(hosts, 1, { ...degrees, ipColocationWeight: -5 })
    assert(ours !== undefined && library !== undefined)
    for (const leaf of leaves) {
      await connect(leaf.host, ours.host)
      await connect(leaf.host, library.host)
    }
    await until(() => library.gossip.score(leaves[0]?.host.peerId ?? '') < 0)
    await until(() => ours.gossip.meshPeers('block').length === 14 && library.gossip.meshPeers('block').length === 0)
    assert(leaves.every((leaf) => ours.gossip.score(leaf.host.peerId) >= 0))
    await ours.gossip.publish('block', bytes('to all'))
    await until(() => leaves.every((leaf) => leaf.heard.length === 1))
  })

  it("works with the library's own parameters as a baseline", async () => {
    const [a, b] = await pair({ profile: 'default' })
    await a.gossip.publish('block', bytes('baseline'))
    await until(() => b.heard.length === 1)
  })

  it('closes the connection of a peer whose gossip cannot be read', async () => {
    const [node] = await gossipNodes(hosts, 1)
    assert(node !== undefined)
    const rogue = await hosts.create()
    // Takes part in gossip, then announces an RPC of 256 MB.
    await rogue.handle('/meshsub/1.2.0', () => {}, { maxInboundStreams: 1 })
    await rogue.start()
    await connect(rogue, node.host)
    const stream = await rogue.openStream(node.host.peerId, '/meshsub/1.2.0')
    await until(() => node.gossip.traffic().control > 0)
    stream.send(Uint8Array.from([0xff, 0xff, 0xff, 0x7f]))
    await until(() => node.host.connections().length === 0)
  })

  it('takes a second handler for a topic as the bug it is', async () => {
    const [a] = await gossipNodes(hosts, 1)
    assert.throws(() => a?.gossip.onMessage('block', () => 'accept'), /already set/)
  })
})
