import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { buildDetails, buildReport, Collector, type Report } from '../../src/report/index.ts'
import type { NamedEvent, NodeEvent } from '../../src/trace/index.ts'
import { hash, MESHED_AT, madeRun, nodeNames, reportInput, startedCollector } from './made-run.ts'

const END = MESHED_AT + 30_000
const T = MESHED_AT + 5000
const A = hash('block a')
const B = hash('block b')
const TX = hash('transaction')

const on = (node: string, event: NodeEvent): NamedEvent => ({ ...event, node })

/** Block `id` by n1, delivered to the nodes listed after so many ms. */
function spread(collector: Collector, id: string, at: number, latencies: Readonly<Record<string, number>>, height = 1) {
  collector.onEvent(on('n1', { type: 'published', kind: 'block', id, at, bytes: 1000, height, transactions: 0 }))
  for (const [node, latency] of Object.entries(latencies)) {
    const event = { type: 'delivered', kind: 'block', id, at: at + latency, via: 'gossip', from: 'peer-n1' } as const
    collector.onEvent(on(node, event))
  }
}

/** Every node takes `id` as its head. */
function agree(collector: Collector, id: string, at: number, height = 1, abandoned = 0): void {
  for (const node of collector.nodes) {
    collector.onEvent(on(node, { type: 'imported', id, parent: '', height, transactions: [], at }))
    collector.onEvent(on(node, { type: 'head', hash: id, height, work: String(height), abandoned, at }))
  }
}

describe('eligible pairs', () => {
  it('are all nodes but the origin that were up from publication to the end of the window', () => {
    const collector = startedCollector(nodeNames(5))
    spread(collector, A, T, { n2: 3, n3: 4 })
    const { blocks } = buildReport(reportInput(collector))
    assert.equal(blocks.eligible, 4)
    assert.equal(blocks.delivered, 2)
    assert.equal(blocks.delivery_ratio, 0.5)
    assert.deepEqual(blocks.latency_ms, { p50: 4, p90: null, p95: null, p99: null, max: null, n: 4 })
  })

  const cases: readonly [rule: string, downAt: number, upAt: number, eligible: number][] = [
    ['leave out a node that went down within the window', T + 5000, T + 6000, 1],
    ['keep a node that went down after the window', T + 10_001, T + 11_000, 2],
    ['leave out a node that was down at publication', T - 10, T + 10, 1],
    ['keep a node that was back before publication', T - 20, T - 10, 2]
  ]
  for (const [rule, downAt, upAt, eligible] of cases) {
    it(rule, () => {
      const collector = startedCollector(nodeNames(3))
      spread(collector, A, T, { n2: 3, n3: 4 })
      collector.nodeDown('n3', downAt, true)
      collector.nodeUp('n3', upAt)
      const { blocks } = buildReport(reportInput(collector))
      assert.equal(blocks.eligible, eligible)
      assert.equal(blocks.delivered, eligible)
    })
  }

  it('leave out a second node where the user submitted the same transaction', () => {
    const collector = startedCollector(nodeNames(3))
    for (const [node, at] of [
      ['n1', T],
      ['n2', T + 5]
    ] as const) {
      collector.onEvent(on(node, { type: 'published', kind: 'transaction', id: TX, at, bytes: 200 }))
    }
    assert.equal(buildReport(reportInput(collector)).transactions.eligible, 1)
  })
})

describe('the measured window', () => {
  const publishedWith = (at: number, init: Parameters<typeof reportInput>[1] = {}): number => {
    const collector = startedCollector(nodeNames(2))
    spread(collector, A, at, { n2: 3 })
    return buildReport(reportInput(collector, { endedAt: END, ...init })).blocks.published
  }

  it('starts when the network is meshed and ends when load and production stop', () => {
    assert.equal(publishedWith(MESHED_AT - 1), 0)
    assert.equal(publishedWith(MESHED_AT), 1)
    assert.equal(publishedWith(END), 1)
    assert.equal(publishedWith(END + 1), 0)
  })

  it('leaves out items younger than 2 s after Ctrl-C', () => {
    assert.equal(publishedWith(END - 2000, { interrupted: true }), 1)
    assert.equal(publishedWith(END - 1999, { interrupted: true }), 0)
  })

  const deliveredAfter = (latency: number, init: Parameters<typeof reportInput>[1]): Report => {
    const collector = startedCollector(nodeNames(2))
    spread(collector, A, END - 2500, { n2: latency })
    return buildReport(reportInput(collector, { endedAt: END, ...init }))
  }

  it('counts deliveries in the drain, and none after it', () => {
    assert.equal(deliveredAfter(3500, { drainedAt: END + 1000 }).blocks.delivered, 1)
    assert.equal(deliveredAfter(3501, { drainedAt: END + 1000 }).blocks.delivered, 0)
    assert.equal(deliveredAfter(1, { drainedAt: END + 1000 }).drain_s, 1)
  })

  it('ends the drain after 10 s', () => {
    assert.equal(deliveredAfter(12_501, { drainedAt: END + 20_000 }).blocks.delivered, 0)
    assert.equal(deliveredAfter(1, { drainedAt: END + 20_000 }).drain_s, 10)
  })

  it('has no drain after Ctrl-C', () => {
    const report = deliveredAfter(2501, { interrupted: true, drainedAt: END + 1000 })
    assert.equal(report.blocks.delivered, 0)
    assert.equal(report.drain_s, 0)
  })

  it('tells its times in seconds', () => {
    const { warmup_s, duration_s } = deliveredAfter(1, { startedAt: MESHED_AT - 4100 })
    assert.deepEqual([warmup_s, duration_s], [4.1, 30])
  })
})

