// Requests over real sockets: what they give, and how they end.
import assert from 'node:assert/strict'
import type { LastingProtocol } from '../../src/network/index.ts'
import { code, collect, echo, type RequestPair, requestPair } from './request-pair.ts'
import { runtime, until } from './support.ts'

describe('requests', () => {
  let pair: RequestPair
  beforeEach(async () => {
    pair = await requestPair()
  })
  afterEach(() => pair.stop())

  describe('answer', () => {
    it('one question with one answer, and leave no stream', async () => {
      await pair.server.serve(echo, async (request, from) => `${request} from ${from === pair.clientHost.peerId}`)
      assert.equal(await pair.client.call(pair.peer, echo, 'hello'), 'hello from true')
      await until(() => pair.openStreams() === 0)
      assert.deepEqual([pair.byClient, pair.byServer], [[], []])
    })

    it('an empty question with an empty answer: both are valid messages', async () => {
      await pair.server.serve(echo, async (request) => request)
      assert.equal(await pair.client.call(pair.peer, echo, ''), '')
    })

    it('with as many frames as the handler yields, in order', async () => {
      await pair.server.serve(echo, async function* () {
        for (let i = 0; i < 100; i++) yield `${i}`
      })
      const answers = await collect(pair.client.stream(pair.peer, echo, 'count'))
      assert.deepEqual(
        answers,
        Array.from({ length: 100 }, (_, i) => `${i}`)
      )
      await until(() => pair.openStreams() === 0)
    })

    it('with none: a stream ends, a call rejects', async () => {
      await pair.server.serve(echo, async function* () {})
      assert.deepEqual(await collect(pair.client.stream(pair.peer, echo, 'nothing')), [])
      await assert.rejects(pair.client.call(pair.peer, echo, 'nothing'), code('closed'))
      assert.deepEqual(
        pair.asked.map(({ outcome, code }) => [outcome, code]),
        [
          ['answered', undefined],
          ['failed', 'closed']
        ]
      )
      await until(() => pair.openStreams() === 0)
      assert.deepEqual([pair.byClient, pair.byServer], [[], []])
    })

    it('many questions at a time', async () => {
      await pair.server.serve({ ...echo, maxInboundStreams: 64 }, async (request) => request)
      const questions = Array.from({ length: 64 }, (_, i) => `${i}`)
      assert.deepEqual(
        await Promise.all(questions.map((request) => pair.client.call(pair.peer, echo, request))),
        questions
      )
    })

    it('and count the bytes of questions and answers by kind', async () => {
      await pair.server.serve(echo, async () => 'x'.repeat(1_000))
      await pair.client.call(pair.peer, echo, 'x'.repeat(10))
      assert.equal(pair.client.traffic().repair, 11)
      assert.equal(pair.server.traffic().repair, 1_002)
    })

    it('as fast as the peer grants: an asker waits for its turn, and fails only where that would be too long', async () => {
      const generous = { burst: 1_000_000, perSecond: 1, cost: () => 1 }
      const paced = { ...echo, maxInboundStreams: 64, rate: { burst: 2, perSecond: 50, cost: () => 1 } }
      await pair.server.serve({ ...paced, rate: generous }, async (request) => request)
      const questions = Array.from({ length: 8 }, (_, i) => `${i}`)
      const startedAt = runtime.clock.now()
      assert.deepEqual(await Promise.all(questions.map((each) => pair.client.call(pair.peer, paced, each))), questions)
      const tookMs = runtime.clock.now() - startedAt
      assert(tookMs > 100, `six of them had to wait 20 ms each: ${tookMs}`)
      const slow = { ...echo, id: '/test/slow/1', rate: { burst: 1, perSecond: 0.1, cost: () => 1 } }
      await pair.server.serve({ ...slow, rate: generous }, async (request) => request)
      assert.equal(await pair.client.call(pair.peer, slow, 'first'), 'first')
      await assert.rejects(pair.client.call(pair.peer, slow, 'second'), code('rate-limited'))
      assert.deepEqual([pair.byClient, pair.byServer], [[], []])
    })

    it('after the turn of whoever gives up is given back; stopping ends who waits', async () => {
      const costly = { ...echo, rate: { burst: 10, perSecond: 5, cost: (request: string) => request.length } }
      await pair.server.serve({ ...costly, rate: { ...costly.rate, burst: 100 } }, async (request) => request)
      assert.equal(await pair.client.call(pair.peer, costly, '0123456789'), '0123456789')
      const giveUp = new AbortController()
      const first = pair.client.call(pair.peer, costly, '123456789', giveUp.signal)
      giveUp.abort()
      await assert.rejects(first, code('closed'))
      // After both it would be above the time limit.
      assert.equal(await pair.client.call(pair.peer, costly, '12'), '12')
      const last = pair.client.call(pair.peer, costly, '123456789')
      await pair.client.stop()
      await assert.rejects(last, code('closed'))
      assert.deepEqual([pair.asked.length, pair.byServer], [2, []])
    })

    describe('on one lasting stream', () => {
      const lasting: LastingProtocol<string, string> = { ...echo, id: '/test/lasting/1', lasting: true }
      /** The client's open ones. */
      const lines = (): string[] =>
        pair.clientHost.gossipComponents.connectionManager
          .getConnections()
          .flatMap(({ streams }) => streams.filter(({ protocol }) => protocol === lasting.id).map(({ id }) => id))

      it('question after question', async () => {
        await pair.server.serve(lasting, async (request) => `${request}!`)
        for (let i = 0; i < 20; i++) assert.equal(await pair.client.call(pair.peer, lasting, `${i}`), `${i}!`)
        assert.equal(pair.openStreams(), 1)
        assert.equal(pair.asked.filter(({ outcome }) => outcome === 'answered').length, 20)
        assert.equal(pair.client.traffic().repair, 10 * 2 + 10 * 3)
        await pair.client.stop()
        await until(() => pair.openStreams() === 0)
        assert.deepEqual([pair.byClient, pair.byServer], [[], []])
      })

      it('and on a second one when the first is busy', async () => {
        await pair.server.serve(lasting, async (request) => request)
        const answers = await Promise.all(
          ['a', 'b', 'c'].map((request) => pair.client.call(pair.peer, lasting, request))
        )
        assert.deepEqual(answers, ['a', 'b', 'c'])
        await until(() => pair.openStreams() === 1)
      })

      it("but not beyond the peer's rate", async () => {
        await pair.server.serve(
          { ...lasting, rate: { burst: 1, perSecond: 0.001, cost: () => 1 } },
          async (text) => text
        )
        assert.equal(await pair.client.call(pair.peer, lasting, 'a'), 'a')
        assert.equal(await pair.client.call(pair.peer, lasting, 'b'), 'b')
        await assert.rejects(pair.client.call(pair.peer, lasting, 'c'))
        assert.deepEqual(pair.byServer, ['rate-limited'])
      })

      it('that may be opened ahead of the first, once, which costs nothing of the rate', async () => {
        await pair.server.serve(
          { ...lasting, rate: { burst: 1, perSecond: 0.001, cost: () => 1 } },
          async (text) => text
        )
        for (let i = 0; i < 5; i++) await pair.client.open(pair.peer, lasting)
        const opened = lines()
        assert.equal(opened.length, 1)
        assert.equal(await pair.client.call(pair.peer, lasting, 'a'), 'a')
        assert.deepEqual(lines(), opened)
        assert.equal(pair.asked.length, 1)
        await pair.client.stop()
        await until(() => pair.openStreams() === 0)
        await pair.client.open(pair.peer, lasting)
        assert.deepEqual(lines(), [])
      })

      it("but can't be opened to a peer that does not serve it, which is nobody's fault", async () => {
        await pair.client.open(pair.peer, lasting)
        await pair.client.open('12D3KooWBXu3uGPMkjjxViK6autSnFH5QaKJgTwW8CaSxYSD6yYL', lasting)
        await until(() => pair.openStreams() === 0)
        await pair.server.serve(lasting, async (text) => text)
        assert.equal(await pair.client.call(pair.peer, lasting, 'a'), 'a')
        assert.deepEqual([pair.byClient, pair.byServer], [[], []])
      })

      it('and a new one after a failure', async () => {
        await pair.server.serve(lasting, async (request) => {
          if (request === 'fail') throw new Error('our own trouble')
          return request
        })
        assert.equal(await pair.client.call(pair.peer, lasting, 'a'), 'a')
        await assert.rejects(pair.client.call(pair.peer, lasting, 'fail'), code('closed'))
        assert.equal(await pair.client.call(pair.peer, lasting, 'b'), 'b')
      })

      it('never taking an answer to no question for one', async () => {
        await pair.serverHost.handle(
          lasting.id,
          (stream) => {
            stream.addEventListener('message', () => stream.send(Uint8Array.of(1, 97, 1, 98)))
          },
          { maxInboundStreams: 4 }
        )
        assert.equal(await pair.client.call(pair.peer, lasting, 'x'), 'a')
        await assert.rejects(pair.client.call(pair.peer, lasting, 'y'), code('bad-message'))
        assert.deepEqual(pair.byClient, ['bad-message'])
      })
    })

    it('and record each request that was asked: bytes, time, outcome', async () => {
      await pair.server.serve(echo, async (request) => request.repeat(10))
      await pair.client.call(pair.peer, echo, 'x'.repeat(10))
      await assert.rejects(pair.client.call(pair.peer, { ...echo, id: '/test/nobody/1' }, 'hello'), code('unsupported'))
      const [answered, failed, ...rest] = pair.asked.map(({ at, durationMs, ...event }) => {
        assert(durationMs >= 0 && durationMs < 60_000 && at <= runtime.clock.now())
        return event
      })
      assert.deepEqual(answered, {
        type: 'request',
        protocol: echo.id,
        peer: pair.peer,
        bytes: 110,
        outcome: 'answered'
      })
      assert.deepEqual([failed?.outcome, failed?.code, failed?.bytes], ['failed', 'unsupported', 5])
      assert.deepEqual(rest, [])
    })

    it('no faster than the asker reads', async () => {
      let produced = 0
      // 18 MB, encrypted, on a machine that does other work: the time it may take is not what is asked here.
      const large = { ...echo, maxResponses: 1_000, timeouts: { ...echo.timeouts, totalMs: 30_000 } }
      await pair.server.serve(large, async function* () {
        for (; produced < 200; produced++) yield 'x'.repeat(90_000)
      })
      const answers = pair.client.stream(pair.peer, large, 'all')[Symbol.asyncIterator]()
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
      await pair.server.serve(echo, async function* (_, _peer, signal) {
        signal.addEventListener('abort', () => gone.resolve())
        yield 'first'
        await new Promise(() => {})
      })
      for await (const answer of pair.client.stream(pair.peer, echo, 'endless')) {
        assert.equal(answer, 'first')
        break
      }
      await gone.promise
      await until(() => pair.openStreams() === 0)
    })

    it("when the asker's signal aborts", async () => {
      await pair.server.serve(echo, () => new Promise<string>(() => {}))
      const giveUp = new AbortController()
      const call = pair.client.call(pair.peer, echo, 'never', giveUp.signal)
      await until(() => pair.openStreams() > 0)
      giveUp.abort()
      await assert.rejects(call, code('closed'))
      assert.deepEqual(pair.byClient, [])
    })

    it('when either side stops', async () => {
      await pair.server.serve(echo, () => new Promise<string>(() => {}))
      const first = pair.client.call(pair.peer, echo, 'never')
      await until(() => pair.openStreams() > 0)
      await pair.server.stop()
      await assert.rejects(first, code('closed'))
      await assert.rejects(pair.client.call(pair.peer, echo, 'more'), code('unsupported'))
      await pair.client.stop()
      await assert.rejects(pair.client.call(pair.peer, echo, 'more'), code('closed'))
    })

    it('when the handler fails, without blame for anyone', async () => {
      await pair.server.serve(echo, async () => {
        throw new Error('a bug')
      })
      await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('closed'))
      assert.deepEqual([pair.byClient, pair.byServer], [[], []])
    })

    it('with `not-connected` for a stranger and `unsupported` for a protocol nobody serves', async () => {
      await assert.rejects(pair.client.call(pair.clientHost.peerId, echo, 'x'), code('not-connected'))
      await assert.rejects(pair.client.call(pair.peer, echo, 'x'), code('unsupported'))
    })
  })
})
