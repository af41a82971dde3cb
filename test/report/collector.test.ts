import assert from 'node:assert/strict'
import { REPORT_DEFAULTS } from '../../src/config/index.ts'
import { blockLine, buildReport, Collector } from '../../src/report/index.ts'
import type { NamedEvent, NodeEvent } from '../../src/trace/index.ts'
import { hash, MESHED_AT, nodeNames, peersOf, reportInput, startedCollector } from './made-run.ts'

const T = MESHED_AT + 1000
const A = hash('block a')
const B = hash('block b')
const TX = hash('transaction')

const on = (node: string, event: NodeEvent): NamedEvent => ({ ...event, node })
const published = (node: string, id: string, at = T, height = 1): NamedEvent =>
  on(node, { type: 'published', kind: 'block', id, at, bytes: 21_000, height, transactions: 38 })
const delivered = (node: string, id: string, at: number, from = 'peer-n1'): NamedEvent =>
  on(node, { type: 'delivered', kind: 'block', id, at, via: 'gossip', from })
const imported = (node: string, id: string, at: number, height: number, transactions: string[] = []): NamedEvent =>
  on(node, { type: 'imported', id, parent: '', height, transactions, at })
const head = (node: string, id: string, at: number, height: number, work = height): NamedEvent =>
  on(node, { type: 'head', hash: id, height, work: String(work), abandoned: 0, at })

