// What the page shows, as functions of a timeline and a moment: the same live, scrubbed and long after.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { LIVE_LIMITS, Timeline } from '../../src/api/client/index.ts'
import type { Change, LiveRun } from '../../src/api/client/index.ts'
import { chainAt, forksOf, leadingBranch } from '../../src/dashboard/view/chain.ts'
import { coverageAt, holdersAt, markedBlocks, newestBlocks, spreadAt } from '../../src/dashboard/view/coverage.ts'
import { faultText, partitionAt } from '../../src/dashboard/view/faults.ts'
import { halfOf } from '../../src/dashboard/view/halves.ts'
import { happenedAt } from '../../src/dashboard/view/happened.ts'
import { linksAt } from '../../src/dashboard/view/links.ts'
import { membersAt } from '../../src/dashboard/view/members.ts'
import { confirmationsOf, inclusionAt, mempoolAt } from '../../src/dashboard/view/mempool.ts'
import { isOn, networkAt } from '../../src/dashboard/view/network.ts'
import { Playback } from '../../src/dashboard/view/playback.ts'
import { retryMs } from '../../src/dashboard/view/retry.ts'
import { scaleOf } from '../../src/dashboard/view/strip.ts'
import { trafficAt } from '../../src/dashboard/view/traffic.ts'
import { treeOf } from '../../src/dashboard/view/tree.ts'
import { wavesAt } from '../../src/dashboard/view/waves.ts'

const run: LiveRun = {
  version: '0.1.0',
  scenario: 'local',
  seed: 7,
  engine: 'virtual',
  network: 'ab',
  directory: 'run',
  startedAt: 0,
  state: 'running',
  nodes: ['n1', 'n2', 'n3', 'n4']
}

const timelineOf = (changes: Change[], now = 10_000): Timeline => {
  const timeline = new Timeline(LIVE_LIMITS)
  const up = run.nodes.map((_, node): Change => ({ type: 'state', node, at: 0, state: 'up' }))
  timeline.apply({ seq: 1, now, reset: true, run, changes: [...up, ...changes] })
  return timeline
}
const item = (id: string, at: number, more: Partial<Extract<Change, { type: 'item' }>> = {}): Change => {
  return { type: 'item', kind: 'block', id, origin: 0, at, bytes: 300, height: 1, ...more }
}
/** Who got it when from whom. */
const arrivals = (
  id: string,
  at: number,
  rows: [node: number, after: number, from: number][],
  kind: 'block' | 'transaction' = 'block'
): Change => ({
  type: 'arrivals',
  kind,
  id,
  at,
  nodes: rows.map(([node]) => node),
  after: rows.map(([, after]) => after),
  from: rows.map(([, , from]) => from),
  via: rows.map(() => 1)
})
const head = (node: number, at: number, id: string, height: number, abandoned = 0): Change => {
  return { type: 'head', node, at, id, height, abandoned }
}
const block = (id: string, at: number, height: number, parent?: string, included: string[] = []): Change => {
  return { type: 'block', id, at, height, ...(parent === undefined ? {} : { parent }), transactions: 0, included }
}
const named = <T>(value: T | undefined): T => {
  ok(value !== undefined)
  return value
}

