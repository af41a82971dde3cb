// Requests over real sockets: the rule, then every way in which a peer can misbehave.
import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { type Host, type LastingProtocol, NetworkError, type Protocol, Requests } from '../../src/network/index.ts'
import type { RequestEvent } from '../../src/trace/index.ts'
import { bytes, connect, Hosts, runtime, until } from './support.ts'

const text = {
  encode: (message: string): Uint8Array => bytes(message),
  decode: (frame: { subarray(): Uint8Array }): string => {
    const message = Buffer.from(frame.subarray()).toString()
    if (message.includes('garbage')) throw new Error('not ours')
    return message
  }
}

const echo: Protocol<string, string> = {
  id: '/test/echo/1',
  request: text,
  response: text,
  maxRequestBytes: 1_000,
  maxResponseBytes: 100_000,
  maxResponses: 100,
  timeouts: { openMs: 1_000, firstByteMs: 1_000, totalMs: 2_000 },
  maxInboundStreams: 4,
  rate: { burst: 1_000, perSecond: 1_000, cost: () => 1 },
  traffic: 'repair'
}

const code = (expected: string) => (error: unknown) => {
  assert(error instanceof NetworkError, String(error))
  assert.equal(error.code, expected, error.message)
  return true
}

const once = (stream: Stream, event: 'close' | 'remoteCloseWrite'): Promise<unknown> =>
  new Promise((resolve) => stream.addEventListener(event, resolve, { once: true }))

const collect = async (answers: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const answer of answers) all.push(answer)
  return all
}