describe('collector', () => {
  it('keeps who delivered an item to each node, how and after how many ms', () => {
    const collector = startedCollector(nodeNames(4))
    collector.onEvent(published('n1', A))
    collector.onEvent(delivered('n2', A, T + 4))
    collector.onEvent(on('n3', { type: 'delivered', kind: 'block', id: A, at: T + 9, via: 'repair', from: 'peer-n2' }))
    const trace = collector.item(A)
    assert.ok(trace)
    assert.deepEqual(collector.deliveries(trace), [
      { node: 'n1', latencyMs: 0, via: 'own' },
      { node: 'n2', latencyMs: 4, via: 'gossip', from: 'n1' },
      { node: 'n3', latencyMs: 9, via: 'repair', from: 'n2' }
    ])
    assert.equal(trace.holders, 3)
  })

  it('takes a delivery before its publication', () => {
    const collector = startedCollector(nodeNames(2))
    collector.onEvent(delivered('n2', A, T + 4))
    assert.deepEqual(collector.items('block'), [], 'nothing to tell before the publication is known')
    collector.onEvent(published('n1', A))
    assert.deepEqual(
      collector.items('block').map((item) => item.latencyMs(1)),
      [4]
    )
  })

  it('counts the first delivery and the first announcement of a node, later copies as duplicates', () => {
    const collector = startedCollector(nodeNames(2))
    collector.onEvent(published('n1', A))
    for (const at of [T + 2, T + 7]) collector.onEvent(on('n2', { type: 'heard', kind: 'block', id: A, at, from: 'x' }))
    collector.onEvent(delivered('n2', A, T + 4))
    collector.onEvent(delivered('n2', A, T + 9))
    collector.onEvent(on('n2', { type: 'duplicate', kind: 'block', id: A, at: T + 5, from: 'x' }))
    const trace = collector.item(A)
    assert.equal(trace?.heardAt[1], T + 2)
    assert.equal(trace?.latencyMs(1), 4)
    assert.equal(trace?.duplicates[1], 1)
  })

  it('takes the earliest of two publications as time zero', () => {
    const collector = startedCollector(nodeNames(2))
    collector.onEvent(published('n2', A, T + 50))
    collector.onEvent(published('n1', A, T))
    assert.equal(collector.item(A)?.publishedAt, T)
    assert.equal(collector.item(A)?.origin, 0)
  })

  it('knows the block of the best chain that includes a transaction, also after a reorganisation', () => {
    const collector = startedCollector(nodeNames(2))
    collector.onEvent(on('n1', { type: 'published', kind: 'transaction', id: TX, at: T, bytes: 200 }))
    for (const node of ['n1', 'n2']) collector.onEvent(imported(node, A, T + 10, 1, [TX]))
    for (const node of ['n1', 'n2']) collector.onEvent(head(node, A, T + 10, 1))
    const trace = collector.item(TX)
    assert.ok(trace)
    assert.deepEqual(collector.inclusion(trace), { hash: A, height: 1, at: T + 10 })
    for (const node of ['n1', 'n2']) {
      collector.onEvent(imported(node, B, T + 20, 1))
      collector.onEvent(head(node, B, T + 20, 1, 2))
    }
    assert.equal(collector.inclusion(trace), undefined, 'its block was abandoned')
    for (const node of ['n1', 'n2']) {
      collector.onEvent(imported(node, hash('block c'), T + 30, 2, [TX]))
      collector.onEvent(head(node, hash('block c'), T + 30, 2, 3))
    }
    assert.deepEqual(collector.inclusion(trace), { hash: hash('block c'), height: 2, at: T + 30 })
  })

  it('tells the heads, and picks the one with most work, then the lowest hash, among nodes that are up', () => {
    const collector = startedCollector(nodeNames(3))
    assert.equal(collector.heads().get('n1'), undefined)
    collector.onEvent(head('n1', 'bb', T, 3, 30))
    collector.onEvent(head('n2', 'aa', T, 3, 30))
    collector.onEvent(head('n3', 'ff', T, 2, 40))
    assert.equal(collector.bestNode(), 2)
    collector.nodeDown('n3', T + 1, true)
    assert.equal(collector.bestNode(), 1)
    assert.deepEqual(
      [...collector.heads()].map(([node, state]) => [node, state?.hash]),
      [
        ['n1', 'bb'],
        ['n2', 'aa'],
        ['n3', 'ff']
      ]
    )
  })

  it('counts what a drain still waits for', () => {
    const collector = startedCollector(nodeNames(3))
    collector.onEvent(published('n1', B, MESHED_AT - 1))
    collector.onEvent(published('n1', A))
    assert.equal(collector.outstanding(T + 9), 2, 'the older block is not measured')
    collector.onEvent(delivered('n2', A, T + 1))
    assert.equal(collector.outstanding(T + 9), 1)
    collector.nodeDown('n3', T + 2, true)
    assert.equal(collector.outstanding(T + 9), 0)
  })

  it('waits for a block that lost only as long as gossip may take', () => {
    const collector = startedCollector(nodeNames(3))
    const late = T + REPORT_DEFAULTS.blockLineWaitMs + 1
    for (const [node, id] of [
      ['n1', A],
      ['n3', B]
    ] as const) {
      collector.onEvent(published(node, id))
      collector.onEvent(imported(node, id, T, 1))
    }
    collector.onEvent(head('n1', A, T, 1, 2))
    collector.onEvent(head('n3', B, T, 1))
    assert.equal(collector.outstanding(T + 9), 4)
    assert.equal(collector.outstanding(late), 2, 'two nodes still lack the block that won')
    for (const node of ['n2', 'n3']) collector.onEvent(delivered(node, A, T + 9))
    assert.equal(collector.outstanding(T + 9), 2)
    assert.equal(collector.outstanding(late), 0)
  })

  it('forgets the oldest item at the limit, and counts it', () => {
    const collector = startedCollector(nodeNames(2), { settings: { itemsMax: 2 } })
    for (const id of ['1', '2', '3']) collector.onEvent(published('n1', id))
    assert.equal(collector.item('1'), undefined)
    assert.deepEqual(
      collector
        .items('block')
        .map((item) => item.id)
        .sort(),
      ['2', '3']
    )
    assert.deepEqual(collector.forgotten, { block: 1, transaction: 0 })
  })

  it('does not let a node that replays an old chain push out what is younger than the forgotten', () => {
    const collector = startedCollector(nodeNames(2), { settings: { itemsMax: 16 } })
    const ids = Array.from({ length: 20 }, (_, i) => hash(`transaction ${i}`))
    const transaction = { kind: 'transaction', at: T } as const
    const replay = (id: string): void =>
      collector.onEvent(on('n2', { ...transaction, type: 'delivered', id, via: 'repair', from: 'peer-n1', block: A }))
    for (const id of ids) collector.onEvent(on('n1', { ...transaction, type: 'published', id, bytes: 200 }))
    for (const id of ids.slice(0, 4)) replay(id)
    const kept = new Set(collector.items('transaction').map(({ id }) => id))
    assert.deepEqual(
      ids.filter((id) => kept.has(id)),
      ids.slice(6),
      'two have a place, as what is still to be published has'
    )
    assert.deepEqual(collector.forgotten, { block: 0, transaction: 6 })
    const { reasons } = buildReport(reportInput(collector)).validity
    assert.equal(reasons.filter((reason) => reason.includes('older transactions not in')).length, 1)
    assert.equal(reasons.filter((reason) => reason.includes('without a report of who')).length, 0)
    replay(hash('new'))
    collector.onEvent(on('n1', { ...transaction, type: 'published', id: hash('new'), bytes: 200, at: T - 5 }))
    assert.equal(collector.item(hash('new'))?.latencyMs(1), 5)
    assert.equal(collector.items('transaction').length, 15)
  })

  it('keeps fewer items the more nodes there are', () => {
    const settings = { itemsMax: 1000, pairsMax: 2000 }
    assert.equal(new Collector({ nodes: nodeNames(1), peerNames: new Map(), settings }).itemsMax, 1000)
    assert.equal(new Collector({ nodes: nodeNames(10), peerNames: new Map(), settings }).itemsMax, 200)
  })

  it('ignores events of nodes it was not told of, and counts them', () => {
    const collector = startedCollector(nodeNames(1))
    collector.onEvent(published('stranger', A))
    assert.equal(collector.strangers, 1)
    assert.equal(collector.item(A), undefined)
  })
})

