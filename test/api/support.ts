// A fake node and a fake testnet, and what the API tests share.
import { connect } from 'node:net'
import { createNodeClient, type NodeClient } from '../../src/api/client/index.ts'
import { Combiner, LiveFeed, startNodeApi, startTestnetApi } from '../../src/api/index.ts'
import type { ListenOptions, LiveRun, PageFiles, RunningApi } from '../../src/api/index.ts'
import type {
  AccountView,
  BanView,
  BlockSummary,
  FaultOrder,
  FaultView,
  GenesisView,
  ItemView,
  MemberView,
  PeerView,
  StatusView,
  TestnetView,
  TransactionView
} from '../../src/api/schemas.ts'
import type { NodeService, TestnetService } from '../../src/api/services.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { EventEmitter, type NamedEvent, type NodeEvent } from '../../src/trace/index.ts'

export const hashOf = (n: number): string => n.toString(16).padStart(64, '0')
export const runtime = realRuntime({ seed: 1 })

export const status: StatusView = {
  version: '0.1.0',
  name: 'n1',
  network: '9f3ac1d2',
  genesis: hashOf(0),
  consensus: 'pow',
  peer: '12D3KooWExample',
  addresses: ['/ip4/127.0.0.1/tcp/4001'],
  head: { height: 12, hash: hashOf(12), work: '123456', time: 1_700_000_012_000 },
  sync: { state: 'in-step', target_height: 12, blocks_per_second: null, seconds_left: null },
  producing: true,
  peers: 1,
  mempool: { count: 1, bytes: 213, min_fee: 1 },
  uptime_s: 12.5,
  event_loop_lag_p99_ms: 2.5
}

export const peer: PeerView = {
  peer: '12D3KooWOther',
  address: '/ip4/127.0.0.1/tcp/4002',
  direction: 'outbound',
  connected_s: 3.5,
  mesh: ['block', 'transaction'],
  score: 0.5,
  penalty: 10,
  head: { height: 12, hash: hashOf(12) }
}

export const transaction = (n: number, change: Partial<TransactionView> = {}): TransactionView => ({
  id: hashOf(n),
  sender: hashOf(1),
  sender_name: 'alice',
  recipient: hashOf(2),
  amount: 5,
  fee: 1,
  nonce: 0,
  valid_until: 100,
  data: '',
  bytes: 213,
  state: 'pending',
  confirmations: 0,
  announced_by: 0,
  ...change
})

export const block = (height: number): BlockSummary => ({
  hash: hashOf(height),
  height,
  parent: hashOf(height - 1),
  time: 1_700_000_000_000 + height * 1000,
  producer: hashOf(3),
  bits: 0x1f00ffff,
  transactions: 1,
  bytes: 400
})

export const genesis: GenesisView = {
  schema: 'starling-genesis/1',
  name: 'local',
  time: 1_700_000_000_000,
  consensus: { kind: 'pow', intervalMs: 3000, halfLifeMs: 60_000, bits: 0x1f00ffff },
  reward: 50,
  accounts: [{ address: hashOf(1), balance: 1_000_000 }]
}

/** What the fake refuses a transaction of one byte `00` with. */
export class Refusal extends Error {
  readonly code = 'insufficient-funds'
}

/** A node that answers from memory; tests change its fields and emit its events. */
export class FakeNode implements NodeService {
  readonly events = new EventEmitter()
  readonly transactionsById = new Map([[hashOf(100), transaction(100)]])
  readonly asked: unknown[] = []
  isReady = true
  failure: Error | undefined

  ready(): boolean {
    return this.isReady
  }
  status(): StatusView {
    if (this.failure !== undefined) throw this.failure
    return status
  }
  members(): MemberView[] {
    return [
      {
        peer: '12D3KooWOther',
        self: false,
        state: 'alive',
        phi: 0.3,
        heartbeat_age_s: 1.2,
        height: 12,
        head: '00'.repeat(8),
        agent: 'starling/0.1.0',
        role: 'miner',
        tags: { zone: 'eu' },
        addresses: ['/ip4/127.0.0.1/tcp/4002'],
        generation: 1_700_000_000,
        version: 7
      }
    ]
  }

  async tag(): Promise<Record<string, string>> {
    return {}
  }

  async leave(): Promise<void> {}

  peers(): PeerView[] {
    return [peer]
  }
  bans(): BanView[] {
    return [{ peer: '12D3KooWLiar', reason: 'malformed', until: 1_700_000_000_000 }]
  }
  mempool(limit: number) {
    this.asked.push({ limit })
    return { count: 1, bytes: 213, min_fee: 1, transactions: [transaction(100)] }
  }
  transaction(id: string): TransactionView | undefined {
    return this.transactionsById.get(id)
  }
  transactions(query: { account?: string; limit: number }): TransactionView[] {
    this.asked.push(query)
    return [...this.transactionsById.values()]
  }
  async submit(bytes: Uint8Array): Promise<{ id: string }> {
    if (bytes.length === 1) throw new Refusal('alice has 3, needs 6 (5 + fee 1)')
    if (bytes.length === 2) throw new Error('disk on fire')
    return { id: hashOf(bytes.length) }
  }
  account(address: string): AccountView {
    return { address, balance: 7, nonce: 1, next_nonce: 2, available: 6 }
  }
  accounts(limit: number): AccountView[] {
    this.asked.push({ limit })
    return [this.account(hashOf(1))]
  }
  blocks(query: { limit: number; before?: number }): BlockSummary[] {
    this.asked.push(query)
    return [block(12), block(11)]
  }
  block(id: string) {
    if (id !== 'head' && id !== '12' && id !== hashOf(12)) return undefined
    return { ...block(12), confirmations: 1, included: [transaction(7, { state: 'included', confirmations: 1 })] }
  }
  genesis(): GenesisView {
    return genesis
  }
  blockTime(): number {
    return 1000
  }
  traffic() {
    return { bytesSent: 60, byKind: { block: 10, transaction: 20, control: 30, repair: 0, membership: 0 } }
  }
}

