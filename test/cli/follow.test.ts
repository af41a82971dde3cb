// --follow: one line, or one JSON object, for each thing that happens.
import assert from 'node:assert/strict'
import { roundText } from '../../src/cli/commands/sync.ts'
import type { SyncRoundEvent } from '../../src/trace/index.ts'
import { type FakeNetwork, fakeNetwork, starling, useDirectory } from './support.ts'

const round: SyncRoundEvent = {
  type: 'sync',
  at: 1,
  peer: '12D3KooWpeer2',
  ours: { height: 12, hash: '3f12'.padEnd(64, '0'), work: '12' },
  theirs: { height: 13, hash: '9a01'.padEnd(64, '0'), work: '13' },
  blocksFetched: 1,
  transactionsFetched: 0,
  transactionsSent: 0,
  transactionsDiffer: null,
  bytes: 1234,
  durationMs: 14,
  outcome: 'behind'
}

describe('--follow', () => {
  const directory = useDirectory()
  let network: FakeNetwork

  beforeEach(async () => {
    network = await fakeNetwork()
  })
  afterEach(() => network.close())

  it('tells the rounds of all nodes by name, through the controller', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    network.events.push({ ...round, node: 'n1' })
    const { out } = await starling(['sync', '--follow'], { cwd })
    assert.equal(out, 'n1→n2  tip #12 3f12≠#13 9a01: behind, 1 block fetched, 1.2 kB, 14 ms\n')
    assert.deepEqual(network.requests, ['controller GET /v1/events'])
  })

  it('tells those of one node with --node, as one object a line with --json', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    network.events.push(round, round)
    const { out } = await starling(['sync', '--follow', '--node', 'n1', '--json'], { cwd })
    const lines = out.trimEnd().split('\n')
    assert.equal(lines.length, 2)
    assert.deepEqual(JSON.parse(lines[0] ?? ''), { node: 'n1', ...round })
  })

  it('says on a terminal that it waits, where nothing may happen for minutes', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const said = async (args: string[], terminal: boolean): Promise<boolean> =>
      /^Waiting for what changes; Ctrl-C ends it\.$/m.test((await starling(args, { cwd, terminal })).err)
    assert.equal(await said(['members', '--follow'], true), true)
    assert.equal(await said(['members', '--follow'], false), false)
    assert.equal(await said(['peers', '--follow', '--banned'], true), true)
    assert.equal(await said(['sync', '--follow'], true), false)
  })

  it('tells of members, only those with a tag or on the way to a state when asked', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const [peer, other] = network.nodes.map((node) => node.peer)
    network.events.push(
      { type: 'member', at: 1, change: 'suspected', peer },
      { type: 'member', at: 2, change: 'back', peer },
      { type: 'member', at: 3, change: 'back', peer: other }
    )
    const told = async (...args: string[]): Promise<string[]> => {
      const { out } = await starling(['members', '--follow', '--json', ...args], { cwd })
      const lines = out.trimEnd().split('\n')
      return lines
        .map((line) => JSON.parse(line) as { name: string; change: string })
        .map((e) => `${e.name} ${e.change}`)
    }
    assert.deepEqual(await told(), ['n1 suspected', 'n1 back', 'n2 back'])
    assert.deepEqual(await told('--tag', 'zone=z1'), ['n1 suspected', 'n1 back'])
    assert.deepEqual(await told('--state', 'alive'), ['n1 back', 'n2 back'])
    assert.deepEqual(await told('--state', 'alive', '--tag', 'zone=z2'), ['n2 back'])
  })

  it('tells what every node makes of members with --all, each asked for the tags that it knows', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const [peer, other] = network.nodes.map((node) => node.peer)
    network.events.push(
      { type: 'member', at: 1, change: 'down', peer, node: 'n2' },
      { type: 'member', at: 2, change: 'down', peer: other, node: 'n1' }
    )
    const { out } = await starling(['members', '--follow', '--all', '--tag', 'zone=z1', '--json'], { cwd })
    const told = JSON.parse(out) as { node: string; name: string }
    assert.deepEqual([told.node, told.name], ['n2', 'n1'])
    assert.deepEqual(network.requests, ['controller GET /v1/events', 'n2 GET /v1/members', 'n1 GET /v1/members'])
  })

  it('tells the head again when it changes', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    network.events.push({ type: 'head', at: 1, hash: 'aa', height: 4, work: '5', abandoned: 0 })
    const { out } = await starling(['status', '--follow', '--json'], { cwd })
    assert.equal(out.trimEnd().split('\n').length, 2)
  })

  it('lists who is banned without it, and for how long yet', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const { out } = await starling(['peers', '--banned', '--node', 'n1'], { cwd })
    assert.match(out, /^peer +reason +for another\n.*malformed +(1 h|59 min( \d+ s)?)\n$/)
  })

  it('prints bans among the comings and goings of peers', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    network.events.push({ type: 'banned', at: 1, peer: '12D3KooWLiar', reason: 'malformed', until: 2 })
    const { out } = await starling(['peers', '--follow'], { cwd })
    assert.match(out, /banned …ooWLiar|banned …oWLiar: malformed/)
  })

  it('ends with one sentence when the other side goes away', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const { code, out, err } = await starling(['peers', '--follow', '--json'], { cwd })
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.equal((JSON.parse(err) as { error: { code: string } }).error.code, 'stream-ended')
  })
})

describe('a round in words', () => {
  it('says what of the mempools differed, and what crossed', () => {
    const settled = { ...round, theirs: round.ours, blocksFetched: 0, outcome: 'equal' as const, bytes: 1000 }
    const words = (differ: number | null, fetched: number, sent: number): string =>
      roundText('n3', 'n7', {
        ...settled,
        transactionsDiffer: differ,
        transactionsFetched: fetched,
        transactionsSent: sent
      }).replace(/^.*?: /, '')
    assert.equal(words(0, 0, 0), 'equal, mempools equal, 1.0 kB, 14 ms')
    assert.equal(words(5, 3, 2), 'equal, 5 transactions differ, 3 fetched, 2 sent, 1.0 kB, 14 ms')
    assert.equal(words(1, 1, 0), 'equal, 1 transaction differs, 1 fetched, 1.0 kB, 14 ms')
  })

  it('says that tips are equal', () => {
    const equal = { ...round, theirs: round.ours, blocksFetched: 0, bytes: 90, outcome: 'equal' as const }
    const tips = 'n3→n7  tip #12 3f12=#12 3f12'
    assert.equal(roundText('n3', 'n7', equal), `${tips}: equal, mempools not compared, 90 B, 14 ms`)
    const settled = { ...equal, transactionsDiffer: 0, bytes: 0 }
    assert.equal(roundText('n3', 'n7', settled), `${tips}: equal, mempools equal, 14 ms`)
  })

  it('says why it failed', () => {
    const failed = { ...round, blocksFetched: 0, outcome: 'failed' as const, code: 'timeout' }
    assert.match(roundText('n3', 'n7', failed), /: failed \(timeout\), /)
  })
})
