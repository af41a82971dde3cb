// Text for people: quantities, columns, colours.
import assert from 'node:assert/strict'
import { bytes, duration, plural, shortPeer } from '../../src/cli/format.ts'
import { pairs, painter, table, visibleLength } from '../../src/cli/output.ts'
import { hostAndPort } from '../../src/cli/parse.ts'

const plain = (_style: unknown, text: string): string => text

describe('quantities', () => {
  const durations: readonly [ms: number, text: string][] = [
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [340, '340 ms'],
    [2400, '2.4 s'],
    [99_940, '99.9 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h']
  ]
  for (const [ms, text] of durations) it(`${ms} ms are ${text}`, () => assert.equal(duration(ms), text))

  const sizes: readonly [value: number, text: string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1234, '1.2 kB'],
    [21_000, '21 kB'],
    [999_600, '1.0 MB'],
    [2e9, '2.0 GB']
  ]
  for (const [value, text] of sizes) it(`${value} bytes are ${text}`, () => assert.equal(bytes(value), text))

  it('agree with their noun', () => {
    assert.deepEqual([plural(1, 'block'), plural(1200, 'block')], ['1 block', '1,200 blocks'])
  })

  it('show the end of a peer id, where ids differ', () => {
    assert.equal(shortPeer('12D3KooWAbCdEf'), '…AbCdEf')
  })
})

describe('a table', () => {
  it('aligns columns by what is seen, not by escapes, and leaves no blanks at line ends', () => {
    const red = painter({ terminal: true, width: 80, write: () => {} }, {})
    const text = table(
      [{ title: 'a' }, { title: 'n', align: 'right' }, { title: 'b' }],
      [
        [red('red', 'x'), '10', ''],
        ['yyy', '7', 'z']
      ],
      red
    )
    const lines = text.split('\n').slice(0, 3)
    assert.deepEqual(
      lines.map((line) => visibleLength(line.trimEnd())),
      [10, 7, 10]
    )
    assert.match(table([{ title: 'a' }, { title: 'b' }], [['x', '']], plain), /^a {2}b\nx\n$/)
  })

  it('puts names and values side by side', () => {
    assert.equal(
      pairs(
        [
          ['id', '1'],
          ['state', 'up']
        ],
        plain
      ),
      'id     1\nstate  up\n'
    )
  })
})

describe('colours', () => {
  const terminal = { terminal: true, width: 80, write: () => {} }
  const isPainted = (env: Record<string, string>, sink = terminal): boolean => painter(sink, env)('red', 'x') !== 'x'

  it('are for terminals', () => {
    assert.equal(isPainted({}), true)
    assert.equal(isPainted({}, { ...terminal, terminal: false }), false)
  })

  it('respect NO_COLOR, unless it is empty', () => {
    assert.equal(isPainted({ NO_COLOR: '1' }), false)
    assert.equal(isPainted({ NO_COLOR: '' }), true)
    assert.equal(isPainted({ TERM: 'dumb' }), false)
  })
})

describe('HOST:PORT', () => {
  it('may leave out the host', () => {
    assert.deepEqual(hostAndPort('7070'), { host: '127.0.0.1', port: 7070 })
    assert.deepEqual(hostAndPort(':0'), { host: '127.0.0.1', port: 0 })
    assert.deepEqual(hostAndPort('[::1]:80'), { host: '::1', port: 80 })
    assert.deepEqual(hostAndPort('0.0.0.0:7070'), { host: '0.0.0.0', port: 7070 })
  })

  for (const text of ['', 'localhost', 'a:b', '127.0.0.1:65536', '1:2:3']) {
    it(`is not "${text}"`, () => assert.throws(() => hostAndPort(text), { code: 'usage' }))
  }
})
