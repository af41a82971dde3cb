// A whole network goes down and comes back.
import { equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import type { Node } from '../../src/node/index.ts'
import { TestNodes, until } from '../support/nodes.ts'

/** Where whoever told the addresses is. */
const FRIEND = '/ip4/127.0.0.1/tcp/1'
const COUNT = 8
const targets = { outbound: COUNT - 1, connections: 2 * COUNT }

describe('a network that is restarted as a whole', () => {
  let nodes: TestNodes
  const directory = mkdtempSync(join(tmpdir(), 'starling-restart-'))
  beforeEach(() => {
    nodes = new TestNodes()
  })
  afterEach(() => nodes.stop())
  after(() => rmSync(directory, { recursive: true }))

  const start = (listen: (i: number) => string): Promise<Node[]> =>
    Promise.all(
      Array.from({ length: COUNT }, (_, i) =>
        nodes.add({
          directory: join(directory, `${i}`),
          secret: keyPairFromLabel(`restarted ${i}`).secret,
          listen: [listen(i)],
          peers: targets
        })
      )
    )
  const everyoneHasEveryone = (all: readonly Node[]): boolean =>
    all.every((node) => node.peers.peers().length === COUNT - 1)
  const bare = (address: string): string => address.replace(/\/p2p\/.*$/, '')

  it('finds together again: everyone is everyone’s peer, as before', async () => {
    const first = await start(() => '/ip4/127.0.0.1/tcp/0')
    const listening = first.map((node) => node.host.addresses()[0] ?? '')
    const [, hub = ''] = listening
    // One address to begin with; the rest is told by one peer.
    for (const node of first) for (const address of listening) node.peers.learn(address, FRIEND)
    await until(first, () => everyoneHasEveryone(first))
    await nodes.stop()

    const second = await start((i) => bare(listening[i] ?? ''))
    await until(second, () => everyoneHasEveryone(second))
    equal(new Set(second.flatMap((node) => node.host.addresses())).size, COUNT)
    ok(second.some((node) => node.host.addresses().includes(hub)))
    for (const node of second) equal(node.penalties.bans().length, 0)
  })

  it('tells a static node nothing that it would act on', async () => {
    const [quiet, other] = [await nodes.add(), await nodes.add()]
    ok(quiet.peers.learn(other.host.addresses()[0] ?? '', FRIEND))
    ok(!quiet.peers.learn(quiet.host.addresses()[0] ?? '', FRIEND), 'its own address is no news')
    const third = await nodes.add({ bootstrap: quiet.host.addresses() })
    await until([quiet, third], () => quiet.peers.has(third.host.peerId))
    equal(quiet.peers.peers().length, 1)
  })
})
