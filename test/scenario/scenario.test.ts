// Scenarios as they are read and written.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import fc from 'fast-check'
import {
  formatScenario,
  loadScenario,
  MISBEHAVIOURS,
  parseDuration,
  parseScenario,
  type Scenario,
  ScenarioError,
  type ScenarioInput,
  scenarioFields,
  scenarioSchema,
  virtualOnly
} from '../../src/scenario/index.ts'

const load = (text: string): Scenario => loadScenario({ file: { name: 'x.yaml', text } })

describe('scenario', () => {
  it('fills in every default', () => {
    const scenario = loadScenario()
    equal(scenario.nodes, 10)
    equal(scenario.block.interval, 3000)
    equal(scenario.topology.degree, 4)
  })

  it('reads a file, then overrides', () => {
    const scenario = loadScenario({
      file: { name: 'x.yaml', text: 'nodes: 20\nblock:\n  interval: 5s\nfaults:\n  - { do: heal, at: 3s }\n' },
      overrides: [
        { path: 'block.interval', value: '250ms' },
        { path: 'load.rate', value: '7.5' },
        { path: 'faults.0.at', value: '4s' },
        { path: 'roles', value: '[{ role: silent, nodes: 2 }]' }
      ]
    })
    deepEqual([scenario.nodes, scenario.block.interval, scenario.load.rate], [20, 250, 7.5])
    deepEqual(scenario.faults, [{ do: 'heal', at: 4000 }])
    deepEqual(scenario.roles, [{ role: 'silent', nodes: 2 }])
  })

  it('is written out with units everywhere', () => {
    const text = formatScenario(
      load(`
duration: 1m
links:
  latency: 40ms..0.13s
  bandwidth: [{ share: 0.2, up: 1Gbit, down: 1000Mbit }, { share: 0.8, up: 1500kbit, down: 1234bit }]
faults:
  - { at: 1.5s, for: 1m, do: slow, nodes: 30%, bandwidth: 1Mbit }
`)
    )
    for (const part of [
      'duration: 60s\n',
      'latency: 40ms..130ms\n',
      'jitter: 0ms\n',
      'up: 1Gbit\n      down: 1Gbit\n',
      'up: 1500kbit\n      down: 1234bit\n',
      'at: 1500ms\n    for: 60s\n',
      'bandwidth: 1Mbit\n'
    ]) {
      ok(text.includes(part), `${part} in ${text}`)
    }
  })

  const ms = fc.oneof(
    fc.nat(5_000_000),
    fc.double({ min: 0, max: 1000, noNaN: true }).map((n) => Number(n.toFixed(6)))
  )
  const rate = fc.integer({ min: 1000, max: 10 ** 12 })
  const name = fc.integer({ min: 1, max: 50 }).map((n) => `n${n}`)
  const nodes = fc.oneof(
    fc.integer({ min: 1, max: 50 }),
    name,
    fc.uniqueArray(name, { minLength: 1 }),
    fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`)
  )
  const lasting = { at: ms, for: fc.option(ms, { nil: undefined }) }
  const fault = fc.oneof(
    fc.record({
      do: fc.constantFrom('crash' as const, 'stop' as const, 'wipe' as const, 'pause' as const),
      ...lasting,
      nodes
    }),
    fc.record({ do: fc.constantFrom('restart' as const, 'cut' as const), at: ms, nodes, except: name }),
    fc.record({
      do: fc.constant('partition' as const),
      ...lasting,
      groups: fc.array(nodes, { minLength: 1, maxLength: 1 })
    }),
    fc.record({ do: fc.constant('slow' as const), ...lasting, nodes, latency: ms, bandwidth: rate }),
    fc.record({ do: fc.constant('churn' as const), ...lasting, rate: fc.nat(6000), down: ms })
  )
  const anyFields = fc.record({
    nodes: fc.constant(50),
    duration: ms.filter((n) => n > 0),
    links: fc.record({
      latency: fc.tuple(ms, ms).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
      jitter: ms,
      bandwidth: fc.oneof(
        rate,
        fc.tuple(rate, rate).map(([up, down]) => [
          { share: 0.25, up, down },
          { share: 0.75, up: down, down: up }
        ])
      )
    }),
    validation: fc.record({ transaction: ms, block: ms }),
    roles: fc.array(fc.record({ role: fc.constantFrom(...MISBEHAVIOURS), nodes: fc.constant(1) }), { maxLength: 5 }),
    faults: fc.array(fault, { maxLength: 4 }),
    expect: fc.constant<string[]>(['blocks.coverage_ms.t95 < 500'])
  })
  // Nothing happens after the end.
  const anyInput: fc.Arbitrary<ScenarioInput> = anyFields.map((fields) => ({
    ...fields,
    faults: fields.faults.filter(({ at }) => at < fields.duration)
  }))

  it('can be written out and read again, whatever is in it', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const scenario = parseScenario(JSON.parse(JSON.stringify(input)))
        deepEqual(load(formatScenario(scenario)), scenario)
        deepEqual(load(JSON.stringify(scenarioFields(scenario))), scenario)
      }),
      { seed: 1, numRuns: 100 }
    )
  })

  it('spreads by rounds that can work unless it says otherwise', () => {
    const { interval, fanout } = load('relay: rounds').sync
    deepEqual([interval, fanout], [500, 3])
    deepEqual(load('relay: rounds\nsync: { fanout: 1 }').sync, { interval: 500, fanout: 1 })
    deepEqual(loadScenario({ overrides: [{ path: 'relay', value: 'rounds' }] }).sync, { interval: 500, fanout: 3 })
    equal(parseScenario({ relay: 'rounds', sync: { interval: 2000 } }).sync.interval, 2000)
    deepEqual(load('relay: full').sync, { interval: 2000, fanout: 1 })
  })

  it('takes a share as a number or as a percentage', () => {
    const shares = load(`
topology: { kind: small-world, rewire: 30% }
links: { loss: 0.07%, bandwidth: [{ share: 20%, up: 1Gbit, down: 1Gbit }, { share: 0.8, up: 1Mbit, down: 1Mbit }] }
load: { shared: 98% }
faults: [{ do: slow, at: 1s, nodes: 1, loss: 2% }]
`)
    const [slow] = shares.faults
    deepEqual(
      [shares.topology.rewire, shares.links.loss, shares.load.shared, slow?.do === 'slow' && slow.loss],
      [0.3, 0.0007, 0.98, 0.02]
    )
    deepEqual(
      (shares.links.bandwidth as readonly { share: number }[]).map(({ share }) => share),
      [0.2, 0.8]
    )
    equal(loadScenario({ overrides: [{ path: 'links.loss', value: '2%' }] }).links.loss, 0.02)
  })

  it('is called as its file unless it has a name', () => {
    equal(loadScenario({ file: { name: '/tmp/My world_2.yaml', text: 'nodes: 3' } }).name, 'my-world-2')
    equal(loadScenario({ file: { name: '/tmp/….yaml', text: 'nodes: 3' } }).name, 'local')
    equal(load('name: mine').name, 'mine')
    equal(loadScenario().name, 'local')
  })

  it('takes half for a group, as the command line does', () => {
    deepEqual(load('faults: [{ do: partition, at: 1s, groups: half }]').faults, [
      { do: 'partition', at: 1000, groups: ['50%'] }
    ])
  })

  it('says all that is wrong, by line', () => {
    const problems = (text: string): readonly string[] => {
      try {
        load(text)
        return []
      } catch (error) {
        return error instanceof ScenarioError ? error.problems : [String(error)]
      }
    }
    deepEqual(problems('nods: 3\nblock:\n  interval: 5\n  size: 1\nload: { rate: many }\n'), [
      'x.yaml:1: nods: unknown field, did you mean nodes?',
      'x.yaml:3: block.interval needs a unit: 5s, or 5ms',
      ...problems('\n\n\nblock: { size: 1 }'),
      'x.yaml:5: load.rate must be a number, not "many"'
    ])
    deepEqual(problems('duration: 10s\nexpect: [blocks]\nfaults:\n  - { do: heal, at: 12s }\n').length, 2)
  })

  for (const [text, message] of [
    // What a single field is.
    ['nodes: 0', 'x.yaml:1: nodes must be at least 1, not 0'],
    ['nodes: 2.5', 'x.yaml:1: nodes must be a whole number, not 2.5'],
    ['nodes:', 'x.yaml:1: nodes must be a number, not null'],
    ['consensus: trust', 'x.yaml:1: consensus must be pow or authority, not "trust"'],
    ['links: { loss: two }', 'x.yaml:1: links.loss must be a share like 0.02 or 2%, not "two"'],
    ['links: { loss: 60% }', 'x.yaml:1: links.loss must be at most 0.5, not "60%"'],
    [
      'consensus: authority\nblock: { producers: 0 }',
      'x.yaml:2: block.producers must be at least 1 with consensus: authority, whose sealers they are'
    ],
    [
      'faults: [{ do: partition, at: 1s, groups: halves }]',
      'x.yaml:1: faults.0.groups must be half, or a list of groups like [[n1, n2], [n3, n4]] or [30%], not "halves"'
    ],
    ['relay: compcat', 'x.yaml:1: relay must be compact, full or rounds, not "compcat", did you mean compact?'],
    ['links: slow', 'x.yaml:1: links must be a group of fields, not "slow"'],
    ['faults: no', 'x.yaml:1: faults must be a list, not "no"'],
    ['name: My Run', 'x.yaml:1: name must be lowercase letters, digits and dashes, not "My Run"'],
    ['nodes: [', /^x\.yaml:1: /],
    ['- 1', 'x.yaml: a scenario is a map of fields'],
    // What happens after the end.
    [
      'duration: 30s\nfaults:\n  - { do: cut, at: 29s, nodes: 1 }\n  - { do: cut, at: 30s, nodes: 1 }',
      'x.yaml:4: faults.1.at must be before the end of the run, at 30s, not 30s'
    ],
    [
      'links: { bandwidth: 50Mbps }',
      'x.yaml:1: links.bandwidth must be a rate like 50Mbit, 1Gbit or 800kbit, not "50Mbps", did you mean 50Mbit?'
    ],
    ['links: { bandwidth: 5MB }', 'x.yaml:1: links.bandwidth must be a rate like 50Mbit, 1Gbit or 800kbit, not "5MB"'],
    // Fields that are none.
    ['nodes: 3\nnods: 4', 'x.yaml:2: nods: unknown field, did you mean nodes?'],
    ['block:\n  intervall: 4s', 'x.yaml:2: block.intervall: unknown field, did you mean interval?'],
    ['nonsense: 4', 'x.yaml:1: nonsense: unknown field'],
    // Units.
    [
      'name: a\nblock:\n  interval: soon',
      'x.yaml:3: block.interval must be a duration like 250ms, 3s or 2m, not "soon"'
    ],
    ['duration: 60', 'x.yaml:1: duration needs a unit: 60s, or 60ms'],
    ['links:\n  latency: 40', 'x.yaml:2: links.latency needs a unit: 40s, or 40ms'],
    ['links:\n  latency: 40..130ms', 'x.yaml:2: links.latency needs a unit: 40s, or 40ms'],
    ['links:\n  latency: 4s..130ms', 'x.yaml:2: links.latency must rise, not "4s..130ms"'],
    ['links:\n  bandwidth: 50', 'x.yaml:2: links.bandwidth needs a unit: 50Mbit, or 50kbit'],
    ['links:\n  bandwidth: 5MB', /^x\.yaml:2: links\.bandwidth must be a rate like 50Mbit, .*, not "5MB"$/],
    [
      'links:\n  bandwidth:\n    - { share: 1, up: 1Gbit,\n        down: 50 }',
      'x.yaml:4: links.bandwidth.0.down needs a unit: 50Mbit, or 50kbit'
    ],
    ['faults:\n  - do: heal\n    at: 5', 'x.yaml:3: faults.0.at needs a unit: 5s, or 5ms'],
    ['faults:\n  - { do: churn, at: 5s, rate: 3, down: 4 }', 'x.yaml:2: faults.0.down needs a unit: 4s, or 4ms'],
    // Faults.
    [
      'faults:\n  - { at: 1s, do: crsh, nodes: n1 }',
      'x.yaml:2: faults.0.do must be crash, stop, restart, wipe, pause, join, partition, heal, cut, slow or churn, ' +
        'not "crsh", did you mean crash?'
    ],
    ['faults:\n  - do: heal', /^x\.yaml:2: faults\.0\.at is missing: it must be a duration like/],
    ['faults:\n  - { do: heal, at: 1s, for: 3s }', 'x.yaml:2: faults.0.for: unknown field of heal, which has do, at'],
    ['faults:\n  - { do: cut, at: 1s, nodes: some }', /^x\.yaml:2: faults\.0\.nodes must be a name \(n3\), several/],
    ['faults:\n  - { do: cut, at: 1s, nodes: 0 }', 'x.yaml:2: faults.0.nodes must be at least 1, not 0'],
    ['faults:\n  - { do: cut, at: 1s, nodes: n11 }', 'x.yaml:2: faults.0.nodes: there is no n11, only n1 to n10'],
    ['faults:\n  - { do: cut, at: 1s, nodes: 11 }', 'x.yaml:2: faults.0.nodes must be at most 10, the nodes, not 11'],
    [
      'faults:\n  - { do: cut, at: 1s, nodes: 1, except: n0 }',
      'x.yaml:2: faults.0.except must be the name of a node, such as n3, not "n0"'
    ],
    ['faults:\n  - { do: partition, at: 1s, groups: [[n1, n2], n2] }', 'x.yaml:2: faults.0.groups: n2 is named twice'],
    [
      'nodes: 5\nfaults:\n  - { do: partition, at: 1s, groups: [100%] }',
      'x.yaml:3: faults.0.groups.0: all 5 nodes are in it, and none is left to part from'
    ],
    [
      'faults:\n  - { do: slow, at: 1s, nodes: n1 }',
      'x.yaml:2: faults.0: slow in what? Give latency, bandwidth or loss'
    ],
    [
      'nodes: 3\nfaults:\n  - { do: join, at: 1s, nodes: [n1, n2] }\n  - { do: join, at: 2s, nodes: n3 }',
      'x.yaml:2: faults: all 3 nodes join later, at least one must be there at the start'
    ],
    // What fields are to each other.
    [
      'nodes: 4\nroles:\n  - { role: silent, nodes: 4 }',
      'x.yaml:2: roles: 4 of 4 nodes misbehave, one must stay honest'
    ],
    [
      'roles:\n  - { role: silent, nodes: 4 }\nblock:\n  producers: 7',
      'x.yaml:4: block.producers must be at most 6, the honest nodes, not 7'
    ],
    [
      'links:\n  bandwidth:\n    - { share: 0.5, up: 1Gbit, down: 1Gbit }',
      'x.yaml:2: links.bandwidth: the shares must add up to 1, not 0.5'
    ],
    [
      'links: { regions: { matrix: world8 } }',
      'x.yaml:1: links.regions.matrix: no matrix is called "world8", ours is world-8, did you mean world-8?'
    ],
    [
      'links: { regions: { matrix: { names: [a, b], oneWayMs: [[1, 2], [1]] } } }',
      'x.yaml:1: links.regions.matrix.oneWayMs.1 must have 2 delays, one for each name, not 1'
    ],
    [
      'links: { regions: { matrix: { names: [a, b] } } }',
      'x.yaml:1: links.regions.matrix.oneWayMs is missing: it must be a list'
    ],
    [
      'links: { regions: { matrix: world-8, weights: { eurpe: 1 } } }',
      /weights\.eurpe: no such region \(us-east, .*\), did you mean europe\?$/
    ],
    ['topology: { kind: edges }', /^x\.yaml:1: topology\.edges is missing: kind: edges needs pairs of names/],
    ['topology: { edges: [[n1, n2]] }', 'x.yaml:1: topology.edges: a topology of kind random has no edges of its own'],
    ['nodes: 3\ntopology: { kind: edges, edges: [[n1, n2]] }', 'x.yaml:2: topology.edges: no path leads from n1 to n3'],
    [
      'nodes: 2\ntopology: { kind: edges, edges: [[n1, n2], [n2, n1]] }',
      'x.yaml:2: topology.edges.1: n2 and n1 are connected already'
    ],
    // Expectations.
    [
      'expect:\n  - consistency.converged\n  - blocks.coverage.t95 < 5',
      'x.yaml:3: expect.1: report.json has no "blocks.coverage.t95", did you mean blocks.coverage_ms.t95?'
    ],
    [
      'expect: [consistency.converged within 10s of heal]',
      'x.yaml:1: expect.0: "of heal": no fault of this scenario has such a step'
    ]
  ] as const) {
    it(`says where a file is wrong: ${JSON.stringify(text)}`, () => {
      throws(
        () => load(text),
        (error) => {
          ok(error instanceof ScenarioError)
          if (typeof message === 'string') equal(error.message, message)
          else ok(message.test(error.message), error.message)
          return true
        }
      )
    })
  }

  it('names the path of a wrong override', () => {
    throws(() => loadScenario({ overrides: [{ path: 'block.intervall', value: '1s' }] }), /block\.intervall: unknown/)
    throws(() => loadScenario({ overrides: [{ path: '__proto__.x', value: '1' }] }), /not a field path/)
    throws(
      () => loadScenario({ overrides: [{ path: 'faults.0.at', value: '1s' }] }),
      /^ScenarioError: --set faults\.0\.at: there is nothing in faults yet; give the whole list: --set 'faults=\[…\]'$/
    )
    throws(() => loadScenario({ overrides: [{ path: 'nodes.x', value: '1s' }] }), /nodes/)
  })

  it('calls a wrong override what the person called it', () => {
    const message = (path: string, value: string, name: string): string => {
      try {
        loadScenario({ overrides: [{ path, value, name }] })
      } catch (error) {
        return (error as Error).message
      }
      return 'nothing'
    }
    equal(message('links.latency', '50', '--latency'), '--latency needs a unit: 50s, or 50ms')
    equal(message('faults', '[{ do: heal, at: 5 }]', '--set faults'), '--set faults: 0.at needs a unit: 5s, or 5ms')
  })

  it('takes plain numbers from code, and needs no unit for nothing', () => {
    equal(scenarioSchema.parse({ duration: 250 }).duration, 250)
    equal(parseScenario({ links: { bandwidth: 5_000_000 } }).links.bandwidth, 5_000_000)
    deepEqual(loadScenario({ overrides: [{ path: 'links.latency', value: '0' }] }).links.latency, { min: 0, max: 0 })
  })

  it('from code is refused as one from a file is', () => {
    throws(() => parseScenario({ nodes: 0 }), { code: 'bad-scenario', message: 'nodes must be at least 1, not 0' })
    throws(() => parseScenario({ nodes: 1, roles: [{ role: 'silent', nodes: 1 }] }), /one must stay honest/)
  })

  it('says why real nodes can not run it', () => {
    const reason = (fields: ScenarioInput): string | undefined => virtualOnly(parseScenario(fields))
    equal(reason({ nodes: 200 }), undefined)
    ok(reason({ nodes: 201 })?.startsWith('A testnet of real nodes takes at most 200, not 201;'))
    ok(reason({ load: { perBlock: 1 } })?.startsWith('load.perBlock'))
    ok(reason({ validation: { block: 1 } })?.startsWith('validation'))
  })
})

describe('durations', () => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0', 0],
    ['40', undefined],
    ['', undefined],
    ['-1s', undefined],
    ['1d', undefined],
    ['999999h', undefined]
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => equal(parseDuration(text), ms))
  }
})
