import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { formatScenario, loadScenario, parseDuration, ScenarioError, scenarioSchema } from '../../src/scenario/index.ts'

describe('scenario', () => {
  it('fills in every default', () => {
    const scenario = loadScenario()
    equal(scenario.nodes, 10)
    equal(scenario.block.interval, 3000)
    equal(scenario.topology.degree, 4)
  })

  it('reads a file, then overrides', () => {
    const scenario = loadScenario({
      file: { name: 'x.yaml', text: 'nodes: 20\nblock:\n  interval: 5s\n' },
      overrides: [
        { path: 'block.interval', value: '250ms' },
        { path: 'load.rate', value: '7.5' }
      ]
    })
    deepEqual([scenario.nodes, scenario.block.interval, scenario.load.rate], [20, 250, 7.5])
  })

  it('can be written out and read again', () => {
    const overrides = [
      { path: 'nodes', value: 7 },
      { path: 'duration', value: '1m' },
      { path: 'block.interval', value: '1.25s' }
    ]
    const scenario = loadScenario({ overrides })
    const text = formatScenario(scenario)
    deepEqual(loadScenario({ file: { name: 'x.yaml', text } }), scenario)
    ok(text.includes('duration: 60s\n') && text.includes('interval: 1250ms\n') && text.includes('latency: 0ms\n'), text)
  })

  for (const [text, message] of [
    ['nodes: 0', /^x\.yaml:1: nodes must be at least 1, not 0$/],
    ['nodes: 2.5', /^x\.yaml:1: nodes must be a whole number, not 2\.5$/],
    ['consensus: trust', /^x\.yaml:1: consensus must be pow or authority, not "trust"$/],
    ['links: slow', /^x\.yaml:1: links must be a group of fields, not "slow"$/],
    ['name: My Run', /^x\.yaml:1: name must be lowercase letters/],
    ['name: a\nblock:\n  interval: soon', /^x\.yaml:3: block\.interval must be a duration like .*, not "soon"$/],
    ['duration: 60', /^x\.yaml:1: duration needs a unit: 60s, or 60ms$/],
    ['nodes: 3\nnods: 4', /^x\.yaml:\d: nods: unknown field/],
    ['nodes: [', /^x\.yaml:1: /],
    ['- 1', /a scenario is a map/]
  ] as const) {
    it(`says where a file is wrong: ${JSON.stringify(text)}`, () => {
      throws(
        () => loadScenario({ file: { name: 'x.yaml', text } }),
        (error) => error instanceof ScenarioError && message.test(error.message)
      )
    })
  }

  it('names the path of a wrong override', () => {
    throws(() => loadScenario({ overrides: [{ path: 'block.intervall', value: '1s' }] }), /block\.intervall: unknown/)
    throws(() => loadScenario({ overrides: [{ path: '__proto__.x', value: '1' }] }), /not a field path/)
  })

  it('calls a wrong override what the person called it', () => {
    const overrides = [{ path: 'links.latency', value: '50', name: '--latency' }]
    throws(() => loadScenario({ overrides }), { message: '--latency needs a unit: 50s, or 50ms' })
  })

  it('takes plain milliseconds from code, and needs no unit for nothing', () => {
    equal(scenarioSchema.parse({ duration: 250 }).duration, 250)
    deepEqual(loadScenario({ overrides: [{ path: 'links.latency', value: '0' }] }).links.latency, { min: 0, max: 0 })
  })
})

describe('durations', () => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['1.5s', 1500],
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
