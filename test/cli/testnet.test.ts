// The testnet command, as far as no testnet needs to run.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listenForInterrupts } from '../../src/cli/testnet/interrupts.ts'
import { lostFlags } from '../../src/cli/testnet/lost-flags.ts'
import { scenarioOf } from '../../src/cli/testnet/options.ts'
import { headline, progressText, screen } from '../../src/cli/testnet/screen.ts'
import { loadScenario } from '../../src/scenario/index.ts'
import { starling, useDirectory } from './support.ts'

const plain = (_style: unknown, text: string): string => text
const attended = { cwd: '/', attended: true }

describe('flags that npm swallowed', () => {
  const inNpm = { npm_lifecycle_event: 'testnet' }
  const cases: readonly [typed: string, env: Record<string, string>, words: string[], meant: string][] = [
    ['--nodes 20', { npm_config_nodes: 'true' }, ['20'], '--nodes 20'],
    ['--nodes=20', { npm_config_nodes: '20' }, [], '--nodes 20'],
    [
      '--duration 30s --nodes 20',
      { npm_config_nodes: 'true', npm_config_duration: 'true' },
      ['30s', '20'],
      '--duration 30s --nodes 20'
    ],
    ['my.yaml --latency 50ms', { npm_config_latency: 'true' }, ['my.yaml', '50ms'], 'my.yaml --latency 50ms'],
    ['--nodes-per-process 1', { npm_config_nodes_per_process: 'true' }, ['1'], '--nodes-per-process 1'],
    ['--detach', { npm_config_detach: 'true' }, [], '--detach']
  ]
  for (const [typed, env, words, meant] of cases) {
    it(`are given back: npm run testnet ${typed}`, () => {
      const error = lostFlags({ ...inNpm, ...env }, words)
      assert.equal(error?.exitCode, 2)
      assert.equal(error?.hint, `Did you mean: npm run testnet -- ${meant}`)
    })
  }

  it('are not looked for outside npm', () => {
    assert.equal(lostFlags({ npm_config_nodes: 'true' }, ['my.yaml']), undefined)
  })

  it('are not seen where none were', () => {
    assert.equal(lostFlags({ ...inNpm, npm_config_cache: '/x' }, ['my.yaml']), undefined)
  })

  it('a lone number is a number of nodes', async () => {
    const { code, err } = await starling(['testnet', '20'], { cwd: '/' })
    assert.equal(code, 2)
    assert.match(err, /Did you mean: npx starling testnet --nodes 20/)
  })
})

describe('the scenario of a command line', () => {
  const directory = useDirectory()

  it('is the defaults without flags', async () => {
    const { scenario, unattended } = await scenarioOf(undefined, {}, attended)
    assert.deepEqual(scenario, loadScenario())
    assert.equal(unattended, false)
  })

  it('takes the short flags and then every --set, the last one winning', async () => {
    const flags = { nodes: '20', latency: '50ms', set: ['block.interval=2s', 'nodes=5', 'nodes=6'] }
    const { scenario } = await scenarioOf(undefined, flags, attended)
    assert.equal(scenario.nodes, 6)
    assert.equal(scenario.links.latency.min, 50)
    assert.equal(scenario.block.interval, 2000)
  })

  it('starts from a file', async () => {
    const cwd = directory()
    writeFileSync(join(cwd, 'my.yaml'), 'name: mine\nnodes: 7\nduration: 5s\n')
    const { scenario } = await scenarioOf('my.yaml', { nodes: '8' }, { cwd, attended: false })
    assert.deepEqual([scenario.name, scenario.nodes, scenario.duration], ['mine', 8, 5000])
  })

  it('lasts a minute when nobody watches and nobody said how long', async () => {
    const { scenario, unattended } = await scenarioOf(undefined, {}, { cwd: '/', attended: false })
    assert.deepEqual([scenario.duration, unattended], [60_000, true])
  })

  it('lasts as long as was said, even forever', async () => {
    const unwatched = { cwd: '/', attended: false }
    const short = await scenarioOf(undefined, { duration: '30s' }, unwatched)
    const forever = await scenarioOf(undefined, { duration: 'forever' }, unwatched)
    assert.deepEqual([short.scenario.duration, short.unattended], [30_000, false])
    assert.deepEqual([forever.scenario.duration, forever.unattended], [undefined, false])
  })

  const mistakes: readonly [flags: object, sentence: RegExp][] = [
    [{ nodes: 'many' }, /^--nodes must be a number, not "many"$/],
    [{ nodes: '0' }, /^--nodes must be at least 1, not 0$/],
    [{ nodesPerProcess: '0' }, /^--nodes-per-process must be at least 1, not 0$/],
    [{ duration: 'soon' }, /^--duration must be a duration like .*, not "soon"$/],
    [{ duration: '5' }, /^--duration needs a unit: 5s, or 5ms$/],
    [{ consensus: 'trust' }, /^--consensus must be pow or authority, not "trust"$/],
    [{ latency: '-5ms' }, /^--latency must be a duration/],
    [{ set: ['block.interval=5'] }, /^--set block\.interval needs a unit: 5s, or 5ms$/],
    [{ set: ['__proto__.x=1'] }, /not a field path/]
  ]
  for (const [flags, sentence] of mistakes) {
    it(`names the field of ${JSON.stringify(flags)}`, () =>
      assert.rejects(scenarioOf(undefined, flags, attended), { name: 'ScenarioError', message: sentence }))
  }

  it('never mixes a run with what is in --out', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, 'results'))
    writeFileSync(join(cwd, 'results', 'thesis.txt'), 'years of work')
    const { code, err } = await starling(['testnet', '--out', 'results', '--duration', '1s'], { cwd })
    assert.equal(code, 2)
    assert.match(err, /^error: results is not empty/)
  })
})

