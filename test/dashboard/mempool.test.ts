// What waits, what a block has taken, and who holds it.
import { deepEqual, equal } from 'node:assert/strict'
import { LIVE_LIMITS, Timeline } from '../../src/api/client/index.ts'
import { leadingBranch } from '../../src/dashboard/view/chain.ts'
import { heldAt } from '../../src/dashboard/view/coverage.ts'
import { confirmationsOf, inclusionAt, mempoolAt } from '../../src/dashboard/view/mempool.ts'
import { networkAt } from '../../src/dashboard/view/network.ts'
import { run, timelineOf, item, arrivals, head, block, named } from './timeline.ts'

describe('the mempool and what became of it', () => {
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
      [99, 100, 120, 500].map((at) => heldAt(timeline, found, at)),
      [
        { holders: 0, nodes: 4, spreadMs: 0 },
        { holders: 1, nodes: 4, spreadMs: 0 },
        { holders: 2, nodes: 4, spreadMs: 10 },
        { holders: 3, nodes: 4, spreadMs: 40 }
      ]
    )
  })

  it('counts honest nodes that were there for it as holders, and nobody else', () => {
    const timeline = timelineOf([
      { type: 'state', node: 1, at: 50, state: 'down' },
      item('a', 100, { origin: 2 }),
      arrivals('a', 110, [
        [0, 0, 2],
        [3, 30, 2]
      ])
    ])
    const roles = (roles: (string | null)[]) => {
      timeline.apply({ seq: timeline.seq + 1, now: 10_000, run: { ...run, roles }, changes: [] })
      return heldAt(timeline, named(timeline.blocks.get('a')))
    }
    deepEqual(roles([null, null, null, 'mute']), { holders: 2, nodes: 2, spreadMs: 10 })
    // What a liar made is held by those it lied to.
    deepEqual(roles([null, null, 'equivocator', null]), { holders: 2, nodes: 2, spreadMs: 40 })
  })
})
