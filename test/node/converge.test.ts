import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Node } from '../../src/node/index.ts'
import type { Transaction } from '../../src/wire/index.ts'
import { addressOf, connect, connectLine, easyGenesis, sameHead, TestNodes, transfer, until } from '../support/nodes.ts'

describe('nodes on real sockets', () => {
  let nodes: TestNodes
  beforeEach(() => {
    nodes = new TestNodes(easyGenesis(3_000))
  })
  afterEach(() => nodes.stop())

  /** Mines until the node's head has this height. */
  const mineTo = async (node: Node, height: number): Promise<void> => {
    node.producer?.start()
    await until([node], () => node.chain.head.height >= height)
    node.producer?.stop()
  }

  it('spread a transaction and the block that includes it over several hops', async () => {
    const line = await nodes.addMany(4)
    const [first, , , last] = line as [Node, Node, Node, Node]
    await connectLine(line)
    const payment = transfer(nodes.genesis, 'alice', 'bob', 0, { amount: 5 })
    await first.submit(payment.bytes)
    await until(line, () => line.every((node) => node.mempool.has(payment.id)))
    await mineTo(last, 1)
    await until(line, () => sameHead(line) && first.chain.head.height >= 1)
    for (const node of line) {
      equal(node.chain.account(addressOf('bob')).balance, 1005)
      equal(node.chain.account(addressOf('alice')).balance, 994)
      equal(node.mempool.size, 0)
    }
  })

  it('end on the chain with more work after a partition, and lose no transaction', async () => {
    const left = await nodes.addMany(3)
    const right = await nodes.addMany(3)
    const all = [...left, ...right]
    await Promise.all([connectLine(left), connectLine(right)])
    const [leftFirst] = left as [Node]
    const [rightFirst] = right as [Node]
    const onlyLeft = transfer(nodes.genesis, 'alice', 'carol', 0, { amount: 7 })
    await leftFirst.submit(onlyLeft.bytes)
    const onlyRight = transfer(nodes.genesis, 'bob', 'carol', 0, { amount: 11 })
    await rightFirst.submit(onlyRight.bytes)
    await Promise.all([mineTo(leftFirst, 2), mineTo(rightFirst, 5)])
    await until(all, () => sameHead(left) && sameHead(right))
    ok(leftFirst.chain.head.hash !== rightFirst.chain.head.hash)
    ok(rightFirst.chain.head.work > leftFirst.chain.head.work)
    const winner = rightFirst.chain.head.hash

    await connect(leftFirst, rightFirst)
    // A head is on the disk a moment after it is the head.
    await until(all, () => sameHead(all) && all.every((node) => node.store.transaction(onlyRight.id) !== undefined))
    equal(leftFirst.chain.head.hash, winner)
    // The abandoned side's payment is pending again where it was known, and the next block includes it for all.
    await until(left, () => left.every((node) => node.mempool.has(onlyLeft.id)))
    await mineTo(leftFirst, rightFirst.chain.head.height + 1)
    await until(all, () => sameHead(all) && all.every((node) => node.store.transaction(onlyLeft.id) !== undefined))
    equal(rightFirst.chain.account(addressOf('carol')).balance, 1018)
  })

  it('join again after both halves went on: one tip within three rounds, no transaction lost or missing anywhere', async () => {
    const left = (await nodes.addMany(3)) as [Node, Node, Node]
    const right = (await nodes.addMany(3)) as [Node, Node, Node]
    const all = [...left, ...right]
    await Promise.all([connectLine(left), connectLine(right)])
    const [onLeft, onRight] = ['alice', 'bob'].map((name) =>
      [0, 1, 2].map((nonce) => transfer(nodes.genesis, name, 'carol', nonce))
    ) as [Transaction[], Transaction[]]
    // Two of one sender and nonce, one on either side, pending until the end.
    const lesser = transfer(nodes.genesis, 'carol', 'bob', 0, { fee: 1 })
    const better = transfer(nodes.genesis, 'carol', 'alice', 0, { fee: 5 })
    for (const [i, transaction] of onLeft.slice(0, 2).entries()) await left[i]?.submit(transaction.bytes)
    for (const [i, transaction] of onRight.slice(0, 2).entries()) await right[i]?.submit(transaction.bytes)
    const holds = (node: Node, { id }: Transaction): boolean =>
      node.mempool.has(id) || node.store.locate(id) !== undefined
    const hold = (some: readonly Node[], list: readonly Transaction[]): boolean =>
      some.every((node) => list.every((transaction) => holds(node, transaction)))
    await until(all, () => hold(left, onLeft.slice(0, 2)) && hold(right, onRight.slice(0, 2)))
    await Promise.all([mineTo(left[0], 2), mineTo(right[0], 5)])
    await until(all, () => sameHead(left) && sameHead(right))
    // What users send when nobody produces is pending when the halves meet. They are far from where blocks are made.
    for (const transaction of [onLeft[2], lesser]) await left[2].submit(transaction?.bytes ?? new Uint8Array())
    for (const transaction of [onRight[2], better]) await right[2].submit(transaction?.bytes ?? new Uint8Array())
    await until(all, () => hold(left, [...onLeft, lesser]) && hold(right, [...onRight, better]))

    const rounds = new Map(all.map((node) => [node, 0]))
    let repaired = 0
    for (const node of all) {
      node.events.subscribe((event) => {
        if (event.type === 'sync') rounds.set(node, (rounds.get(node) ?? 0) + 1)
        if (event.type === 'delivered' && event.kind === 'transaction' && event.via === 'repair') repaired++
      })
    }
    // Where no user has sent anything lately: own transactions are announced to new peers anyway.
    left[0].peers.connectTo(right[0].host.addresses()[0] ?? '')
    await until(all, () => left[0].peers.has(right[0].host.peerId) && right[0].peers.has(left[0].host.peerId))
    rounds.clear()
    await until(all, () => sameHead(all))
    ok(Math.max(0, ...rounds.values()) <= 3, `${[...rounds.values()]} rounds`)
    const survivors = [...onLeft, ...onRight, better]
    await until(all, () => hold(all, survivors))
    for (const node of all) ok(!holds(node, lesser))
    equal(
      new Set(
        all.map(({ mempool }) =>
          [...mempool.values()]
            .map(({ id }) => id)
            .sort()
            .join()
        )
      ).size,
      1
    )
    ok(repaired > 0)
    await mineTo(left[1], right[0].chain.head.height + 2)
    await until(all, () => sameHead(all) && all.every(({ mempool }) => mempool.size === 0))
    deepEqual(
      all.map(({ chain }) => chain.account(addressOf('carol')).nonce),
      all.map(() => 1)
    )
  })

  it('bring a late joiner from genesis to the head, with one address to begin with', async () => {
    const early = await nodes.addMany(2)
    const [first] = early as [Node]
    await connectLine(early)
    await mineTo(first, 25)
    const late = await nodes.add({ bootstrap: first.host.addresses() })
    let told: Node['catchingUp']
    late.events.subscribe((event) => {
      if (event.type === 'imported') told = late.catchingUp ?? told
    })
    await until([...early, late], () => sameHead([first, late]))
    deepEqual(late.chain.account(addressOf('alice')), first.chain.account(addressOf('alice')))
    ok(late.inStep)
    equal(late.catchingUp, undefined)
    equal(told?.targetHeight, first.chain.head.height)
    ok((told?.blocksPerSecond ?? 0) > 0)
  })

  it('fetch the parent of a gossiped block that they do not know, and forward it', async () => {
    // Without anti-entropy: what arrives comes by gossip and by asking for parents.
    const [a, b, c] = (await nodes.addMany(3, { syncIntervalMs: 3_600_000 })) as [Node, Node, Node]
    await mineTo(a, 3)
    await connect(a, b)
    await connect(b, c)
    await mineTo(a, a.chain.head.height + 1)
    await until([a, b, c], () => sameHead([a, b, c]))
  })

  it('do not take peers of another network', async () => {
    const ours = await nodes.add()
    const others = new TestNodes(easyGenesis(64, 'another'))
    try {
      const stranger = await others.add({ secret: new Uint8Array(32).fill(9) })
      const seen = new Promise<string>((resolve) => {
        for (const node of [ours, stranger]) {
          node.events.subscribe((event) => {
            if (event.type === 'rejected') resolve(event.code)
          })
        }
      })
      ours.peers.connectTo(stranger.host.addresses()[0] ?? '')
      equal(await seen, 'other-network')
      equal(ours.peers.peers().length, 0)
    } finally {
      await others.stop()
    }
  })
})
