// The live feed over HTTP: readers in step, slow ones and late ones.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { createTestnetClient, type Update } from '../../src/api/client/index.ts'
import { Timeline } from '../../src/api/index.ts'
import { UpdateStreams } from '../../src/api/update-streams.ts'
import { LIVE_LIMITS, liveDefaults } from '../../src/config/index.ts'
import { Bench, type FakeTestnet, hashOf } from './support.ts'

/** A response that is full after every write. */
class SlowResponse extends EventEmitter {
  written = 0
  writableNeedDrain = false
  isDestroyed = false
  get writableLength(): number {
    return this.writableNeedDrain ? 1 : 0
  }
  writeHead(): void {}
  write(): void {
    this.written++
    this.writableNeedDrain = true
  }
  destroy(): void {
    this.isDestroyed = true
  }
}

describe('the live feed', () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  const publish = (service: FakeTestnet, n: number, bytes = 300): void => {
    service.combiner.onEvent({ type: 'published', node: 'n1', kind: 'block', id: hashOf(n), at: n, bytes, height: n })
  }

  it('begins with everything, then tells what changes', async () => {
    const { api, service } = await bench.testnet()
    publish(service, 1)
    service.live.flush()
    const stop = new AbortController()
    bench.own(() => stop.abort())
    const updates = createTestnetClient(api.url).updates({ signal: stop.signal })[Symbol.asyncIterator]()
    const first: Update = (await updates.next()).value
    assert.equal(first.reset, true)
    assert.equal(first.run?.nodes.length, 3)
    publish(service, 2)
    service.live.flush()
    const second: Update = (await updates.next()).value
    assert.equal(second.seq, first.seq + 1)
    assert.equal(second.reset, undefined)
    assert.equal(second.changes.length, 1)
  })

  it('gives everything afresh to a reader that missed too much, and holds nothing for it meanwhile', async () => {
    const { api, service } = await bench.testnet()
    service.live.flush()
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    bench.own(() => socket.destroy())
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.write('GET /v1/updates HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await new Promise<void>((resolve) => socket.once('data', () => resolve()))
    socket.pause()
    // It takes nothing: the system's buffers fill, then nothing more is written, however much happens.
    let n = 1
    for (let round = 0; round < 400; round++) {
      for (let i = 0; i < 2_000; i++) {
        service.combiner.nodeState('n1', n++ % 2 === 0 ? 'up' : 'down', n)
      }
      service.live.flush()
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(
      service.live.since(service.live.timeline.seq - liveDefaults.backlogMax)?.length === liveDefaults.backlogMax
    )
    assert.equal(service.live.since(service.live.timeline.seq - liveDefaults.backlogMax - 1), undefined)
    const timeline = new Timeline(LIVE_LIMITS)
    let resets = 0
    let rest = ''
    const caughtUp = Promise.withResolvers<void>()
    socket.on('data', (bytes) => {
      const lines = (rest + bytes).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue
        const update = JSON.parse(line.slice(6)) as Update
        if (update.reset === true) resets++
        timeline.apply(update)
        if (timeline.seq === service.live.timeline.seq) caughtUp.resolve()
      }
    })
    socket.resume()
    await caughtUp.promise
    assert.ok(resets >= 1, 'it was told everything afresh')
    assert.deepEqual(timeline.nodes, service.live.timeline.nodes)
  })

  it('is put together once for all who need everything, and afresh after an update', async () => {
    const { service } = await bench.testnet()
    publish(service, 1)
    service.live.flush()
    const snapshot = service.live.snapshot()
    assert.equal(service.live.snapshot(), snapshot)
    publish(service, 2)
    service.live.flush()
    assert.notEqual(service.live.snapshot(), snapshot)
    assert.equal(
      service.live.snapshot().flatMap(({ changes }) => changes.filter(({ type }) => type === 'item')).length,
      2
    )
  })

  it('is written as a reader takes it; one that takes its time is left alone, one that takes nothing is closed', () => {
    const updates = [1, 2, 3].map((now): Update => ({ seq: 1, now, changes: [] }))
    const feed = { snapshot: () => updates, since: () => [], subscribe: () => () => {} }
    let now = 0
    let beat = (): void => {}
    const streams = new UpdateStreams(feed, {
      clock: { now: () => now },
      timers: {
        every: (_, fn) => {
          beat = fn
          return { cancel: () => {} }
        }
      }
    })
    const response = new SlowResponse()
    streams.open(response as unknown as ServerResponse)
    for (const taken of [1, 2, 3]) {
      assert.equal(response.written, taken)
      now += liveDefaults.stalledMaxMs - 1
      beat()
      assert.equal(response.isDestroyed, false)
      response.writableNeedDrain = false
      if (taken < 3) response.emit('drain')
    }
    response.writableNeedDrain = true
    now += liveDefaults.stalledMaxMs
    beat()
    assert.equal(response.isDestroyed, true)
  })

  it('refuses one reader too many', async () => {
    const { api } = await bench.testnet()
    const stop = new AbortController()
    bench.own(() => stop.abort())
    const client = createTestnetClient(api.url)
    const open = Array.from({ length: liveDefaults.readersMax }, () => {
      const reader = client.updates({ signal: stop.signal })[Symbol.asyncIterator]()
      return reader.next()
    })
    await Promise.all(open)
    assert.equal(api.streams(), liveDefaults.readersMax)
    await assert.rejects(client.updates()[Symbol.asyncIterator]().next(), { status: 503, code: 'busy' })
  })

  it('ends when the API closes', async () => {
    const { api } = await bench.testnet()
    const updates = createTestnetClient(api.url).updates()[Symbol.asyncIterator]()
    await updates.next()
    const ended = updates.next()
    await api.close()
    assert.equal((await ended).done, true)
  })

  it('asks a node for whoever asks the controller', async () => {
    const { api, service } = await bench.testnet()
    const node = await bench.node()
    service.nodeApi = node.api.url
    const client = createTestnetClient(api.url)
    assert.equal((await client.members('n1'))[0]?.phi, 0.3)
    assert.equal((await client.peers('n1')).length, 1)
    assert.equal((await client.status('n1')).peers, 1)
    assert.equal((await client.mempool('n1', { limit: 3 })).count, 1)
    assert.equal((await client.accounts())[0]?.available, 6)
    assert.equal((await client.block(12)).height, 12)
    assert.equal((await client.transaction(hashOf(100))).amount, 5)
    await assert.rejects(client.status('n9'), { status: 422, code: 'unknown-node' })
    await assert.rejects(client.block(77), { status: 404, code: 'not-found' })
    await node.api.close()
    await assert.rejects(client.status('n1'), { status: 503, code: 'node-down' })
  })

  it('signs payments of development accounts, and follows them', async () => {
    const { api, service } = await bench.testnet()
    const node = await bench.node()
    service.nodeApi = node.api.url
    const client = createTestnetClient(api.url)
    assert.match((await client.pay({ from: 'alice', to: 'bob', amount: 5, fee: 1 })).id, /^[0-9a-f]{64}$/)
    assert.equal(service.followed.length, 1)
    for (const [order, code] of [
      [{ from: 'mallory', to: 'bob', amount: 5, fee: 1 }, 'unknown-account'],
      [{ from: 'alice', to: 'nobody', amount: 5, fee: 1 }, 'unknown-account'],
      [{ from: 'alice', to: 'bob', amount: 0, fee: 1 }, 'bad-body'],
      [{ from: 'alice', to: '<b>', amount: 1, fee: 1 }, 'bad-body']
    ] as const) {
      await assert.rejects(client.pay(order), { code })
    }
  })
})
