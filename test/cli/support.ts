// Runs commands inside the test's process, and a small fake of a testnet's APIs for them to talk to.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCli } from '../../src/cli/context.ts'
import type { Sink } from '../../src/cli/output.ts'
import { run } from '../../src/cli/program.ts'
import { writeCurrent } from '../../src/cli/runs.ts'
import { verifySignature } from '../../src/crypto/index.ts'
import { realClock, realEntropy, realTimers } from '../../src/runtime/index.ts'
import { decodeTransaction, fromHex, type Transaction, transactionSignatureCheck } from '../../src/wire/index.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  readonly cwd: string
  readonly env?: Record<string, string>
  readonly terminal?: boolean
}

/** Runs `starling ARGS` and returns what it wrote and its exit code. */
export async function starling(
  args: readonly string[],
  { cwd, env = {}, terminal = false }: Surroundings
): Promise<Outcome> {
  const written = { out: '', err: '' }
  const sink = (name: 'out' | 'err'): Sink => ({
    terminal,
    width: 80,
    write: (text) => {
      written[name] += text
    }
  })
  const cli = createCli({
    env,
    cwd,
    out: sink('out'),
    err: sink('err'),
    clock: realClock(),
    timers: realTimers,
    entropy: realEntropy
  })
  return { code: await run(args, cli), ...written }
}

/** A fresh directory, removed after each test of the suite that asks for it. */
export function useDirectory(): () => string {
  const made: string[] = []
  afterEach(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
  })
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'starling-cli-'))
    made.push(directory)
    return directory
  }
}

export const GENESIS = 'ab'.repeat(32)
export const BLOCK = 'cd'.repeat(32)

/** What the fake APIs say and remember. */
export interface FakeNetwork {
  readonly controller: string
  readonly nodes: readonly { readonly name: string; readonly api: string; readonly peer: string }[]
  /** Transactions posted to any node, decoded, with their signatures checked. */
  readonly posted: Transaction[]
  /** Requests served, as `METHOD /path`. */
  readonly requests: string[]
  balance: number
  nonce: number
  /** Answers to the next posts instead of acceptance. */
  readonly refusals: { readonly code: string; readonly message: string; readonly nonce?: number }[]
  /** Whether blocks come. */
  includes: boolean
  /** Peers that announce each transaction to a node. */
  announcers: number
  /** Connections of each node. */
  peers: number
  /** Names of nodes that the controller knows to be down. */
  readonly down: Set<string>
  /** What event streams say before they end. */
  events: object[]
  /** Orders of faults that the controller was given. */
  readonly faults: object[]
  /** Nodes that are in no state for any fault. */
  readonly unfit: Set<string>
  /** A testnet's note in a directory, as if it ran there. */
  announceIn(directory: string, pid?: number): void
  close(): Promise<void>
}

export async function fakeNetwork(size = 2): Promise<FakeNetwork> {
  const servers: Server[] = []
  const serve = async (handler: (request: IncomingMessage, body: string) => unknown): Promise<string> => {
    const server = createServer((request, response) => void answer(request, response, handler))
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const nodes: { name: string; api: string; peer: string }[] = []
  const network: FakeNetwork = {
    controller: '',
    nodes,
    posted: [],
    requests: [],
    balance: 1000,
    nonce: 7,
    refusals: [],
    includes: true,
    announcers: 2,
    peers: 4,
    down: new Set(),
    events: [],
    faults: [],
    unfit: new Set(),
    announceIn(directory, pid = process.pid) {
      const { controller } = network
      writeCurrent(join(directory, '.starling'), { controller, nodes, directory, pid, startedAt: 1_000_000 })
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    }
  }
  for (let i = 1; i <= size; i++) {
    const name = `n${i}`
    const api = await serve((request, body) => nodeAnswer(network, name, request, body))
    nodes.push({ name, api, peer: `12D3KooWpeer${i}` })
  }
  const controller = await serve((request, body) => controllerAnswer(network, request, body))
  return Object.assign(network, { controller })
}

const NOT_FOUND = { status: 404, error: { code: 'not-found', message: 'Not here.' } }
const EVENTS = Symbol('events')

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: (request: IncomingMessage, body: string) => unknown
): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  const result = handler(request, body) as { status?: number } & Record<symbol, object[]>
  const events = result[EVENTS]
  if (events !== undefined) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    response.end()
    return
  }
  response.writeHead(typeof result.status === 'number' ? result.status : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(result))
}

