// The libp2p host on real sockets.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Stream } from '@libp2p/interface'
import { type Host, NetworkError, type Protocol, Requests } from '../../src/network/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import { bytes, connect, Hosts, runtime, until } from './support.ts'

const PING = '/test/ping/1'
const STRANGER = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'

const servePing = (host: Host): Promise<void> => {
  const answer = (stream: Stream): void => {
    stream.addEventListener('message', ({ data }) => void stream.send(data))
  }
  return host.handle(PING, answer, { maxInboundStreams: 4 })
}

const roundTripMs = async (stream: Stream): Promise<number> => {
  const sentAt = performance.now()
  const answered = new Promise((resolve) => stream.addEventListener('message', resolve, { once: true }))
  stream.send(bytes('ping'))
  await answered
  return performance.now() - sentAt
}

describe('libp2p host', () => {
  const hosts = new Hosts()
  afterEach(() => hosts.stop())

  it('has the identity of its secret', async () => {
    const init = { secret: new Uint8Array(32).fill(1), listen: [], runtime, maxConnections: 1 }
    const [one, two] = [await createLibp2pHost(init), await createLibp2pHost(init)]
    assert.equal(one.peerId, two.peerId)
    assert.match(one.peerId, /^12D3KooW/)
  })

  it('has no addresses before its start, and complete ones after', async () => {
    const host = await hosts.create()
    assert.deepEqual(host.addresses(), [])
    await host.start()
    assert.match(host.addresses()[0] ?? '', new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${host.peerId}$`))
  })

  it('connects once, tells both ends, and tells when the last connection is gone', async () => {
    const [a, b] = [await hosts.started(), await hosts.started()]
    const told: string[] = []
    const before = runtime.clock.now()
    for (const host of [a, b]) {
      host.subscribe({
        connected: ({ peer, direction, openedAt }) => {
          assert(openedAt >= before && openedAt <= runtime.clock.now())
          told.push(`${direction} ${peer}`)
        },
        disconnected: (peer) => told.push(`gone ${peer}`)
      })
    }
    const [address] = b.addresses()
    assert(address !== undefined)
    assert.deepEqual(await Promise.all([a.dial(address), a.dial(address)]), [b.peerId, b.peerId])
    await until(() => told.length === 2)
    assert.equal(a.connections().length, 1)
    assert.equal(a.connections()[0]?.address, address)
    await b.disconnect(a.peerId)
    await until(() => told.length === 4)
    const expected = [`inbound ${a.peerId}`, `outbound ${b.peerId}`, `gone ${a.peerId}`, `gone ${b.peerId}`]
    assert.deepEqual(told.toSorted(), expected.toSorted())
    assert(told.slice(2).every((line) => line.startsWith('gone')))
    assert.deepEqual([a.connections(), b.connections()], [[], []])
  })

  it('carries streams and counts the bytes it sends', async () => {
    const [a, b] = [await hosts.started(), await hosts.started()]
    await servePing(b)
    await connect(a, b)
    const stream = await a.openStream(b.peerId, PING)
    const before = a.bytesSent()
    stream.send(new Uint8Array(10_000))
    await until(() => b.bytesSent() > 10_000)
    const sent = a.bytesSent() - before
    assert(sent > 10_000 && sent < 10_500, `${sent}`)
  })

  it('resets the streams of a protocol beyond what its handler allows', async () => {
    const [a, b] = [await hosts.started(), await hosts.started()]
    await servePing(b)
    await connect(a, b)
    const streams = await Promise.all(Array.from({ length: 4 }, () => a.openStream(b.peerId, PING)))
    await Promise.all(streams.map(roundTripMs))
    const fifth = await a.openStream(b.peerId, PING)
    await until(() => fifth.status !== 'open')
    assert(streams.every(({ status }) => status === 'open'))
  })

  it('takes thirty dials from one address at once', async () => {
    const hub = await hosts.started()
    const others = await Promise.all(Array.from({ length: 30 }, () => hosts.started()))
    await Promise.all(others.map((other) => connect(other, hub)))
    await until(() => hub.connections().length === 30)
  })

  describe('says in an error of one kind', () => {
    const rejected = (promise: Promise<unknown>, expected: string): Promise<void> =>
      assert.rejects(promise, (error) => error instanceof NetworkError && error.code === expected)

    it('that an address is not one, has nobody, or has somebody else', async () => {
      const [a, b] = [await hosts.started(), await hosts.started()]
      await rejected(a.dial('nonsense'), 'dial-failed')
      await rejected(a.dial('/ip4/127.0.0.1/tcp/1'), 'dial-failed')
      await rejected(a.dial(`/ip4/127.0.0.1/tcp/1/p2p/${STRANGER}`), 'dial-failed')
      await rejected(a.dial((b.addresses()[0] ?? '').replace(b.peerId, STRANGER)), 'dial-failed')
      await rejected(a.dial(a.addresses()[0] ?? ''), 'dial-failed')
      assert.equal(a.connections().length, 0)
    })

    it('that its port is taken', async () => {
      const taken = await hosts.started()
      const listen = [(taken.addresses()[0] ?? '').replace(/\/p2p\/.*/, '')]
      const late = await createLibp2pHost({ secret: new Uint8Array(32), listen, runtime, maxConnections: 1 })
      await assert.rejects(late.start(), (error) => error instanceof NetworkError && /EADDRINUSE/.test(error.message))
      await late.stop()
    })

    it('that a dial was given up', async () => {
      const [a, b] = [await hosts.started(), await hosts.started(200)]
      await rejected(a.dial(b.addresses()[0] ?? '', AbortSignal.timeout(20)), 'dial-failed')
    })

    it('that a peer is a stranger, or does not speak a protocol', async () => {
      const [a, b] = [await hosts.started(), await hosts.started()]
      await rejected(a.openStream(STRANGER, PING), 'not-connected')
      await connect(a, b)
      await rejected(a.openStream(b.peerId, PING), 'unsupported')
    })
  })

  it('forgets everybody it is not connected to', async () => {
    const [a, b] = [await hosts.started(), await hosts.started()]
    const { peerStore } = a.gossipComponents
    const strangers = async (): Promise<number> =>
      (await peerStore.all()).filter(({ id }) => id.toString() !== a.peerId).length
    await connect(a, b)
    await a.dial(`/ip4/127.0.0.1/tcp/1/p2p/${STRANGER}`).catch(() => {})
    await a.disconnect(b.peerId)
    while ((await strangers()) > 0) await runtime.yield()
  })

  it('leaves no timer behind that would keep a process waiting', async () => {
    const { setTimeout: set, clearTimeout: clear } = globalThis
    const pending = new Map<NodeJS.Timeout | undefined, string>()
    const watched = (run: () => void, ms = 0): NodeJS.Timeout => {
      const timer = set(() => {
        pending.delete(timer)
        run()
      }, ms)
      if (ms > 1) pending.set(timer, `${ms} ms ${new Error('set').stack}`)
      return timer
    }
    Object.assign(globalThis, {
      setTimeout: watched,
      clearTimeout: (timer?: NodeJS.Timeout) => {
        pending.delete(timer)
        clear(timer)
      }
    })
    try {
      const [a, b] = [await hosts.started(), await hosts.started()]
      await connect(a, b)
      await Promise.all([a.stop(), b.stop()])
    } finally {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
    }
    const waitedFor = [...pending].filter(([timer]) => timer?.hasRef()).map(([, what]) => what)
    assert.deepEqual(waitedFor, [])
  })

  describe('with a link delay', () => {
    it('needs at least both ways for a round trip, and not much more', async () => {
      const [a, b] = [await hosts.started(40), await hosts.started(40)]
      await servePing(b)
      await connect(a, b)
      const stream = await a.openStream(b.peerId, PING)
      // The quickest of some: a busy machine makes any one late.
      const trips: number[] = []
      for (let i = 0; i < 5; i++) trips.push(await roundTripMs(stream))
      const took = Math.min(...trips)
      assert(took >= 80 && took < 160, `${took}`)
    })

    it('delays a request as much as a stream', async () => {
      const [a, b] = [await hosts.started(30), await hosts.started(10)]
      const codec = { encode: (message: Uint8Array) => message, decode: () => new Uint8Array() }
      const protocol: Protocol<Uint8Array, Uint8Array> = {
        id: '/test/empty/1',
        request: codec,
        response: codec,
        maxRequestBytes: 10,
        maxResponseBytes: 10,
        maxResponses: 1,
        timeouts: { openMs: 5_000, firstByteMs: 5_000, totalMs: 5_000 },
        maxInboundStreams: 4,
        rate: { burst: 10, perSecond: 10, cost: () => 1 },
        traffic: 'control'
      }
      const [client, server] = [a, b].map((host) => new Requests({ host, runtime }))
      await server?.serve(protocol, async () => new Uint8Array())
      await connect(a, b)
      const startedAt = performance.now()
      await client?.call(b.peerId, protocol, new Uint8Array())
      // Twice there and back: the protocol is negotiated, then asked.
      assert(performance.now() - startedAt >= 80)
    })

    it('keeps order and loses nothing, however much is under way', async () => {
      const [a, b] = [await hosts.started(15), await hosts.started()]
      let expected = 0
      let wrong = 0
      let received = 0
      await b.handle(
        PING,
        (stream) => {
          stream.addEventListener('message', ({ data }) => {
            for (const byte of data.subarray()) {
              if (byte !== expected) wrong++
              expected = (expected + 1) % 251
            }
            received += data.byteLength
          })
        },
        { maxInboundStreams: 1 }
      )
      await connect(a, b)
      const stream = await a.openStream(b.peerId, PING)
      const total = 251 * 8_000
      for (let sent = 0; sent < total; sent += 251 * 80) {
        const chunk = Uint8Array.from({ length: 251 * 80 }, (_, i) => i % 251)
        if (!stream.send(chunk)) await stream.onDrain()
      }
      await stream.close()
      await until(() => received === total)
      assert.equal(wrong, 0)
    })

    it('delivers what was sent before a close, and the close', async () => {
      const [a, b] = [await hosts.started(30), await hosts.started()]
      let received = 0
      const count = (stream: Stream): void => {
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength
        })
      }
      await b.handle(PING, count, { maxInboundStreams: 1 })
      await connect(a, b)
      const stream = await a.openStream(b.peerId, PING)
      stream.send(new Uint8Array(1_000))
      await a.disconnect(b.peerId)
      await until(() => b.connections().length === 0)
      assert.equal(received, 1_000)
    })

    it('stops at once beside a peer that is cut off', async () => {
      const [a, b] = [await hosts.started(5_000), await hosts.started()]
      const dialling = a.dial(b.addresses()[0] ?? '').catch((error) => error)
      await until(() => a.gossipComponents.connectionManager.getDialQueue().length > 0)
      await a.stop()
      assert((await dialling) instanceof NetworkError)
    })
  })

  it('leaves nothing behind: a process whose hosts have stopped ends by itself', async () => {
    const script = fileURLToPath(new URL('fixtures/start-and-stop.ts', import.meta.url))
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [script], { timeout: 15_000 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout)
      )
    })
    assert.deepEqual(JSON.parse(output), { delivered: true, sockets: [] })
  })
})
