// What a peer manager takes of the addresses that peers tell it of.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Host, Requests } from '../../src/network/index.ts'
import { PeerManager } from '../../src/peers/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'

const at = (ip: string, port: number, peer = '12D3KooWPeer'): string => `/ip4/${ip}/tcp/${port}/p2p/${peer}`

function manager(): PeerManager {
  const host = { peerId: '12D3KooWSelf', connections: () => [] } as unknown as Host
  return new PeerManager(
    {
      host,
      requests: {} as unknown as Requests,
      events: new EventEmitter(),
      runtime: realRuntime({ seed: 'learning' }),
      isBanned: () => false,
      penaltyOf: () => 0,
      save: async () => {},
      tip: () => {
        throw new Error('nobody is greeted here')
      },
      onPeerTip: () => {}
    },
    { genesis: new Uint8Array(32), agent: 'test', bootstrap: [], remembered: undefined }
  )
}

describe('addresses that a peer tells of', () => {
  it('are no services of this machine, unless the peer is on it, too', () => {
    const peers = manager()
    for (const local of [at('127.0.0.1', 22), '/ip6/::1/tcp/22/p2p/12D3KooWPeer']) {
      equal(peers.learn(local, '/ip4/192.0.2.7/tcp/4001'), false)
      equal(peers.learn(local, ''), false)
      ok(peers.learn(local, '/ip4/127.0.0.1/tcp/4001'))
    }
  })

  it('count as told by one source where those who tell are of one address group', () => {
    const peers = manager()
    for (let i = 1; i <= 3; i++) ok(peers.learn(at('198.51.100.1', i), `/ip4/192.0.${i}.7/tcp/${i}`))
    ok(peers.learn(at('203.0.113.1', 1, '12D3KooWPeer2'), '/ip4/10.1.0.1/tcp/1'))
    deepEqual(
      peers.addresses().learned.map(([, source]) => source),
      ['192.0', '192.0', '192.0', '10.1']
    )
  })

  it('are not its own', () => {
    equal(manager().learn(at('192.0.2.1', 1, '12D3KooWSelf'), '/ip4/192.0.2.7/tcp/1'), false)
  })
})
