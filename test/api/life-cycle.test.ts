import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { ApiError, createNodeClient } from '../../src/api/client/index.ts'
import { startNodeApi } from '../../src/api/index.ts'
import { apiDefaults } from '../../src/config/index.ts'
import { realRuntime, type TimerHandle, type Timers, timersFrom } from '../../src/runtime/index.ts'
import { Bench, FakeNode, hashOf, runtime } from './support.ts'

describe('the life of an API', () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  /** Servers and connections that are open in this process. */
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
  const settled = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve))
  }

  it('close ends streams and long polls at once and leaves nothing open', async () => {
    const before = sockets()
    const timers = countingTimers()
    const service = new FakeNode()
    const api = await startNodeApi({ service, runtime: { ...runtime, timers }, port: 0 })
    const client = createNodeClient(api.url)
    const events = client.events()[Symbol.asyncIterator]()
    const next = events.next()
    const poll = fetch(`${api.url}/v1/transactions/${hashOf(100)}?wait=included&timeout_ms=50000`)
    await client.status()
    await settled(() => api.streams() === 1)
    assert.ok(timers.live > 0)
    const started = performance.now()
    await api.close()
    assert.ok(performance.now() - started < 2000)
    assert.equal((await next).done, true)
    assert.equal((await poll).status, 200)
    assert.deepEqual(await (await poll).json(), service.transaction(hashOf(100)))
    assert.equal(api.streams(), 0)
    // The client's own side of the connections closes a moment later.
    await settled(() => sockets() <= before)
    assert.equal(timers.live, 0)
  })

  it('close may be called twice, and with nobody there', async () => {
    const { api } = await bench.node()
    await Promise.all([api.close(), api.close()])
    await api.close()
  })

  it('close does not wait for a client that sends its request byte by byte', async () => {
    const { api } = await bench.node()
    const { connect } = await import('node:net')
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.on('error', () => {})
    bench.own(() => socket.destroy())
    await once(socket, 'connect')
    socket.write('POST /v1/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le')
    const closed = once(socket, 'close')
    await api.close()
    await closed
  })

  it('a port in use is said in one sentence', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    bench.own(() => other.close())
    const { port } = other.address() as { port: number }
    const service = new FakeNode()
    await assert.rejects(startNodeApi({ service, runtime, port }), {
      code: 'port-in-use',
      message: `Port ${port} on 127.0.0.1 is in use by another program.`
    })
  })

  it('an address of another machine is said, too', async () => {
    const service = new FakeNode()
    await assert.rejects(startNodeApi({ service, runtime, port: 0, host: '192.0.2.1', token: 't' }), {
      code: 'bad-address'
    })
  })

  it('starting one more costs little', async () => {
    await bench.node()
    const costsMs: number[] = []
    for (let i = 0; i < 20; i++) {
      const before = process.cpuUsage()
      await bench.node()
      const { user, system } = process.cpuUsage(before)
      costsMs.push((user + system) / 1000)
    }
    // What else the process does in these moments counts too: the least of them is what it costs.
    const leastMs = Math.min(...costsMs)
    assert.ok(leastMs < 15, `${leastMs.toFixed(1)} ms of CPU at least`)
  })

  it('waits less long than it lets a connection be silent', () => {
    assert.ok(apiDefaults.waitMaxMs < apiDefaults.idleTimeoutMs)
    assert.ok(apiDefaults.events.heartbeatMs < apiDefaults.idleTimeoutMs)
  })

  describe('seen by the client', () => {
    it('nothing listening is "unreachable", with what to do', async () => {
      const { api } = await bench.node()
      await api.close()
      const error = await createNodeClient(api.url)
        .status()
        .catch((thrown: unknown) => thrown)
      assert.ok(error instanceof ApiError)
      assert.deepEqual(
        { status: error.status, code: error.code, message: error.message },
        { status: 0, code: 'unreachable', message: `Nothing answers at ${api.url}.` }
      )
      assert.match(error.hint ?? '', /npx starling testnet/)
      await assert.rejects(createNodeClient(api.url).events()[Symbol.asyncIterator]().next(), { code: 'unreachable' })
    })

    it('a server that never answers is "timeout"', async () => {
      const silent = createServer((socket) => bench.own(() => socket.destroy())).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      bench.own(() => silent.close())
      const { port } = silent.address() as { port: number }
      const client = createNodeClient(`127.0.0.1:${port}`, { timers: realRuntime().timers, timeoutMs: 20 })
      await assert.rejects(client.status(), { code: 'timeout' })
    })

    it('another program on the port is "bad-answer"', async () => {
      const other = createServer((socket) => {
        socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>')
      }).listen(0, '127.0.0.1')
      await once(other, 'listening')
      bench.own(() => other.close())
      const { port } = other.address() as { port: number }
      await assert.rejects(createNodeClient(`http://127.0.0.1:${port}/`).status(), { code: 'bad-answer' })
    })

    it("the server's refusal comes through: status, code, sentence, hint", async () => {
      const { api } = await bench.node()
      const error = await createNodeClient(api.url)
        .account('mallory')
        .catch((thrown: unknown) => thrown)
      assert.ok(error instanceof ApiError)
      assert.equal(error.status, 404)
      assert.equal(error.code, 'unknown-account')
      assert.match(error.hint ?? '', /^There are: alice, bob/)
    })

    it("ends with the caller's reason when the caller aborts", async () => {
      const { api } = await bench.node()
      const reason = new Error('enough')
      await assert.rejects(createNodeClient(api.url, { signal: AbortSignal.abort(reason) }).status(), reason)
    })
  })
})

/** Real timers that know how many are set. */
function countingTimers(): Timers & { readonly live: number } {
  const live = new Set<object>()
  const counted = (timer: TimerHandle): TimerHandle => {
    const handle = {
      cancel: () => {
        live.delete(handle)
        timer.cancel()
      }
    }
    live.add(handle)
    return handle
  }
  const after = (ms: number, fn: () => void): TimerHandle => {
    const handle = counted(
      runtime.timers.after(ms, () => {
        live.delete(handle)
        fn()
      })
    )
    return handle
  }
  const every = (ms: number, fn: () => void): TimerHandle => counted(runtime.timers.every(ms, fn))
  return {
    ...timersFrom({ after, every }),
    get live() {
      return live.size
    }
  }
}