describe('the network at a moment', () => {
  const timeline = timelineOf([
    block('a1', 100, 1),
    block('a2', 200, 2, 'a1'),
    block('b2', 210, 2, 'a1'),
    ...[0, 1, 2, 3].map((node) => head(node, 100 + node, 'a1', 1)),
    head(0, 200, 'a2', 2),
    head(1, 205, 'a2', 2),
    head(3, 210, 'b2', 2),
    { type: 'state', node: 2, at: 300, state: 'down' }
  ])

  it('tells heads apart: leading, behind, another branch', () => {
    const { nodes, heads, up, agreed, height } = networkAt(timeline, 250)
    deepEqual(
      nodes.map(({ standing }) => standing),
      ['leading', 'leading', 'behind', 'fork']
    )
    deepEqual([heads.length, up, agreed, height], [3, 4, 2, 2])
  })

  it('takes a block that only one node has yet for the next head, not for a fork', () => {
    const { nodes, tip } = networkAt(timeline, 201)
    equal(tip, 'a2')
    deepEqual(
      nodes.map(({ standing }) => standing),
      ['leading', 'behind', 'behind', 'behind']
    )
  })

  it('keeps its leading branch while blocks spread on both sides of a tie', () => {
    const sides = timelineOf([
      block('a1', 100, 1),
      block('b2', 200, 2, 'a1'),
      block('c2', 201, 2, 'a1'),
      block('c3', 300, 3, 'c2'),
      ...[0, 1, 2, 3].map((node) => head(node, 100, 'a1', 1)),
      ...[0, 1].map((node) => head(node, 200, 'b2', 2)),
      ...[2, 3].map((node) => head(node, 201, 'c2', 2)),
      head(3, 300, 'c3', 3)
    ])
    for (const at of [250, 350]) {
      const { nodes, tip, branches } = networkAt(sides, at)
      deepEqual([tip, branches], ['b2', 2])
      deepEqual(
        nodes.map(({ standing, fork }) => [standing, fork]),
        [
          ['leading', 0],
          ['leading', 0],
          ['fork', 0],
          ['fork', 0]
        ]
      )
    }
  })

  it('takes who comes back from far behind for behind, not for a branch, as far back as anything is known', () => {
    const far = timelineOf([
      ...Array.from({ length: 300 }, (_, n) => block(`a${n + 1}`, n + 1, n + 1, n === 0 ? 'genesis' : `a${n}`)),
      block('b230', 231, 230, 'a229'),
      ...[0, 1].map((node) => head(node, 300, 'a300', 300)),
      // Forgotten, known, and known to be another branch.
      head(2, 301, 'a9', 9),
      head(3, 301, 'a200', 200),
      head(3, 302, 'b230', 230)
    ])
    equal(far.blocks.has('a9'), false)
    const standings = (at: number) => networkAt(far, at).nodes.map(({ standing }) => standing)
    deepEqual([networkAt(far, 301).branches, standings(301)], [1, ['leading', 'leading', 'behind', 'behind']])
    deepEqual([networkAt(far, 302).branches, standings(302)], [2, ['leading', 'leading', 'behind', 'fork']])
    const leading = leadingBranch(far, 302, 'a300', 200)
    deepEqual(
      [200, 230].map((height) => isOn(leading, { id: `a${height}`, height })),
      [true, true]
    )
    equal(isOn(leading, { id: 'b230', height: 230 }), false)
  })

  it('is that of the past, too, and counts nobody who is down', () => {
    deepEqual(
      [50, 102, 260, 350].map((at) => {
        const { agreed, up } = networkAt(timeline, at)
        return `${agreed}/${up}`
      }),
      ['4/4', '3/4', '2/4', '2/3']
    )
  })

  it('leaves those who misbehave out of the agreement', () => {
    timeline.apply({ seq: 2, now: 10_000, run: { ...run, roles: [null, null, null, 'silent'] }, changes: [] })
    const { up, heads } = networkAt(timeline, 350)
    deepEqual([up, heads.length], [2, 1])
  })

  it('knows who can talk to whom', () => {
    const cut = timelineOf([
      { type: 'fault', fault: 'partition', at: 100, nodes: [0, 1, 2, 3], groups: [1, 1, 0, 0] },
      { type: 'fault', fault: 'heal', at: 200, nodes: [0, 1, 2, 3] }
    ])
    deepEqual([...named(partitionAt(cut, 150)).values()], [1, 1, 0, 0])
    deepEqual([partitionAt(cut, 99), partitionAt(cut, 200)], [undefined, undefined])
    equal(faultText(named(cut.faults[0]), run.nodes), 'network cut: n1 n2 | n3 n4')
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const stopped = (nodes: number[]) => faultText({ type: 'fault', fault: 'stop', at: 0, nodes }, names)
    deepEqual(
      [stopped([0, 1, 2, 3, 4]), stopped([0, 1, 2, 3, 4, 5])],
      ['a b c d e stopped', 'a b c d and 2 more stopped']
    )
    deepEqual(
      networkAt(cut, 150).nodes.map(({ group }) => group),
      [1, 1, 0, 0]
    )
  })
})

