// Link shaping: the arithmetic of access lines in virtual time, the rest on real sockets.
import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import type { Host } from '../../src/network/index.ts'
import { AccessLine } from '../../src/network/libp2p/access-line.ts'
import { createLibp2pHost, LinkShaper, type LinkTable, type PeerLink } from '../../src/network/libp2p/index.ts'
import { type Timers, timersFrom } from '../../src/runtime/index.ts'
import { bytes, connect, runtime, until } from './support.ts'

const PING = '/test/ping/1'
const MBIT = 1e6

describe('an access line', () => {
  /** A line in virtual time, whose timers come `lateMs` late. */
  const bench = (bps: number, lateMs = 0) => {
    const scheduler = new Scheduler(0)
    const timers: Timers = timersFrom({
      after: (ms, fn) => scheduler.after(ms + lateMs, fn),
      every: (ms, fn) => scheduler.every(ms, fn)
    })
    const line = new AccessLine({ clock: { now: () => scheduler.now }, timers }, bps)
    const crossed = new Map<string, { bytes: number; at: number }>()
    const flow = (name: string) =>
      line.flow((data, at) => {
        crossed.set(name, { bytes: (crossed.get(name)?.bytes ?? 0) + data.byteLength, at })
      })
    return { scheduler, line, flow, crossed }
  }
  const data = (size: number): Uint8ArrayList => new Uint8ArrayList(new Uint8Array(size))

  for (const lateMs of [0, 7]) {
    it(`holds its rate with timers that are ${lateMs} ms late`, async () => {
      const { scheduler, flow, crossed } = bench(8 * MBIT, lateMs)
      flow('a').push(data(100_000), 0)
      await scheduler.runUntil(1000)
      assert.equal(crossed.get('a')?.bytes, 100_000)
      assert.ok(Math.abs((crossed.get('a')?.at ?? 0) - 100) < 1e-6)
    })
  }

  it('is shared evenly, and what one leaves goes to the other', async () => {
    const { scheduler, flow, crossed } = bench(8 * MBIT)
    flow('long').push(data(100_000), 0)
    flow('short').push(data(20_000), 0)
    await scheduler.runUntil(1000)
    const at = (name: string): number => crossed.get(name)?.at ?? Number.NaN
    assert.ok(Math.abs(at('short') - 40) <= 2.5, `${at('short')}`)
    assert.ok(Math.abs(at('long') - 120) < 1e-6, `${at('long')}`)
  })

  it('without a limit lets everything through at once, and forgets what was cleared', async () => {
    const { flow, crossed, line, scheduler } = bench(Infinity)
    flow('a').push(data(5_000_000), 0)
    assert.deepEqual(crossed.get('a'), { bytes: 5_000_000, at: 0 })
    line.bps = MBIT
    const cleared = flow('b')
    cleared.push(data(100_000), scheduler.now)
    cleared.clear()
    flow('c').push(data(1250), scheduler.now)
    await scheduler.runUntil(1000)
    assert.ok((crossed.get('b')?.bytes ?? 0) < 100_000)
    assert.equal(crossed.get('c')?.bytes, 1250)
  })
})