describe('a damaged note about a testnet', () => {
  const directory = useDirectory()

  it('keeps no other testnet from starting: it will be replaced', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, '.starling'))
    writeFileSync(join(cwd, '.starling', 'current'), 'torn')
    // A file where the run would go: the testnet ends right after it looked at the note.
    writeFileSync(join(cwd, '.starling', 'runs'), '')
    const { err } = await starling(['testnet', '--duration', '1s', '--nodes', '1'], { cwd })
    assert.match(err, /^.*\.starling\/current is damaged: .* It will be replaced\.\n/)
    assert.doesNotMatch(err, /error: .*damaged/)
  })
})

describe('the first screen', () => {
  const nodes = Array.from({ length: 30 }, (_, i) => ({ name: `n${i + 1}`, api: `http://127.0.0.1:${7070 + i}` }))
  const init = {
    nodes: nodes.slice(0, 4),
    accounts: [
      { name: 'alice', balance: 1_000_000 },
      { name: 'bob', balance: 1_000_000 }
    ],
    controller: 'http://127.0.0.1:9000',
    hasDashboard: true,
    seed: 42,
    directory: '/home/me/.starling/runs/now-local',
    cwd: '/home/me',
    detached: false,
    width: 80
  }

  it('says what runs', () => {
    const scenario = loadScenario({ overrides: [{ path: 'links.latency', value: '50ms' }] })
    assert.match(
      headline(scenario, plain),
      /^Starling \S+ {3}10 nodes · degree 4 · block ≈ 3 s · loopback, \+50 ms each way\n$/
    )
  })

  it('says the degree in effect', () => {
    const overrides = [
      { path: 'nodes', value: 3 },
      { path: 'topology.degree', value: 20 }
    ]
    assert.match(headline(loadScenario({ overrides }), plain), /3 nodes · degree 2 ·/)
  })

  it('shows nodes, accounts and the next command within the width', () => {
    const text = screen(init, plain)
    for (const part of ['n4   http://127.0.0.1:7073', 'alice bob', '1,000,000 each', 'never use', 'seed 42']) {
      assert.ok(text.includes(part), part)
    }
    assert.match(text, /npx starling tx send --from alice --to bob --amount 5/)
    assert.match(text, /Run: \.starling\/runs\/now-local/)
    assert.ok(text.split('\n').every((line) => [...line].length <= 80))
  })

  it('says where the dashboard is, or that there is none', () => {
    assert.match(screen(init, plain), /dashboard {3}http:\/\/127\.0\.0\.1:9000/)
    assert.match(screen({ ...init, hasDashboard: false }, plain), /controller {2}http:\/\/127\.0\.0\.1:9000/)
  })

  it('shows of a large network the beginning and the end', () => {
    const text = screen({ ...init, nodes }, plain)
    assert.ok(text.includes('n11  http') && text.includes('… n30 http') && !text.includes('n12 '))
  })

  it('says how to end what runs in the background', () => {
    assert.match(screen({ ...init, detached: true }, plain), /End: npx starling stop/)
  })

  it('ticks off the steps', () => {
    const steps = new Map([
      ['keys', { step: 'keys', done: 10, total: 10 }],
      ['listening', { step: 'listening', done: 10, total: 10 }],
      ['meshed', { step: 'meshed', done: 10, total: 10, ms: 3100 }]
    ] as const)
    assert.equal(progressText(steps, plain), '✔ keys  ✔ 10/10 listening  ✔ meshed 3.1 s')
  })
})

describe('Ctrl-C', () => {
  it('counts as one when it comes from the terminal and from npm', () => {
    const source = new EventEmitter()
    const counts: number[] = []
    let now = 0
    const stop = listenForInterrupts({ now: () => now }, (count) => counts.push(count), source)
    source.emit('SIGINT')
    now += 20
    source.emit('SIGINT')
    assert.deepEqual(counts, [1])
    now += 1000
    source.emit('SIGTERM')
    assert.deepEqual(counts, [1, 2])
    stop()
    assert.equal(source.listenerCount('SIGINT'), 0)
  })

  it('is no second one when the terminal hangs up', () => {
    const source = new EventEmitter()
    const counts: number[] = []
    let now = 0
    const stop = listenForInterrupts({ now: () => now }, (count) => counts.push(count), source)
    for (const signal of ['SIGHUP', 'SIGHUP', 'SIGINT'] as const) {
      source.emit(signal, signal)
      now += 1000
    }
    assert.deepEqual(counts, [1, 2])
    stop()
  })
})
