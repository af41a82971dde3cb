// Addresses that the user named: silence about one that does not answer would be no answer either.
import assert from 'node:assert/strict'
import { createGenesis, type Genesis } from '../../src/ledger/index.ts'
import { type Node, openNode } from '../../src/node/index.ts'
import { dialProblem } from '../../src/peers/dial-problem.ts'
import { type Logger, realRuntime } from '../../src/runtime/index.ts'

function genesisNamed(name: string): Genesis {
  const consensus = { kind: 'authority', slotMs: 1000, sealers: ['11'.repeat(32)] } as const
  return createGenesis({ schema: 'starling-genesis/1', name, time: 1, consensus, reward: 1, accounts: [] })
}

/** Keeps what is logged and lets a test wait for a line. */
class Lines implements Logger {
  readonly lines: string[] = []
  readonly #waiting: { pattern: RegExp; resolve: () => void }[] = []
  readonly debug = (): void => {}
  readonly info = (text: string): void => this.#add('info', text)
  readonly warn = (text: string): void => this.#add('warn', text)
  readonly error = (text: string): void => this.#add('error', text)
  readonly child = (): Logger => this

  matching(pattern: RegExp): string[] {
    return this.lines.filter((line) => pattern.test(line))
  }

  has(pattern: RegExp): Promise<void> {
    if (this.matching(pattern).length > 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }))
  }

  #add(level: string, text: string): void {
    const line = `${level} ${text}`
    this.lines.push(line)
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(line)) resolve()
  }
}

describe('an address that the user named', () => {
  const nodes: Node[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop()
  })

  const ours = genesisNamed('ours')
  async function start(options: Partial<Parameters<typeof openNode>[0]>): Promise<Node> {
    const node = await openNode({ genesis: ours, ...options })
    nodes.push(node)
    await node.start()
    return node
  }

  it('is complained of once, with the reason, and told of when it answers at last', async () => {
    const secret = new Uint8Array(32).fill(7)
    const first = await start({ secret })
    const [address = ''] = first.host.addresses()
    await first.stop()
    const log = new Lines()
    await start({ bootstrap: [address], runtime: realRuntime({ logger: log }) })
    await log.has(/^warn/)
    await start({ secret, listen: [address.replace(/\/p2p\/.*/, '')] })
    await log.has(/^info reached/)
    assert.deepEqual(log.matching(/reach/), [
      `warn can't reach ${address}: nothing listens there (connection refused); trying again until it answers`,
      `info reached ${address}`
    ])
  })

  it('is said to be of another network when it cuts the connection, and to be another peer when its id differs', async () => {
    const [theirs = ''] = (await start({ genesis: genesisNamed('theirs') })).host.addresses()
    const [friend = ''] = (await start({})).host.addresses()
    const stranger = `${friend.replace(/\/p2p\/.*/, '')}${/\/p2p\/.*/.exec(theirs)?.[0]}`
    const log = new Lines()
    await start({ bootstrap: [theirs], runtime: realRuntime({ logger: log }) })
    await start({ bootstrap: [stranger], runtime: realRuntime({ logger: log }) })
    await log.has(/^warn .*another network/)
    await log.has(/^warn .*another peer answers there/)
  })
})

describe('why an address can not be reached', () => {
  const cases: readonly [error: unknown, words: RegExp][] = [
    [new Error('could not dial', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }), /nothing listens/],
    [new AggregateError([new Error('getaddrinfo ENOTFOUND x')], 'all dials failed'), /name is not known/],
    [new Error('connect EHOSTUNREACH'), /no route/],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), /no answer in time/],
    [new Error('something new'), /^Error: something new$/],
    ['thrown text', /^thrown text$/]
  ]
  for (const [error, words] of cases) {
    it(`is told in a few words: ${words.source}`, () => assert.match(dialProblem(error), words))
  }
})
