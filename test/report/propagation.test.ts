import assert from 'node:assert/strict'
import { agreement } from '../../src/report/agreement.ts'
import { ItemTrace } from '../../src/report/item-trace.ts'
import { NodeHistory } from '../../src/report/node-history.ts'
import { hopsFromOrigin } from '../../src/report/propagation.ts'
import { propagationTree } from '../../src/report/propagation-tree.ts'

const LIMITS = { intervalsMax: 10, headChangesMax: 10 }
const ALWAYS = Number.NEGATIVE_INFINITY

/** `[node, from, via, inside a block]` for each delivery, a millisecond apart; node 0 is the origin. */
type Step = readonly [node: number, from: number, via?: 'gossip' | 'requested' | 'repair', insideBlock?: boolean]

function traceOf(nodes: number, steps: readonly Step[]): ItemTrace {
  const trace = new ItemTrace('ab'.repeat(32), 'transaction', nodes)
  trace.publish(0, 1000)
  for (const [index, [node, from, via = 'gossip', insideBlock = false]] of steps.entries()) {
    trace.deliver(node, 1001 + index, via, from, insideBlock)
  }
  return trace
}

describe('hops', () => {
  const table: readonly [rule: string, steps: readonly Step[], hops: number[]][] = [
    [
      'count the edges to the origin',
      [
        [1, 0],
        [2, 1],
        [3, 2],
        [4, 0]
      ],
      [0, 1, 2, 3, 1]
    ],
    [
      'do not depend on the order of stamps',
      [
        [3, 2],
        [2, 1],
        [1, 0],
        [4, 3]
      ],
      [0, 1, 2, 3, 4]
    ],
    [
      'are unknown behind a repair',
      [
        [1, 0],
        [2, 1, 'repair'],
        [3, 2],
        [4, 1]
      ],
      [0, 1, -1, -1, 2]
    ],
    [
      'are unknown behind a request',
      [
        [1, 0, 'requested'],
        [2, 1],
        [3, 0],
        [4, 3]
      ],
      [0, -1, -1, 1, 2]
    ],
    [
      'are unknown for what came inside a block',
      [
        [1, 0, 'gossip', true],
        [2, 1],
        [3, 0],
        [4, 0]
      ],
      [0, -1, -1, 1, 1]
    ],
    [
      'are unknown where the sender is',
      [
        [1, -1],
        [2, 1],
        [3, 0],
        [4, 3]
      ],
      [0, -1, -1, 1, 2]
    ],
    [
      'are unknown where the item never came',
      [
        [1, 0],
        [2, 1]
      ],
      [0, 1, 2, -1, -1]
    ],
    [
      'are unknown in a circle of senders',
      [
        [1, 2],
        [2, 1],
        [3, 0],
        [4, 2]
      ],
      [0, -1, -1, 1, -1]
    ]
  ]
  for (const [rule, steps, hops] of table) {
    it(rule, () => assert.deepEqual([...hopsFromOrigin(traceOf(5, steps))], hops))
  }

  it('are unknown everywhere while nobody has published the item', () => {
    const trace = new ItemTrace('ab'.repeat(32), 'block', 2)
    trace.deliver(0, 1, 'gossip', 1, false)
    assert.deepEqual([...hopsFromOrigin(trace)], [-1, -1])
  })
})

describe('propagation tree', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const shape = (steps: readonly Step[]): (readonly [string, string | undefined, number])[] => {
    const { rows } = propagationTree(traceOf(5, steps), names)
    return rows.map((row) => [row.node, rows[row.parent ?? -1]?.node, row.depth] as const)
  }

  it('has each node after the one that told it, earlier children first', () => {
    assert.deepEqual(
      shape([
        [2, 0],
        [1, 2],
        [3, 0],
        [4, 2]
      ]),
      [
        ['a', undefined, 0],
        ['c', 'a', 1],
        ['b', 'c', 2],
        ['e', 'c', 2],
        ['d', 'a', 1]
      ]
    )
  })

  it('tells where the item never came', () => {
    assert.deepEqual(propagationTree(traceOf(5, [[2, 0]]), names).missing, ['b', 'd', 'e'])
  })

  it('shows nodes with an unknown sender, and circles of senders, without losing or repeating one', () => {
    assert.deepEqual(
      shape([
        [1, 2],
        [2, 1],
        [3, -1],
        [4, 3]
      ])
        .map(([node]) => node)
        .sort(),
      names
    )
  })
})

