// What the page shows, as functions of a timeline and a moment: the same live, scrubbed and long after.
import { deepEqual, equal } from 'node:assert/strict'
import type { Change, RoundChange } from '../../src/api/client/index.ts'
import { leadingBranch } from '../../src/dashboard/view/chain.ts'
import { faultText, partitionAt } from '../../src/dashboard/view/faults.ts'
import { ms } from '../../src/dashboard/view/format.ts'
import { halfOf } from '../../src/dashboard/view/halves.ts'
import { happenedAt } from '../../src/dashboard/view/happened.ts'
import { linksAt } from '../../src/dashboard/view/links.ts'
import { membersAt } from '../../src/dashboard/view/members.ts'
import { isOn, networkAt } from '../../src/dashboard/view/network.ts'
import { retryMs } from '../../src/dashboard/view/retry.ts'
import { roundsAt, roundsText, roundText } from '../../src/dashboard/view/rounds.ts'
import { trafficAt } from '../../src/dashboard/view/traffic.ts'
import { run, timelineOf, head, block, named } from './timeline.ts'

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

describe('the rest of the page', () => {
  it('says what anti-entropy found, and that what differs need not be repaired', () => {
    const round = (at: number, more: Partial<RoundChange> = {}): RoundChange => ({
      type: 'round',
      node: 0,
      peer: 1,
      at,
      ours: 7,
      theirs: 7,
      outcome: 'equal',
      blocksFetched: 0,
      transactionsFetched: 0,
      transactionsSent: 0,
      transactionsDiffer: 0,
      bytes: 90,
      durationMs: 3,
      ...more
    })
    const noteAt = (at: number, ...rounds: RoundChange[]) => roundsText(roundsAt(timelineOf(rounds, at), at, 9))
    const differed = round(9000, { transactionsDiffer: 1 })
    const behind = round(9100, { outcome: 'behind', ours: 6, blocksFetched: 1 })
    const failed = round(9200, { outcome: 'failed', code: 'timeout' })
    equal(noteAt(9500, round(8000), differed), '2 in the last minute: 1 found a difference, none had to repair it')
    equal(
      noteAt(9500, round(8000), differed, behind, failed),
      '4 in the last minute: 2 found a difference, 1 repaired something, 1 failed'
    )
    equal(noteAt(9500, round(8000), failed), '2 in the last minute: no difference, 1 failed')
    equal(noteAt(80_000, round(8000), differed), 'no round in the last minute')
    const { rows } = roundsAt(
      timelineOf([round(1), round(2), differed, round(9300), round(9400), round(9500)]),
      9500,
      2
    )
    deepEqual(
      rows.map(({ round: { at }, alike }) => [at, alike]),
      [
        [9500, 3],
        [9000, 1]
      ]
    )
    deepEqual([round(1), differed, behind, failed, round(1, { outcome: 'ahead', theirs: 6 })].map(roundText), [
      'equal',
      '1 tx differed',
      '#6 ≠ #7, 1 block fetched',
      'timeout',
      '#7 ≠ #6'
    ])
  })

  it('says times as numbers of one unit', () => {
    deepEqual([null, 0, 9.94, 9.96, 1416, 12_345].map(ms), ['–', '0.0', '9.9', '10', '1,416', '12,345'])
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
    // What a liar says of others is not worth anything.
    timeline.apply({ seq: 2, now: 10_000, run: { ...run, roles: ['mute', null, null, null] }, changes: [] })
    equal(membersAt(timeline, 35)[3]?.alive, 2)
    deepEqual(membersAt(timeline, 35)[3]?.down, [])
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