describe('requests', () => {
  const hosts = new Hosts()
  let client: Requests
  let server: Requests
  let clientHost: Host
  let serverHost: Host
  let peer: string
  /** Offences that each side reported of the other. */
  let byClient: string[]
  let byServer: string[]
  /** What the client recorded of its requests. */
  let asked: RequestEvent[]

  beforeEach(async () => {
    byClient = []
    byServer = []
    asked = []
    clientHost = await hosts.started()
    serverHost = await hosts.started()
    await connect(clientHost, serverHost)
    peer = serverHost.peerId
    client = new Requests({
      host: clientHost,
      runtime,
      onOffence: (_, what) => byClient.push(what),
      onAsked: (event) => asked.push(event)
    })
    server = new Requests({ host: serverHost, runtime, onOffence: (_, what) => byServer.push(what) })
    hosts.onStop(() => client.stop())
    hosts.onStop(() => server.stop())
  })
  afterEach(() => hosts.stop())

  /** A peer that answers by hand. */
  const rogue = (handler: (stream: Stream) => void): Promise<void> =>
    serverHost.handle(echo.id, handler, { maxInboundStreams: 64 })
  const openStreams = (): number =>
    serverHost.gossipComponents.connectionManager.getConnections().flatMap((c) => c.streams).length

  describe('answer', () => {
    it('one question with one answer, and leave no stream', async () => {
      await server.serve(echo, async (request, from) => `${request} from ${from === clientHost.peerId}`)
      assert.equal(await client.call(peer, echo, 'hello'), 'hello from true')
      await until(() => openStreams() === 0)
      assert.deepEqual([byClient, byServer], [[], []])
    })

    it('an empty question with an empty answer: both are valid messages', async () => {
      await server.serve(echo, async (request) => request)
      assert.equal(await client.call(peer, echo, ''), '')
    })

    it('with as many frames as the handler yields, in order', async () => {
      await server.serve(echo, async function* () {
        for (let i = 0; i < 100; i++) yield `${i}`
      })
      const answers = await collect(client.stream(peer, echo, 'count'))
      assert.deepEqual(
        answers,
        Array.from({ length: 100 }, (_, i) => `${i}`)
      )
      await until(() => openStreams() === 0)
    })

    it('with none: a stream ends, a call rejects', async () => {
      await server.serve(echo, async function* () {})
      assert.deepEqual(await collect(client.stream(peer, echo, 'nothing')), [])
      await assert.rejects(client.call(peer, echo, 'nothing'), code('closed'))
      assert.deepEqual(
        asked.map(({ outcome, code }) => [outcome, code]),
        [
          ['answered', undefined],
          ['failed', 'closed']
        ]
      )
      await until(() => openStreams() === 0)
      assert.deepEqual([byClient, byServer], [[], []])
    })

    it('many questions at a time', async () => {
      await server.serve({ ...echo, maxInboundStreams: 64 }, async (request) => request)
      const asked = Array.from({ length: 64 }, (_, i) => `${i}`)
      assert.deepEqual(await Promise.all(asked.map((request) => client.call(peer, echo, request))), asked)
    })

    it('and count the bytes of questions and answers by kind', async () => {
      await server.serve(echo, async () => 'x'.repeat(1_000))
      await client.call(peer, echo, 'x'.repeat(10))
      assert.equal(client.traffic().repair, 11)
      assert.equal(server.traffic().repair, 1_002)
    })

    it('as fast as the peer grants: an asker waits for its turn, and fails only where that would be too long', async () => {
      const generous = { burst: 1_000_000, perSecond: 1, cost: () => 1 }
      const paced = { ...echo, maxInboundStreams: 64, rate: { burst: 2, perSecond: 50, cost: () => 1 } }
      await server.serve({ ...paced, rate: generous }, async (request) => request)
      const questions = Array.from({ length: 8 }, (_, i) => `${i}`)
      const startedAt = runtime.clock.now()
      assert.deepEqual(await Promise.all(questions.map((each) => client.call(peer, paced, each))), questions)
      const tookMs = runtime.clock.now() - startedAt
      assert(tookMs > 100, `six of them had to wait 20 ms each: ${tookMs}`)
      const slow = { ...echo, id: '/test/slow/1', rate: { burst: 1, perSecond: 0.1, cost: () => 1 } }
      await server.serve({ ...slow, rate: generous }, async (request) => request)
      assert.equal(await client.call(peer, slow, 'first'), 'first')
      await assert.rejects(client.call(peer, slow, 'second'), code('rate-limited'))
      assert.deepEqual([byClient, byServer], [[], []])
    })

    it('after the turn of whoever gives up is given back; stopping ends who waits', async () => {
      const costly = { ...echo, rate: { burst: 10, perSecond: 5, cost: (request: string) => request.length } }
      await server.serve({ ...costly, rate: { ...costly.rate, burst: 100 } }, async (request) => request)
      assert.equal(await client.call(peer, costly, '0123456789'), '0123456789')
      const giveUp = new AbortController()
      const first = client.call(peer, costly, '123456789', giveUp.signal)
      giveUp.abort()
      await assert.rejects(first, code('closed'))
      // After both it would be above the time limit.
      assert.equal(await client.call(peer, costly, '12'), '12')
      const last = client.call(peer, costly, '123456789')
      await client.stop()
      await assert.rejects(last, code('closed'))
      assert.deepEqual([asked.length, byServer], [2, []])
    })

    describe('on one lasting stream', () => {
      const lasting: LastingProtocol<string, string> = { ...echo, id: '/test/lasting/1', lasting: true }
      /** The client's open ones. */
      const lines = (): string[] =>
        clientHost.gossipComponents.connectionManager
          .getConnections()
          .flatMap(({ streams }) => streams.filter(({ protocol }) => protocol === lasting.id).map(({ id }) => id))

      it('question after question', async () => {
        await server.serve(lasting, async (request) => `${request}!`)
        for (let i = 0; i < 20; i++) assert.equal(await client.call(peer, lasting, `${i}`), `${i}!`)
        assert.equal(openStreams(), 1)
        assert.equal(asked.filter(({ outcome }) => outcome === 'answered').length, 20)
        assert.equal(client.traffic().repair, 10 * 2 + 10 * 3)
        await client.stop()
        await until(() => openStreams() === 0)
        assert.deepEqual([byClient, byServer], [[], []])
      })

      it('and on a second one when the first is busy', async () => {
        await server.serve(lasting, async (request) => request)
        const answers = await Promise.all(['a', 'b', 'c'].map((request) => client.call(peer, lasting, request)))
        assert.deepEqual(answers, ['a', 'b', 'c'])
        await until(() => openStreams() === 1)
      })

      it("but not beyond the peer's rate", async () => {
        await server.serve({ ...lasting, rate: { burst: 1, perSecond: 0.001, cost: () => 1 } }, async (text) => text)
        assert.equal(await client.call(peer, lasting, 'a'), 'a')
        assert.equal(await client.call(peer, lasting, 'b'), 'b')
        await assert.rejects(client.call(peer, lasting, 'c'))
        assert.deepEqual(byServer, ['rate-limited'])
      })

      it('that may be opened ahead of the first, once, which costs nothing of the rate', async () => {
        await server.serve({ ...lasting, rate: { burst: 1, perSecond: 0.001, cost: () => 1 } }, async (text) => text)
        for (let i = 0; i < 5; i++) await client.open(peer, lasting)
        const opened = lines()
        assert.equal(opened.length, 1)
        assert.equal(await client.call(peer, lasting, 'a'), 'a')
        assert.deepEqual(lines(), opened)
        assert.equal(asked.length, 1)
        await client.stop()
        await until(() => openStreams() === 0)
        await client.open(peer, lasting)
        assert.deepEqual(lines(), [])
      })

      it("but can't be opened to a peer that does not serve it, which is nobody's fault", async () => {
        await client.open(peer, lasting)
        await client.open('12D3KooWBXu3uGPMkjjxViK6autSnFH5QaKJgTwW8CaSxYSD6yYL', lasting)
        await until(() => openStreams() === 0)
        await server.serve(lasting, async (text) => text)
        assert.equal(await client.call(peer, lasting, 'a'), 'a')
        assert.deepEqual([byClient, byServer], [[], []])
      })

      it('and a new one after a failure', async () => {
        await server.serve(lasting, async (request) => {
          if (request === 'fail') throw new Error('our own trouble')
          return request
        })
        assert.equal(await client.call(peer, lasting, 'a'), 'a')
        await assert.rejects(client.call(peer, lasting, 'fail'), code('closed'))
        assert.equal(await client.call(peer, lasting, 'b'), 'b')
      })

      it('never taking an answer to no question for one', async () => {
        await serverHost.handle(
          lasting.id,
          (stream) => {
            stream.addEventListener('message', () => stream.send(Uint8Array.of(1, 97, 1, 98)))
          },
          { maxInboundStreams: 4 }
        )
        assert.equal(await client.call(peer, lasting, 'x'), 'a')
        await assert.rejects(client.call(peer, lasting, 'y'), code('bad-message'))
        assert.deepEqual(byClient, ['bad-message'])
      })
    })

    it('and record each request that was asked: bytes, time, outcome', async () => {
      await server.serve(echo, async (request) => request.repeat(10))
      await client.call(peer, echo, 'x'.repeat(10))
      await assert.rejects(client.call(peer, { ...echo, id: '/test/nobody/1' }, 'hello'), code('unsupported'))
      const [answered, failed, ...rest] = asked.map(({ at, durationMs, ...event }) => {
        assert(durationMs >= 0 && durationMs < 60_000 && at <= runtime.clock.now())
        return event
      })
      assert.deepEqual(answered, { type: 'request', protocol: echo.id, peer, bytes: 110, outcome: 'answered' })
      assert.deepEqual([failed?.outcome, failed?.code, failed?.bytes], ['failed', 'unsupported', 5])
      assert.deepEqual(rest, [])
    })

    it('no faster than the asker reads', async () => {
      let produced = 0
      // 18 MB, encrypted, on a machine that does other work: the time it may take is not what is asked here.
      const large = { ...echo, maxResponses: 1_000, timeouts: { ...echo.timeouts, totalMs: 30_000 } }
      await server.serve(large, async function* () {
        for (; produced < 200; produced++) yield 'x'.repeat(90_000)
      })
      const answers = client.stream(peer, large, 'all')[Symbol.asyncIterator]()
      await answers.next()
      // The sender is as far as windows allow when it makes no progress over many turns of the loop.
      for (let before = -1, turns = 0; turns < 50; turns = before === produced ? turns + 1 : 0) {
        before = produced
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert(produced < 100, `${produced} of 200 frames were produced for one that was read`)
      let read = 1
      while ((await answers.next()).done !== true) read++
      assert.equal(read, 200)
    })
  })

  describe('end', () => {
    it('when the asker stops reading: the handler hears of it', async () => {
      const gone = Promise.withResolvers<void>()
      await server.serve(echo, async function* (_, _peer, signal) {
        signal.addEventListener('abort', () => gone.resolve())
        yield 'first'
        await new Promise(() => {})
      })
      for await (const answer of client.stream(peer, echo, 'endless')) {
        assert.equal(answer, 'first')
        break
      }
      await gone.promise
      await until(() => openStreams() === 0)
    })

    it("when the asker's signal aborts", async () => {
      await server.serve(echo, () => new Promise<string>(() => {}))
      const giveUp = new AbortController()
      const call = client.call(peer, echo, 'never', giveUp.signal)
      await until(() => openStreams() > 0)
      giveUp.abort()
      await assert.rejects(call, code('closed'))
      assert.deepEqual(byClient, [])
    })

    it('when either side stops', async () => {
      await server.serve(echo, () => new Promise<string>(() => {}))
      const first = client.call(peer, echo, 'never')
      await until(() => openStreams() > 0)
      await server.stop()
      await assert.rejects(first, code('closed'))
      await assert.rejects(client.call(peer, echo, 'more'), code('unsupported'))
      await client.stop()
      await assert.rejects(client.call(peer, echo, 'more'), code('closed'))
    })

    it('when the handler fails, without blame for anyone', async () => {
      await server.serve(echo, async () => {
        throw new Error('a bug')
      })
      await assert.rejects(client.call(peer, echo, 'x'), code('closed'))
      assert.deepEqual([byClient, byServer], [[], []])
    })

    it('with `not-connected` for a stranger and `unsupported` for a protocol nobody serves', async () => {
      await assert.rejects(client.call(clientHost.peerId, echo, 'x'), code('not-connected'))
      await assert.rejects(client.call(peer, echo, 'x'), code('unsupported'))
    })
  })

  describe('bound a peer that', () => {
    const hasty = { ...echo, timeouts: { openMs: 500, firstByteMs: 100, totalMs: 400 } }

    it('never answers', async () => {
      await rogue(() => {})
      await assert.rejects(client.call(peer, hasty, 'x'), code('timeout'))
      assert.deepEqual(byClient, ['timeout'])
      await until(() => openStreams() === 0)
    })

    it('trickles its answer', async () => {
      await rogue((stream) => {
        stream.send(Uint8Array.from([100]))
        const drip = setInterval(() => (stream.status === 'open' ? stream.send(bytes('x')) : clearInterval(drip)), 20)
      })
      await assert.rejects(client.call(peer, hasty, 'x'), code('timeout'))
      assert.deepEqual(byClient, ['timeout'])
    })

    it('announces a frame above the limit: refused before it is sent', async () => {
      await rogue((stream) => void stream.send(Uint8Array.from([0xff, 0xff, 0xff, 0x7f])))
      await assert.rejects(client.call(peer, echo, 'x'), code('oversize'))
      assert.deepEqual(byClient, ['oversize'])
    })

    it('sends a length that does not end', async () => {
      await rogue((stream) => void stream.send(new Uint8Array(20).fill(0xff)))
      await assert.rejects(client.call(peer, echo, 'x'), code('bad-message'))
    })

    it('answers garbage', async () => {
      await rogue((stream) => {
        stream.send(Uint8Array.from([7, ...bytes('garbage')]))
        void stream.close()
      })
      await assert.rejects(client.call(peer, echo, 'x'), code('bad-message'))
      assert.deepEqual(byClient, ['bad-message'])
    })

    it('ends inside a frame', async () => {
      await rogue((stream) => {
        stream.send(Uint8Array.from([50, 1, 2, 3]))
        void stream.close()
      })
      await assert.rejects(client.call(peer, echo, 'x'), code('bad-message'))
    })

    it('answers without end, in empty frames', async () => {
      await rogue((stream) => void stream.send(new Uint8Array(5_000)))
      await assert.rejects(collect(client.stream(peer, echo, 'x')), code('bad-message'))
      assert.deepEqual(byClient, ['bad-message'])
    })

    it('answers a call twice', async () => {
      await rogue((stream) => {
        stream.send(Uint8Array.from([1, 65, 1, 66]))
        void stream.close()
      })
      assert.equal(await client.call(peer, echo, 'x'), 'A')
      await until(() => byClient[0] === 'bad-message')
    })

    it('asks nothing', async () => {
      await server.serve(hasty, async () => 'x')
      const stream = await clientHost.openStream(peer, echo.id)
      await once(stream, 'close')
      assert.deepEqual(byServer, ['timeout'])
    })

    it("closes instead of asking, which is nobody's fault", async () => {
      await server.serve(echo, async () => 'x')
      const stream = await clientHost.openStream(peer, echo.id)
      const closed = once(stream, 'close')
      await stream.close()
      await closed
      assert.deepEqual(byServer, [])
    })

    it('asks with an oversized frame, with garbage, or with an endless length', async () => {
      await server.serve(echo, async () => 'x')
      for (const sent of [[0xff, 0x7f], [7, ...bytes('garbage')], Array(20).fill(0xff)]) {
        const stream = await clientHost.openStream(peer, echo.id)
        const closed = once(stream, 'close')
        stream.send(Uint8Array.from(sent))
        await closed
      }
      assert.deepEqual(byServer, ['oversize', 'bad-message', 'bad-message'])
      assert.equal(await client.call(peer, echo, 'still served'), 'x')
    })

    it('sends without end after its question', async () => {
      await server.serve(hasty, async () => 'x')
      const stream = await clientHost.openStream(peer, echo.id)
      const closed = once(stream, 'close')
      stream.send(Uint8Array.from([1, 65]))
      const flood = new Uint8Array(1_000_000)
      for (let i = 0; i < 8 && stream.status === 'open'; i++) stream.send(flood)
      stream.close().catch(() => {})
      await until(() => openStreams() === 0)
      stream.abort(new Error('done'))
      await closed
      assert.equal(await client.call(peer, echo, 'still served'), 'x')
    })

    it('does not read its answer', async () => {
      const large = { ...hasty, maxResponses: 1_000 }
      let aborted = false
      await server.serve(large, async function* (_, _peer, signal) {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        for (let i = 0; i < 1_000; i++) yield 'x'.repeat(90_000)
      })
      const stream = await clientHost.openStream(peer, echo.id)
      stream.pause()
      stream.send(Uint8Array.from([1, 65]))
      await until(() => aborted)
      assert.deepEqual(byServer, ['timeout'])
      await until(() => openStreams() === 0)
    })

    it('opens more streams than a peer may', async () => {
      await server.serve({ ...echo, maxInboundStreams: 2 }, () => new Promise<string>(() => {}))
      const calls = Array.from({ length: 5 }, (_, i) => client.call(peer, echo, `${i}`))
      const settled = Promise.allSettled(calls)
      await until(() => openStreams() === 2)
      await client.stop()
      assert((await settled).every(({ status }) => status === 'rejected'))
    })

    it('asks again and again for what is large: answers cost by their bytes, once they are sent', async () => {
      const rate = { burst: 10, perSecond: 50, cost: () => 1, answerBytesPerToken: 1_000 }
      const large = { ...echo, rate }
      await server.serve(large, async () => 'x'.repeat(20_001))
      // An honest asker counts what it received, and waits until that has flowed back: 1 and 20 of its 10, and 1 again.
      const startedAt = runtime.clock.now()
      for (let i = 0; i < 2; i++) assert.equal((await client.call(peer, large, 'x')).length, 20_001)
      const tookMs = runtime.clock.now() - startedAt
      assert(tookMs > 230, `${tookMs} ms instead of 240`)
      assert.deepEqual(byServer, [])
      // One that does not count is refused.
      const careless = { ...echo, id: '/test/careless/1' }
      await server.serve({ ...careless, rate: { ...rate, perSecond: 0.001 } }, async () => 'x'.repeat(20_001))
      await client.call(peer, careless, 'x')
      await assert.rejects(client.call(peer, careless, 'x'), code('closed'))
      assert.deepEqual(byServer, ['rate-limited'])
    })

    it('asks for more than its rate allows, by what the questions cost', async () => {
      const costly = { ...echo, rate: { burst: 10, perSecond: 0.001, cost: (request: string) => request.length } }
      await server.serve(costly, async (request) => request)
      assert.equal(await client.call(peer, costly, '12345678'), '12345678')
      // An honest caller is held back by its own bucket and never offends.
      await assert.rejects(client.call(peer, costly, '123'), code('rate-limited'))
      assert.deepEqual(byServer, [])
      // One that does not care is refused once it passes what the slack allows.
      const careless = { ...echo }
      assert.equal(await client.call(peer, careless, '1234567890'), '1234567890')
      await assert.rejects(client.call(peer, careless, '1234567890'), code('closed'))
      assert.deepEqual(byServer, ['rate-limited'])
    })
  })
})
