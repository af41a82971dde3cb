import assert from 'node:assert/strict'
import { createNodeClient } from '../../src/api/client/index.ts'
import { nodeRoutes } from '../../src/api/node-routes.ts'
import { apiDefaults } from '../../src/config/index.ts'
import { DEVELOPMENT_ACCOUNTS, developmentKey } from '../../src/ledger/index.ts'
import { toHex } from '../../src/wire/index.ts'
import { Bench, type FakeNode, hashOf, imported, transaction } from './support.ts'

/** A request for each JSON route, and what it answers with. */
const REQUESTS: Readonly<Record<string, string>> = {
  '/healthz': '/healthz',
  '/readyz': '/readyz',
  '/v1/status': '/v1/status',
  '/v1/bans': '/v1/bans',
  '/v1/peers': '/v1/peers',
  '/v1/mempool': '/v1/mempool?limit=3',
  '/v1/accounts': '/v1/accounts?limit=3',
  '/v1/accounts/:address': '/v1/accounts/alice',
  '/v1/blocks': '/v1/blocks?before=13&limit=2',
  '/v1/blocks/:id': '/v1/blocks/head',
  '/v1/genesis': '/v1/genesis',
  '/v1/members': '/v1/members?tag=role=miner&state=alive',
  '/v1/transactions': '/v1/transactions?account=alice&limit=2',
  '/v1/transactions/:id': `/v1/transactions/${hashOf(100)}`
}

