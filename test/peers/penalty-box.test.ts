// Offences and what follows, between nodes on real sockets.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { penaltyDefaults } from '../../src/config/index.ts'
import type { Host, HostEvents } from '../../src/network/index.ts'
import type { Node } from '../../src/node/index.ts'
import { PenaltyBox } from '../../src/peers/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import { connect, TestNodes, until } from '../support/nodes.ts'

const hour = { syncIntervalMs: 3_600_000 }

describe('a peer that lied', () => {
  let nodes: TestNodes
  const directory = mkdtempSync(join(tmpdir(), 'starling-bans-'))
  beforeEach(() => {
    nodes = new TestNodes()
  })
  afterEach(() => nodes.stop())
  after(() => rmSync(directory, { recursive: true }))

  const isPeer = (node: Node, other: Node): boolean => node.peers.has(other.host.peerId)
  const isBanned = (node: Node, other: Node): boolean => node.penalties.isBanned(other.host.peerId)

  /** Lies once: the connection ends. */
  const lie = async (liar: Node, victim: Node, salt: number): Promise<void> => {
    await liar.gossip.publish('block', new Uint8Array(100).fill(salt))
    await until([liar, victim], () => !isPeer(victim, liar))
  }

  /** Lies until it is banned. */
  const lieTwice = async (liar: Node, victim: Node): Promise<void> => {
    await lie(liar, victim, 0xfe)
    ok(!isBanned(victim, liar))
    await connect(liar, victim)
    await lie(liar, victim, 0xff)
    await until([victim], () => isBanned(victim, liar))
  }

  it('is disconnected, then banned, told of once, and nobody else is', async () => {
    const [liar, victim, honest] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(honest, victim)
    await connect(liar, victim)
    const told: unknown[] = []
    victim.events.subscribe((event) => {
      if (event.type === 'banned') told.push([event.peer, event.reason, event.until > event.at])
    })
    await lieTwice(liar, victim)
    await until([victim], () => told.length > 0)
    deepEqual(told, [[liar.host.peerId, 'malformed', true]])
    deepEqual(
      victim.penalties.bans().map(({ peer, ip }) => [peer, ip]),
      [[liar.host.peerId, undefined]]
    )
    ok(isPeer(victim, honest))
    equal(victim.penalties.score(honest.host.peerId), 0)
  })

  it('is refused when it connects, and never dialled', async () => {
    const [liar, victim, honest] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await lieTwice(liar, victim)
    await rejects(victim.host.dial(liar.host.addresses()[0] ?? ''), { code: 'dial-failed' })
    victim.peers.connectTo(liar.host.addresses()[0] ?? '')
    // The dial itself succeeds or not, as the handshake's last message crosses the refusal; no connection stands.
    await liar.host.dial(victim.host.addresses()[0] ?? '').catch(() => {})
    await connect(honest, victim)
    ok(!victim.host.connections().some(({ peer }) => peer === liar.host.peerId))
  })

  it('is still banned after a restart', async () => {
    const liar = await nodes.add(hour)
    const secret = new Uint8Array(32).fill(7)
    const victim = await nodes.add({ ...hour, directory, secret })
    await connect(liar, victim)
    await lieTwice(liar, victim)
    const bans = victim.penalties.bans()
    await victim.stop()
    const again = await nodes.add({ ...hour, directory, secret })
    deepEqual(again.penalties.bans(), bans)
    ok((bans[0]?.until ?? 0) - again.runtime.clock.now() <= penaltyDefaults.banMs)
    await rejects(again.host.dial(liar.host.addresses()[0] ?? ''), { code: 'dial-failed' })
  })
})

describe('a liar that is gone before it is found out', () => {
  it('is banned with the address it was at', async () => {
    let connected: HostEvents['connected'] | undefined
    const host = {
      refuse: () => {},
      disconnect: async () => {},
      subscribe: (on: Partial<HostEvents>) => {
        connected = on.connected
        return () => {}
      }
    } as unknown as Host
    const events = new EventEmitter()
    const runtime = realRuntime({ seed: 1 })
    const box = new PenaltyBox({ host, events, runtime, save: async () => {} }, undefined)
    box.start()
    connected?.({ peer: 'liar', address: '/ip4/192.0.2.7/tcp/4001', direction: 'inbound', openedAt: 0 })
    for (let i = 0; i < 2; i++) {
      events.emit({ type: 'rejected', kind: 'transaction', from: 'liar', code: 'bad-signature', at: 0 })
    }
    await box.stop()
    deepEqual(
      box.bans().map(({ peer, ip }) => [peer, ip]),
      [['liar', '192.0.2.7']]
    )
  })
})
