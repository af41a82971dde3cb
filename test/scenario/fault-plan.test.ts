// A scenario's faults as single steps.
import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../src/runtime/index.ts'
import {
  lateNodes,
  nodeNames,
  type PlannedFault,
  planFaults,
  rolesOf,
  type ScenarioInput,
  scenarioSchema
} from '../../src/scenario/index.ts'

type Faults = NonNullable<ScenarioInput['faults']>

function plan(faults: Faults, { nodes = 10, seed = 1, duration = 600_000 } = {}): PlannedFault[] {
  return planFaults(scenarioSchema.parse({ nodes, faults, duration }), seededRandom(seed), nodeNames(nodes))
}

/** `10000 crash n3 n4` */
const lines = (faults: Faults, of = {}): string[] =>
  plan(faults, of).map(({ atMs, fault }) => {
    const names = 'nodes' in fault ? fault.nodes : 'groups' in fault ? [fault.groups.map(String).join('|')] : []
    return [atMs, fault.kind, ...names].join(' ')
  })

/** Plays a plan and says who is up after each step. */
function* upAfter(steps: readonly PlannedFault[], names: readonly string[], late: readonly string[] = []) {
  const up = new Set(names.filter((name) => !late.includes(name)))
  for (const { atMs, fault } of steps) {
    if (fault.kind === 'start') for (const node of fault.nodes) up.add(node)
    if (fault.kind === 'crash' || fault.kind === 'stop' || fault.kind === 'wipe') {
      for (const node of fault.nodes) yield { atMs, node, wasUp: up.delete(node) }
    }
  }
}

describe('planned faults', () => {
  const table: readonly [what: string, faults: Faults, steps: readonly string[]][] = [
    ['a crash that lasts', [{ do: 'crash', at: '10s', nodes: 'n3' }], ['10000 crash n3']],
    [
      'a crash of several for a while',
      [{ do: 'crash', at: '10s', for: '5s', nodes: ['n4', 'n3'] }],
      ['10000 crash n3 n4', '15000 start n3 n4']
    ],
    ['a polite stop', [{ do: 'stop', at: '1s', for: '1s', nodes: 'n3' }], ['1000 stop n3', '2000 start n3']],
    ['a restart', [{ do: 'restart', at: '10s', nodes: 'n3' }], ['10000 crash n3', '10000 start n3']],
    ['a lost disk', [{ do: 'wipe', at: '10s', nodes: 'n3' }], ['10000 wipe n3', '10000 start n3']],
    ['a disk that is replaced', [{ do: 'wipe', at: '1s', for: '9s', nodes: 'n3' }], ['1000 wipe n3', '10000 start n3']],
    ['a pause', [{ do: 'pause', at: '1s', for: '2s', nodes: 'n1' }], ['1000 pause n1', '3000 resume n1']],
    ['a late joiner', [{ do: 'join', at: '30s', nodes: 'n9' }], ['30000 start n9']],
    ['a cut', [{ do: 'cut', at: '30s', nodes: 'n9' }], ['30000 cut n9']],
    ['a slow link', [{ do: 'slow', at: '1s', for: '2s', nodes: 'n9' }], ['1000 slow n9', '3000 restore n9']],
    [
      'a partition',
      [{ do: 'partition', at: '1s', for: '2s', groups: [['n1', 'n2'], 'n3'] }],
      ['1000 partition n1,n2|n3', '3000 heal']
    ],
    [
      'faults in order of time',
      [
        { do: 'heal', at: '3s' },
        { do: 'partition', at: '1s', groups: ['n1'] },
        { do: 'cut', at: '1s', nodes: 'n2' }
      ],
      ['1000 partition n1', '1000 cut n2', '3000 heal']
    ],
    [
      'a crash for good, which an earlier restart does not end',
      [
        { do: 'crash', at: '1s', for: '10s', nodes: ['n1', 'n2'] },
        { do: 'crash', at: '5s', nodes: 'n1' }
      ],
      ['1000 crash n1 n2', '5000 crash n1', '11000 start n2']
    ],
    [
      'a second partition, which the end of the first does not heal',
      [
        { do: 'partition', at: '1s', for: '10s', groups: ['n1'] },
        { do: 'partition', at: '5s', for: '10s', groups: ['n2'] }
      ],
      ['1000 partition n1', '5000 partition n2', '15000 heal']
    ]
  ]
  for (const [what, faults, steps] of table) it(`have ${what}`, () => deepEqual(lines(faults), steps))

  it('carry the figures of a slow link', () => {
    const [first] = plan([{ do: 'slow', at: '1s', nodes: 'n9', latency: '100ms', bandwidth: '1Mbit', loss: 0.1 }])
    deepEqual(first?.fault, { kind: 'slow', nodes: ['n9'], latencyMs: 100, bandwidth: 1e6, loss: 0.1 })
  })

  it('draw as many nodes as asked for, by number or share, and none that is excepted', () => {
    const drawn = (nodes: number | string, seed: number): readonly string[] => {
      const [step] = plan([{ do: 'crash', at: '1s', nodes, except: ['n1', 'n2'] }], { nodes: 20, seed })
      return step !== undefined && 'nodes' in step.fault ? step.fault.nodes : []
    }
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        equal(drawn(3, seed).length, 3)
        equal(drawn('30%', seed).length, 6)
        const all = drawn('100%', seed)
        deepEqual(all, nodeNames(20).slice(2))
        deepEqual(drawn(3, seed), drawn(3, seed))
      }),
      { seed: 1, numRuns: 30 }
    )
    ok(new Set([1, 2, 3, 4, 5].map((seed) => drawn(3, seed).join())).size > 1)
  })

  it('draw no node twice that is down already', () => {
    const faults: Faults = [
      { do: 'crash', at: '1s', nodes: 5 },
      { do: 'crash', at: '2s', nodes: 5 }
    ]
    const nodes = plan(faults).flatMap(({ fault }) => ('nodes' in fault ? fault.nodes : []))
    equal(new Set(nodes).size, 10)
  })

  it('do not change which nodes one fault hits when another is added behind it', () => {
    const [before] = plan([{ do: 'crash', at: '1s', nodes: 3 }])
    const [after] = plan([
      { do: 'crash', at: '1s', nodes: 3 },
      { do: 'pause', at: '2s', nodes: 3 }
    ])
    deepEqual(before, after)
  })

  it('put no node into two groups', () => {
    const [step] = plan([{ do: 'partition', at: '1s', groups: ['50%', ['n1', 'n2'], 3] }])
    const groups = step?.fault.kind === 'partition' ? step.fault.groups : []
    deepEqual(
      groups.map(({ length }) => length),
      [5, 2, 3]
    )
    equal(new Set(groups.flat()).size, 10)
  })

  it('keep late joiners out until they join', () => {
    const faults: Faults = [
      { do: 'crash', at: '1s', nodes: 5 },
      { do: 'join', at: '10s', nodes: 5 }
    ]
    const scenario = scenarioSchema.parse({ nodes: 10, faults })
    const late = lateNodes(scenario, seededRandom(3), nodeNames(10))
    equal(late.length, 5)
    ok(!late.includes('n1'), 'someone has to be there')
    const [crash, join] = planFaults(scenario, seededRandom(3), nodeNames(10))
    deepEqual(join?.fault, { kind: 'start', nodes: late })
    ok(crash !== undefined && 'nodes' in crash.fault && crash.fault.nodes.every((name) => !late.includes(name)))
    deepEqual(lateNodes(scenarioSchema.parse({ nodes: 10 }), seededRandom(3), nodeNames(10)), [])
  })
})

