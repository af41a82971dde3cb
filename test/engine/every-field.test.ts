// Every field of a scenario does something: changed, the run is another, or it is refused. A field that an engine ignores
// would let people measure what they did not ask for.
import { deepEqual, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type ScenarioInput, simulate } from '../../src/index.ts'
import { ScenarioError } from '../../src/scenario/index.ts'

const SCENARIO: ScenarioInput = {
  nodes: 6,
  seed: 3,
  duration: '1200ms',
  consensus: 'pow',
  topology: { kind: 'small-world', degree: 2, rewire: 0.2 },
  links: { latency: '20ms..30ms' },
  block: { interval: '300ms' },
  load: { rate: 30 }
}
const AUTHORITY = { consensus: 'authority' } as const
const LAID = { ...AUTHORITY, load: { rate: 0, perBlock: 20 } } as const

const HEAVY = { relay: 'full', load: { rate: 30, dataBytes: 20_000 } } as const
const DENSE = { nodes: 16, topology: { kind: 'random', degree: 15 } } as const

const MATRIX: { names: string[]; oneWayMs: number[][] } = {
  names: ['a', 'b'],
  oneWayMs: [
    [5, 50],
    [50, 5]
  ]
}

/** A field, what it is changed to, and what must be so for it to matter. */
const FIELDS: readonly (readonly [field: string, change: ScenarioInput, base?: ScenarioInput])[] = [
  ['seed', { seed: 4 }],
  ['duration', { duration: '1s' }],
  ['nodes', { nodes: 7 }],
  ['roles', { roles: [{ role: 'silent', nodes: 1 }] }],
  ['topology.kind', { topology: { kind: 'star' } }],
  ['topology.degree', { topology: { kind: 'small-world', degree: 4, rewire: 0.2 } }],
  ['topology.rewire', { topology: { kind: 'small-world', degree: 2, rewire: 1 } }],
  ['topology.edges', { topology: { edges: [['n1', 'n2']] } }],
  ['links.latency', { links: { latency: '40ms' } }],
  ['links.jitter', { links: { latency: '20ms..30ms', jitter: '5ms' } }],
  ['links.loss', { links: { latency: '20ms..30ms', loss: 0.2 } }],
  ['links.bandwidth', { links: { latency: '20ms..30ms', bandwidth: '1Mbit' } }],
  ['peers', { peers: 'managed' }],
  // Only what does not fit into the first window starts slowly.
  ['links.tcp', { links: { latency: '20ms..30ms', tcp: 'slow_start' } }, HEAVY],
  ['links.regions.matrix', { links: { regions: { matrix: MATRIX } } }],
  [
    'links.regions.weights',
    { links: { regions: { matrix: MATRIX, weights: { a: 9, b: 1 } } } },
    { links: { regions: { matrix: MATRIX } } }
  ],
  ['relay', { relay: 'full' }],
  // Meshes differ where there are more peers than a mesh takes.
  ['gossip.profile', { gossip: { profile: 'default' } }, DENSE],
  ['consensus', AUTHORITY],
  ['block.interval', { block: { interval: '200ms' } }],
  ['block.maxBytes', { block: { interval: '300ms', maxBytes: 1024 } }],
  ['block.producers', { block: { interval: '300ms', producers: 2 } }],
  ['load.rate', { load: { rate: 20 } }],
  ['load.dataBytes', { load: { rate: 30, dataBytes: 10 } }],
  ['load.senders', { load: { rate: 30, senders: 2 } }],
  ['load.perBlock', { load: { rate: 0, perBlock: 30 } }, LAID],
  ['load.shared', { load: { rate: 0, perBlock: 20, shared: 0.5 } }, LAID],
  ['validation.transaction', { validation: { transaction: '3ms' } }],
  ['validation.block', { validation: { block: '20ms' } }],
  ['sync.interval', { sync: { interval: '500ms' } }],
  ['sync.fanout', { sync: { interval: '500ms', fanout: 2 } }, { sync: { interval: '500ms' } }],
  ['membership.interval', { membership: { interval: '300ms' } }],
  ['membership.max', { membership: { max: 0 } }],
  ['faults', { faults: [{ at: '500ms', do: 'crash', nodes: 'n2' }] }],
  ['expect', { expect: ['consistency.height >= 100000'] }],
  ['mining.hashRate', { mining: { hashRate: 100 } }]
]

/** Fields that rightly change nothing in virtual time. */
const IDLE: Readonly<Record<string, string>> = {
  name: 'the name of the run: in the genesis, but no node behaves by it',
  nodesPerProcess: 'processes are the tcp engine’s'
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
}

function fieldsOf({ properties }: Shape, path: readonly string[] = []): string[] {
  if (properties === undefined) return [path.join('.')]
  return Object.entries(properties).flatMap(([key, shape]) => fieldsOf(shape, [...path, key]))
}

/** What came of it: the trace, and whether expectations held; or that it was refused. */
async function outcomeOf(scenario: ScenarioInput): Promise<string> {
  try {
    const { report } = await simulate({ ...SCENARIO, ...scenario })
    return `${report.environment.trace_sha256} ${report.expectations.map(({ held }) => held).join()}`
  } catch (error) {
    if (error instanceof ScenarioError) return 'refused'
    throw error
  }
}

describe('each field of a scenario', () => {
  it('is in the table, or in the list of those that do nothing here', () => {
    const schema = JSON.parse(readFileSync('testnet/scenario.schema.json', 'utf8')) as Shape
    const covered = new Set([...FIELDS.map(([field]) => field), ...Object.keys(IDLE)])
    deepEqual(
      fieldsOf(schema).filter((field) => !covered.has(field)),
      []
    )
  })

  it('makes another run when it is changed, or is refused', async function () {
    this.timeout(120_000)
    const plain = await outcomeOf({})
    deepEqual(plain, await outcomeOf({ nodesPerProcess: 3 }))
    const bases = new Map<ScenarioInput, Promise<string>>()
    const without = (base: ScenarioInput): Promise<string> => {
      const known = bases.get(base) ?? outcomeOf(base)
      bases.set(base, known)
      return known
    }
    const idle: string[] = []
    const left = [...FIELDS]
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [field, change, base] = next
        const before = base === undefined ? plain : await without(base)
        if (before === (await outcomeOf({ ...base, ...change }))) idle.push(field)
      }
    }
    await Promise.all([work(), work(), work()])
    deepEqual(idle, [])
    ok(plain !== 'refused')
  })
})
