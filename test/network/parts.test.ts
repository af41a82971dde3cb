// The parts under gossip and requests, without sockets.
import assert from 'node:assert/strict'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import { validatePeerScoreParams, type PeerScoreParams } from '@chainsafe/libp2p-gossipsub/score'
import { streamPair } from '@libp2p/utils'
import fc from 'fast-check'
import { gossipDefaults, gossipDegrees } from '../../src/config/index.ts'
import { FrameReader, writeFrame } from '../../src/network/frames.ts'
import { messageId } from '../../src/network/gossip-id.ts'
import { gossipsubOptions } from '../../src/network/gossip-settings.ts'
import { messagesOf, TrafficMeter } from '../../src/network/gossip-traffic.ts'
import { PendingVerdicts } from '../../src/network/gossip-verdicts.ts'
import { RateLimiter } from '../../src/network/rate-limit.ts'
import { bytes } from './support.ts'

describe('rate limiter', () => {
  let now = 0
  const clock = { now: () => now }
  const rate = { burst: 10, perSecond: 2 }
  beforeEach(() => {
    now = 1_000
  })

  it('grants a burst, then what has flowed back', () => {
    const limiter = new RateLimiter(clock, 10)
    assert(limiter.take('a', rate, 10))
    assert(!limiter.take('a', rate, 1))
    now += 500
    assert(limiter.take('a', rate, 1))
    assert(!limiter.take('a', rate, 1))
  })

  it('never grants more than burst + rate × time, however it is asked', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 12 })))
    fc.assert(
      fc.property(steps, (asked) => {
        const limiter = new RateLimiter(clock, 10)
        const start = now
        let granted = 0
        for (const [waitMs, cost] of asked) {
          now += waitMs
          if (limiter.take('a', rate, cost)) granted += cost
        }
        return granted <= rate.burst + ((now - start) / 1_000) * rate.perSecond + 1e-6
      }),
      { seed: 1 }
    )
  })

  it('keeps peers apart, and no more buckets than its bound', () => {
    const limiter = new RateLimiter(clock, 3)
    for (const key of ['a', 'b', 'c', 'd']) assert(limiter.take(key, rate, 10))
    assert.equal(limiter.size, 3)
    assert(!limiter.take('b', rate, 1))
    assert(limiter.take('a', rate, 10), 'the oldest was forgotten')
  })

  it('refuses what costs more than a full bucket, without taking anything', () => {
    const limiter = new RateLimiter(clock, 3)
    assert(!limiter.take('a', rate, 11))
    assert(limiter.take('a', rate, 10))
  })
})

describe('frames', () => {
  it('arrive whole and in order, wherever the stream was cut', async () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(payloads, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sent, cuts) => {
        const wire: number[] = []
        for (const payload of sent) {
          const size = payload.length
          wire.push(...(size < 128 ? [size] : [(size & 0x7f) | 0x80, size >> 7]), ...payload)
        }
        const [from, to] = await streamPair()
        const reader = new FrameReader(to, 300)
        for (let at = 0, i = 0; at < wire.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1)
          from.send(Uint8Array.from(wire.slice(at, end)))
          at = end
        }
        void from.close()
        for (const payload of sent) assert.deepEqual((await reader.next())?.slice(), payload)
        assert.equal(await reader.next(), undefined)
      }),
      { seed: 1, numRuns: 50 }
    )
  })

  it('are written with the bytes that their reader counts', async () => {
    const [from, to] = await streamPair()
    const reader = new FrameReader(to, 20_000)
    for (const size of [0, 127, 128, 16_384]) {
      const payload = new Uint8Array(size).fill(1)
      const written = await writeFrame(from, payload, new AbortController().signal)
      assert.equal(written, size + (size < 128 ? 1 : size < 16_384 ? 2 : 3))
      assert.deepEqual((await reader.next())?.slice(), payload)
    }
  })
})