describe('agreement', () => {
  /** Head changes `[at, hash]` of each node; every node is up all the time. */
  const histories = (...nodes: readonly (readonly [number, string][])[]): NodeHistory[] =>
    nodes.map((changes, index) => {
      const history = new NodeHistory(`n${index + 1}`, LIMITS)
      history.up(ALWAYS)
      for (const [at, hash] of changes) history.changeHead({ at, hash, height: 1, work: 1n, abandoned: 0 })
      return history
    })

  it('is whole when heads never change', () => {
    assert.deepEqual(agreement(histories([], []), 0, 100), {
      share: 1,
      longestDisagreementMs: 0,
      disagreements: [],
      open: false
    })
  })

  it('lacks the time from the first change to the last', () => {
    const nodes = histories(
      [
        [10, 'a'],
        [60, 'b']
      ],
      [
        [14, 'a'],
        [80, 'b']
      ],
      [
        [12, 'a'],
        [70, 'b']
      ]
    )
    const { share, longestDisagreementMs, disagreements } = agreement(nodes, 0, 100)
    assert.equal(share, 0.76)
    assert.equal(longestDisagreementMs, 20)
    assert.deepEqual(disagreements, [
      [10, 14],
      [60, 80]
    ])
  })

  it('sees only the measured window, with the heads that were there when it began', () => {
    const nodes = histories(
      [
        [10, 'a'],
        [60, 'b']
      ],
      [
        [90, 'a'],
        [120, 'b']
      ]
    )
    assert.deepEqual(agreement(nodes, 50, 100).disagreements, [[50, 100]])
  })

  it('takes changes at one instant as one change', () => {
    assert.equal(agreement(histories([[10, 'a']], [[10, 'a']]), 0, 100).share, 1)
  })

  it('does not ask nodes that are down', () => {
    const nodes = histories([[10, 'a']], [])
    nodes[1]?.down(30, false)
    assert.deepEqual(agreement(nodes, 0, 100).disagreements, [[10, 30]])
    nodes[1]?.up(70)
    assert.deepEqual(agreement(nodes, 0, 100).disagreements, [
      [10, 30],
      [70, 100]
    ])
  })

  it('starts where the history is whole when old changes were forgotten', () => {
    const changes = Array.from({ length: 11 }, (_, index): [number, string] => [index * 10, `h${index}`])
    const nodes = histories(changes)
    assert.equal(nodes[0]?.completeFrom, 40)
    assert.equal(nodes[0]?.headChanges.length, 6)
    assert.equal(agreement(nodes, 0, 100).share, 1)
  })
})

describe('node history', () => {
  it('was up throughout a time only without a gap in it', () => {
    const history = new NodeHistory('n1', LIMITS)
    history.up(10)
    history.down(20, true)
    history.up(30)
    assert.equal(history.upThroughout(10, 20), true)
    assert.equal(history.upThroughout(15, 35), false)
    assert.equal(history.upThroughout(5, 15), false)
    assert.equal(history.upThroughout(30, 1e9), true)
    assert.equal(history.upMs(0, 40), 20)
  })

  it('takes a second up, and a down while it is down, as nothing new', () => {
    const history = new NodeHistory('n1', LIMITS)
    history.down(5, true)
    history.up(10)
    history.up(12)
    assert.deepEqual(history.intervals, [{ from: 10, to: Number.POSITIVE_INFINITY, died: false }])
  })

  it('has no peer by an event from before its end, also when it stood still and had none', () => {
    const history = new NodeHistory('n1', LIMITS)
    history.up(10)
    history.pause(20)
    history.down(30, true)
    history.peer('late', true, 15)
    history.up(40)
    assert.equal(history.backFrom(40), Number.POSITIVE_INFINITY)
    history.peer('new', true, 45)
    assert.equal(history.backFrom(40), 45)
  })

  it('forgets its oldest interval at the limit', () => {
    const history = new NodeHistory('n1', { ...LIMITS, intervalsMax: 2 })
    for (const at of [10, 30, 50]) {
      history.up(at)
      history.down(at + 10, false)
    }
    assert.deepEqual(
      history.intervals.map(({ from }) => from),
      [30, 50]
    )
  })
})