describe('links', () => {
  it('are one line for both ends, with what gossip uses it for', () => {
    const link = (
      kind: 'connection' | 'block' | 'transaction',
      node: number,
      peer: number,
      at: number,
      on = true
    ): Change => {
      return { type: 'link', kind, node, peer, at, on }
    }
    const timeline = timelineOf([
      link('connection', 0, 1, 10),
      link('connection', 1, 0, 11),
      link('block', 1, 0, 20),
      link('transaction', 2, 3, 20),
      link('connection', 0, 1, 50, false),
      link('connection', 1, 0, 52, false)
    ])
    deepEqual(linksAt(timeline, 5), [])
    deepEqual(linksAt(timeline, 30), [{ a: 0, b: 1, connection: true, block: true, transaction: false }])
    deepEqual(linksAt(timeline, 60), [])
  })
})

describe('a cut in two', () => {
  const linksOf = (text: string): { a: number; b: number }[] =>
    text.split(' ').map((pair) => {
      const [a, b] = pair.split('-').map(Number)
      return { a: named(a), b: named(b) }
    })

  it('leaves two halves that each hold together, with few connections between them', () => {
    // Two squares, 0 2 4 6 and 1 3 5 7, with two links between them: by name each half would fall apart.
    const links = linksOf('0-2 2-4 4-6 6-0 1-3 3-5 5-7 7-1 0-1 4-5')
    deepEqual(halfOf(8, links), [0, 2, 4, 6])
    // In a line only its two ends are halves.
    deepEqual(halfOf(5, linksOf('3-0 0-4 4-1 1-2')), [0, 3, 4])
  })

  it('is in two also where nodes are alone, or all are', () => {
    deepEqual(halfOf(6, linksOf('1-3 3-5')), [1, 3, 5])
    deepEqual([halfOf(3, []), halfOf(1, []), halfOf(0, [])], [[0, 1], [0], []])
  })
})

describe('a wave', () => {
  const timeline = timelineOf([
    item('a', 100),
    arrivals('a', 110, [
      [1, 0, 0],
      [2, 10, 1],
      [3, 30, -1]
    ])
  ])

  it('travels from who told to who was told, and glows where it has come', () => {
    const at = (moment: number) => wavesAt(timeline, moment, { glowMs: 15 })
    deepEqual(at(99), { pulses: [], glows: [] })
    deepEqual(at(105).pulses, [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: false }])
    deepEqual(at(115).pulses, [{ kind: 'block', from: 1, to: 2, progress: 0.5, fetched: false }])
    deepEqual(
      at(121).glows.map(({ node, strength }) => [node, Number(strength.toFixed(2))]),
      [
        [1, 0.27],
        [2, 0.93]
      ]
    )
    deepEqual(at(156), { pulses: [], glows: [] })
  })

  it('has what was fetched on its way for a moment, not since its sender had it', () => {
    const late = arrivals('a', 5000, [[1, 0, 0]])
    ok(late.type === 'arrivals')
    const fetched = timelineOf([item('a', 100), { ...late, via: [3] }])
    const at = (moment: number) => wavesAt(fetched, moment, { glowMs: 15 }).pulses
    deepEqual(at(4500), [])
    deepEqual(at(4800), [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: true }])
  })

  it('does not cross a cut before it is healed, nor leave before there is a connection', () => {
    const link = (at: number, on: boolean): Change => ({ type: 'link', kind: 'connection', node: 0, peer: 1, at, on })
    const pulses = (changes: Change[], moment: number) =>
      wavesAt(timelineOf([...changes, item('a', 100), arrivals('a', 5000, [[1, 0, 0]])]), moment, { glowMs: 15 }).pulses
    const cut: Change[] = [
      { type: 'fault', fault: 'partition', at: 50, nodes: [0, 1], groups: [0, 1] },
      { type: 'fault', fault: 'heal', at: 4000, nodes: [0, 1] }
    ]
    const flight = [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: false }]
    deepEqual([pulses(cut, 3900), pulses(cut, 4500)], [[], flight])
    // Nor where it was healed just before it arrived, gossiped or fetched.
    for (const via of [1, 3]) {
      const told = arrivals('a', 4100, [[1, 0, 0]])
      ok(told.type === 'arrivals')
      const short = timelineOf([...cut, item('a', 3900), { ...told, via: [via] }])
      const progress = (moment: number) => wavesAt(short, moment, { glowMs: 15 }).pulses.map((pulse) => pulse.progress)
      deepEqual([progress(3950), progress(4050)], [[], [0.5]])
    }
    const apart = [link(10, true), link(60, false), link(4000, true)]
    deepEqual([pulses(apart, 3900), pulses(apart, 4500)], [[], flight])
  })

  it('is that of one item while it is replayed', () => {
    deepEqual(wavesAt(timeline, 105, { glowMs: 15, only: 'b' }), { pulses: [], glows: [] })
  })
})

