// Live views: what nodes tell, combined into few updates, and folded by time.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Combiner, headAt, type LiveRun, stateAt, Timeline, type Update } from '../../src/api/index.ts'
import { Links } from '../../src/api/live/links.ts'
import { liveUpdate } from '../../src/api/live/schema.ts'
import { LIVE_LIMITS, liveDefaults } from '../../src/config/index.ts'
import type { NamedEvent } from '../../src/trace/index.ts'
import { hashOf, liveRun } from './support.ts'

const peerNames = new Map(liveRun.nodes.map((name) => [`peer-${name}`, name]))
const combiner = (run: LiveRun = liveRun): Combiner => new Combiner({ run, peerNames })
const folded = (updates: readonly Update[], limits = LIVE_LIMITS): Timeline => {
  const timeline = new Timeline(limits)
  for (const update of updates) timeline.apply(update)
  return timeline
}

const published = (id: string, at: number, kind: 'block' | 'transaction' = 'block', height = 1): NamedEvent => ({
  type: 'published',
  node: 'n1',
  kind,
  id,
  at,
  bytes: 300,
  ...(kind === 'block' ? { height, transactions: 2 } : {})
})
const delivered = (node: string, id: string, at: number, from = 'peer-n1', kind: 'block' | 'transaction' = 'block') =>
  ({ type: 'delivered', node, kind, id, at, via: 'gossip', from }) as const
const imported = (node: string, id: string, height: number, at: number, transactions: string[] = [], parent = '') =>
  ({ type: 'imported', node, id, parent, height, at, transactions }) as const

describe('combined updates', () => {
  it('have one change for all that an item did', () => {
    const combined = combiner()
    combined.onEvent(published(hashOf(1), 1000))
    combined.onEvent(delivered('n2', hashOf(1), 1004.5))
    combined.onEvent(delivered('n3', hashOf(1), 1011.256, 'peer-n2'))
    const update = combined.take(1100)
    assert.deepEqual(update?.changes, [
      {
        type: 'item',
        kind: 'block',
        id: hashOf(1),
        origin: 0,
        at: 1000,
        bytes: 300,
        height: 1,
        transactions: 2
      },
      {
        type: 'arrivals',
        kind: 'block',
        id: hashOf(1),
        at: 1004.5,
        nodes: [1, 2],
        after: [0, 6.76],
        from: [0, 1],
        via: [1, 1]
      }
    ])
    assert.deepEqual(liveUpdate.parse(update), update)
  })

  it('are none where nothing happened', () => {
    const combined = combiner()
    assert.equal(combined.take(1)?.run?.scenario, 'local')
    assert.equal(combined.take(2), undefined)
    combined.onEvent({ type: 'heard', node: 'n1', kind: 'block', id: hashOf(1), from: 'p', at: 3 })
    assert.equal(combined.take(3), undefined)
    combined.describe({ state: 'done' })
    assert.equal(combined.take(4)?.run?.state, 'done')
  })

  it('follow all transactions of a quiet network, some of a busy one, and those that somebody sent from a page', () => {
    const combined = combiner()
    const mine = hashOf(9999)
    combined.follow(mine)
    for (let n = 0; n < 1000; n++) combined.onEvent(published(hashOf(n), 1000 + n, 'transaction'))
    combined.onEvent(published(mine, 2000, 'transaction'))
    const items = combined.take(2000)?.changes.filter(({ type }) => type === 'item') ?? []
    const { followedAtOnce, followedPerSecond } = liveDefaults
    assert.equal(items.length, followedAtOnce + followedPerSecond - 1 + 1)
    assert.ok(items.some((item) => item.type === 'item' && item.id === mine))
  })

  it('count what they do not follow', () => {
    const combined = combiner()
    for (let n = 0; n < 100; n++) combined.onEvent(published(hashOf(n), 1000, 'transaction'))
    combined.onEvent({ type: 'duplicate', node: 'n2', kind: 'transaction', id: hashOf(1), from: 'p', at: 1001 })
    combined.onEvent(imported('n1', hashOf(500), 1, 1002, [hashOf(1), hashOf(2), hashOf(99)]))
    combined.onEvent(imported('n2', hashOf(500), 1, 1003, [hashOf(1), hashOf(2), hashOf(99)]))
    const update = combined.take(1100)
    assert.deepEqual(update?.changes.at(-1), {
      type: 'counts',
      transactions: 100,
      included: 3,
      duplicates: 1,
      rejected: 0,
      unfollowed: 60
    })
    const block = update?.changes.find((change) => change.type === 'block')
    assert.deepEqual(block?.type === 'block' && block.included, [hashOf(1), hashOf(2)])
  })

  it('count a transaction that rivals include once', () => {
    const combined = combiner()
    combined.onEvent(imported('n1', hashOf(500), 1, 1002, [hashOf(1), hashOf(2)]))
    combined.onEvent(imported('n2', hashOf(501), 1, 1003, [hashOf(2), hashOf(3)]))
    const counts = combined.take(1100)?.changes.at(-1)
    assert.equal(counts?.type === 'counts' && counts.included, 3)
  })

  it('say what a block is built on, once, as its first importer tells', () => {
    const combined = combiner()
    combined.onEvent(imported('n1', hashOf(2), 2, 1, [], hashOf(1)))
    combined.onEvent(imported('n2', hashOf(2), 2, 2, [], hashOf(1)))
    combined.onEvent(imported('n2', hashOf(12), 2, 3, [], hashOf(11)))
    // A trace that says nothing of parents.
    combined.onEvent(imported('n2', hashOf(13), 3, 4))
    const parents = combined.take(9)?.changes.map((change) => (change.type === 'block' ? change.parent : change.type))
    assert.deepEqual(parents?.slice(0, 3), [hashOf(1), hashOf(11), undefined])
    assert.deepEqual(parents?.slice(3), ['counts'])
  })

  it('tell a fault of many nodes once', () => {
    const combined = combiner()
    for (const [i, node] of liveRun.nodes.entries()) {
      combined.onEvent({ type: 'fault', node, fault: 'partition', at: 5, group: i % 2 })
    }
    assert.deepEqual(combined.take(6)?.changes, [
      { type: 'fault', fault: 'partition', at: 5, nodes: [0, 1, 2], groups: [0, 1, 0] }
    ])
  })

  it('bound the remarks of a node under attack', () => {
    const combined = combiner()
    for (let n = 0; n < 1000; n++) {
      combined.onEvent({ type: 'rejected', node: 'n1', kind: 'message', from: 'peer-n3', code: 'malformed', at: n })
    }
    const changes = combined.take(1)?.changes ?? []
    assert.equal(changes.filter(({ type }) => type === 'remark').length, liveDefaults.remarksPerUpdateMax)
  })
})

