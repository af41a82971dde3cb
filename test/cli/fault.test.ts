import assert from 'node:assert/strict'
import { type FakeNetwork, fakeNetwork, starling, useDirectory } from './support.ts'

describe('starling fault', () => {
  const directory = useDirectory()
  let network: FakeNetwork
  before(async () => {
    network = await fakeNetwork(5)
  })
  after(() => network.close())
  beforeEach(() => void network.faults.splice(0))

  const orders: readonly [line: string, order: object][] = [
    ['crash n3', { kind: 'crash', nodes: ['n3'] }],
    ['crash n3,n4 n1 --for 5s', { kind: 'crash', nodes: ['n3', 'n4', 'n1'], for_ms: 5000 }],
    ['restart all', { kind: 'restart', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] }],
    ['partition half', { kind: 'partition', groups: [['n1', 'n2', 'n3']] }],
    [
      'partition n1,n2 / n3 n4 --for 1m',
      {
        kind: 'partition',
        groups: [
          ['n1', 'n2'],
          ['n3', 'n4']
        ],
        for_ms: 60_000
      }
    ],
    ['partition n1/n2', { kind: 'partition', groups: [['n1'], ['n2']] }],
    ['heal', { kind: 'heal' }],
    [
      'slow n2 --latency 200ms --bandwidth 1Mbit --loss 0.1',
      { kind: 'slow', nodes: ['n2'], latency_ms: 200, bandwidth_bps: 1_000_000, loss: 0.1 }
    ]
  ]
  for (const [line, order] of orders) {
    it(`asks the controller: ${line}`, async () => {
      const cwd = directory()
      network.announceIn(cwd)
      const { code, out, err } = await starling(['fault', ...line.split(' '), '--json'], { cwd })
      assert.equal(code, 0, err)
      assert.deepEqual(network.faults, [order])
      assert.equal(JSON.parse(out).kind, line.split(' ')[0])
    })
  }

  it('says what was done, in a line', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    const { out } = await starling(['fault', 'pause', 'n2', 'n3'], { cwd })
    assert.equal(out, 'pause  n2 n3\n')
    const parted = await starling(['fault', 'partition', 'n1,n2', '/', 'n3', '--for', '10s'], { cwd })
    assert.equal(parted.out, 'partition  n1 n2 | n3 | the others  for 10s\n')
    const nothing = await starling(['fault', 'heal'], { cwd })
    assert.match(nothing.out, /^heal {2}nothing to do/)
  })

  it('says why nothing happened to a node', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    network.unfit.add('n3')
    const says = async (line: string): Promise<string> => (await starling(['fault', ...line.split(' ')], { cwd })).out
    assert.equal(await says('crash n2 n3'), 'crash  n2\n⚠ n3 is already down\n')
    assert.equal(await says('start n3'), 'start  nothing to do\n⚠ n3 is already up\n')
    network.unfit.clear()
  })

  const mistakes: readonly [line: string, sentence: RegExp][] = [
    ['partition n1 / / n2', /A group is empty\./],
    ['partition n1,n2 / n2', /n2 is in two groups\./],
    ['partition n1,n2 n3,n4', /A slash parts them\.\nTwo groups: n1,n2 \/ n3,n4 {3}One: n1,n2,n3,n4\n$/],
    ['slow n1', /Slow in what\? Give --latency, --bandwidth or --loss\./],
    ['slow n1 --loss 2', /--loss is a share from 0 to 0\.5, or 50%, not "2"\./],
    ['slow n1 --bandwidth 5', /--bandwidth is a rate like 5Mbit, 1Gbit or 800kbit, not "5"\./],
    ['crash n1 --for 5', /--for needs a unit: 5s, or 5ms\./],
    ['crash ,', /No node is named\./]
  ]
  for (const [line, sentence] of mistakes) {
    it(`refuses: ${line}`, async () => {
      const cwd = directory()
      network.announceIn(cwd)
      const { code, err } = await starling(['fault', ...line.split(' ')], { cwd })
      assert.equal(code, 2)
      assert.match(err, sentence)
      assert.deepEqual(network.faults, [])
    })
  }

  it('needs a testnet, not a single node', async () => {
    const { code, err } = await starling(['fault', 'heal', '--api', network.nodes[0]?.api ?? ''], { cwd: '/' })
    assert.equal(code, 2)
    assert.match(err, /single node/)
  })
})
