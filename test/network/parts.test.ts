// The parts under gossip and requests, without sockets.
import assert from 'node:assert/strict'
import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import { validatePeerScoreParams, type PeerScoreParams } from '@chainsafe/libp2p-gossipsub/score'
import { streamPair } from '@libp2p/utils'
import fc from 'fast-check'
import { decayOf, firstDeliveryScore, gossipDefaults, gossipDegrees } from '../../src/config/index.ts'
import { FrameReader, writeFrame } from '../../src/network/frames.ts'
import { messageId } from '../../src/network/gossip-id.ts'
import { gossipsubOptions } from '../../src/network/gossip-settings.ts'
import { skimFrame, TrafficMeter } from '../../src/network/gossip-traffic.ts'
import { PendingVerdicts } from '../../src/network/gossip-verdicts.ts'
import { RateLimiter } from '../../src/network/rate-limit.ts'
import { toHex } from '../../src/wire/index.ts'
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

  it('lets tokens be taken ahead of time, each after those before, and be given back', () => {
    const limiter = new RateLimiter(clock, 10)
    const reserve = (cost: number, waitMsMax = 10_000) => limiter.reserve('a', rate, cost, waitMsMax)
    assert.deepEqual([reserve(10), reserve(1), reserve(4)], [0, 500, 2_500])
    assert.deepEqual([reserve(1, 2_999), reserve(11)], [undefined, undefined], 'too long, and never')
    assert.equal(reserve(1, 3_000), 3_000)
    limiter.giveBack('a', rate, 4)
    assert.equal(reserve(1), 1_500)
    now += 60_000
    limiter.giveBack('a', rate, 1)
    assert.equal(reserve(10), 0)
    assert.equal(reserve(1), 500, 'never more than full')
  })

  it('never refuses the question of an asker that keeps a smaller bucket and hears late what answers cost', () => {
    const bytes = { ...rate, answerBytesPerToken: 100 }
    const served = { ...bytes, burst: 2 * rate.burst, perSecond: 2 * rate.perSecond }
    const ms = fc.integer({ min: 0, max: 2_000 })
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 9_000 }), ms, ms))
    fc.assert(
      fc.property(steps, (questions) => {
        const asker = new RateLimiter(clock, 10)
        const server = new RateLimiter(clock, 10)
        return questions.every(([cost, answerBytes, thereMs, backMs]) => {
          now += asker.reserve('server', bytes, cost, Number.POSITIVE_INFINITY) ?? 0
          now += thereMs
          const granted = server.take('asker', served, cost)
          server.charge('asker', served, answerBytes)
          now += backMs
          asker.charge('server', bytes, answerBytes)
          return granted
        })
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
        const control = { ihave: [], iwant, graft: [{ topicID: 't' }], prune: [], idontwant: [] }
        const frame = prefixed(RPC.encode({ subscriptions: [{ subscribe: true, topic: 'b' }], messages, control }))
        assert.deepEqual(
          skimFrame(frame).messages.map(({ topic }) => topic),
          messages.map(({ topic }) => topic)
        )
        const meter = new TrafficMeter({
          kindOf: new Map([
            ['b', 'block'],
            ['t', 'transaction']
          ]),
          kindOfId: () => undefined
        })
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

  it('counts what is said about blocks as blocks: control messages that name the topic, or one of its messages', () => {
    const kindOf = new Map([
      ['b', 'block'],
      ['t', 'transaction']
    ] as const)
    const [block, payment, stranger] = [1, 2, 3].map((byte) => new Uint8Array(20).fill(byte))
    assert(block !== undefined && payment !== undefined && stranger !== undefined)
    type Control = NonNullable<RPC['control']>
    const none: Control = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] }
    const sent = (control: Partial<Control>): number => {
      const ids = new Map([
        [toHex(block), 'block'],
        [toHex(payment), 'transaction']
      ] as const)
      const meter = new TrafficMeter({ kindOf, kindOfId: (id) => ids.get(id) })
      const frame = prefixed(RPC.encode({ subscriptions: [], messages: [], control: { ...none, ...control } }))
      meter.addFrame(frame)
      const totals = meter.totals()
      assert.equal(totals.block + totals.control, frame.length)
      return totals.block
    }
    // Tag and length of the entry, of the topic or id, and these themselves.
    assert.equal(sent({ idontwant: [{ messageIDs: [block] }] }), 24)
    assert.equal(sent({ iwant: [{ messageIDs: [block] }] }), 24)
    assert.equal(sent({ ihave: [{ topicID: 'b', messageIDs: [block, block] }] }), 2 + 3 + 44)
    assert.equal(sent({ graft: [{ topicID: 'b' }], prune: [{ topicID: 'b', peers: [] }] }), 10)
    assert.equal(sent({ idontwant: [{ messageIDs: [payment] }, { messageIDs: [stranger] }, { messageIDs: [] }] }), 0)
    assert.equal(sent({ ihave: [{ topicID: 't', messageIDs: [payment] }], graft: [{ topicID: 't' }] }), 0)
  })
})