function nodeAnswer(network: FakeNetwork, name: string, request: IncomingMessage, body: string): unknown {
  const path = (request.url ?? '').split('?')[0] ?? ''
  network.requests.push(`${name} ${request.method} ${path}`)
  const [, , room = '', id = ''] = path.split('/')
  if (room === 'status') return statusOf(network, name)
  if (room === 'peers') return []
  if (room === 'members')
    return network.nodes.map(({ peer }, i) => ({ peer, role: 'node', tags: { zone: `z${i + 1}` } }))
  if (room === 'bans') return [{ peer: '12D3KooWLiar', reason: 'malformed', until: Date.now() + 3_600_000 }]
  if (room === 'events') return { [EVENTS]: network.events }
  if (room === 'accounts' && id !== '') return accountOf(network, id)
  if (room === 'transactions' && request.method === 'POST') return post(network, body)
  if (room === 'transactions' && id === '') return network.posted.map((posted) => viewOf(network, posted))
  const found = network.posted.find((posted) => posted.id === id)
  if (room === 'transactions' && found !== undefined) return viewOf(network, found)
  return NOT_FOUND
}

function controllerAnswer(network: FakeNetwork, request: IncomingMessage, body: string): unknown {
  const path = (request.url ?? '').split('?')[0] ?? ''
  network.requests.push(`controller ${request.method} ${path}`)
  const [, , room = '', id = ''] = path.split('/')
  if (room === 'testnet') return { nodes: network.nodes.map((node) => testnetNode(network, node)) }
  if (room === 'events') return { [EVENTS]: network.events }
  if (room === 'faults') {
    const order = JSON.parse(body) as { kind: string; nodes?: string[]; groups?: string[][] }
    network.faults.push(order)
    return {
      kind: order.kind,
      nodes: (order.nodes ?? order.groups?.flat() ?? []).filter((name) => !network.unfit.has(name)),
      notes: []
    }
  }
  if (room !== 'items' || !network.posted.some((posted) => posted.id === id)) return NOT_FOUND
  const included = network.includes ? { included: { hash: BLOCK, height: 13, after_ms: 2400 } } : {}
  const nodes = network.nodes.length
  return {
    id,
    kind: 'transaction',
    origin: 'n1',
    published_at: 0,
    nodes,
    holders: nodes,
    spread_ms: 7,
    ...included,
    deliveries: []
  }
}

function testnetNode({ down }: FakeNetwork, node: FakeNetwork['nodes'][number]): object {
  const isDown = down.has(node.name)
  return { ...node, height: isDown ? 1 : 3, head: isDown ? GENESIS : BLOCK, state: isDown ? 'down' : 'up' }
}

function statusOf({ nodes, peers }: FakeNetwork, name: string): object {
  return {
    version: '0.1.0',
    name,
    network: GENESIS.slice(0, 16),
    genesis: GENESIS,
    consensus: 'pow',
    peer: nodes.find((node) => node.name === name)?.peer,
    addresses: [],
    head: { height: 3, hash: BLOCK, work: '4', time: 0 },
    sync: { state: 'in-step', target_height: 3, blocks_per_second: null, seconds_left: null },
    producing: true,
    peers,
    mempool: { count: 0, bytes: 0, min_fee: 1 },
    uptime_s: 3,
    event_loop_lag_p99_ms: 1
  }
}

function accountOf({ balance, nonce }: FakeNetwork, address: string): object {
  return { address, balance, nonce, next_nonce: nonce, available: balance }
}

function viewOf(
  { includes, announcers }: FakeNetwork,
  { id, sender, recipient, amount, fee, nonce, bytes }: Transaction
): object {
  const view = { id, sender, recipient, amount, fee, nonce, valid_until: 0, data: '', bytes: bytes.length }
  if (!includes) return { ...view, state: 'pending', confirmations: 0, announced_by: announcers }
  return { ...view, state: 'included', block: { hash: BLOCK, height: 13 }, confirmations: 1, announced_by: announcers }
}

function post(network: FakeNetwork, body: string): unknown {
  const refusal = network.refusals.shift()
  if (refusal !== undefined) {
    network.nonce = refusal.nonce ?? network.nonce
    return { status: 409, error: { code: refusal.code, message: refusal.message } }
  }
  const transaction = decodeTransaction(fromHex((JSON.parse(body) as { transaction: string }).transaction))
  const { publicKey, message, signature } = transactionSignatureCheck(transaction)
  if (!verifySignature(publicKey, message, signature)) {
    return { status: 400, error: { code: 'bad-signature', message: 'Bad signature.' } }
  }
  network.posted.push(transaction)
  network.nonce = transaction.nonce + 1
  return { id: transaction.id }
}
