import assert from 'node:assert/strict'
import { createTestnetClient } from '../../src/api/client/index.ts'
import { faultView, itemView, testnetView } from '../../src/api/schemas.ts'
import { apiDefaults } from '../../src/config/index.ts'
import { Bench, hashOf, item } from './support.ts'

describe("a testnet's API", () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  it('shows the testnet and its items as the schemas say', async () => {
    const { api, service } = await bench.testnet()
    const client = createTestnetClient(api.url)
    const view = await client.view()
    assert.deepEqual(testnetView.parse(view), view)
    assert.deepEqual(view, service.view())
    const items = await client.items({ kind: 'transaction', limit: 3 })
    assert.deepEqual(itemView.array().parse(items), items)
    assert.deepEqual(await client.item(hashOf(12)), item())
    await client.items()
    assert.deepEqual(service.asked, [
      { kind: 'transaction', limit: 3 },
      { kind: 'block', limit: apiDefaults.limit }
    ])
  })

  it('answers a wait when the controller says so', async () => {
    const { api, service } = await bench.testnet()
    const wanted = item({ id: hashOf(5), included: { hash: hashOf(12), height: 12, after_ms: 2400 } })
    const waiting = createTestnetClient(api.url).item(hashOf(5), { wait: 'included', timeoutMs: 20_000 })
    service.waited.resolve(wanted)
    assert.deepEqual(await waiting, wanted)
  })

  it('answers with the item as it stands when the time is up', async () => {
    const { api } = await bench.testnet()
    const client = createTestnetClient(api.url)
    assert.deepEqual(await client.item(hashOf(12), { wait: 'included', timeoutMs: 1 }), item())
    await assert.rejects(client.item(hashOf(5), { wait: 'seen', timeoutMs: 1 }), { status: 404, code: 'not-found' })
    await assert.rejects(client.item(hashOf(5)), { status: 404, code: 'not-found' })
  })

  it('causes a fault, and says in one sentence why not', async () => {
    const { api, service } = await bench.testnet()
    const client = createTestnetClient(api.url)
    const done = await client.fault({ kind: 'slow', nodes: ['n1'], latency_ms: 50, loss: 0 })
    assert.deepEqual(faultView.parse(done), done)
    assert.deepEqual(service.asked, [{ kind: 'slow', nodes: ['n1'], latency_ms: 50, loss: 0 }])
    await assert.rejects(client.fault({ kind: 'crash', nodes: ['n9'] }), {
      status: 422,
      code: 'unknown-node',
      message: 'There is no node n9.',
      hint: 'Its nodes: n1'
    })
    const refused = async (body: unknown): Promise<string> => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${api.url}/v1/faults`, { method: 'POST', headers, body: JSON.stringify(body) })
      assert.equal(response.status, 400)
      return ((await response.json()) as { error: { message: string } }).error.message
    }
    assert.match(await refused({ kind: 'explode' }), /^"kind" must be crash, stop, /)
    assert.equal(await refused({ kind: 'crash', nodes: [] }), '"nodes" must be at least one name.')
    assert.equal(await refused({ kind: 'crash', nodes: 'n1' }), '"nodes" must be a list of names.')
    assert.equal(await refused({ kind: 'slow', nodes: ['n1'], loss: 2 }), '"loss" must be at most 0.5.')
  })

  it('stops the run, answering first', async () => {
    const { api, service } = await bench.testnet()
    await createTestnetClient(api.url).stop()
    await service.stopped.promise
  })

  it('refuses a kind that does not exist', async () => {
    const { api } = await bench.testnet()
    const response = await fetch(`${api.url}/v1/items?kind=header`)
    assert.equal(response.status, 400)
    const { error } = (await response.json()) as { error: { message: string } }
    assert.equal(error.message, '"kind" must be "block" or "transaction".')
  })
})