describe('gossip settings', () => {
  const TOPICS = { block: 'b', transaction: 't' }

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
      } = gossipsubOptions(settings, TOPICS)
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
      const { mcacheLength = 0 } = gossipsubOptions({ ...gossipDefaults, verdictMsMax, heartbeatMs }, TOPICS)
      assert((mcacheLength - 1) * heartbeatMs >= verdictMsMax)
    }
  })

  it('leave everything that shapes propagation to the library in the default profile', () => {
    const ours = gossipsubOptions({ ...gossipDefaults, profile: 'default' }, TOPICS)
    const shaping = [
      ...['D', 'Dlo', 'Dhi', 'Dout', 'Dscore', 'Dlazy', 'gossipFactor', 'floodPublish', 'batchPublish'],
      ...['heartbeatInterval', 'mcacheLength', 'mcacheGossip', 'seenTTL', 'fanoutTTL', 'pruneBackoff'],
      ...['idontwantMinDataSize', 'idontwantMaxMessages', 'gossipsubIWantFollowupMs', 'scoreThresholds']
    ]
    assert.deepEqual(
      shaping.filter((name) => name in ours),
      []
    )
    // Only what would empty the meshes of nodes that share an address.
    assert.deepEqual(ours.scoreParams, { IPColocationFactorWeight: 0 })
    const library = gossipsub()({ logger: { forComponent: () => () => {} } } as never) as unknown as {
      opts: Record<string, unknown>
    }
    const { floodPublish, batchPublish, D, Dlo, Dhi, idontwantMinDataSize, heartbeatInterval } = library.opts
    // What the comment beside the profile says of it.
    assert.deepEqual(
      { floodPublish, batchPublish, D, Dlo, Dhi, idontwantMinDataSize, heartbeatInterval },
      {
        floodPublish: true,
        batchPublish: false,
        D: 6,
        Dlo: 4,
        Dhi: 12,
        idontwantMinDataSize: 512,
        heartbeatInterval: 1000
      }
    )
  })

  it('let a peer that brings its share earn 4 points, whatever the topic carries, and no more by more', () => {
    for (const [perSecond, degree, halfLifeS] of [
      [20, 8, 60],
      [1 / 3, 4, 60],
      [1 / 3, 8, 120],
      [1 / 15, 8, 600],
      [1 / 600, 8, 3600],
      [1000, 1, 60]
    ] as const) {
      const score = firstDeliveryScore({ perSecond, degree })
      assert(Math.abs(score.halfLifeS - halfLifeS) < 1e-9, `${score.halfLifeS}`)
      assert(Math.abs(score.weight * score.cap - 4) < 1e-9)
      // As gossipsub counts: each second its deliveries are added, then all decay.
      let counter = 0
      for (let second = 0; second < 20 * halfLifeS; second++) {
        counter = Math.min(score.cap, (counter + perSecond / degree) * decayOf(score.halfLifeS))
      }
      assert(Math.abs(counter * score.weight - 4) < 0.05, `${counter * score.weight}`)
    }
    assert.throws(() => firstDeliveryScore({ perSecond: 0, degree: 8 }), RangeError)
  })

  it('refuse degrees in the wrong order', () => {
    assert.throws(() => gossipsubOptions({ ...gossipDefaults, Dlo: 9 }, TOPICS), RangeError)
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
