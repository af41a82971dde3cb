// What watch shows on a terminal of a fixed size, and tells in lines.
import assert from 'node:assert/strict'
import { painter } from '../../src/cli/output.ts'
import { Screen } from '../../src/cli/terminal.ts'
import { lineText, WatchLines } from '../../src/cli/watch/lines.ts'
import { bar, spark } from '../../src/cli/watch/blocks.ts'
import { watchLines } from '../../src/cli/watch/view.ts'
import { type Change, LIVE_LIMITS, type LiveRun, Timeline } from '../../src/api/client/index.ts'
import { Emulator } from './emulator.ts'
import { block, run, timelineOf } from './watch-timeline.ts'

const view = (timeline: Timeline, columns: number, rows: number): string[] => {
  const emulator = new Emulator(columns, rows)
  const paint = painter(emulator.sink, { FORCE_COLOR: '1' })
  const screen = new Screen(emulator.sink)
  screen.show(watchLines({ timeline, connection: 'live', isPaused: false, scrolled: 0, columns, rows, paint }))
  return emulator.text.split('\n')
}

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
