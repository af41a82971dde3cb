// Prometheus metrics of one node: counters follow the event stream, gauges ask the node when they are scraped. Names
// begin with starling_, units are base units; labels take values from fixed lists only, so series stay bounded.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { apiDefaults } from '../config/index.ts'
import { offenceOf } from '../peers/index.ts'
import type { DeliveredEvent, NodeEvent, SyncRoundEvent } from '../trace/index.ts'
import type { StatusView } from './schemas.ts'
import type { NodeService } from './services.ts'

/** Metrics of the process (CPU, memory, garbage collection), which nodes in one process share. */
let processRegistry: Registry | undefined

function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  return processRegistry
}

export class NodeMetrics {
  readonly #service: NodeService
  readonly #registry = new Registry()
  readonly #counters: Counters
  readonly #propagation: Histogram
  readonly #requests: Counter<'route' | 'status'>
  readonly #dropped: Counter
  readonly #refresh: () => void
  readonly #unsubscribe: () => void

  /** @param streams number of event streams open now */
  constructor(service: NodeService, streams: () => number) {
    this.#service = service
    const registers = [this.#registry]
    this.#counters = createCounters(registers)
    this.#refresh = createGauges(registers, service)
    this.#propagation = new Histogram({
      name: 'starling_block_propagation_seconds',
      help: 'From the time in a block header until this node held the block; clock differences included.',
      buckets: [...apiDefaults.metrics.propagationBucketsSeconds],
      registers
    })
    this.#requests = new Counter({
      name: 'starling_api_requests_total',
      help: 'Answered API requests.',
      labelNames: ['route', 'status'],
      registers
    })
    this.#dropped = new Counter({
      name: 'starling_api_events_dropped_total',
      help: 'Events left out of event streams because their readers were too slow.',
      registers
    })
    new Gauge({
      name: 'starling_api_event_streams',
      help: 'Open event streams.',
      registers,
      collect() {
        this.set(streams())
      }
    })
    this.#unsubscribe = service.events.subscribe((event) => this.#follow(event))
  }

  /** The exposition text, process metrics included. */
  async text(): Promise<string> {
    this.#refresh()
    const [own, shared] = await Promise.all([this.#registry.metrics(), processMetrics().metrics()])
    return `${own}\n${shared}`
  }

  answered(route: string, status: number): void {
    this.#requests.inc({ route, status })
  }

  dropped(count: number): void {
    this.#dropped.inc(count)
  }

  close(): void {
    this.#unsubscribe()
    this.#registry.clear()
  }

  #follow(event: NodeEvent): void {
    const counters = this.#counters
    switch (event.type) {
      case 'published':
        counters.published.inc({ kind: event.kind })
        break
      case 'heard':
        counters.heard.inc({ kind: event.kind })
        break
      case 'delivered':
        counters.delivered.inc({ kind: event.kind, via: event.via })
        this.#observe(event)
        break
      case 'duplicate':
        counters.duplicates.inc({ kind: event.kind })
        break
      case 'rebuilt':
        counters.rebuilt.inc({ from: event.full ? 'block' : event.missing > 0 ? 'requests' : 'mempool' })
        counters.missing.inc(event.missing)
        if (event.hedged) counters.hedged.inc()
        break
      case 'imported':
        counters.imported.inc({ kind: 'block' })
        counters.imported.inc({ kind: 'transaction' }, event.transactions.length)
        break
      case 'rejected':
        counters.rejected.inc({ kind: event.kind, code: event.code })
        if (event.from !== undefined) counters.offences.inc({ offence: offenceOf(event.code) })
        break
      case 'head':
        if (event.abandoned === 0) break
        counters.reorganisations.inc()
        counters.abandoned.inc(event.abandoned)
        break
      case 'peer':
        counters.connections.inc({ state: event.state })
        break
      case 'banned':
        counters.bans.inc({ offence: event.reason })
        break
      case 'mesh':
        counters.mesh.inc({ change: event.change })
        break
      case 'sync':
        this.#countRound(event)
        break
    }
  }

  #observe({ kind, via, id, at }: DeliveredEvent): void {
    if (kind !== 'block' || via === 'own' || via === 'repair') return
    const sealedAt = this.#service.blockTime?.(id)
    if (sealedAt !== undefined) this.#propagation.observe(Math.max(0, at - sealedAt) / 1000)
  }

  #countRound(round: SyncRoundEvent): void {
    this.#counters.rounds.inc({ outcome: round.outcome })
    this.#counters.fetched.inc({ kind: 'block' }, round.blocksFetched)
    this.#counters.fetched.inc({ kind: 'transaction' }, round.transactionsFetched)
    this.#counters.roundBytes.inc(round.bytes)
    this.#counters.roundSeconds.inc(round.durationMs / 1000)
  }
}

type Counters = ReturnType<typeof createCounters>