describe('coverage', () => {
  it('counts those who were up, without whoever made it', () => {
    const timeline = timelineOf([
      { type: 'state', node: 3, at: 50, state: 'down' },
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 1]
      ])
    ])
    const block = named(timeline.blocks.get('a'))
    deepEqual(coverageAt(timeline, block), { arrivals: [10, 20], nodes: 2, t50: 10, t95: 20, t100: 20 })
    deepEqual(coverageAt(timeline, block, 115), { arrivals: [10], nodes: 2, t50: 10, t95: null, t100: null })
  })

  it('gives the newest blocks up to a moment', () => {
    const timeline = timelineOf([item('b', 200), item('a', 100), item('c', 300)])
    deepEqual(
      newestBlocks(timeline, 250, 5).map(({ id }) => id),
      ['b', 'a']
    )
    equal(newestBlocks(timeline, 999, 1)[0]?.id, 'c')
  })

  it('has marks all over the time, one for each stretch', () => {
    const blocks = Array.from({ length: 100 }, (_, n) => item(`a${n}`, 100 * n))
    deepEqual(
      markedBlocks(timelineOf(blocks), 0, 10_000, 5).map(({ at }) => at),
      [0, 2000, 4000, 6000, 8000]
    )
  })

  it('is drawn to a scale that one late block does not spoil', () => {
    const of = (t95: number) => ({ arrivals: [], nodes: 1, t50: t95, t95, t100: t95 })
    const scale = scaleOf([of(10), of(10), of(12), of(20_000)])
    deepEqual([scale.full, scale.of(10), scale.of(20_000), scale.of(null)], [25, 0.4, 1, 1])
  })
})

describe('the propagation tree', () => {
  it('is drawn depth first, also where senders are unknown or lie', () => {
    const timeline = timelineOf([
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 3],
        [3, 12, 2]
      ])
    ])
    deepEqual(
      treeOf(named(timeline.blocks.get('a'))).map(({ node, parent, depth, ms }) => [node, parent, depth, ms]),
      [
        [0, undefined, 0, 0],
        [1, 0, 1, 10],
        [2, undefined, 0, 20],
        [3, 2, 1, 22]
      ]
    )
  })
})

describe('the propagation tree at a moment', () => {
  it('has those that had it then', () => {
    const timeline = timelineOf([
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 1]
      ])
    ])
    const nodes = (at?: number) => treeOf(named(timeline.blocks.get('a')), at).map(({ node }) => node)
    deepEqual([nodes(99), nodes(115), nodes()], [[], [0, 1], [0, 1, 2]])
  })
})