describe('shaped links', () => {
  const hosts: Host[] = []
  let created = 0
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()))
  })

  const plain: PeerLink = { delayMs: 0, loss: 0, blocked: false }
  const table = (more: Partial<LinkTable> = {}): LinkTable => ({
    others: plain,
    peers: new Map(),
    jitterMs: 0,
    upBps: Infinity,
    downBps: Infinity,
    ...more
  })

  const start = async (links: LinkTable): Promise<{ host: Host; shaper: LinkShaper }> => {
    const secret = new Uint8Array(32).fill(9)
    secret[0] = ++created
    const shaper = new LinkShaper(runtime, links)
    const listen = ['/ip4/127.0.0.1/tcp/0']
    const host = await createLibp2pHost({ secret, listen, runtime, maxConnections: 16, shaper })
    await host.start()
    hosts.push(host)
    return { host, shaper }
  }

  const serve = (host: Host, answer: (stream: Stream, size: number) => void): Promise<void> =>
    host.handle(PING, (stream) => stream.addEventListener('message', ({ data }) => answer(stream, data.byteLength)), {
      maxInboundStreams: 4
    })
  const echo = (host: Host): Promise<void> => serve(host, (stream) => void stream.send(bytes('pong')))

  const roundTripMs = async (stream: Stream): Promise<number> => {
    const sentAt = runtime.clock.now()
    const answered = new Promise((resolve) => stream.addEventListener('message', resolve, { once: true }))
    stream.send(bytes('ping'))
    await answered
    return runtime.clock.now() - sentAt
  }

  it('have the delay of each peer, from the handshake on also for who was dialled', async () => {
    const [a, near, far] = [await start(table()), await start(table()), await start(table())]
    const link = (delayMs: number): PeerLink => ({ ...plain, delayMs })
    a.shaper.update(
      table({
        peers: new Map([
          [near.host.peerId, link(10)],
          [far.host.peerId, link(80)]
        ])
      })
    )
    for (const { host } of [near, far]) {
      await echo(host)
      await connect(host, a.host)
    }
    const times: number[] = []
    for (const { host } of [near, far]) {
      const stream = await a.host.openStream(host.peerId, PING)
      // The quickest of some: a busy machine makes any one late.
      const trips: number[] = []
      for (let i = 0; i < 5; i++) trips.push(await roundTripMs(stream))
      times.push(Math.min(...trips))
    }
    const [nearMs = 0, farMs = 0] = times
    assert.ok(nearMs >= 10 && nearMs < 70, `${nearMs} ms`)
    assert.ok(farMs >= 80, `${farMs} ms`)
  })

  for (const side of ['uplink', 'downlink'] as const) {
    it(`share a narrow ${side}, and take as long as it does`, async () => {
      const narrow = table(side === 'uplink' ? { upBps: 8 * MBIT } : { downBps: 8 * MBIT })
      const one = await start(narrow)
      const others = [await start(table()), await start(table())]
      const arrivedAt: number[] = []
      const SIZE = 150_000
      const count = async (host: Host): Promise<void> => {
        let left = side === 'uplink' ? SIZE : 2 * SIZE
        await serve(host, (_, size) => {
          left -= size
          if (left <= 0) arrivedAt.push(runtime.clock.now())
        })
      }
      if (side === 'uplink') for (const { host } of others) await count(host)
      else await count(one.host)
      const streams: Stream[] = []
      for (const { host } of others) {
        await connect(one.host, host)
        const [from, to] = side === 'uplink' ? [one.host, host] : [host, one.host]
        await until(() => from.connections().length > 0)
        streams.push(await from.openStream(to.peerId, PING))
      }
      const sentAt = runtime.clock.now()
      for (const stream of streams) stream.send(new Uint8Array(SIZE))
      await until(() => arrivedAt.length === (side === 'uplink' ? 2 : 1))
      const took = arrivedAt.map((at) => at - sentAt)
      // 300 kB at a MB a second.
      assert.ok(Math.max(...took) >= 300, `${took} ms`)
      if (side === 'uplink') assert.ok(Math.min(...took) > 250, `${took} ms: not shared`)
    })
  }

  it('when blocked hold what is sent and what ends, until they are open again', async () => {
    const [a, b] = [await start(table()), await start(table())]
    const block = (blocked: boolean): void => {
      a.shaper.update(table({ peers: new Map([[b.host.peerId, { ...plain, blocked }]]) }))
      b.shaper.update(table({ peers: new Map([[a.host.peerId, { ...plain, blocked }]]) }))
    }
    let heard = 0
    await serve(b.host, (stream) => {
      heard++
      stream.send(bytes('pong'))
    })
    await connect(a.host, b.host)
    const stream = await a.host.openStream(b.host.peerId, PING)
    await roundTripMs(stream)

    block(true)
    const waiting = roundTripMs(stream)
    const c = await start(table({ peers: new Map([[b.host.peerId, { ...plain, blocked: true }]]) }))
    await assert.rejects(c.host.dial(b.host.addresses()[0] ?? '', AbortSignal.timeout(300)), { code: 'dial-failed' })
    assert.equal(heard, 1, 'nothing crossed')
    assert.equal(b.host.connections().length, 1)
    block(false)
    await waiting
    assert.equal(heard, 2)

    block(true)
    const gone: string[] = []
    b.host.subscribe({ disconnected: (peer) => gone.push(peer) })
    await a.host.disconnect(b.host.peerId)
    assert.equal(a.host.connections().length, 0)
    assert.deepEqual([gone, b.host.connections().length], [[], 1], 'the other side knows nothing of it')
    block(false)
    await until(() => gone.length === 1)
  })

  it('when lossy deliver all the same, later', async () => {
    const [a, b] = [await start(table()), await start(table())]
    await echo(b.host)
    await connect(a.host, b.host)
    const stream = await a.host.openStream(b.host.peerId, PING)
    a.shaper.update(table({ others: { delayMs: 5, loss: 0.3, blocked: false } }))
    // Some of them are lost and come after a timeout; every one comes.
    let slowestMs = 0
    while (slowestMs < 210) slowestMs = Math.max(slowestMs, await roundTripMs(stream))
  })
})