export const item = (change: Partial<ItemView> = {}): ItemView => ({
  id: hashOf(12),
  kind: 'block',
  origin: 'n1',
  published_at: 1_700_000_000_000,
  height: 12,
  nodes: 2,
  holders: 2,
  spread_ms: 4.5,
  deliveries: [{ node: 'n2', latency_ms: 4.5, via: 'gossip', from: 'n1' }],
  ...change
})

export const liveRun: LiveRun = {
  version: '0.1.0',
  scenario: 'local',
  seed: 7,
  engine: 'tcp',
  network: '9f3ac1d2',
  directory: 'runs/1',
  startedAt: 1_700_000_000_000,
  state: 'running',
  nodes: ['n1', 'n2', 'n3'],
  accounts: ['alice', 'bob']
}

/** A feed whose time tests make: nothing is told before `flush`. */
export function quietFeed(combiner: Combiner): LiveFeed {
  return new LiveFeed({ combiner, clock: runtime.clock, timers: { every: () => ({ cancel: () => {} }) } })
}

export class FakeTestnet implements TestnetService {
  readonly combiner = new Combiner({ run: liveRun, peerNames: new Map() })
  readonly live = quietFeed(this.combiner)
  readonly followed: string[] = []
  /** The one node's API; tests that ask nodes set it. */
  nodeApi: string | undefined
  readonly sinks = new Set<(event: NamedEvent) => void>()
  readonly asked: unknown[] = []
  readonly stopped = Promise.withResolvers<void>()
  /** Resolved by tests: what a wait was for. */
  readonly waited = Promise.withResolvers<ItemView | undefined>()

  view(): TestnetView {
    return {
      version: '0.1.0',
      scenario: 'local',
      seed: 7,
      directory: 'runs/1',
      state: 'running',
      started_at: 1_700_000_000_000,
      network: '9f3ac1d2',
      nodes: [
        {
          name: 'n1',
          peer: '12D3KooWExample',
          api: 'http://127.0.0.1:7070',
          addresses: [],
          pid: 1,
          state: 'up',
          height: 12,
          head: hashOf(12),
          peers: 4
        }
      ]
    }
  }
  items(query: { kind: 'block' | 'transaction'; limit: number }): ItemView[] {
    this.asked.push(query)
    return [item()]
  }
  item(id: string): ItemView | undefined {
    return id === hashOf(12) ? item() : undefined
  }
  waitForItem(id: string, _: 'seen' | 'included', signal: AbortSignal): Promise<ItemView | undefined> {
    const asItStands = new Promise<ItemView | undefined>((resolve) => {
      if (signal.aborted) resolve(this.item(id))
      signal.addEventListener('abort', () => resolve(this.item(id)), { once: true })
    })
    return Promise.race([this.waited.promise, asItStands])
  }
  async fault(order: FaultOrder): Promise<FaultView> {
    this.asked.push(order)
    if (!('nodes' in order) || !order.nodes.includes('n9')) return { kind: order.kind, nodes: ['n1'], notes: [] }
    throw Object.assign(new Error('there is no node n9'), { code: 'unknown-node', hint: 'Its nodes: n1' })
  }
  subscribe(sink: (event: NamedEvent) => void): () => void {
    this.sinks.add(sink)
    return () => this.sinks.delete(sink)
  }
  node(name = 'n1'): NodeClient {
    if (name !== 'n1') throw Object.assign(new Error(`there is no node ${name}`), { code: 'unknown-node' })
    return createNodeClient(this.nodeApi ?? 'http://127.0.0.1:1')
  }
  follow(id: string): void {
    this.followed.push(id)
  }
  emit(event: NamedEvent): void {
    for (const sink of this.sinks) sink(event)
  }
  stop(): Promise<void> {
    this.stopped.resolve()
    return Promise.resolve()
  }
}

/** Servers and sockets of a test, closed after it. */
export class Bench {
  readonly #owned: (() => unknown)[] = []

  own(end: () => unknown): void {
    this.#owned.push(end)
  }

  async node(options: Partial<ListenOptions> = {}): Promise<{ api: RunningApi; service: FakeNode }> {
    const service = new FakeNode()
    const api = await startNodeApi({ service, runtime, port: 0, ...options })
    this.own(() => api.close())
    return { api, service }
  }

  async testnet(options: { page?: PageFiles } = {}): Promise<{ api: RunningApi; service: FakeTestnet }> {
    const service = new FakeTestnet()
    const api = await startTestnetApi({ service, runtime, port: 0, ...options })
    this.own(() => api.close())
    return { api, service }
  }

  async end(): Promise<void> {
    for (const end of this.#owned.splice(0).reverse()) await end()
  }
}

/** Bytes over a plain socket, for what fetch refuses to send. Resolves with the whole answer. */
export function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''), () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

export const heard = (n: number): NodeEvent => ({ type: 'heard', at: 1, kind: 'block', id: hashOf(n), from: 'p' })
export const imported = (n: number, transactions: string[] = []): NodeEvent => ({
  type: 'imported',
  at: 2,
  id: hashOf(n),
  parent: hashOf(n - 1),
  height: n,
  transactions
})