function createCounters(registers: Registry[]) {
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `starling_${name}_total`, help, labelNames, registers })
  return {
    published: counter('published', 'Items made by this node.', 'kind'),
    heard: counter('heard', 'Items announced to this node for the first time.', 'kind'),
    delivered: counter('delivered', 'Whole, validated items, by the way they came.', 'kind', 'via'),
    duplicates: counter('duplicates', 'Copies of items after the first.', 'kind'),
    rebuilt: counter(
      'compact_blocks',
      'Compact blocks that became whole, by what they took beside the mempool.',
      'from'
    ),
    missing: counter('compact_missing_transactions', 'Transactions of compact blocks that had to be asked for.'),
    hedged: counter('compact_hedged', 'Compact blocks for which more than one peer was asked.'),
    imported: counter('imported', 'Blocks, and transactions in them, that joined the best chain.', 'kind'),
    rejected: counter('rejected', 'Refused items and messages.', 'kind', 'code'),
    offences: counter('offences', 'Refusals held against the peer that sent something, by offence.', 'offence'),
    bans: counter('bans', 'Peers banned, by the offence that did it.', 'offence'),
    reorganisations: counter('reorganisations', 'Changes of head that abandoned blocks.'),
    abandoned: counter('abandoned_blocks', 'Blocks that left the best chain.'),
    connections: counter('peer_changes', 'Peers that connected or disconnected.', 'state'),
    mesh: counter('mesh_changes', 'Peers that joined or left a topic mesh.', 'change'),
    rounds: counter('sync_rounds', 'Anti-entropy rounds, by outcome.', 'outcome'),
    fetched: counter('sync_fetched', 'Items that anti-entropy fetched.', 'kind'),
    roundBytes: counter('sync_bytes', 'Bytes that anti-entropy rounds exchanged.'),
    roundSeconds: counter('sync_seconds', 'Time spent in anti-entropy rounds.')
  }
}

type Reading = (status: StatusView) => number

/** What the node is now. Returns the function that sets them all from one look at it. */
function createGauges(registers: Registry[], service: NodeService): () => void {
  const readings: [Gauge, Reading][] = []
  const gauge = (name: string, help: string, reading: Reading): void => {
    readings.push([new Gauge({ name: `starling_${name}`, help, registers }), reading])
  }
  gauge('head_height', 'Height of the best chain.', ({ head }) => head.height)
  gauge('head_time_seconds', 'Time in the header of the head, Unix time.', ({ head }) => head.time / 1000)
  gauge('sync_target_height', 'Height of the best header that was checked.', ({ sync }) => sync.target_height)
  gauge('syncing', '1 while the node catches up.', ({ sync }) => (sync.state === 'syncing' ? 1 : 0))
  gauge('producing', '1 while the node makes blocks.', ({ producing }) => (producing ? 1 : 0))
  gauge('peers', 'Connected peers.', ({ peers }) => peers)
  gauge('mempool_transactions', 'Pending transactions.', ({ mempool }) => mempool.count)
  gauge('mempool_bytes', 'Bytes of pending transactions.', ({ mempool }) => mempool.bytes)
  gauge('mempool_min_fee', 'Least fee that the mempool takes.', ({ mempool }) => mempool.min_fee)
  gauge('uptime_seconds', 'Time since the node started.', ({ uptime_s }) => uptime_s)
  gauge(
    'event_loop_lag_p99_seconds',
    'Delay of the event loop, 99th percentile since the start.',
    (status) => status.event_loop_lag_p99_ms / 1000
  )
  const meshPeers = new Gauge({
    name: 'starling_mesh_peers',
    help: 'Peers in the mesh of a topic.',
    labelNames: ['topic'],
    registers
  })
  const info = new Gauge({
    name: 'starling_info',
    help: 'Always 1; its labels say what this node is.',
    labelNames: ['version', 'network', 'consensus', 'peer', 'name'],
    registers
  })
  if (service.traffic !== undefined) createTraffic(registers, service)
  if (service.gossip !== undefined) createGossip(registers, service)
  return () => {
    const status = service.status()
    for (const [each, reading] of readings) each.set(reading(status))
    const { version, network, consensus, peer, name = '' } = status
    info.set({ version, network, consensus, peer, name }, 1)
    const peers = service.peers()
    for (const topic of ['block', 'transaction'] as const) {
      meshPeers.set({ topic }, peers.filter(({ mesh }) => mesh.includes(topic)).length)
    }
  }
}

function createTraffic(registers: Registry[], service: NodeService): void {
  new Counter({
    name: 'starling_sent_bytes_total',
    help: 'Bytes sent to peers, by what they were for.',
    labelNames: ['kind'],
    registers,
    collect() {
      const traffic = service.traffic?.()
      if (traffic === undefined) return
      this.reset()
      for (const [kind, bytes] of Object.entries(traffic.byKind)) this.inc({ kind }, bytes)
    }
  })
}

/** Gossip messages whose path ended here for a reason of ours; 0 in a healthy node. */
function createGossip(registers: Registry[], service: NodeService): void {
  new Counter({
    name: 'starling_gossip_cut_short_total',
    help: 'Gossip messages that got no verdict in time, or were forwarded to nobody.',
    labelNames: ['reason'],
    registers,
    collect() {
      const counters = service.gossip?.()
      if (counters === undefined) return
      this.reset()
      this.inc({ reason: 'late-verdict' }, counters.lateVerdicts)
      this.inc({ reason: 'overflow' }, counters.overflowed)
      this.inc({ reason: 'failed-handler' }, counters.failedHandlers)
      this.inc({ reason: 'evicted' }, counters.evicted)
    }
  })
}