describe('the chain', () => {
  it('has the leading branch on top and every other one in a lane of its own', () => {
    const timeline = timelineOf([
      block('a1', 100, 1),
      block('a2', 200, 2, 'a1'),
      block('b2', 201, 2, 'a1'),
      block('b3', 300, 3, 'b2'),
      block('c3', 301, 3, 'b2'),
      block('a3', 302, 3, 'a2'),
      block('d4', 400, 4, 'a3'),
      block('a4', 401, 4, 'a3'),
      ...[0, 1, 2].map((node) => head(node, 401, 'a4', 4)),
      head(3, 400, 'd4', 4)
    ])
    const { blocks, lanes } = chainAt(timeline, 500, 'a4', 10)
    deepEqual(Object.fromEntries(blocks.map(({ item: { id }, lane, heads }) => [id, [lane, heads.length]])), {
      a1: [0, 0],
      a2: [0, 0],
      b2: [1, 0],
      a3: [0, 0],
      b3: [1, 0],
      c3: [2, 0],
      a4: [0, 3],
      d4: [1, 1]
    })
    equal(lanes, 3)
    // In the colours of the nodes that are on them, down to where they begin; others have none.
    const forksThen = (at: number): unknown => {
      const view = chainAt(timeline, at, 'a4', 10)
      const forks = forksOf(view, networkAt(timeline, at).nodes)
      return view.blocks.flatMap(({ item: { id } }, place) => (forks[place] === undefined ? [] : [[id, forks[place]]]))
    }
    deepEqual(forksThen(500), [['d4', 0]])
    timeline.apply({ seq: 2, now: 10_000, changes: [head(2, 600, 'c3', 3)] })
    deepEqual(forksThen(700), [
      ['b2', 0],
      ['c3', 0],
      ['d4', 1]
    ])
    // What was just sealed on one of them goes with it.
    timeline.apply({ seq: 3, now: 10_000, changes: [item('c4', 710, { height: 4, parent: 'c3' })] })
    deepEqual(forksThen(720), [
      ['b2', 0],
      ['c3', 0],
      ['d4', 1],
      ['c4', 0]
    ])
    deepEqual(
      chainAt(timeline, 500, 'a4', 2)
        .blocks.map(({ item: { id } }) => id)
        .sort(),
      ['a3', 'a4', 'b3', 'c3', 'd4']
    )
    equal(chainAt(timelineOf([]), 500, undefined, 5).blocks.length, 0)
  })

  it('hangs a block that lost its race, and that no node ever took for its head, on its parent all the same', () => {
    const lost = item('b2', 200, { height: 2, parent: 'a1' })
    const timeline = timelineOf([block('a1', 100, 1), block('a2', 199, 2, 'a1'), lost, head(0, 199, 'a2', 2)])
    const { blocks } = chainAt(timeline, 500, 'a2', 10)
    const [b2] = blocks.filter(({ item: { id } }) => id === 'b2')
    equal(blocks[named(named(b2).parent)]?.item.id, 'a1')
    const [change] = named(timeline.blocks.get('b2')).changes([])
    deepEqual(change, lost)
  })
})

describe('the chain while a block spreads', () => {
  it('has what was just sealed on its leading head on the leading branch, and what was sealed beside it not', () => {
    const timeline = timelineOf([
      item('a1', 90, { height: 1 }),
      block('a1', 100, 1, 'genesis'),
      ...[0, 1, 2, 3].map((node) => head(node, 110, 'a1', 1)),
      item('a2', 200, { height: 2 }),
      block('a2', 250, 2, 'a1'),
      item('b2', 205, { height: 2 }),
      block('b2', 251, 2, 'a1')
    ])
    const leading = (at: number, tip: string | undefined): string[] =>
      chainAt(timeline, at, tip, 10).blocks.flatMap(({ item: { id }, isLeading }) => (isLeading ? [id] : []))
    deepEqual(leading(95, undefined), ['a1'])
    deepEqual(leading(220, 'a1'), ['a1', 'a2'])
    deepEqual(leading(260, 'b2'), ['a1', 'b2'])
  })
})