describe('gossip traffic', () => {
  const prefixed = (rpc: Uint8Array): Uint8Array => {
    const prefix: number[] = []
    let size = rpc.length
    for (; size >= 0x80; size >>>= 7) prefix.push((size & 0x7f) | 0x80)
    return Uint8Array.from([...prefix, size, ...rpc])
  }
  const message = fc.record({ topic: fc.constantFrom('b', 't', 'other'), data: fc.uint8Array({ maxLength: 400 }) })
  const ids = fc.array(fc.record({ messageIDs: fc.array(fc.uint8Array({ maxLength: 20 })) }), { maxLength: 3 })

  it('is split as the messages in the frame say, and adds up to its bytes', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), ids, (messages, iwant) => {
        const control = { ihave: [], iwant, graft: [{ topicID: 'b' }], prune: [], idontwant: [] }
        const frame = prefixed(RPC.encode({ subscriptions: [{ subscribe: true, topic: 'b' }], messages, control }))
        assert.deepEqual(
          messagesOf(frame).map(({ topic }) => topic),
          messages.map(({ topic }) => topic)
        )
        const meter = new TrafficMeter(
          new Map([
            ['b', 'block'],
            ['t', 'transaction']
          ])
        )
        meter.addFrame(frame)
        const { block, transaction, control: rest } = meter.totals()
        assert.equal(block + transaction + rest, frame.length)
        const dataOf = (topic: string): number =>
          messages.filter((one) => one.topic === topic).reduce((sum, { data }) => sum + data.length, 0)
        assert(block >= dataOf('b') && block <= dataOf('b') + 12 * messages.length)
        assert(transaction >= dataOf('t') && transaction <= dataOf('t') + 12 * messages.length)
      }),
      { seed: 1 }
    )
  })
})

describe('gossip settings', () => {
  it('give parameters that the specification allows, for every neighbourhood', () => {
    for (let connections = 0; connections < 40; connections++) {
      const settings = { ...gossipDefaults, ...gossipDegrees(connections) }
      const {
        D = 0,
        Dlo = 0,
        Dhi = 0,
        Dout = 0,
        pruneBackoff = 0,
        graftFloodThreshold = 0,
        scoreParams
      } = gossipsubOptions(settings, ['t'])
      assert(Dlo >= 1 && Dlo <= D && D <= Dhi && Dout < Dlo && Dout <= D / 2)
      assert(graftFloodThreshold < pruneBackoff)
      validatePeerScoreParams(scoreParams as PeerScoreParams)
    }
  })

  it('keep a message cached for as long as its verdict may take', () => {
    for (const [verdictMsMax, heartbeatMs] of [
      [4_000, 1_000],
      [3_999, 700],
      [20, 300]
    ] as const) {
      const { mcacheLength = 0 } = gossipsubOptions({ ...gossipDefaults, verdictMsMax, heartbeatMs }, [])
      assert((mcacheLength - 1) * heartbeatMs >= verdictMsMax)
    }
  })

  it('refuse degrees in the wrong order', () => {
    assert.throws(() => gossipsubOptions({ ...gossipDefaults, Dlo: 9 }, []), RangeError)
  })
})

describe('message id', () => {
  it('differs with the topic and with any byte, and is 20 bytes', () => {
    const data = bytes('data')
    const id = messageId('a', data)
    assert.equal(id.length, 20)
    assert.deepEqual(messageId('a', bytes('data')), id)
    assert.notDeepEqual(messageId('b', data), id)
    assert.notDeepEqual(messageId('a', bytes('datb')), id)
  })
})

describe('pending verdicts', () => {
  it('are bounded for all, and for one peer at a quarter', () => {
    const pending = new PendingVerdicts({ messagesMax: 8, bytesMax: 800 })
    assert(pending.enter('a', 100) && pending.enter('a', 100))
    assert(!pending.enter('a', 1), 'a quarter of the messages')
    assert(pending.enter('b', 200))
    assert(!pending.enter('b', 1), 'a quarter of the bytes')
    assert(pending.enter('c', 200) && pending.enter('d', 200))
    assert(!pending.enter('e', 1), 'all of the bytes')
    pending.leave('a', 100)
    assert(pending.enter('e', 1))
  })
})