describe("a node's API", () => {
  const bench = new Bench()
  let base: string
  let service: FakeNode
  beforeEach(async () => {
    const started = await bench.node()
    base = started.api.url
    service = started.service
  })
  afterEach(() => bench.end())

  const get = async (path: string) => {
    const response = await fetch(`${base}${path}`)
    return { status: response.status, body: (await response.json()) as { error: Record<string, string> } }
  }
  const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(`${base}/v1/transactions`, { method: 'POST', body, headers })

  describe('answers', () => {
    for (const route of nodeRoutes) {
      const { answer } = route
      if (answer.type !== 'json' || route.method !== 'GET') continue
      it(`${route.path} as its schema says, with nothing more`, async () => {
        const path = REQUESTS[route.path]
        assert.ok(path !== undefined, `no request for ${route.path} in this test`)
        const { status, body } = await get(path)
        assert.equal(status, 200)
        assert.deepEqual(answer.schema.parse(body), body)
      })
    }

    it('takes a signed transaction', async () => {
      const response = await post(JSON.stringify({ transaction: 'AABBCC' }))
      assert.equal(response.status, 201)
      assert.deepEqual(await response.json(), { id: hashOf(3) })
    })

    it('knows development accounts by name', async () => {
      const client = createNodeClient(base)
      for (const name of DEVELOPMENT_ACCOUNTS) {
        assert.equal((await client.account(name)).address, toHex(developmentKey(name).publicKey))
      }
      assert.equal((await client.account(hashOf(0xab).toUpperCase())).address, hashOf(0xab))
    })

    it('limits lists that do not say how long, and passes on what they say', async () => {
      await get('/v1/mempool')
      await get('/v1/blocks?before=7&limit=3')
      await get(`/v1/transactions?account=${hashOf(9)}`)
      assert.deepEqual(service.asked, [
        { limit: apiDefaults.limit },
        { before: 7, limit: 3 },
        { account: hashOf(9), limit: apiDefaults.limit }
      ])
    })

    it('is not ready while the node is not', async () => {
      service.isReady = false
      const { status, body } = await get('/readyz')
      assert.equal(status, 503)
      assert.equal(body.error.code, 'not-ready')
      assert.equal((await get('/healthz')).status, 200)
    })
  })

  describe('waits', () => {
    it('answers at once when what is waited for is so already', async () => {
      service.transactionsById.set(hashOf(100), transaction(100, { state: 'included', confirmations: 1 }))
      const seen = await createNodeClient(base).transaction(hashOf(100), { wait: 'included', timeoutMs: 20_000 })
      assert.equal(seen.state, 'included')
    })

    it('answers once the transaction is included', async () => {
      const waiting = createNodeClient(base).transaction(hashOf(5), { wait: 'included', timeoutMs: 20_000 })
      await asked(service, hashOf(5))
      service.transactionsById.set(hashOf(5), transaction(5, { state: 'included', confirmations: 1 }))
      service.events.emit(imported(13, [hashOf(5)]))
      assert.equal((await waiting).confirmations, 1)
    })

    it('answers once a peer announced it', async () => {
      const waiting = createNodeClient(base).transaction(hashOf(5), { wait: 'seen', timeoutMs: 20_000 })
      await asked(service, hashOf(5))
      service.transactionsById.set(hashOf(5), transaction(5, { announced_by: 1 }))
      service.events.emit({ type: 'duplicate', at: 1, kind: 'transaction', id: hashOf(5), from: 'p' })
      assert.equal((await waiting).announced_by, 1)
    })

    it('notices without an event, too', async () => {
      const waiting = createNodeClient(base).transaction(hashOf(5), { wait: 'included', timeoutMs: 20_000 })
      await asked(service, hashOf(5))
      service.transactionsById.set(hashOf(5), transaction(5, { state: 'included', confirmations: 1 }))
      assert.equal((await waiting).state, 'included')
    })

    it('answers with what there is when the time is up', async () => {
      const client = createNodeClient(base)
      assert.equal((await client.transaction(hashOf(100), { wait: 'included', timeoutMs: 1 })).state, 'pending')
      await assert.rejects(client.transaction(hashOf(5), { wait: 'seen', timeoutMs: 1 }), {
        status: 404,
        code: 'not-found'
      })
    })

    it('bounds how many wait at a time', async () => {
      const all = Array.from({ length: apiDefaults.waitsMax + 1 }, () =>
        fetch(`${base}/v1/transactions/${hashOf(100)}?wait=included&timeout_ms=50000`)
      )
      const refused = await Promise.race(all)
      assert.equal(refused.status, 503)
      assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'busy')
      service.transactionsById.set(hashOf(100), transaction(100, { state: 'included' }))
      service.events.emit(imported(13, [hashOf(100)]))
      assert.equal((await Promise.all(all)).filter(({ status }) => status === 200).length, apiDefaults.waitsMax)
    })
  })

  describe('says in one sentence what is wrong with', () => {
    const cases: [what: string, path: string, status: number, code: string, message: string][] = [
      ['no number', '/v1/blocks?limit=ten', 400, 'bad-parameter', '"limit" must be a whole number from 1 to 1000.'],
      ['zero', '/v1/blocks?limit=0', 400, 'bad-parameter', '"limit" must be a whole number from 1 to 1000.'],
      ['too many', '/v1/mempool?limit=1001', 400, 'bad-parameter', '"limit" must be a whole number from 1 to 1000.'],
      ['a fraction', '/v1/mempool?limit=1.5', 400, 'bad-parameter', '"limit" must be a whole number from 1 to 1000.'],
      ['a list', '/v1/mempool?limit=1&limit=2', 400, 'bad-parameter', '"limit" must be a whole number from 1 to 1000.'],
      ['two tags', '/v1/members?tag=a=1&tag=b=2', 400, 'bad-parameter', '"tag" must be one tag such as "role=miner".'],
      [
        'a state that is none',
        '/v1/members?state=asleep',
        400,
        'bad-parameter',
        '"state" must be one of alive, suspect, down, left.'
      ],
      ['an unknown parameter', '/v1/mempool?limt=1', 400, 'unknown-parameter', 'Unknown parameter "limt".'],
      ['a parameter of none', '/v1/status?x=1', 400, 'unknown-parameter', 'Unknown parameter "x".'],
      ['a short id', '/v1/transactions/12', 400, 'bad-parameter', '"id" must be 64 hex digits.'],
      [
        'a wait for the impossible',
        `/v1/transactions/${hashOf(1)}?wait=never`,
        400,
        'bad-parameter',
        '"wait" must be "seen" or "included".'
      ],
      [
        'an unknown transaction',
        `/v1/transactions/${hashOf(1)}`,
        404,
        'not-found',
        `This node does not know transaction ${hashOf(1)}.`
      ],
      [
        'a malformed block id',
        '/v1/blocks/last',
        400,
        'bad-parameter',
        '"id" must be a block hash (64 hex digits), a height or "head".'
      ],
      ['an unknown block', '/v1/blocks/99', 404, 'not-found', 'This node has no block 99.'],
      [
        'an unknown name',
        '/v1/accounts/mallory',
        404,
        'unknown-account',
        'No development account is called "mallory".'
      ],
      [
        'a malformed address',
        '/v1/accounts/0xAB',
        400,
        'bad-parameter',
        '"address" must be an address (64 hex digits) or a development account such as "alice".'
      ],
      ['an unknown route', '/v2/status', 404, 'no-route', 'There is no route GET /v2/status.'],
      ['a broken escape', '/v1/blocks/%', 400, 'bad-request', 'The request is not well-formed.']
    ]
    for (const [what, path, status, code, message] of cases) {
      it(what, async () => {
        const answer = await get(path)
        assert.deepEqual(
          { status: answer.status, code: answer.body.error.code, message: answer.body.error.message },
          { status, code, message }
        )
      })
    }

    const bodies: [what: string, body: string, status: number, code: string, message: string][] = [
      ['no hex', '{"transaction":"xyz"}', 400, 'bad-body', '"transaction" must be hex of a signed transaction.'],
      ['half a byte', '{"transaction":"abc"}', 400, 'bad-body', '"transaction" must be hex of a signed transaction.'],
      ['no transaction', '{}', 400, 'bad-body', '"transaction" must be hex of a signed transaction.'],
      ['a list', '[]', 400, 'bad-body', 'The body must be a JSON object.'],
      ['more than asked', '{"transaction":"ab","x":1}', 400, 'bad-body', 'The body must be a JSON object without "x".'],
      ['broken JSON', '{"transaction":', 400, 'bad-body', 'The body is not valid JSON.'],
      ['nothing', '', 400, 'bad-body', 'The body is not valid JSON.'],
      ['an oversized body', `"${'a'.repeat(200_000)}"`, 413, 'oversize', 'The body is larger than 160 KiB.'],
      ['a refusal', '{"transaction":"00"}', 422, 'insufficient-funds', 'Alice has 3, needs 6 (5 + fee 1).']
    ]
    for (const [what, body, status, code, message] of bodies) {
      it(`a body with ${what}`, async () => {
        const response = await post(body)
        const { error } = (await response.json()) as { error: Record<string, string> }
        assert.deepEqual(
          { status: response.status, code: error.code, message: error.message },
          { status, code, message }
        )
      })
    }

    it('a body that is not JSON', async () => {
      const response = await post('transaction=ab', { 'content-type': 'application/x-www-form-urlencoded' })
      assert.equal(response.status, 415)
    })
  })

  it('keeps what failed inside to itself', async () => {
    service.failure = new Error('secret path')
    const { status, body } = await get('/v1/status')
    assert.equal(status, 500)
    assert.deepEqual(body, {
      error: { code: 'internal', message: 'The node failed to answer.', hint: 'Its log says why.' }
    })
    assert.equal((await post('{"transaction":"0000"}')).status, 500)
  })
})

/** Resolves once a request looks `id` up. */
function asked(service: FakeNode, id: string): Promise<void> {
  const look = service.transaction.bind(service)
  return new Promise((resolve) => {
    service.transaction = (wanted) => {
      if (wanted === id) resolve()
      return look(wanted)
    }
  })
}
