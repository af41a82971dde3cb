// Whom a command talks to: --api, then STARLING_API, then the nearest running testnet.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeCurrent } from '../../src/cli/runs.ts'
import { type FakeNetwork, fakeNetwork, starling, useDirectory } from './support.ts'

/** No process has it: beyond the largest id that Linux and macOS give. */
const GONE_PID = 2 ** 22 + 12_345

describe('the API that a command asks', () => {
  const directory = useDirectory()
  let here: FakeNetwork
  let elsewhere: FakeNetwork

  before(async () => {
    here = await fakeNetwork()
    elsewhere = await fakeNetwork(1)
  })
  after(() => Promise.all([here.close(), elsewhere.close()]))
  beforeEach(() => {
    here.requests.length = 0
    elsewhere.requests.length = 0
  })

  it("is the nearest testnet's first node, looked for upwards", async () => {
    const cwd = directory()
    const deep = join(cwd, 'a', 'b')
    mkdirSync(deep, { recursive: true })
    here.announceIn(cwd)
    const { code, out } = await starling(['status', '--json'], { cwd: deep })
    assert.equal(code, 0)
    assert.equal((JSON.parse(out) as { name: string }).name, 'n1')
    assert.deepEqual(here.requests, ['n1 GET /v1/status'])
  })

  it('is another node of it with --node', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    await starling(['status', '--node', 'n2'], { cwd })
    assert.deepEqual(here.requests, ['n2 GET /v1/status'])
  })

  it('is every node with --all', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    const { out } = await starling(['account', 'show', 'bob', '--all', '--json'], { cwd })
    const views = JSON.parse(out) as { node: string; balance: number }[]
    assert.deepEqual(
      views.map(({ node, balance }) => [node, balance]),
      [
        ['n1', 1000],
        ['n2', 1000]
      ]
    )
  })

  it('lists each node’s view of the members with --all', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    const { out } = await starling(['members', '--all', '--tag', 'zone=z2', '--json'], { cwd })
    const views = JSON.parse(out) as { node: string; name: string }[]
    assert.deepEqual(
      views.map(({ node, name }) => `${node} ${name}`),
      here.nodes.map(({ name }) => `${name} n2`)
    )
  })

  it('is every node that answers, and says which does not', async () => {
    const cwd = directory()
    const { controller, nodes } = here
    const all = [...nodes, { name: 'n3', api: 'http://127.0.0.1:1', peer: 'gone' }]
    writeCurrent(join(cwd, '.starling'), { controller, nodes: all, directory: cwd, pid: process.pid, startedAt: 1 })
    const { code, out, err } = await starling(['account', 'show', 'bob', '--all', '--json'], { cwd })
    assert.equal(code, 0)
    assert.equal((JSON.parse(out) as unknown[]).length, 2)
    assert.equal(err, 'n3 does not answer; it is left out.\n')
  })

  it('is a node that is down while the testnet runs: says that, not that nothing runs', async () => {
    const cwd = directory()
    const { controller, nodes } = here
    const all = [...nodes, { name: 'n3', api: 'http://127.0.0.1:1', peer: 'gone' }]
    writeCurrent(join(cwd, '.starling'), { controller, nodes: all, directory: cwd, pid: process.pid, startedAt: 1 })
    for (const command of ['status', 'mempool', 'peers']) {
      const { code, err } = await starling([command, '--node', 'n3'], { cwd })
      assert.equal(code, 1)
      assert.equal(
        err,
        'error: n3 is down; the testnet itself is running.\nAsk another with --node; who is up: npx starling status --all\n'
      )
    }
  })

  it('is STARLING_API rather than the testnet', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    await starling(['status'], { cwd, env: { STARLING_API: elsewhere.nodes[0]?.api ?? '' } })
    assert.deepEqual(here.requests, [])
    assert.ok(elsewhere.requests.includes('n1 GET /v1/status'))
  })

  it('is --api rather than anything, with or without http://', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    const api = (elsewhere.nodes[0]?.api ?? '').replace('http://', '')
    const { code } = await starling(['status', '--api', api], { cwd, env: { STARLING_API: 'http://127.0.0.1:1' } })
    assert.equal(code, 0)
    assert.ok(elsewhere.requests.includes('n1 GET /v1/status'))
  })

  it('is a testnet when --api names its controller', async () => {
    const { out } = await starling(['status', '--all', '--json', '--api', here.controller], { cwd: directory() })
    assert.equal((JSON.parse(out) as unknown[]).length, 2)
  })

  it('shows a block by height, by "head", by hash, and says so of anything else', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    const { code, err } = await starling(['block', 'show', 'zzz'], { cwd })
    assert.equal(code, 2)
    assert.match(err, /A block is named by its height, by "head", or by its hash .*, not "zzz"\./)
  })

  it('can be only itself when it is a bare node', async () => {
    const api = here.nodes[0]?.api ?? ''
    const { code, err } = await starling(['status', '--all', '--api', api], { cwd: directory() })
    assert.equal(code, 2)
    assert.match(err, /--all needs a testnet/)
  })

  it('names its nodes when asked for one that it has not', async () => {
    const cwd = directory()
    here.announceIn(cwd)
    const { code, err } = await starling(['status', '--node', 'n9'], { cwd })
    assert.equal(code, 2)
    assert.match(err, /no node n9 in this testnet\.\nIts nodes: n1 n2/)
  })

  it('is noticed to be gone when its process is', async () => {
    const cwd = directory()
    here.announceIn(cwd, GONE_PID)
    const { code, err } = await starling(['status'], { cwd })
    assert.equal(code, 1)
    assert.match(err, /^error: The testnet started here at .* is no longer running \(process \d+ is gone\)\.\n/)
    assert.match(err, /npx starling testnet/)
  })

  it('is missing: says how to start one', async () => {
    const { code, err } = await starling(['status', '--json'], { cwd: directory() })
    assert.equal(code, 1)
    const { error } = JSON.parse(err) as { error: { code: string; hint: string } }
    assert.equal(error.code, 'no-testnet')
    assert.match(error.hint, /npx starling testnet/)
  })

  it('does not answer: one sentence', async () => {
    const { code, err } = await starling(['status', '--api', 'http://127.0.0.1:1'], { cwd: directory() })
    assert.equal(code, 1)
    assert.match(err, /^error: Nothing answers at http:\/\/127\.0\.0\.1:1\.\n/)
  })

  it('has a damaged note: one sentence that names the file', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, '.starling'))
    writeFileSync(join(cwd, '.starling', 'current'), '{"pid":')
    const { code, err } = await starling(['status'], { cwd })
    assert.equal(code, 1)
    assert.match(err, /\.starling\/current is damaged/)
    const { code: withApi } = await starling(['status', '--api', here.nodes[0]?.api ?? ''], { cwd })
    assert.equal(withApi, 0)
  })
})

describe('what a testnet is said to agree on', () => {
  const directory = useDirectory()
  let network: FakeNetwork

  beforeEach(async () => {
    network = await fakeNetwork(3)
  })
  afterEach(() => network.close())

  it('leaves out the nodes that are down, and counts them', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    assert.match((await starling(['sync'], { cwd })).out, /\nall agree\n$/)
    network.down.add('n2')
    const { out } = await starling(['sync'], { cwd })
    assert.match(out, /^n2 .*down$/m)
    assert.match(out, /\nall agree, 1 down\n$/)
    assert.equal((JSON.parse((await starling(['sync', '--json'], { cwd })).out) as { tips: number }).tips, 1)
  })

  it('is nothing for a node without peers: it is alone', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    assert.match((await starling(['status'], { cwd })).out, /^sync +in step$/m)
    network.peers = 0
    assert.match((await starling(['status'], { cwd })).out, /^sync +alone$/m)
    assert.match((await starling(['status', '--all'], { cwd })).out, /^n1 .* alone /m)
  })
})
