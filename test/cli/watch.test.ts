// starling watch: what a person sees on a terminal of a fixed size, and what a program reads.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { type CliInit, createCli } from '../../src/cli/context.ts'
import { painter, type Sink } from '../../src/cli/output.ts'
import { run as runCommand } from '../../src/cli/program.ts'
import { openTerminal, Screen, type Terminal } from '../../src/cli/terminal.ts'
import { lineText, WatchLines } from '../../src/cli/watch/lines.ts'
import { bar, spark } from '../../src/cli/watch/blocks.ts'
import { watchAsLines } from '../../src/cli/watch/watch.ts'
import { watchLines } from '../../src/cli/watch/view.ts'
import {
  type Change,
  LIVE_LIMITS,
  liveDefaults,
  type LiveRun,
  type TestnetClient,
  Timeline
} from '../../src/api/client/index.ts'
import { realClock, realEntropy, realTimers } from '../../src/runtime/index.ts'
import { Bench, type FakeTestnet, hashOf } from '../api/support.ts'
import { Emulator } from './emulator.ts'
import { starling, useDirectory } from './support.ts'

const run: LiveRun = {
  version: '0.1.0',
  scenario: 'local\u001b[2J',
  seed: 7,
  engine: 'tcp',
  network: 'ab',
  directory: 'run',
  startedAt: 0,
  state: 'running',
  nodes: Array.from({ length: 10 }, (_, i) => `n${i + 1}`)
}

function timelineOf(changes: Change[], now = 42_000): Timeline {
  const timeline = new Timeline(LIVE_LIMITS)
  const nodes = run.nodes.flatMap((_, node): Change[] => [
    { type: 'state', node, at: 0, state: node === 9 ? 'down' : 'up' },
    { type: 'head', node, at: 41_000, id: node === 3 ? 'cc'.repeat(32) : 'ab'.repeat(32), height: 12, abandoned: 0 },
    { type: 'link', kind: 'connection', node, peer: (node + 1) % 10, at: 1, on: true }
  ])
  timeline.apply({ seq: 1, now, reset: true, run, changes: [...nodes, ...changes] })
  return timeline
}

const block = (n: number, spreadMs: number): Change[] => {
  const id = n.toString(16).padStart(2, '0').repeat(32)
  const nodes = [1, 2, 3, 4, 5, 6, 7, 8]
  const at = 10_000 + n * 1000
  return [
    { type: 'item', kind: 'block', id, origin: 0, at, bytes: 900, height: n, transactions: n * 3 },
    {
      type: 'arrivals',
      kind: 'block',
      id,
      at,
      nodes,
      after: nodes.map((node) => (spreadMs * node) / 8),
      from: nodes.map(() => 0),
      via: nodes.map(() => 1)
    }
  ]
}

const view = (timeline: Timeline, columns: number, rows: number): string[] => {
  const emulator = new Emulator(columns, rows)
  const paint = painter(emulator.sink, { FORCE_COLOR: '1' })
  const screen = new Screen(emulator.sink)
  screen.show(watchLines({ timeline, connection: 'live', isPaused: false, scrolled: 0, columns, rows, paint }))
  return emulator.text.split('\n')
}

describe('a terminal', () => {
  const stream = (size: { columns?: number; rows?: number }) =>
    Object.assign(new EventEmitter(), { isTTY: true, setRawMode: () => {}, resume: () => {}, pause: () => {}, ...size })
  const open = (input: EventEmitter, output: EventEmitter): Terminal => {
    const terminal = openTerminal(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream)
    assert.ok(terminal !== undefined)
    return terminal
  }

  it('tells keys one by one, however many come at once', () => {
    const input = stream({})
    const keys: string[] = []
    const stop = open(input, stream({})).onKey((key) => keys.push(key))
    input.emit('data', Buffer.from('\u001b[B\u001b[B q'))
    assert.deepEqual(keys, ['\u001b[B', '\u001b[B', ' ', 'q'])
    stop()
    assert.equal(input.listenerCount('data'), 0)
  })

  it('has a size, also where it does not know it', () => {
    const sizes = [{ columns: 100, rows: 30 }, { columns: 0, rows: 0 }, {}].map((size) =>
      open(stream({}), stream(size)).size()
    )
    assert.deepEqual(sizes, [
      { columns: 100, rows: 30 },
      { columns: 80, rows: 24 },
      { columns: 80, rows: 24 }
    ])
  })
})

