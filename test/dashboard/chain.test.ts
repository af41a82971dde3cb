// The chain with its forks, as the page shows it.
import { deepEqual, equal } from 'node:assert/strict'
import { chainAt, forksOf } from '../../src/dashboard/view/chain.ts'
import { networkAt } from '../../src/dashboard/view/network.ts'
import { timelineOf, item, head, block, named } from './timeline.ts'

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
