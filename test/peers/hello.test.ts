import { deepEqual, equal } from 'node:assert/strict'
import { HELLO_VERSION, helloProtocol, judgeHello } from '../../src/peers/index.ts'
import type { NodeEvent } from '../../src/trace/index.ts'
import type { Hello } from '../../src/wire/index.ts'
import { BOASTED_TIP, bytes, Liar } from '../support/liar.ts'
import { TestNodes, until } from '../support/nodes.ts'

describe('a hello', () => {
  const nodes = new TestNodes()
  const genesis = bytes(nodes.genesis.hash)
  after(() => nodes.stop())

  const hello: Hello = {
    version: HELLO_VERSION,
    genesis,
    agent: 'x',
    salt: new Uint8Array(8),
    head: BOASTED_TIP
  }
  const { head: _, ...headless } = hello
  const shortHash = { ...hello, head: { ...BOASTED_TIP, hash: new Uint8Array(31) } }
  const cases: readonly [what: string, hello: Hello, problem: string | undefined][] = [
    ['of our network and version', hello, undefined],
    ['of another version', { ...hello, version: HELLO_VERSION + 1 }, 'other-version'],
    ['of another network', { ...hello, genesis: new Uint8Array(32) }, 'other-network'],
    ['with a long agent', { ...hello, agent: 'x'.repeat(65) }, 'bad-hello'],
    ['with a short salt', { ...hello, salt: new Uint8Array(7) }, 'bad-hello'],
    ['without a head', headless, 'bad-hello'],
    ['with a head that has no hash', shortHash, 'bad-hello'],
    ['with more work than can be', { ...hello, head: { ...BOASTED_TIP, work: new Uint8Array(41) } }, 'bad-hello']
  ]
  for (const [what, given, problem] of cases) {
    it(`${what} is ${problem ?? 'good'}`, () => equal(judgeHello(given, genesis), problem))
  }

  it('that makes no sense makes no peer, and is held against its sender', async () => {
    const victim = await nodes.add()
    const liar = await Liar.start(nodes.genesis, () => BOASTED_TIP)
    try {
      const events: NodeEvent[] = []
      victim.events.subscribe((event) => void events.push(event))
      const peer = await liar.host.dial(victim.host.addresses()[0] ?? '')
      await liar.requests.call(peer, helloProtocol, shortHash).catch(() => {})
      await until([victim], () => events.some(({ type }) => type === 'rejected'))
      deepEqual(
        events.flatMap((event) => (event.type === 'rejected' ? [[event.code, event.from]] : [])),
        [['bad-hello', liar.host.peerId]]
      )
      equal(victim.peers.has(liar.host.peerId), false)
    } finally {
      await liar.stop()
    }
  })
})
