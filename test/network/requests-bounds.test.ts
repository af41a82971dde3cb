// Requests over real sockets: every way in which a peer can misbehave.
import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { code, collect, echo, once, type RequestPair, requestPair } from './request-pair.ts'
import { bytes, runtime, until } from './support.ts'

describe('requests bound a peer that', () => {
  let pair: RequestPair
  beforeEach(async () => {
    pair = await requestPair()
  })
  afterEach(() => pair.stop())

  /** A peer that answers by hand. */
  const rogue = (handler: (stream: Stream) => void): Promise<void> =>
    pair.serverHost.handle(echo.id, handler, { maxInboundStreams: 64 })

  const hasty = { ...echo, timeouts: { openMs: 500, firstByteMs: 100, totalMs: 400 } }

  it('never answers', async () => {
    await rogue(() => {})
    await assert.rejects(pair.client.call(pair.peer, hasty, 'x'), code('timeout'))
    assert.deepEqual(pair.byClient, ['timeout'])
    await until(() => pair.openStreams() === 0)
  })

  it('trickles its answer', async () => {
    await rogue((stream) => {
      stream.send(Uint8Array.from([100]))
      const drip = setInterval(() => (stream.status === 'open' ? stream.send(bytes('x')) : clearInterval(drip)), 20)
    })
    await assert.rejects(pair.client.call(pair.peer, hasty, 'x'), code('timeout'))
    assert.deepEqual(pair.byClient, ['timeout'])
  })

  it('announces a frame above the limit: refused before it is sent', async () => {
    await rogue((stream) => void stream.send(Uint8Array.from([0xff, 0xff, 0xff, 0x7f])))
    await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('oversize'))
    assert.deepEqual(pair.byClient, ['oversize'])
  })

  it('sends a length that does not end', async () => {
    await rogue((stream) => void stream.send(new Uint8Array(20).fill(0xff)))
    await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('bad-message'))
  })

  it('answers garbage', async () => {
    await rogue((stream) => {
      stream.send(Uint8Array.from([7, ...bytes('garbage')]))
      void stream.close()
    })
    await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('bad-message'))
    assert.deepEqual(pair.byClient, ['bad-message'])
  })

  it('ends inside a frame', async () => {
    await rogue((stream) => {
      stream.send(Uint8Array.from([50, 1, 2, 3]))
      void stream.close()
    })
    await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('bad-message'))
  })

  it('answers without end, in empty frames', async () => {
    await rogue((stream) => void stream.send(new Uint8Array(5_000)))
    await assert.rejects(collect(pair.client.stream(pair.peer, echo, 'x')), code('bad-message'))
    assert.deepEqual(pair.byClient, ['bad-message'])
  })

  it('answers a call twice', async () => {
    await rogue((stream) => {
      stream.send(Uint8Array.from([1, 65, 1, 66]))
      void stream.close()
    })
    assert.equal(await pair.client.call(pair.peer, echo, 'x'), 'A')
    await until(() => pair.byClient[0] === 'bad-message')
  })

  it('asks nothing', async () => {
    await pair.server.serve(hasty, async () => 'x')
    const stream = await pair.clientHost.openStream(pair.peer, echo.id)
    await once(stream, 'close')
    assert.deepEqual(pair.byServer, ['timeout'])
  })

  it("closes instead of asking, which is nobody's fault", async () => {
    await pair.server.serve(echo, async () => 'x')
    const stream = await pair.clientHost.openStream(pair.peer, echo.id)
    const closed = once(stream, 'close')
    await stream.close()
    await closed
    assert.deepEqual(pair.byServer, [])
  })

  it('asks with an oversized frame, with garbage, or with an endless length', async () => {
    await pair.server.serve(echo, async () => 'x')
    for (const sent of [[0xff, 0x7f], [7, ...bytes('garbage')], Array(20).fill(0xff)]) {
      const stream = await pair.clientHost.openStream(pair.peer, echo.id)
      const closed = once(stream, 'close')
      stream.send(Uint8Array.from(sent))
      await closed
    }
    assert.deepEqual(pair.byServer, ['oversize', 'bad-message', 'bad-message'])
    assert.equal(await pair.client.call(pair.peer, echo, 'still served'), 'x')
  })

  it('sends without end after its question', async () => {
    await pair.server.serve(hasty, async () => 'x')
    const stream = await pair.clientHost.openStream(pair.peer, echo.id)
    const closed = once(stream, 'close')
    stream.send(Uint8Array.from([1, 65]))
    const flood = new Uint8Array(1_000_000)
    for (let i = 0; i < 8 && stream.status === 'open'; i++) stream.send(flood)
    stream.close().catch(() => {})
    await until(() => pair.openStreams() === 0)
    stream.abort(new Error('done'))
    await closed
    assert.equal(await pair.client.call(pair.peer, echo, 'still served'), 'x')
  })

  it('does not read its answer', async () => {
    const large = { ...hasty, maxResponses: 1_000 }
    let aborted = false
    await pair.server.serve(large, async function* (_, _peer, signal) {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      for (let i = 0; i < 1_000; i++) yield 'x'.repeat(90_000)
    })
    const stream = await pair.clientHost.openStream(pair.peer, echo.id)
    stream.pause()
    stream.send(Uint8Array.from([1, 65]))
    await until(() => aborted)
    assert.deepEqual(pair.byServer, ['timeout'])
    await until(() => pair.openStreams() === 0)
  })

  it('opens more streams than a peer may', async () => {
    await pair.server.serve({ ...echo, maxInboundStreams: 2 }, () => new Promise<string>(() => {}))
    const calls = Array.from({ length: 5 }, (_, i) => pair.client.call(pair.peer, echo, `${i}`))
    const settled = Promise.allSettled(calls)
    await until(() => pair.openStreams() === 2)
    await pair.client.stop()
    assert((await settled).every(({ status }) => status === 'rejected'))
  })

  it('asks again and again for what is large: answers cost by their bytes, once they are sent', async () => {
    const rate = { burst: 10, perSecond: 50, cost: () => 1, answerBytesPerToken: 1_000 }
    const large = { ...echo, rate }
    await pair.server.serve(large, async () => 'x'.repeat(20_001))
    // An honest asker counts what it received, and waits until that has flowed back: 1 and 20 of its 10, and 1 again.
    const startedAt = runtime.clock.now()
    for (let i = 0; i < 2; i++) assert.equal((await pair.client.call(pair.peer, large, 'x')).length, 20_001)
    const tookMs = runtime.clock.now() - startedAt
    assert(tookMs > 230, `${tookMs} ms instead of 240`)
    assert.deepEqual(pair.byServer, [])
    // One that does not count is refused.
    const careless = { ...echo, id: '/test/careless/1' }
    await pair.server.serve({ ...careless, rate: { ...rate, perSecond: 0.001 } }, async () => 'x'.repeat(20_001))
    await pair.client.call(pair.peer, careless, 'x')
    await assert.rejects(pair.client.call(pair.peer, careless, 'x'), code('closed'))
    assert.deepEqual(pair.byServer, ['rate-limited'])
  })

  it('asks for more than its rate allows, by what the questions cost', async () => {
    const costly = { ...echo, rate: { burst: 10, perSecond: 0.001, cost: (request: string) => request.length } }
    await pair.server.serve(costly, async (request) => request)
    assert.equal(await pair.client.call(pair.peer, costly, '12345678'), '12345678')
    // An honest caller is held back by its own bucket and never offends.
    await assert.rejects(pair.client.call(pair.peer, costly, '123'), code('rate-limited'))
    assert.deepEqual(pair.byServer, [])
    // One that does not care is refused once it passes what the slack allows.
    const careless = { ...echo }
    assert.equal(await pair.client.call(pair.peer, careless, '1234567890'), '1234567890')
    await assert.rejects(pair.client.call(pair.peer, careless, '1234567890'), code('closed'))
    assert.deepEqual(pair.byServer, ['rate-limited'])
  })
})
