// starling watch: what a person sees and does on a terminal, and what a program reads.
import assert from 'node:assert/strict'
import { type CliInit, createCli } from '../../src/cli/context.ts'
import type { Sink } from '../../src/cli/output.ts'
import { run as runCommand } from '../../src/cli/program.ts'
import { watchAsLines } from '../../src/cli/watch/watch.ts'
import { liveDefaults, type TestnetClient } from '../../src/api/client/index.ts'
import { realClock, realEntropy, realTimers } from '../../src/runtime/index.ts'
import { Bench, type FakeTestnet, hashOf } from '../api/support.ts'
import { Emulator } from './emulator.ts'
import { starling, useDirectory } from './support.ts'
import { run, timelineOf } from './watch-timeline.ts'

describe('starling watch', () => {
  const bench = new Bench()
  const directory = useDirectory()
  afterEach(() => bench.end())

  const begin = (service: FakeTestnet): void => {
    for (const name of ['n1', 'n2', 'n3']) service.combiner.nodeState(name, 'up', 1)
    service.live.flush()
  }
  const seal = (service: FakeTestnet, n: number): void => {
    service.combiner.onEvent({
      type: 'published',
      node: 'n1',
      kind: 'block',
      id: hashOf(n),
      at: n * 100,
      bytes: 9,
      height: n,
      transactions: 2
    })
    for (const node of ['n2', 'n3']) {
      service.combiner.onEvent({
        type: 'delivered',
        node,
        kind: 'block',
        id: hashOf(n),
        at: n * 100 + 5,
        via: 'gossip'
      })
    }
    service.live.flush()
  }

  const cliOf = (emulator: Emulator, more: Partial<CliInit> = {}) =>
    createCli({
      env: {},
      cwd: directory(),
      out: emulator.sink,
      err: emulator.sink,
      terminal: emulator,
      clock: realClock(),
      timers: realTimers,
      entropy: realEntropy,
      ...more
    })

  it('follows the network on the whole screen, takes another size, pauses, and quits with q', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    const emulator = new Emulator(80, 24)
    const ended = runCommand(['watch', '--api', api.url], cliOf(emulator))
    await emulator.shows(/n3 {4}up/)
    assert.match(emulator.text.split('\n')[0] ?? '', /\d:\d\d$/, 'the last column is written')
    assert.deepEqual([emulator.isOther, emulator.hasCursor], [true, false])
    seal(service, 1)
    await emulator.shows(/#1 .*3\/3/)
    emulator.resize(60, 16)
    await emulator.shows(/#1 /)
    emulator.press(' ')
    await emulator.shows(/paused/)
    emulator.press('q')
    assert.equal(await ended, 0)
    assert.deepEqual(
      [emulator.isOther, emulator.hasCursor, emulator.keys.size, emulator.resized.size],
      [false, true, 0, 0]
    )
  })

  it('leaves the terminal as it was when it is ended from outside', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    const emulator = new Emulator(80, 24)
    const before = process.listenerCount('SIGTERM')
    const ended = runCommand(['watch', '--api', api.url], cliOf(emulator))
    await emulator.shows(/n3 {4}up/)
    process.emit('SIGTERM', 'SIGTERM')
    assert.equal(await ended, 0)
    assert.deepEqual([emulator.isOther, emulator.hasCursor, process.listenerCount('SIGTERM')], [false, true, before])
  })

  it('prints lines on a terminal that can do nothing else', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    const told: string[] = []
    const out: Sink = { write: (text) => told.push(text), terminal: true, width: 80 }
    const emulator = new Emulator(80, 24)
    const cli = cliOf(emulator, { out, err: out, env: { TERM: 'dumb' } })
    const ended = runCommand(['watch', '--api', api.url], cli)
    while (api.streams() === 0) await realTimers.sleep(1)
    service.combiner.describe({ state: 'done' })
    service.live.flush()
    await api.close()
    emulator.press('q')
    assert.equal(await ended, 0)
    assert.match(told[0] ?? '', /^[\d:]+ {2}now: height 0/)
  })

  it('takes a connection that hangs for lost', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    const emulator = new Emulator(80, 24)
    let leapMs = 0
    let listen = (): void => {}
    const clock = realClock()
    const time = {
      clock: { now: () => clock.now() + leapMs },
      timers: {
        ...realTimers,
        every: (_: number, fn: () => void) => {
          listen = fn
          return { cancel: () => {} }
        }
      }
    }
    const ended = runCommand(['watch', '--api', api.url], cliOf(emulator, time))
    await emulator.shows(/live {2}\d/)
    listen()
    assert.doesNotMatch(emulator.text, /lost/)
    leapMs = liveDefaults.silentMaxMs + 1
    listen()
    await emulator.shows(/connection lost/)
    emulator.press('q')
    assert.equal(await ended, 0)
  })

  it('prints lines where nobody looks, until the run ends', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    seal(service, 1)
    const ended = starling(['watch', '--api', api.url], { cwd: directory() })
    while (api.streams() === 0) await realTimers.sleep(1)
    seal(service, 2)
    service.combiner.describe({ state: 'done' })
    service.live.flush()
    await api.close()
    const { code, out, err } = await ended
    const lines = out.trimEnd().split('\n')
    for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d {2}/)
    assert.deepEqual(
      lines.map((line) => line.slice('00:00:00  '.length)),
      [
        '#1 000001 by n1  2 tx  t50 5.0  t95 5.0  all 5.0 ms  3/3',
        'now: height 0, 3/3 agree, one branch',
        '#2 000002 by n1  2 tx  t50 5.0  t95 5.0  all 5.0 ms  3/3'
      ]
    )
    assert.deepEqual([code, err], [0, 'The run has ended.\n'])
  })

  it('tells nothing of what has only come in part, at first and when everything comes afresh', async () => {
    const [all] = timelineOf([]).snapshot()
    assert.ok(all !== undefined)
    // Three nodes that agree, then the others.
    const parts = [
      { ...all, changes: all.changes.slice(0, 6) },
      { seq: all.seq, now: all.now, changes: all.changes.slice(6) }
    ]
    const told: string[] = []
    const sink = (write: (text: string) => void): Sink => ({ write, terminal: false, width: 80 })
    const cli = cliOf(new Emulator(80, 24), { out: sink((text) => told.push(text)), err: sink(() => {}) })
    const client = {
      updates: async function* () {
        yield* [...parts, ...parts]
        yield { seq: all.seq + 1, now: all.now, run: { ...run, state: 'done' }, changes: [] }
      }
    }
    await watchAsLines(cli, client as unknown as TestnetClient, {})
    assert.deepEqual(
      told.map((line) => line.slice('00:00:00  '.length)),
      ['now: height 12, 8/9 agree, 2 branches\n']
    )
  })

  it('prints objects with --json, and fails when the other side is gone too early', async () => {
    const { api, service } = await bench.testnet()
    begin(service)
    const ended = starling(['watch', '--json', '--api', api.url], { cwd: directory() })
    while (api.streams() === 0) await realTimers.sleep(1)
    seal(service, 3)
    await api.close()
    const { code, out } = await ended
    assert.equal(code, 1)
    const [now, block] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual({ ...now, at: 0 }, { type: 'now', at: 0, height: 0, agreed: 3, up: 3, branches: 1 })
    assert.deepEqual(block, {
      type: 'block',
      at: 300,
      height: 3,
      hash: hashOf(3),
      by: 'n1',
      transactions: 2,
      t50_ms: 5,
      t95_ms: 5,
      t100_ms: 5,
      holders: 3,
      nodes: 3
    })
  })

  it('needs a testnet', async () => {
    const { api } = await bench.node()
    const { code, err } = await starling(['watch', '--api', api.url], { cwd: directory() })
    assert.equal(code, 2)
    assert.match(err, /watch shows a testnet, and this is a single node/)
  })
})
