import assert from 'node:assert/strict'
import { buildReport, type Collector, convergedAfterMs, type FaultMark, measureRun } from '../../src/report/index.ts'
import { faultNodes } from '../../src/report/faults.ts'
import { hash, MESHED_AT, nodeNames, reportInput, startedCollector } from './made-run.ts'

const A = hash('a')
const B = hash('b')
const C = hash('c')

/** `at`: seconds since the network was meshed. */
function head(collector: Collector, node: string, at: number, id: string, height: number): void {
  const time = MESHED_AT + at * 1000
  collector.onEvent({ node, type: 'head', hash: id, height, work: String(height), abandoned: 0, at: time })
}

/** Its hello with a peer passed, or the last connection ended. */
function peer(collector: Collector, node: string, at: number, state: 'connected' | 'disconnected'): void {
  collector.onEvent({ node, type: 'peer', state, peer: 'someone', at: MESHED_AT + at * 1000 })
}

const mark = (at_s: number, kind: string, ...nodes: string[]): FaultMark => ({ at_s, kind, nodes })

function converged(collector: Collector, faults: readonly FaultMark[], word: string): number | null | undefined {
  const input = reportInput(collector, { faults })
  const { window, agreementWithDrain } = measureRun(input)
  return convergedAfterMs({ collector, window, agreement: agreementWithDrain, faults }, word)
}

describe('convergence after a fault', () => {
  it('is the time from the mark to the first moment with one head', () => {
    const collector = startedCollector(nodeNames(3))
    for (const node of ['n1', 'n2', 'n3']) head(collector, node, 1, A, 1)
    for (const node of ['n1', 'n2']) head(collector, node, 6, B, 2)
    head(collector, 'n3', 12.5, B, 2)
    const faults = [mark(5, 'partition', 'n3'), mark(10, 'heal')]
    assert.equal(converged(collector, faults, 'heal'), 2500)
  })

  it('is null without such a fault, and when they never agreed again', () => {
    const collector = startedCollector(nodeNames(2))
    head(collector, 'n1', 6, B, 2)
    assert.equal(converged(collector, [mark(10, 'heal')], 'heal'), null)
    assert.equal(converged(collector, [], 'heal'), undefined)
  })

  it('counts the drain: an agreement after the end of the load still is one', () => {
    const collector = startedCollector(nodeNames(2))
    head(collector, 'n1', 6, B, 2)
    head(collector, 'n2', 30.3, B, 2)
    assert.equal(converged(collector, [mark(29, 'heal')], 'heal'), 1300)
  })

  it('takes the longest of several faults of a kind', () => {
    const collector = startedCollector(nodeNames(2))
    for (const [at, id, height] of [
      [5, A, 1],
      [15, B, 2],
      [25, C, 3]
    ] as const) {
      // biome-ignore format: a table
      head(collector, 'n1', at, id, height)
      head(collector, 'n2', at + height, id, height)
    }
    assert.equal(converged(collector, [mark(5.5, 'heal'), mark(15, 'heal'), mark(25, 'heal')], 'heal'), 3000)
  })

  it('waits for the nodes that the fault brought back, also by the scenario’s word for it', () => {
    const collector = startedCollector(nodeNames(3))
    for (const node of ['n1', 'n2', 'n3']) head(collector, node, 1, A, 1)
    collector.nodeDown('n3', MESHED_AT + 5000, true)
    collector.nodeUp('n3', MESHED_AT + 11_000)
    for (const node of ['n1', 'n2']) head(collector, node, 8, B, 2)
    head(collector, 'n3', 13, B, 2)
    const faults = [mark(5, 'crash', 'n3'), mark(10, 'start', 'n3')]
    assert.equal(converged(collector, faults, 'restart'), null, 'it never had a peer')
    peer(collector, 'n3', 11.5, 'connected')
    assert.equal(converged(collector, faults, 'restart'), 3000)
  })

  it('does not begin before a node that was brought back has greeted a peer, though its old head is everyone’s', () => {
    const collector = startedCollector(nodeNames(2))
    peer(collector, 'n2', 0.5, 'connected')
    for (const node of ['n1', 'n2']) head(collector, node, 1, A, 1)
    collector.nodeDown('n2', MESHED_AT + 5000, true)
    collector.nodeUp('n2', MESHED_AT + 5100)
    peer(collector, 'n2', 4.9, 'disconnected')
    peer(collector, 'n2', 7, 'connected')
    assert.equal(converged(collector, [mark(5, 'crash', 'n2'), mark(5, 'start', 'n2')], 'restart'), 2000)
    peer(collector, 'n2', 9, 'disconnected')
    peer(collector, 'n2', 12, 'connected')
    assert.equal(converged(collector, [mark(9, 'cut', 'n2')], 'cut'), 3000)
    assert.equal(converged(collector, [mark(8, 'resume', 'n2')], 'resume'), 0, 'its connections had stayed')
  })

  it('takes a node that stood still for back as soon as it goes on, for its connections stayed', () => {
    const collector = startedCollector(nodeNames(2))
    peer(collector, 'n2', 0.5, 'connected')
    for (const node of ['n1', 'n2']) head(collector, node, 1, A, 1)
    collector.nodePaused('n2', MESHED_AT + 5000)
    collector.nodeUp('n2', MESHED_AT + 8000)
    const faults = [mark(5, 'pause', 'n2'), mark(8, 'resume', 'n2')]
    assert.equal(converged(collector, faults, 'resume'), 0)
    peer(collector, 'n2', 8.2, 'disconnected')
    assert.equal(converged(collector, [mark(9, 'cut', 'n2')], 'cut'), null, 'its peers had lost patience')
  })

  it('does not take a node for back that was killed while it stood still, before it has greeted a peer again', () => {
    const collector = startedCollector(nodeNames(2))
    peer(collector, 'n2', 0.5, 'connected')
    for (const node of ['n1', 'n2']) head(collector, node, 1, A, 1)
    collector.nodePaused('n2', MESHED_AT + 5000)
    collector.nodeDown('n2', MESHED_AT + 6000, true)
    collector.nodeUp('n2', MESHED_AT + 7000)
    const faults = [mark(7, 'start', 'n2')]
    assert.equal(converged(collector, faults, 'start'), null)
    peer(collector, 'n2', 7.5, 'connected')
    assert.equal(converged(collector, faults, 'start'), 500)
  })

  it('takes the head of a wiped node for genesis, though it told of none', () => {
    const collector = startedCollector(nodeNames(2))
    for (const node of ['n1', 'n2']) head(collector, node, 1, A, 1)
    collector.nodeDown('n2', MESHED_AT + 5000, true)
    collector.nodeUp('n2', MESHED_AT + 6000)
    peer(collector, 'n2', 6.5, 'connected')
    const faults = [mark(5, 'wipe', 'n2'), mark(6, 'start', 'n2')]
    assert.equal(converged(collector, faults, 'start'), null)
    assert.equal(buildReport(reportInput(collector, { faults })).consistency.converged, false)
    head(collector, 'n2', 9, A, 1)
    assert.equal(converged(collector, faults, 'start'), 3000)
  })

  it('asks honest nodes alone', () => {
    const collector = startedCollector(nodeNames(3), { honest: [true, true, false] })
    for (const node of ['n1', 'n2']) head(collector, node, 1, A, 1)
    assert.equal(converged(collector, [mark(5, 'heal')], 'heal'), 0)
    assert.deepEqual(buildReport(reportInput(collector)).consistency.tips, 1)
  })
})