describe('report', () => {
  it('counts a transaction as delivered when it came inside a block, by the way the block came', () => {
    const collector = startedCollector(nodeNames(3))
    collector.onEvent(on('n1', { type: 'published', kind: 'transaction', id: TX, at: T, bytes: 200 }))
    const inside = { type: 'delivered', kind: 'transaction', id: TX, from: 'peer-n1', block: A } as const
    collector.onEvent(on('n2', { ...inside, at: T + 500, via: 'gossip' }))
    collector.onEvent(on('n3', { ...inside, at: T + 900, via: 'repair' }))
    const { transactions } = buildReport(reportInput(collector))
    assert.deepEqual(transactions.delivered_by, { gossip: 1, requested: 0, repair: 1 })
    assert.equal(transactions.latency_ms.max, 900)
    assert.deepEqual(transactions.hops, { p50: null, max: null }, 'the transaction itself took no hop')
  })

  it('counts blocks that are not on the final chain as stale, and does not expect their import', () => {
    const collector = startedCollector(nodeNames(3))
    spread(collector, A, T, { n2: 3, n3: 4 })
    spread(collector, B, T + 1, { n2: 2, n3: 3 })
    agree(collector, A, T + 10)
    agree(collector, B, T + 20)
    agree(collector, hash('block c'), T + 1000, 2, 1)
    const { consistency, blocks } = buildReport(reportInput(collector))
    assert.equal(consistency.stale_blocks, 1)
    assert.equal(consistency.stale_rate, 0.5)
    assert.equal(consistency.max_reorg_depth, 1)
    assert.deepEqual([consistency.converged, consistency.tips, consistency.height], [true, 1, 2])
    assert.equal(blocks.imported_ms?.n, 2)
    assert.equal(blocks.imported_ms?.max, 19)
  })

  it('has not converged while two heads are left among the nodes that are up', () => {
    const collector = startedCollector(nodeNames(2))
    agree(collector, A, T)
    collector.onEvent(on('n2', { type: 'head', hash: B, height: 1, work: '1', abandoned: 0, at: T + 50 }))
    const { consistency } = buildReport(reportInput(collector))
    assert.deepEqual([consistency.converged, consistency.tips], [false, 2])
    collector.nodeDown('n2', T + 60, true)
    assert.equal(buildReport(reportInput(collector)).consistency.converged, true)
  })

  it('adds up repair within the window alone', () => {
    const collector = startedCollector(nodeNames(2))
    const tip = { height: 1, hash: A, work: '1' }
    const round = { type: 'sync', peer: 'peer-n2', ours: tip, theirs: tip, durationMs: 3, outcome: 'behind' } as const
    for (const at of [MESHED_AT - 1, T, T + 1]) {
      collector.onEvent(
        on('n1', {
          ...round,
          at,
          blocksFetched: 2,
          transactionsFetched: 1,
          transactionsSent: 0,
          transactionsDiffer: 1,
          bytes: 100
        })
      )
    }
    assert.deepEqual(buildReport(reportInput(collector)).repair, {
      rounds: 2,
      blocks_fetched: 4,
      transactions_fetched: 2,
      bytes: 200
    })
  })

  it('has no traffic when nobody counted it, and its shares when somebody did', () => {
    const collector = startedCollector(nodeNames(4))
    assert.equal('traffic' in buildReport(reportInput(collector)), false)
    const byKind = { block: 500, transaction: 200, control: 250, repair: 50, membership: 0 }
    const { traffic } = buildReport(reportInput(collector, { traffic: { bytesSent: 1000, byKind } }))
    assert.deepEqual(traffic, { bytes_sent: 1000, bytes_sent_per_node: 250, control_share: 0.25, by_kind: byKind })
  })

  it('never rounds a missing delivery up to 1', () => {
    const nodes = nodeNames(1002)
    const collector = startedCollector(nodes)
    const missing = 'n1002'
    for (let height = 1; height <= 3; height++) {
      const others = nodes.slice(1).filter((node) => height > 1 || node !== missing)
      spread(
        collector,
        hash(`block ${height}`),
        T + height,
        Object.fromEntries(others.map((node) => [node, 1])),
        height
      )
    }
    const { blocks } = buildReport(reportInput(collector))
    assert.equal(blocks.eligible - blocks.delivered, 1)
    assert.ok(blocks.delivery_ratio < 1)
  })
})