describe('the terminal view', () => {
  const timeline = timelineOf([
    ...Array.from({ length: 12 }, (_, n) => block(n + 1, 40 + n * 4)).flat(),
    { type: 'counts', transactions: 150, included: 138, duplicates: 0, rejected: 0, unfollowed: 120 },
    { type: 'fault', fault: 'stop', at: 40_000, nodes: [9] }
  ])

  it('is this, at 80 × 24', () => {
    assert.deepEqual(view(timeline, 80, 24), [
      'Starling watch  local·[2J · seed 7                                    live  0:42',
      'height 12  8/9 agree  2 branches  1 not up  mempool 12  150 transactions so far',
      '',
      'node  state   height  head    peers   node  state   height  head    peers',
      'n1    up          12  ababab      2   n6    up          12  ababab      2',
      'n2    up          12  ababab      2   n7    up          12  ababab      2',
      'n3    up          12  ababab      2   n8    up          12  ababab      2',
      'n4    up          12  cccccc      2   n9    up          12  ababab      1',
      'n5    up          12  ababab      2   n10   down        12  ababab      0',
      '',
      'block         by     tx   t50              t95            all ms           held',
      '#12 c0c0c0    n1     36    42 ████▌         84 █████████     84 █████████  9/9',
      '#11 b0b0b0    n1     33    40 ████▎         80 ████████▋     80 ████████▋  9/9',
      '#10 a0a0a0    n1     30    38 ████▏         76 ████████▏     76 ████████▏  9/9',
      '#9 909090     n1     27    36 ███▉          72 ███████▊      72 ███████▊   9/9',
      '#8 808080     n1     24    34 ███▋          68 ███████▎      68 ███████▎   9/9',
      '#7 707070     n1     21    32 ███▍          64 ██████▉       64 ██████▉    9/9',
      '#6 606060     n1     18    30 ███▎          60 ██████▍       60 ██████▍    9/9',
      '#5 505050     n1     15    28 ███           56 ██████        56 ██████     9/9',
      '#4 404040     n1     12    26 ██▊           52 █████▋        52 █████▋     9/9',
      '',
      'latency  ▃▃▃▃▃▄▄▄▄▅▅▅  t95, median 60 ms of the last 12',
      'n10 stopped  2 s ago',
      'q quit   space pause'
    ])
  })

  it('leaves out whole columns and words where it is narrow, at 40 × 12', () => {
    assert.deepEqual(view(timeline, 40, 12), [
      'Starling watch  local·[2J     live  0:42',
      'height 12  8/9 agree  2 branches',
      'node  state   height  head    peers',
      'n1    up          12  ababab      2',
      'n2    up          12  ababab      2',
      'n3    up          12  ababab      2',
      'block           tx   t95   all ms  held',
      '#12 c0c0c0      36    84      84   9/9',
      '#11 b0b0b0      33    80      80   9/9',
      'latency  ▃▃▃▃▃▄▄▄▄▅▅▅  t95, median 60 ms',
      'n10 stopped  2 s ago',
      'q quit   space pause   ↑ ↓ 7 more nodes'
    ])
  })

  it('uses all of a high and wide screen, and marks bars that end before their value does', () => {
    const many = timelineOf(Array.from({ length: 60 }, (_, n) => block(n + 1, n === 57 ? 900 : 40)).flat(), 80_000)
    const lines = view(many, 160, 50)
    assert.equal(lines.filter((line) => line.startsWith('#')).length, 37)
    assert.ok(!lines.some((line, row) => line === '' && lines[row - 1] === ''), 'two blank lines')
    assert.match(lines.find((line) => line.startsWith('#58')) ?? '', /900 █{23}▸ +900 █{23}▸ +9\/9$/)
  })

  it('fits any size, the keys on its last line', () => {
    for (const [columns, rows] of [
      [200, 60],
      [120, 30],
      [60, 12],
      [40, 8],
      [20, 4]
    ] as const) {
      const lines = view(timeline, columns, rows)
      assert.match(lines.at(-1) ?? '', /^q quit/, `${columns} × ${rows}`)
    }
  })

  it('shows what there is before the first block', () => {
    const lines = view(timelineOf([]), 80, 24)
    assert.match(lines.join('\n'), /no block has reached 95% of the nodes yet/)
  })

  it('counts only honest nodes, as the report does', () => {
    const liars = timelineOf(block(12, 40))
    const roles = run.nodes.map((_, node) => (node === 0 || node === 8 ? 'mute' : null))
    liars.apply({ seq: 2, now: 42_000, run: { ...run, roles }, changes: [] })
    assert.match(view(liars, 80, 24).find((line) => line.startsWith('#12')) ?? '', / 7\/7$/)
    assert.match(new WatchLines().next(liars).map(lineText).join('\n'), /#12 .* 7\/7$/m)
  })

  it('lets nothing that comes from others move the cursor, clear the screen or ring', () => {
    const evil = '\u001b]0;x\u0007\u001b[2J\r'
    const hostile = new Timeline(LIVE_LIMITS)
    hostile.apply({
      seq: 1,
      now: 42_000,
      reset: true,
      run: { ...run, nodes: [evil, 'n2'], state: evil as LiveRun['state'] },
      changes: [
        { type: 'state', node: 0, at: 0, state: 'up' },
        { type: 'item', kind: 'block', id: evil.repeat(8), origin: 0, at: 40_000, bytes: 9, height: 1 },
        { type: 'head', node: 0, at: 41_000, id: evil, height: 1, abandoned: 0 },
        { type: 'remark', node: 0, at: 41_000, what: 'rejected', of: 1, code: evil }
      ]
    })
    // The emulator takes no control character.
    assert.match(view(hostile, 80, 24).join('\n'), /·\]0;x··\[2J·/)
    const lines = new WatchLines().next(hostile).map(lineText)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these
    for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f]/)
  })

  it('draws shares in eighths of a cell', () => {
    const bars = [0, 0.5, 0.51, 1, 9].map((share) => bar(share, 8))
    assert.deepEqual(bars, ['▏', '████', '████▏', '████████', '███████▸'])
    assert.equal(spark([0, 1, 2, 4, 8], 4), '▁▃▅██')
  })

  it('writes again only the lines that changed, and erases before it writes: after a full line that takes its last character', () => {
    const written: string[] = []
    const screen = new Screen({ write: (text) => void written.push(text), terminal: true, width: 80 })
    screen.show(['one', 'two', 'three'])
    written.length = 0
    screen.show(['one', 'TWO'])
    assert.equal(written.join(''), '\u001b[2;1H\u001b[2KTWO\u001b[0m\u001b[3;1H\u001b[J')
  })
})