describe('block line', () => {
  const watched = (nodes: number, liars = 0): { collector: Collector; lines: string[] } => {
    const lines: string[] = []
    const names = nodeNames(nodes)
    const collector: Collector = new Collector({
      nodes: names,
      peerNames: peersOf(names),
      honest: names.map((_, i) => i < nodes - liars),
      onBlock: (block) => lines.push(blockLine(collector, block))
    })
    for (const node of names) collector.nodeUp(node, MESHED_AT)
    return { collector, lines }
  }

  it('comes once, when the last node that is up holds the block', () => {
    const { collector, lines } = watched(5)
    collector.onEvent(delivered('n2', A, T + 4))
    collector.onEvent(published('n1', A, T, 12))
    collector.onEvent(delivered('n3', A, T + 3))
    collector.onEvent(delivered('n4', A, T + 9))
    assert.deepEqual(lines, [])
    collector.onEvent(delivered('n5', A, T + 11))
    collector.flush(T + 60_000)
    assert.deepEqual(lines, [`#12 ${A.slice(0, 6)} by n1  38 tx 21 kB  t50 4  t95 11  all 11 ms  5/5 ▁▅▅█`])
  })

  it('counts honest nodes alone, whether the block is by one of them or not', () => {
    const { collector, lines } = watched(5, 2)
    for (const [i, [block, origin]] of (
      [
        [A, 'n1'],
        [B, 'n5']
      ] as const
    ).entries()) {
      collector.onEvent(published(origin, block, T, i + 1))
      for (const node of ['n1', 'n2', 'n3', 'n4']) {
        if (node !== origin) collector.onEvent(delivered(node, block, T + 4))
      }
    }
    assert.deepEqual(
      lines.map((line) => / (\d+\/\d+) /.exec(line)?.[1]),
      ['3/3', '3/3']
    )
  })

  it('does not wait for a node that is down', () => {
    const { collector, lines } = watched(3)
    collector.onEvent(published('n1', A))
    collector.onEvent(delivered('n2', A, T + 4))
    collector.nodeDown('n3', T + 5)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /2\/2/)
  })

  it('comes after a while without the nodes that never got the block', () => {
    const { collector, lines } = watched(3)
    collector.onEvent(published('n1', A))
    collector.onEvent(delivered('n2', A, T + 4))
    collector.flush(T + 100)
    assert.deepEqual(lines, [])
    collector.flush(T + 3000)
    assert.deepEqual(lines, [`#1 ${A.slice(0, 6)} by n1  38 tx 21 kB  t50 4  t95 –  all –  2/3 ▁▁▁▅`])
    collector.onEvent(delivered('n3', A, T + 4000))
    assert.equal(lines.length, 1)
  })

  it('has no percentiles when there is only one node', () => {
    const { collector, lines } = watched(1)
    collector.onEvent(published('n1', A))
    assert.deepEqual(lines, [`#1 ${A.slice(0, 6)} by n1  38 tx 21 kB  1/1`])
  })
})