describe('misbehaving nodes', () => {
  it('are no pairs, and what they publish is no item', () => {
    const collector = startedCollector(nodeNames(4), { honest: [true, true, true, false] })
    for (const [node, id] of [
      ['n1', A],
      ['n4', B]
    ] as const) {
      // biome-ignore format: a pair
      const item = { kind: 'block', id, at: MESHED_AT + 5000 } as const
      collector.onEvent({ ...item, node, type: 'published', bytes: 100, height: 1, transactions: 0 })
      collector.onEvent({ ...item, node: 'n2', type: 'delivered', via: 'gossip', at: MESHED_AT + 5010 })
    }
    const { blocks, nodes } = buildReport(reportInput(collector))
    assert.deepEqual([nodes, blocks.published, blocks.eligible, blocks.delivered], [4, 1, 2, 1])
    assert.equal(collector.outstanding(MESHED_AT + 5020), 1, 'the drain waits for n3 alone')
  })
})

describe('fault marks', () => {
  it('are in the report as they were told, absent without any', () => {
    const collector = startedCollector(nodeNames(2))
    const faults = [{ ...mark(5, 'slow', 'n2'), note: '+200 ms' }]
    assert.deepEqual(buildReport(reportInput(collector, { faults })).faults, faults)
    assert.equal('faults' in buildReport(reportInput(collector, { faults: [] })), false)
  })

  it('are bounded, in number and in names', () => {
    const collector = startedCollector(nodeNames(2))
    const faults = Array.from({ length: 700 }, (_, index) => mark(index, 'crash', ...nodeNames(100)))
    const shown = buildReport(reportInput(collector, { faults })).faults
    assert.equal(shown?.length, 500)
    // Two hundred of a hundred names each.
    assert.deepEqual([shown?.[199]?.nodes.length, shown?.[199]?.more_nodes], [100, undefined])
    assert.deepEqual([shown?.[200]?.nodes.length, shown?.[200]?.more_nodes], [30, 70])
  })

  it('say of a large network who was parted from whom, and of a heal nothing that a replay does not need', () => {
    const all = nodeNames(1000)
    const cut = { ...mark(5, 'partition', ...all), groups: [all.slice(0, 500), all.slice(500)] }
    const faults = Array.from({ length: 21 }, () => [cut, mark(9, 'heal', ...all)]).flat()
    const shown = buildReport(reportInput(startedCollector(nodeNames(2)), { faults })).faults ?? []
    assert.deepEqual(shown[0]?.groups, cut.groups)
    assert.deepEqual(shown[38]?.groups, cut.groups)
    assert.equal(shown[40]?.groups, undefined, 'beyond what fits')
    for (const { nodes, more_nodes } of shown) assert.deepEqual([nodes.length, more_nodes], [30, 970])
  })

  it('are told with how many nodes there were, listed or not', () => {
    const crash = { ...mark(5, 'crash', ...nodeNames(30)), more_nodes: 70 }
    assert.equal(faultNodes(crash, 3), 'n1, n2, n3 and 97 more')
    assert.equal(faultNodes(mark(5, 'crash', 'n1', 'n2'), 3), 'n1, n2')
    assert.equal(faultNodes(mark(5, 'crash', 'n1', 'n2'), 1), 'n1 and 1 more')
    assert.equal(faultNodes({ ...mark(5, 'heal', ...nodeNames(30)), more_nodes: 70 }, 3), '')
  })
})