describe('validity', () => {
  const reasonsOf = (
    change: (collector: Collector) => void,
    init: Parameters<typeof reportInput>[1] = {}
  ): Report['validity'] => {
    const run = madeRun({ nodes: 10, blocks: 13, transactionsPerBlock: 2 })
    const collector = startedCollector(run.nodes)
    for (const event of run.events.flat()) collector.onEvent(event)
    change(collector)
    return buildReport(reportInput(collector, init)).validity
  }

  it('holds without reasons for a plain run', () => {
    assert.deepEqual(
      reasonsOf(() => {}),
      { ok: true, reasons: [] }
    )
  })

  it('ends with a node that died, not with one that was stopped on purpose', () => {
    const died = reasonsOf((collector) => collector.nodeDown('n3', MESHED_AT + 12_100))
    assert.deepEqual(died, { ok: false, reasons: ['n3 died 12.1 s into the run'] })
    assert.equal(reasonsOf((collector) => collector.nodeDown('n3', MESHED_AT + 12_100, true)).ok, true)
    assert.equal(reasonsOf((collector) => collector.nodeDown('n3', END + 60_000)).ok, true, 'after the run')
  })

  it('ends with events that were dropped', () => {
    assert.match(reasonsOf(() => {}, { eventsDropped: 4 }).reasons.join(), /^4 events dropped/)
    assert.equal(reasonsOf(() => {}, { eventsDropped: 4 }).ok, false)
  })

  it('ends with clocks that put deliveries before publications', () => {
    const id = hash('early')
    const early = reasonsOf((collector) => spread(collector, id, T, { n2: -30 }, 99))
    assert.equal(early.ok, false)
    assert.match(early.reasons.join(), /^1 delivery stamped before/)
  })

  it('does not hold for a run without blocks, without time, or that never meshed', () => {
    const empty = startedCollector(nodeNames(2))
    assert.deepEqual(buildReport(reportInput(empty)).validity, {
      ok: false,
      reasons: ['no block was published in the measured time']
    })
    assert.equal(buildReport(reportInput(empty, { endedAt: MESHED_AT })).validity.ok, false)
    const unmeshed = new Collector({ nodes: nodeNames(2), peerNames: new Map() })
    spread(unmeshed, A, T, { n2: 3 })
    const report = buildReport(reportInput(unmeshed))
    assert.deepEqual(report.validity, { ok: false, reasons: ['the network never meshed: nothing was measured'] })
    assert.equal(report.blocks.published, 0)
  })

  it('warns of too few samples for a p99, and stays', () => {
    const collector = startedCollector(nodeNames(2))
    spread(collector, A, T, { n2: 3 })
    const { ok, reasons } = buildReport(reportInput(collector)).validity
    assert.deepEqual([ok, reasons], [true, ['p99 of blocks is their maximum: 1 sample, 100 needed']])
  })

  it('warns of a simulation whose links have no delay, and stays', () => {
    const virtual = { engine: 'virtual', environment: {} } as const
    const { ok, reasons } = reasonsOf(() => {}, virtual)
    assert.equal(ok, true)
    assert.match(reasons.join(), /no link delay: these times are not those of a network, trust ratios only/)
    assert.doesNotMatch(reasonsOf(() => {}, { ...virtual, linkDelayMs: 50 }).reasons.join(), /no link delay/)
  })

  it('warns when the event loop is as slow as the network, and stays', () => {
    const environment = { event_loop_lag_p99_ms: 30 }
    const loopback = reasonsOf(() => {}, { environment })
    assert.equal(loopback.ok, true)
    assert.match(loopback.reasons.join(), /^event-loop lag p99 30.0 ms: comparable to p50, no link delay/)
    assert.doesNotMatch(reasonsOf(() => {}, { environment, linkDelayMs: 50 }).reasons.join(), /no link delay/)
  })
})

describe('the order of events', () => {
  const run = madeRun({ nodes: 6, blocks: 6, transactionsPerBlock: 3, missed: 0.05 })
  const reportOf = (events: Iterable<NamedEvent>): unknown => {
    const collector = startedCollector(run.nodes)
    for (const event of events) collector.onEvent(event)
    const input = reportInput(collector)
    return { report: buildReport(input), details: buildDetails(input) }
  }

  it('between nodes does not matter, as long as each keeps its own', () => {
    const expected = reportOf(run.events.flat().sort((a, b) => a.at - b.at))
    const turns = fc.array(fc.nat({ max: run.nodes.length - 1 }), { maxLength: 2000 })
    fc.assert(
      fc.property(turns, (order) => {
        const queues = run.events.map((events) => [...events])
        const taken = order.flatMap((node) => queues[node]?.shift() ?? [])
        assert.deepEqual(reportOf([...taken, ...queues.flat()]), expected)
      }),
      { numRuns: 60, seed: 11 }
    )
  })

  it('of a whole small run gives the report in test/report/golden-report.json', async () => {
    const golden: unknown = JSON.parse(await readFile(new URL('golden-report.json', import.meta.url), 'utf8'))
    const { report } = reportOf(run.events.flat()) as { report: Report }
    assert.deepEqual(JSON.parse(JSON.stringify(report)), golden)
  })
})
