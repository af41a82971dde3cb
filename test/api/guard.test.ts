import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { createNodeClient } from '../../src/api/client/index.ts'
import { createGuard, isLoopback } from '../../src/api/guard.ts'
import { startNodeApi } from '../../src/api/index.ts'
import { Bench, FakeNode, hashOf, raw, runtime } from './support.ts'

const request = (head: string, ...headers: string[]): string =>
  `${[`${head} HTTP/1.1`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`

const codeOf = (answer: string): string => /"code":"([^"]*)"/.exec(answer)?.[1] ?? answer

describe('who may use the API', () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  describe('by the Host header', () => {
    const guard = createGuard({ host: 'node.example' })
    for (const host of [
      '127.0.0.1:7070',
      'localhost:7070',
      'localhost',
      '[::1]:7070',
      '192.168.1.5',
      'Node.Example:80'
    ]) {
      it(`${host} may`, () => guard.check({ host }, 'view'))
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example:7070',
      '127.0.0.1.evil.example',
      '',
      '1.2.3',
      '[::1',
      ':80'
    ]) {
      it(`"${host}" may not`, () => assert.throws(() => guard.check({ host }, 'view'), { code: 'forbidden-host' }))
    }

    const local = createGuard({ host: '127.0.0.1' })
    for (const host of ['127.0.0.1:7069', 'localhost:7069', '127.0.0.2', '[::1]:7069']) {
      it(`${host} may on loopback`, () => local.check({ host }, 'view'))
    }
    // Ways to loopback that browsers don't trust: they say nothing of the site that asks.
    for (const host of ['0.0.0.0:7069', '[::]:7069', '[::ffff:127.0.0.1]:7069', '192.168.1.5:7069']) {
      it(`${host} may not on loopback`, () =>
        assert.throws(() => local.check({ host }, 'view'), { code: 'forbidden-host' }))
    }

    it('refuses a rebound name on a real socket', async () => {
      const { api } = await bench.node()
      const answer = await raw(api.url, request('GET /v1/status', 'Host: evil.example'))
      assert.match(answer, /^HTTP\/1\.1 403 /)
      assert.equal(codeOf(answer), 'forbidden-host')
    })
  })

  describe('from a web page', () => {
    const body = ['Content-Type: application/json', 'Content-Length: 20', '', '{"transaction":"00"}'].join('\r\n')
    const post = (...headers: string[]): string => ['POST /v1/transactions HTTP/1.1', ...headers, body].join('\r\n')
    const host = 'Host: 127.0.0.1:7070'
    const close = 'Connection: close'
    const cases: [who: string, headers: string[], code: string][] = [
      ['a program', [], 'insufficient-funds'],
      ['a page of our own', ['Origin: http://127.0.0.1:7070', 'Sec-Fetch-Site: same-origin'], 'insufficient-funds'],
      ['a page of another site', ['Sec-Fetch-Site: cross-site'], 'cross-site'],
      ['a page on another port', ['Origin: http://127.0.0.1:8080', 'Sec-Fetch-Site: same-site'], 'cross-site'],
      ['an old browser on another site', ['Origin: http://evil.example'], 'cross-site'],
      ['a page at this name and port over https', ['Origin: https://127.0.0.1:7070'], 'cross-site'],
      ['a sandboxed frame', ['Origin: null'], 'cross-site']
    ]
    for (const [who, headers, code] of cases) {
      it(`a transaction from ${who}: ${code}`, async () => {
        const { api } = await bench.node()
        assert.equal(codeOf(await raw(api.url, post(host, close, ...headers))), code)
      })
    }

    it('an event stream is not opened for another site', async () => {
      const { api } = await bench.node()
      const answer = await raw(api.url, request('GET /v1/events', host, 'Sec-Fetch-Site: cross-site'))
      assert.equal(codeOf(answer), 'cross-site')
    })

    it('stopping a testnet is not for another site', async () => {
      const { api } = await bench.testnet()
      assert.equal(
        codeOf(await raw(api.url, request('POST /v1/stop', host, 'Origin: http://evil.example'))),
        'cross-site'
      )
    })

    describe('with a dashboard', () => {
      const page = { html: '<meta content="%STARLING_PAGE_TOKEN%">', script: '', style: '' }
      const stop = (...headers: string[]): string => request('POST /v1/stop', host, 'Content-Length: 0', ...headers)
      const browser = ['Origin: http://127.0.0.1:7070', 'Sec-Fetch-Site: same-origin']

      it('buttons need the token of this very page', async () => {
        const { api, service } = await bench.testnet({ page })
        const html = await (await fetch(api.url)).text()
        const token = /content="([0-9a-f]{32})"/.exec(html)?.[1] ?? ''
        for (const wrong of [[], ['X-Starling-Page: '], [`X-Starling-Page: ${'0'.repeat(32)}`]]) {
          assert.equal(codeOf(await raw(api.url, stop(...browser, ...wrong))), 'not-this-page')
        }
        assert.equal(
          codeOf(await raw(api.url, stop('Origin: http://evil.example', `X-Starling-Page: ${token}`))),
          'cross-site'
        )
        assert.match(await raw(api.url, stop(...browser, `X-Starling-Page: ${token}`)), /^HTTP\/1\.1 202 /)
        await service.stopped.promise
      })

      it('every start has another token, and programs need none', async () => {
        const [one, two] = [await bench.testnet({ page }), await bench.testnet({ page })]
        assert.notEqual(await (await fetch(one.api.url)).text(), await (await fetch(two.api.url)).text())
        assert.match(await raw(one.api.url, stop()), /^HTTP\/1\.1 202 /)
      })

      it('is on loopback alone, and no bearer token opens it to others', async () => {
        const elsewhere = { host: '0.0.0.0', token: 'secret' }
        const { api } = await bench.testnet({ page, ...elsewhere })
        const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
        for (const { address } of addresses.filter(({ internal, family }) => !internal && family === 'IPv4')) {
          await assert.rejects(raw(api.url.replace('127.0.0.1', address), stop()), { code: 'ECONNREFUSED' })
        }
        assert.equal((await fetch(api.url)).status, 200)
      })

      it('the page may load from here alone, and nobody may frame it', async () => {
        const { api } = await bench.testnet({ page })
        for (const path of ['/', '/dashboard.js', '/dashboard.css']) {
          const policy = (await fetch(`${api.url}${path}`)).headers.get('content-security-policy') ?? ''
          assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/)
          assert.match(policy, /frame-ancestors 'none'/)
        }
      })

      it('its stream is not for another site', async () => {
        const { api } = await bench.testnet({ page })
        const answer = await raw(api.url, request('GET /v1/updates', host, 'Sec-Fetch-Site: cross-site'))
        assert.equal(codeOf(answer), 'cross-site')
      })

      it('is not there where it was turned off', async () => {
        const { api } = await bench.testnet()
        assert.equal((await fetch(api.url)).status, 404)
      })
    })

    describe('that asks to look', () => {
      const link = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
      const image = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image']
      const frame = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe']

      it('a link to a plain view works', async () => {
        const { api } = await bench.node()
        const answer = await raw(api.url, request('GET /v1/status', host, ...link))
        assert.match(answer, /^HTTP\/1\.1 200 /)
        assert.doesNotMatch(answer, /access-control/i)
      })

      it('no other page has it loaded as an image or in a frame', async () => {
        const { api } = await bench.node()
        for (const how of [image, frame, [...image, ...link.slice(1), 'Origin: null']]) {
          assert.equal(codeOf(await raw(api.url, request('GET /v1/status', host, ...how))), 'cross-site')
        }
      })

      it('no other page waits, not even by a link: places to wait are few', async () => {
        const [node, testnet] = [await bench.node(), await bench.testnet()]
        for (const [api, path] of [
          [node.api, `/v1/transactions/${hashOf(100)}`],
          [testnet.api, `/v1/items/${hashOf(12)}`]
        ] as const) {
          const ask = (...how: string[]) =>
            raw(api.url, request(`GET ${path}?wait=included&timeout_ms=1`, host, ...how))
          for (const how of [image, link, ['Origin: http://evil.example']]) {
            assert.equal(codeOf(await ask(...how)), 'cross-site', path)
          }
          assert.match(await ask(), /^HTTP\/1\.1 200 /)
        }
      })

      it('no answer may be loaded into a page of another site', async () => {
        const [node, testnet] = [await bench.node(), await bench.testnet({ page: { html: '', script: '', style: '' } })]
        for (const [{ url }, path] of [
          [node.api, '/v1/status'],
          [node.api, '/nothing'],
          [node.api, '/metrics'],
          [node.api, '/v1/events'],
          [testnet.api, '/v1/updates'],
          [testnet.api, '/dashboard.js']
        ] as const) {
          const stop = new AbortController()
          const { headers } = await fetch(`${url}${path}`, { signal: stop.signal })
          stop.abort()
          assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path)
          assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
        }
      })
    })
  })

  describe('by token', () => {
    it('an address that others can reach demands one', async () => {
      const service = new FakeNode()
      for (const token of [undefined, '']) {
        await assert.rejects(startNodeApi({ service, runtime, port: 0, host: '0.0.0.0', token }), {
          code: 'token-required'
        })
      }
    })

    it('every route demands it, before it says whether it exists', async () => {
      const { api } = await bench.node({ host: '0.0.0.0', token: 'secret' })
      for (const path of ['/healthz', '/metrics', '/v1/status', '/v1/events', '/nothing']) {
        const response = await fetch(`${api.url}${path}`)
        assert.equal(response.status, 401, path)
        assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      }
    })

    it('the right one opens, any other does not', async () => {
      const { api } = await bench.node({ token: 'secret' })
      assert.equal((await createNodeClient(api.url, { token: 'secret' }).status()).name, 'n1')
      for (const token of ['', 'Secret', 'secre', 'secret2']) {
        await assert.rejects(createNodeClient(api.url, { token }).status(), { status: 401, code: 'unauthorized' })
      }
    })

    it('knows loopback from the rest', () => {
      for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]']) assert.ok(isLoopback(host), host)
      for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.evil.example', '']) {
        assert.ok(!isLoopback(host), host)
      }
    })
  })

  it('bytes that are not HTTP get an answer and the door', async () => {
    const { api } = await bench.node()
    assert.equal(codeOf(await raw(api.url, 'hello\r\n\r\n')), 'bad-request')
    const huge = request('GET /v1/status', 'Host: 127.0.0.1', `X: ${'x'.repeat(100_000)}`)
    assert.match(await raw(api.url, huge).catch(() => 'HTTP/1.1 400 '), /^HTTP\/1\.1 400 /)
    assert.equal((await createNodeClient(api.url).status()).name, 'n1')
  })
})
