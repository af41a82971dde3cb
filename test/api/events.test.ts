import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createNodeClient, createTestnetClient } from '../../src/api/client/index.ts'
import { apiDefaults } from '../../src/config/index.ts'
import type { NodeEvent } from '../../src/trace/index.ts'
import { Bench, hashOf, heard, imported } from './support.ts'

describe('the event stream', () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  it('tells heard and imported apart, in order, with ids that increase', async () => {
    const { api, service } = await bench.node()
    const reader = await open(bench, api.url, '/v1/events')
    service.events.emit(heard(1))
    service.events.emit(imported(1))
    const text = await reader.until('imported')
    assert.match(
      text,
      /^: events follow\n\nid: 1\nevent: heard\ndata: \{.*\}\n\nid: 2\nevent: imported\ndata: \{"type":"imported".*\}\n\n$/
    )
  })

  it('gives only the types asked for', async () => {
    const { api, service } = await bench.node()
    const got: NodeEvent[] = []
    const controller = new AbortController()
    const reading = (async () => {
      for await (const event of createNodeClient(api.url).events({ types: ['imported'], signal: controller.signal })) {
        got.push(event)
        if (got.length === 2) controller.abort()
      }
    })()
    await until(() => api.streams() === 1)
    for (const event of [heard(1), imported(1), heard(2), imported(2)]) service.events.emit(event)
    await reading
    assert.deepEqual(got, [imported(1), imported(2)])
  })

  it('names the node of each event of a testnet', async () => {
    const { api, service } = await bench.testnet()
    const reading = createTestnetClient(api.url).events()[Symbol.asyncIterator]()
    const first = reading.next()
    await until(() => service.sinks.size === 1)
    service.emit({ ...heard(1), node: 'n3' })
    assert.deepEqual((await first).value, { ...heard(1), node: 'n3' })
    await reading.return?.()
    await until(() => service.sinks.size === 0)
  })

  it('carries any text unharmed', async () => {
    const { api, service } = await bench.node()
    const reading = createNodeClient(api.url).events()[Symbol.asyncIterator]()
    const first = reading.next()
    await until(() => api.streams() === 1)
    const odd: NodeEvent = { type: 'peer', at: 1, state: 'connected', peer: 'a\n\ndata: b\r\u2028é😀' }
    service.events.emit(odd)
    assert.deepEqual((await first).value, odd)
    await reading.return?.()
  })

  it('lets go of the node when the last reader is gone', async () => {
    const { api } = await bench.node()
    const reader = await open(bench, api.url, '/v1/events')
    assert.equal(api.streams(), 1)
    reader.socket.destroy()
    await until(() => api.streams() === 0)
  })

  it('drops events for a slow reader, says how many, and goes on', async () => {
    const { api, service } = await bench.node()
    const slow = await open(bench, api.url, '/v1/events')
    const quick = await open(bench, api.url, '/v1/events?types=head')
    slow.socket.pause()
    // Far more than the kernel's buffers and ours hold together.
    const ids = Array.from({ length: 3000 }, (_, i) => hashOf(i))
    for (let i = 0; i < 100; i++) service.events.emit(imported(i, ids))
    service.events.emit({ type: 'head', at: 1, hash: hashOf(1), height: 1, work: '1', abandoned: 0 })
    await quick.until('event: head')
    slow.socket.resume()
    const text = await slow.until('event: dropped\ndata: {"count":')
    const received = text.split('event: imported').length - 1
    const dropped = Number(/"count":(\d+)/.exec(text)?.[1])
    assert.ok(dropped > 0)
    assert.equal(received + dropped, 101)
    service.events.emit(heard(7))
    await slow.until('event: heard')
    assert.match(
      await (await fetch(`${api.url}/metrics`)).text(),
      new RegExp(`starling_api_events_dropped_total ${dropped}\n`)
    )
  })

  it('tells a client how many events it missed', async () => {
    const { api, service } = await bench.node()
    let missed = 0
    const controller = new AbortController()
    const events = createNodeClient(api.url).events({
      signal: controller.signal,
      onDropped: (count) => {
        missed += count
      }
    })
    const ids = Array.from({ length: 3000 }, (_, i) => hashOf(i))
    let received = 0
    const reading = events[Symbol.asyncIterator]()
    const first = reading.next()
    await until(() => api.streams() === 1)
    // One turn of the loop: nobody reads meanwhile.
    for (let i = 0; i < 50; i++) service.events.emit(imported(i, ids))
    await first
    received++
    const rest = (async () => {
      while (!(await reading.next()).done) received++
    })()
    await until(() => missed > 0)
    controller.abort()
    await rest
    assert.equal(received + missed, 50)
  })

  it('bounds the number of readers', async () => {
    const { api } = await bench.node()
    for (let i = 0; i < apiDefaults.events.streamsMax; i++) await open(bench, api.url, '/v1/events')
    const refused = await fetch(`${api.url}/v1/events`)
    assert.equal(refused.status, 503)
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'busy')
  })

  it('refuses types that do not exist', async () => {
    const { api } = await bench.node()
    const refused = await fetch(`${api.url}/v1/events?types=head,tail`)
    assert.equal(refused.status, 400)
    const { error } = (await refused.json()) as { error: { message: string } }
    assert.match(error.message, /^"types" must be event types separated by commas, out of: published, heard, .*\.$/)
  })

  it('ends for the reader when the API closes', async () => {
    const { api } = await bench.node()
    const reading = createNodeClient(api.url).events()[Symbol.asyncIterator]()
    const next = reading.next()
    await until(() => api.streams() === 1)
    await api.close()
    assert.equal((await next).done, true)
  })

  it('breaks with an error when the connection breaks', async () => {
    const { api } = await bench.node()
    const broken = await open(bench, api.url, '/v1/events')
    const relay = await cutting(bench, broken.port)
    const reading = createNodeClient(relay.url).events()[Symbol.asyncIterator]()
    const next = reading.next()
    await until(() => api.streams() === 2)
    relay.cut()
    await assert.rejects(next, { code: 'unreachable' })
  })
})

interface Reader {
  readonly socket: Socket
  readonly port: number
  /** All text so far (headers and chunk sizes left out), once it contains `mark`. */
  until(mark: string): Promise<string>
}

/** Reads a stream over a plain socket, whose speed the test controls. */
async function open(bench: Bench, url: string, path: string): Promise<Reader> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  bench.own(() => socket.destroy())
  socket.on('error', () => {})
  let bytes = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    bytes += chunk
  })
  const text = (): string => {
    const body = bytes.slice(bytes.indexOf('\r\n\r\n') + 4)
    return body.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '').replaceAll('\r\n', '')
  }
  const reader: Reader = {
    socket,
    port: Number(port),
    until: async (mark) => {
      while (!text().includes(mark) || !text().endsWith('\n\n')) await once(socket, 'data')
      return text()
    }
  }
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await reader.until(': events follow')
  return reader
}

/** Passes bytes on to a port until it is cut. */
async function cutting(bench: Bench, port: number): Promise<{ url: string; cut(): void }> {
  const { createServer } = await import('node:net')
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => {})
    sockets.push(near, far)
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  bench.own(() => server.close())
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  bench.own(cut)
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, cut }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