describe('churn', () => {
  const churn = (rate: number, down: string, more = {}): Faults => [{ do: 'churn', at: '60s', rate, down, ...more }]

  it('comes at its rate, as a Poisson process does', () => {
    const counts = Array.from({ length: 40 }, (_, seed) => {
      const crashes = plan(churn(30, '1s', { for: '2m' }), { seed }).filter(({ fault }) => fault.kind === 'crash')
      ok(crashes.every(({ atMs }) => atMs >= 60_000 && atMs < 180_000))
      return crashes.length
    })
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
    ok(Math.abs(mean - 60) < 4, `mean ${mean}`)
    ok(variance > 30 && variance < 110, `variance ${variance}, the mean's for Poisson`)
  })

  it('never crashes a node that is down, nor one that is excepted, and starts each again', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const steps = plan(churn(60, '20s', { except: 'n1' }), { seed, nodes: 6, duration: 300_000 })
        for (const { wasUp, node } of upAfter(steps, nodeNames(6))) ok(wasUp && node !== 'n1')
        const count = (kind: string): number => steps.filter(({ fault }) => fault.kind === kind).length
        equal(count('start'), count('crash'))
        ok(count('crash') > 20)
      }),
      { seed: 1, numRuns: 30 }
    )
  })

  it('goes on until the end of the run, and in one without an end for an hour', () => {
    const last = (duration: number | undefined): number => {
      const scenario = scenarioSchema.parse({ nodes: 5, faults: churn(60, '100ms'), duration })
      const steps = planFaults(scenario, seededRandom(1), nodeNames(5)).filter(({ fault }) => fault.kind === 'crash')
      return steps.at(-1)?.atMs ?? 0
    }
    ok(last(120_000) < 120_000 && last(120_000) > 110_000)
    ok(last(undefined) < 3_660_000 && last(undefined) > 3_600_000)
  })

  it('is quick at its highest rate in the largest network', function () {
    this.timeout(4000)
    ok(plan(churn(6000, '10s', { for: '5m' }), { nodes: 10_000 }).length > 50_000)
  })
})

describe('roles', () => {
  it('are given from the end of the list', () => {
    const roles = [
      { role: 'silent' as const, nodes: 2 },
      { role: 'equivocator' as const, nodes: 1 }
    ]
    deepEqual(rolesOf(scenarioSchema.parse({ nodes: 5, roles })), [
      undefined,
      undefined,
      'silent',
      'silent',
      'equivocator'
    ])
  })
})