describe('the rest of the page', () => {
  it('has what waits for a block, then what got into one', () => {
    const timeline = timelineOf([
      item('t1', 100, { kind: 'transaction' }),
      item('t2', 110, { kind: 'transaction' }),
      block('a', 200, 1, undefined, ['t2']),
      { type: 'counts', transactions: 9, included: 4, duplicates: 0, rejected: 0, unfollowed: 7 }
    ])
    const of = (from: Timeline, at: number, isNewest = false) =>
      mempoolAt(from, at, { tip: networkAt(from, at).tip, limit: 10, isNewest })
    const ids = (at: number) => of(timeline, at).transactions.map(({ item: { id } }) => id)
    deepEqual([ids(105), ids(150), ids(250)], [['t1'], ['t2', 't1'], ['t1', 't2']])
    // Counted of all where it is shown live, though that is a little late; of the past by those that are known.
    deepEqual([of(timeline, 150).waiting, of(timeline, 9_800, true).waiting], [2, 5])
    const followed = timelineOf([
      item('t1', 100, { kind: 'transaction' }),
      { type: 'counts', transactions: 9, included: 9, duplicates: 0, rejected: 0, unfollowed: 0 }
    ])
    equal(of(followed, 10_000, true).waiting, 1, 'as many as are listed')
  })

  it('has what an abandoned block held as waiting again, and of rivals the block that leads', () => {
    const timeline = timelineOf([
      ...['t1', 't2'].map((id) => item(id, 90, { kind: 'transaction' })),
      block('a1', 100, 1, 'genesis', ['t1', 't2']),
      block('b1', 101, 1, 'genesis', ['t2']),
      block('b2', 200, 2, 'b1'),
      ...[0, 1, 2, 3].map((node) => head(node, 110, 'a1', 1)),
      ...[0, 1, 2, 3].map((node) => head(node, 210, 'b2', 2, 1))
    ])
    const blocks = (from: Timeline, at: number) => {
      const { waiting, transactions } = mempoolAt(from, at, { tip: networkAt(from, at).tip, limit: 9, isNewest: true })
      return [waiting, Object.fromEntries(transactions.map(({ item: { id }, inclusion }) => [id, inclusion?.block]))]
    }
    const confirmations = (at: number, tip: string) => {
      const found = named(timeline.transactions.get('t2'))
      return confirmationsOf(timeline, inclusionAt(timeline, found, at, leadingBranch(timeline, at, tip)), tip)
    }
    deepEqual([confirmations(95, ''), confirmations(150, 'a1'), confirmations(250, 'b2')], [0, 1, 2])
    // The same for somebody who comes later.
    const again = new Timeline(LIVE_LIMITS)
    for (const update of timeline.snapshot()) again.apply(update)
    for (const from of [timeline, again]) {
      deepEqual(blocks(from, 150), [0, { t1: 'a1', t2: 'a1' }])
      deepEqual(blocks(from, 250), [1, { t1: undefined, t2: 'b1' }])
    }
  })

  it('has a transaction as long as its block, not waiting because that was forgotten', () => {
    const timeline = new Timeline({ ...LIVE_LIMITS, blocks: 2 })
    const blocks = [1, 2, 3].map((n) => block(`a${n}`, n * 100, n, `a${n - 1}`, n === 1 ? ['t1'] : []))
    const changes = [...['t1', 't2'].map((id) => item(id, 90, { kind: 'transaction' })), ...blocks]
    timeline.apply({ seq: 1, now: 400, reset: true, run, changes })
    deepEqual([...timeline.transactions.keys()], ['t2'])
  })

  it('says how far a transaction had come, and how long that had taken', () => {
    const timeline = timelineOf([
      item('t1', 100, { kind: 'transaction' }),
      arrivals(
        't1',
        110,
        [
          [1, 0, 0],
          [2, 30, 1]
        ],
        'transaction'
      )
    ])
    const found = named(timeline.transactions.get('t1'))
    deepEqual(
      [99, 100, 120, 500].map((at) => [holdersAt(found, at).length, spreadAt(found, at)]),
      [
        [0, 0],
        [1, 0],
        [2, 10],
        [3, 40]
      ]
    )
  })

  it('has what members make of each other', () => {
    const member = (node: number, of: number, at: number, change: 'suspected' | 'down' | 'back'): Change => {
      return { type: 'member', node, of, at, change }
    }
    const timeline = timelineOf([
      member(0, 3, 10, 'suspected'),
      member(0, 3, 20, 'down'),
      member(1, 3, 20, 'suspected'),
      member(1, 3, 30, 'back')
    ])
    const { alive, suspect, down } = named(membersAt(timeline, 25)[3])
    deepEqual({ alive, suspect, down }, { alive: 1, suspect: [1], down: [0] })
    equal(membersAt(timeline, 35)[3]?.alive, 2)
  })

  it('has traffic as differences of measures', () => {
    const sample = (at: number, sent: number): Change => {
      return { type: 'sample', at, sent: { block: sent, transaction: 0, control: 0, repair: 0, membership: 0 } }
    }
    const { ago, rates } = trafficAt(timelineOf([sample(1000, 0), sample(2000, 500), sample(4000, 100)]), 4000, 60_000)
    deepEqual(
      [ago, rates[0]],
      [
        [-2, 0],
        [500, 0]
      ]
    )
  })

  it('names each node of a reorganisation once, and tells branches and moments apart', () => {
    const timeline = timelineOf([
      head(0, 1000, 'a', 7, 1),
      head(1, 1100, 'a', 7, 1),
      head(0, 1200, 'a', 7, 1),
      head(2, 1300, 'b', 7, 1),
      head(3, 60_000, 'a', 7, 1)
    ])
    deepEqual(
      happenedAt(timeline, 90_000, 9).map(({ text }) => text),
      ['n4', 'n3', '2 nodes'].map((who) => `${who} left 1 block for the branch of #7`)
    )
  })

  it('says what happened, alike things once', () => {
    const remark = (node: number, at: number): Change => ({
      type: 'remark',
      node,
      at,
      what: 'rejected',
      of: 3,
      code: 'malformed'
    })
    const timeline = timelineOf([
      remark(0, 5000),
      remark(1, 5100),
      remark(0, 5200),
      head(0, 6000, 'a', 7, 2),
      { type: 'fault', fault: 'crash', at: 7000, nodes: [1] }
    ])
    deepEqual(
      happenedAt(timeline, 9000, 9).map(({ text }) => text),
      ['n2 crashed', 'n1 left 2 blocks for the branch of #7', '2 nodes: 3 × refused (malformed)']
    )
  })
})