describe('the timeline of a run', () => {
  it('knows every node at any time', () => {
    const combined = combiner()
    combined.nodeState('n1', 'up', 100)
    combined.onEvent({ type: 'head', node: 'n1', at: 150, hash: hashOf(1), height: 1, work: '1', abandoned: 0 })
    combined.onEvent({ type: 'head', node: 'n1', at: 250, hash: hashOf(2), height: 2, work: '2', abandoned: 0 })
    combined.nodeState('n1', 'down', 300)
    const timeline = folded([combined.take(400)].flatMap((update) => update ?? []))
    const [node] = timeline.nodes
    assert.ok(node !== undefined)
    assert.deepEqual(
      [50, 200, 250, 350].map((at) => [stateAt(node, at), headAt(node, at)?.height]),
      [
        ['down', undefined],
        ['up', 1],
        ['up', 2],
        ['down', 2]
      ]
    )
  })

  it('takes the connections of a node that is gone with it', () => {
    const combined = combiner()
    combined.onEvent({ type: 'peer', node: 'n1', at: 1, state: 'connected', peer: 'peer-n2' })
    combined.onEvent({ type: 'peer', node: 'n2', at: 2, state: 'connected', peer: 'peer-n1' })
    combined.onEvent({ type: 'mesh', node: 'n2', at: 3, change: 'graft', topic: 'block', peer: 'peer-n1' })
    combined.onEvent({ type: 'peer', node: 'n2', at: 4, state: 'connected', peer: 'peer-n3' })
    combined.nodeState('n1', 'down', 10)
    const timeline = folded([combined.take(20)].flatMap((update) => update ?? []))
    assert.deepEqual(
      timeline.links.map(({ kind, node, peer, to }) => [kind, node, peer, to]),
      [
        ['connection', 0, 1, 10],
        ['connection', 1, 0, 10],
        ['block', 1, 0, 10],
        ['connection', 1, 2, Number.POSITIVE_INFINITY]
      ]
    )
  })

  it('finds the connections of two nodes as a look through all links does, forgotten ones left out', () => {
    const [node, kind] = [fc.nat(3), fc.constantFrom('connection' as const, 'block' as const)]
    const change = fc.record({ kind, node, peer: node, on: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const links = new Links(4)
        for (const [at, each] of changes.entries()) links.change({ type: 'link', at, ...each })
        for (let a = 0; a < 4; a++) {
          for (let b = 0; b < 4; b++) {
            const looked = links.all.filter(({ kind, node, peer }) => {
              return kind === 'connection' && ((node === a && peer === b) || (node === b && peer === a))
            })
            assert.deepEqual(new Set(links.between(a, b)), new Set(looked))
          }
        }
      }),
      { seed: 1 }
    )
  })

  it('takes arrivals that come before their publication, and the first of two', () => {
    const combined = combiner()
    combined.onEvent(delivered('n2', hashOf(1), 1004))
    combined.onEvent(delivered('n2', hashOf(1), 1009, 'peer-n3'))
    const first = combined.take(1010)
    combined.onEvent(published(hashOf(1), 1000))
    const second = combined.take(1020)
    const timeline = folded([first, second].flatMap((update) => update ?? []))
    const block = timeline.item(hashOf(1))
    assert.deepEqual([block?.origin, block?.holders, block?.spreadMs, block?.from[1]], [0, [0, 1], 4, 0])
  })

  it('forgets the oldest, whatever comes', () => {
    const limits = { ...LIVE_LIMITS, blocks: 3, transactions: 2, rounds: 8 }
    const combined = combiner()
    for (let n = 0; n < 50; n++) {
      combined.onEvent(published(hashOf(n), n, 'block', n))
      combined.onEvent(published(hashOf(1000 + n), n, 'transaction'))
    }
    const timeline = folded(
      [combined.take(60)].flatMap((update) => update ?? []),
      limits
    )
    assert.deepEqual([...timeline.blocks.keys()], [47, 48, 49].map(hashOf))
    assert.equal(timeline.transactions.size, 2)
    assert.equal(timeline.from, 47)
  })

  it('keeps what members still hold of each other, however much came after it', () => {
    const limits = { ...LIVE_LIMITS, changes: 10 }
    const combined = combiner()
    const tell = (node: string, of: string, change: 'suspected' | 'down' | 'back', at: number): void =>
      combined.onEvent({ type: 'member', node, peer: `peer-${of}`, change, at })
    tell('n1', 'n3', 'suspected', 1)
    tell('n1', 'n3', 'down', 2)
    tell('n2', 'n3', 'down', 3)
    for (let at = 10; at < 500; at += 2) {
      tell('n1', 'n2', 'suspected', at)
      tell('n1', 'n2', 'back', at + 1)
    }
    const update = combined.take(600)
    const timeline = folded(update === undefined ? [] : [update], limits)
    assert.ok(timeline.members.length < 25, `${timeline.members.length}`)
    assert.deepEqual(
      timeline.members.slice(0, 2).map(({ node, of, change }) => [node, of, change]),
      [
        [0, 2, 'down'],
        [1, 2, 'down']
      ]
    )
  })

  /** Random lives of three nodes. */
  const node = fc.constantFrom(...liveRun.nodes)
  const peer = node.map((name) => `peer-${name}`)
  const id = fc.nat(12).map(hashOf)
  const at = fc.nat(500).map((n) => 1000 + n)
  const kind = fc.constantFrom('block' as const, 'transaction' as const)
  const event: fc.Arbitrary<NamedEvent> = fc.oneof(
    fc.record({ type: fc.constant('published' as const), node, kind, id, at, bytes: fc.nat(1000) }),
    fc.record({
      type: fc.constant('delivered' as const),
      node,
      kind,
      id,
      at,
      via: fc.constant('gossip' as const),
      from: peer
    }),
    fc.record({
      type: fc.constant('imported' as const),
      node,
      id,
      at,
      parent: id,
      height: fc.nat(5),
      transactions: fc.array(id, { maxLength: 3 })
    }),
    fc.record({
      type: fc.constant('head' as const),
      node,
      at,
      hash: id,
      height: fc.nat(5),
      work: fc.constant('1'),
      abandoned: fc.nat(2)
    }),
    fc.record({
      type: fc.constant('peer' as const),
      node,
      at,
      state: fc.constantFrom('connected' as const, 'disconnected' as const),
      peer
    }),
    fc.record({
      type: fc.constant('fault' as const),
      node,
      at,
      fault: fc.constantFrom('crash' as const, 'heal' as const)
    })
  )

  it('is made again by its snapshot, whenever that is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 20 }), { maxLength: 8 }), (batches) => {
        const combined = combiner()
        const updates = batches.flatMap((batch, i) => {
          for (const each of batch) combined.onEvent(each)
          return combined.take(2000 + i) ?? []
        })
        const timeline = folded(updates)
        const snapshot = timeline.snapshot()
        for (const update of snapshot) liveUpdate.parse(JSON.parse(JSON.stringify(update)))
        const again = new Timeline(LIVE_LIMITS)
        // A page that had something else before.
        again.apply({ seq: 99, now: 1, run: liveRun, changes: [{ type: 'state', node: 0, at: 1, state: 'paused' }] })
        for (const update of snapshot) again.apply(JSON.parse(JSON.stringify(update)))
        assert.deepEqual(again.snapshot(), snapshot)
      })
    )
  })
})