describe('the lines of watch', () => {
  it('say that all agree again when all do, and not when there is one branch again', () => {
    const timeline = timelineOf([])
    const lines = new WatchLines()
    const tells = (now: number, change: Change): string[] => {
      timeline.apply({ seq: timeline.seq + 1, now, changes: [change] })
      return lines.next(timeline).map((line) => lineText(line).slice('00:00:00  '.length))
    }
    const head = (id: string, at: number): Change => ({ type: 'head', node: 3, at, id, height: 12, abandoned: 0 })
    const up = (node: number, at: number): Change => ({ type: 'state', node, at, state: 'up' })
    assert.deepEqual(tells(42_001, up(9, 1)), ['now: height 12, 9/10 agree, 2 branches'])
    assert.deepEqual(tells(43_000, { type: 'state', node: 3, at: 43_000, state: 'down' }), ['agreed again: 9/9'])
    assert.deepEqual(tells(45_000, up(3, 45_000)), ['2 branches: 9/10 on the largest'])
    // Back to the beginning: it is on no other branch, and behind.
    assert.deepEqual(tells(46_000, head('', 46_000)), [])
    assert.deepEqual(tells(47_000, head('ab'.repeat(32), 47_000)), ['agreed again: 10/10'])
  })

  it('are in the order of what they tell, first the past, then how it is now', () => {
    const timeline = timelineOf([
      ...block(2, 40),
      ...block(1, 40),
      { type: 'fault', fault: 'stop', at: 11_500, nodes: [9] }
    ])
    const lines = new WatchLines()
    const texts = (): string[] =>
      lines.next(timeline).map((line) => `${line.at} ${lineText(line).slice(10).split('  ')[0]}`)
    assert.deepEqual(texts(), [
      '11000 #1 101010 by n1',
      '11500 n10 stopped',
      '12000 #2 202020 by n1',
      '42000 now: height 12, 8/9 agree, 2 branches'
    ])
    timeline.apply({ seq: 2, now: 43_000, changes: [{ type: 'fault', fault: 'start', at: 42_900, nodes: [9] }] })
    assert.deepEqual(texts(), ['42900 n10 started again'])
    // Another process tells later of what was before that; what is known is not told twice.
    timeline.apply({
      seq: 3,
      now: 43_100,
      changes: [{ type: 'head', node: 2, at: 42_800, id: 'dd'.repeat(32), height: 13, abandoned: 1 }]
    })
    assert.deepEqual(texts().slice(0, 1), ['42800 n3 left 1 block for the branch of #13'])
    timeline.apply({
      seq: 4,
      now: 43_200,
      changes: [{ type: 'head', node: 4, at: 42_850, id: 'dd'.repeat(32), height: 13, abandoned: 1 }]
    })
    assert.deepEqual(
      texts().filter((text) => text.includes('left')),
      []
    )
  })
})

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
