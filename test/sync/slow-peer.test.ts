import { equal, ok } from 'node:assert/strict'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { type Host, Requests } from '../../src/network/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import type { Node } from '../../src/node/index.ts'
import { HELLO_VERSION, helloProtocol } from '../../src/peers/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { compareTips } from '../../src/sync/index.ts'
import { digestProtocol, headersProtocol } from '../../src/sync/protocols.ts'
import { fromHex } from '../../src/wire/index.ts'
import { connect, easyGenesis, sameHead, TestNodes, until } from '../support/nodes.ts'

const bytes = (hex: string): Uint8Array<ArrayBuffer> => fromHex(hex) as Uint8Array<ArrayBuffer>

describe('a peer that claims a long chain and serves none of it', () => {
  let nodes: TestNodes
  let liar: Host
  let requests: Requests
  let unanswered: PromiseWithResolvers<never>
  beforeEach(async () => {
    nodes = new TestNodes(easyGenesis(500))
    const runtime = realRuntime({ seed: 'liar' })
    unanswered = Promise.withResolvers()
    unanswered.promise.catch(() => {})
    liar = await createLibp2pHost({
      secret: keyPairFromLabel('liar').secret,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      maxConnections: 10,
      runtime
    })
    requests = new Requests({ host: liar, runtime })
    const tip = { height: 1_000_000, hash: bytes('ff'.repeat(32)), work: bytes('ff'.repeat(20)) }
    await requests.serve(helloProtocol, async () => ({
      version: HELLO_VERSION,
      genesis: bytes(nodes.genesis.hash),
      agent: 'liar',
      salt: new Uint8Array(8),
      head: tip
    }))
    await requests.serve(digestProtocol, async () => ({ tip }))
    await requests.serve(headersProtocol, () => unanswered.promise)
    await liar.start()
  })
  afterEach(async () => {
    unanswered.reject(new Error('over'))
    await requests.stop()
    await liar.stop()
    await nodes.stop()
  })

  it('neither stops the victim from producing nor from catching up with an honest peer', async () => {
    const [victim, honest] = (await nodes.addMany(2)) as [Node, Node]
    victim.peers.connectTo(liar.addresses()[0] ?? '')
    await until([victim], () => victim.fetcher.isCatchingUpWith(liar.peerId))
    ok(victim.inStep)
    victim.producer?.start()
    await until([victim], () => victim.chain.head.height >= 2)
    victim.producer?.stop()

    honest.producer?.start()
    await until([honest], () => honest.chain.head.height > victim.chain.head.height + 3)
    honest.producer?.stop()
    await connect(victim, honest)
    await until([victim, honest], () => sameHead([victim, honest]))
  })
})

describe('the order of tips', () => {
  const tip = (work: bigint, hash: string) => ({ height: 1, work, hash })
  it('is more work, then the lower hash', () => {
    ok(compareTips(tip(2n, 'b'), tip(1n, 'a')) > 0)
    ok(compareTips(tip(1n, 'a'), tip(1n, 'b')) > 0)
    ok(compareTips(tip(1n, 'b'), tip(1n, 'a')) < 0)
    equal(compareTips(tip(1n, 'a'), tip(1n, 'a')), 0)
  })
})