describe('a lost connection', () => {
  it('is tried again ever later, at most every 15 s', () => {
    deepEqual(
      [0, 1, 2, 3, 4, 5, 100].map((failures) => retryMs(failures)),
      [500, 1000, 2000, 4000, 8000, 15_000, 15_000]
    )
  })
})

describe('playback', () => {
  const frame = 16
  const play = (playback: Playback, timeline: Timeline, from: number, frames: number): void => {
    for (let i = 1; i <= frames; i++) playback.advance(timeline, from + i * frame, frame)
  }

  it('follows the newest moment at its pace', () => {
    const playback = new Playback()
    const timeline = timelineOf([])
    play(playback, timeline, 1000, 100)
    ok(Math.abs(playback.at - (1000 + 100 * frame - 200)) < 40)
  })

  it('slows down while a block spreads, then makes up for it', () => {
    const playback = new Playback()
    const timeline = timelineOf([
      item('a', 2000),
      arrivals('a', 2010, [
        [1, 0, 0],
        [2, 20, 1],
        [3, 30, 2]
      ])
    ])
    play(playback, timeline, 2190, 5)
    ok(playback.at >= 2000 && playback.at < 2010, `at ${playback.at}`)
    ok(playback.rate < 0.05)
    play(playback, timeline, 2190 + 5 * frame, 200)
    const behind = 2190 + 205 * frame - 200 - playback.at
    ok(behind >= 0 && behind < 100, `behind ${behind}`)
  })

  it('slows down for any wave of the past, and for how it spread before somebody fetched it late', () => {
    const blocks = Array.from({ length: 20 }, (_, n) => [
      item(`a${n}`, n * 400),
      arrivals(`a${n}`, n * 400, [
        [1, 5, 0],
        [2, 10, 1],
        ...(n === 1 ? ([[3, 7000, 2]] as [number, number, number][]) : [])
      ])
    ])
    const timeline = timelineOf(blocks.flat())
    for (const start of [0, 400, 1200, 7600]) {
      const playback = new Playback()
      playback.seek(start)
      playback.isPaused = false
      play(playback, timeline, 9000, 40)
      ok(playback.at > start && playback.at < start + 10, `${playback.at} after ${start}`)
    }
    // A replay ends with the wave, too.
    const playback = new Playback()
    playback.seek(9000)
    playback.replay(named(timeline.blocks.get('a1')))
    play(playback, timeline, 9000, 300)
    ok(playback.isPaused && playback.at < 420, `at ${playback.at}`)
  })

  it('never falls behind for good, however many waves there are', () => {
    const playback = new Playback()
    const waves = Array.from({ length: 60 }, (_, n) => [
      item(`a${n}`, 1000 + n * 200),
      arrivals(`a${n}`, 1010 + n * 200, [
        [1, 0, 0],
        [2, 40, 1]
      ])
    ])
    const timeline = timelineOf(waves.flat())
    play(playback, timeline, 1000, 700)
    ok(1000 + 700 * frame - playback.at < 5000)
  })

  it('stays where it was put, steps from wave to wave, and comes back', () => {
    const playback = new Playback()
    const timeline = timelineOf([item('a', 2000), item('b', 3000)])
    playback.seek(2500)
    play(playback, timeline, 9000, 50)
    deepEqual([playback.at, playback.isLive], [2500, false])
    playback.step(timeline, -1)
    equal(playback.at, 2000)
    playback.step(timeline, 1)
    equal(playback.at, 3000)
    playback.live()
    play(playback, timeline, 9000, 3)
    ok(playback.isLive && playback.at > 8000)
  })

  it('does not stay at a moment that was forgotten, and goes back to the beginning as long as that is known', () => {
    const playback = new Playback()
    const blocks = (from: number, to: number): Change[] =>
      Array.from({ length: to - from }, (_, n) => item(`a${from + n}`, (from + n) * 100, { height: from + n }))
    const timeline = timelineOf(blocks(1, 10))
    equal(timeline.from, 0)
    playback.seek(50)
    play(playback, timeline, 1000, 1)
    equal(playback.at, 50)
    timeline.apply({ seq: 2, now: 60_000, changes: blocks(10, 600) })
    play(playback, timeline, 60_000, 1)
    deepEqual([playback.at, playback.isPaused], [timeline.from, true])
    ok(timeline.from > 40_000)
  })

  it('replays one item slowly, then goes on as before', () => {
    const playback = new Playback()
    const timeline = timelineOf([
      item('a', 2000),
      arrivals('a', 2010, [
        [1, 0, 0],
        [2, 90, 1]
      ])
    ])
    play(playback, timeline, 9000, 3)
    playback.replay(named(timeline.blocks.get('a')))
    play(playback, timeline, 9048, 100)
    deepEqual([playback.replaying, playback.isLive], ['a', false], 'what is long ago is not live')
    ok(playback.at > 2000 && playback.at < 2100)
    play(playback, timeline, 10_648, 200)
    deepEqual([playback.replaying, playback.isLive], [undefined, true])
  })
})
