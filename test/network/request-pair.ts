// Two hosts on real sockets of which one asks the other.
import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { type Host, NetworkError, type Protocol, Requests } from '../../src/network/index.ts'
import type { RequestEvent } from '../../src/trace/index.ts'
import { bytes, connect, Hosts, runtime } from './support.ts'

const text = {
  encode: (message: string): Uint8Array => bytes(message),
  decode: (frame: { subarray(): Uint8Array }): string => {
    const message = Buffer.from(frame.subarray()).toString()
    if (message.includes('garbage')) throw new Error('not ours')
    return message
  }
}

export const echo: Protocol<string, string> = {
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

export const code = (expected: string) => (error: unknown) => {
  assert(error instanceof NetworkError, String(error))
  assert.equal(error.code, expected, error.message)
  return true
}

export const once = (stream: Stream, event: 'close' | 'remoteCloseWrite'): Promise<unknown> =>
  new Promise((resolve) => stream.addEventListener(event, resolve, { once: true }))

export const collect = async (answers: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const answer of answers) all.push(answer)
  return all
}

/** Connected; `client` asks and `server` answers. */
export interface RequestPair {
  readonly client: Requests
  readonly server: Requests
  readonly clientHost: Host
  readonly serverHost: Host
  /** The server's peer id. */
  readonly peer: string
  /** Offences that each side reported of the other. */
  readonly byClient: string[]
  readonly byServer: string[]
  /** What the client recorded of its requests. */
  readonly asked: RequestEvent[]
  /** Streams at the server. */
  openStreams(): number
  stop(): Promise<void>
}

export async function requestPair(): Promise<RequestPair> {
  const hosts = new Hosts()
  const [clientHost, serverHost] = [await hosts.started(), await hosts.started()]
  await connect(clientHost, serverHost)
  const byClient: string[] = []
  const byServer: string[] = []
  const asked: RequestEvent[] = []
  const client = new Requests({
    host: clientHost,
    runtime,
    onOffence: (_, what) => byClient.push(what),
    onAsked: (event) => asked.push(event)
  })
  const server = new Requests({ host: serverHost, runtime, onOffence: (_, what) => byServer.push(what) })
  hosts.onStop(() => client.stop())
  hosts.onStop(() => server.stop())
  const connections = serverHost.gossipComponents.connectionManager
  return {
    client,
    server,
    clientHost,
    serverHost,
    peer: serverHost.peerId,
    byClient,
    byServer,
    asked,
    openStreams: () => connections.getConnections().flatMap(({ streams }) => streams).length,
    stop: () => hosts.stop()
  }
}
