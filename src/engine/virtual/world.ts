// A whole network in one thread and in virtual time: the same nodes as on real sockets, over virtual links. Imported
// only after the globals were taken over.
import { createHash } from 'node:crypto'
import { gossipFor, nodeDefaults, tcpEngineDefaults, virtualEngineDefaults } from '../../config/index.ts'
import { type KeyPair, keyPairFromLabel } from '../../crypto/index.ts'
import { Node } from '../../node/index.ts'
import { Collector } from '../../report/index.ts'
import { realClock, seededRandom, SharedInterner } from '../../runtime/index.ts'
import { randomGraph, rolesOf, type Scenario } from '../../scenario/index.ts'
import { memoryStore } from '../../store/index.ts'
import type { NodeEvent } from '../../trace/index.ts'
import { type FinishedReport, finishRun } from '../common/finish.ts'
import { testnetGenesis } from '../common/genesis.ts'
import { Load } from '../common/load.ts'
import { measureNode, type NodeMeasure, sumTraffic } from '../common/measure.ts'
import { meshProgress } from '../common/meshed.ts'
import { relayModeOf } from '../common/relay-mode.ts'
import { isSettled } from '../common/settled.ts'
import { VirtualHost } from './host.ts'
import { planLinks } from './link-plan.ts'
import { RememberingVerifier, virtualRuntime } from './runtime.ts'
import type { Scheduler } from './scheduler.ts'
import { Switchboard } from './switchboard.ts'

export interface WorldInit {
  readonly scenario: Scenario
  readonly seed: number
  /** Length of the measured part, ms of virtual time. */
  readonly durationMs: number
  /** Told about once per virtual second. */
  readonly onProgress: (virtualMs: number) => void
}

/** How often the world looks whether the network is meshed or settled, ms of virtual time. */
const LOOK_MS = 100

export async function runWorld(scheduler: Scheduler, init: WorldInit): Promise<FinishedReport> {
  const world = new World(scheduler, init)
  await world.build()
  return world.run()
}

class World {
  readonly #scheduler: Scheduler
  readonly #init: WorldInit
  readonly #names: readonly string[]
  readonly #keys: readonly KeyPair[]
  readonly #nodes = new Map<string, Node>()
  readonly #nameOfPeer = new Map<string, string>()
  readonly #collector: Collector
  readonly #trace = createHash('sha256')
  readonly #wall = realClock()

  constructor(scheduler: Scheduler, init: WorldInit) {
    this.#scheduler = scheduler
    this.#init = init
    this.#names = Array.from({ length: init.scenario.nodes }, (_, i) => `n${i + 1}`)
    this.#keys = this.#names.map((name) => keyPairFromLabel(`starling testnet ${init.seed} ${name}`))
    this.#collector = new Collector({
      nodes: this.#names,
      peerNames: this.#nameOfPeer,
      honest: rolesOf(init.scenario).map((role) => role === undefined)
    })
  }

  get #random() {
    return seededRandom(this.#init.seed)
  }

  async build(): Promise<void> {
    const { scenario, seed } = this.#init
    const scheduler = this.#scheduler
    const random = this.#random.fork('links')
    const switchboard = new Switchboard(
      { scheduler, random: random.fork('pipes') },
      { plan: planLinks(scenario, random), links: scenario.links }
    )
    const verifier = new RememberingVerifier()
    const interner = new SharedInterner({ entriesMax: virtualEngineDefaults.internedMax })
    const sealers = this.#keys.map(({ publicKey }) => publicKey)
    const { genesis } = testnetGenesis(scenario, sealers, seed, scheduler.now)
    for (const [i, key] of this.#keys.entries()) {
      const name = this.#names[i] ?? ''
      const host = await VirtualHost.create(key.secret, i, switchboard)
      const node = new Node(
        {
          genesis,
          host,
          store: memoryStore(genesis),
          runtime: virtualRuntime(scheduler, verifier, `${seed}/${name}`, interner)
        },
        {
          agent: nodeDefaults.agent,
          bootstrap: [],
          gossip: gossipFor(scenario.topology.degree, scenario.gossip.profile),
          relay: relayModeOf(scenario.relay),
          syncIntervalMs: scenario.sync.interval,
          blockMaxBytes: scenario.block.maxBytes,
          production: { key, hashRate: scenario.mining.hashRate }
        }
      )
      this.#nodes.set(name, node)
      this.#nameOfPeer.set(host.peerId, name)
      node.events.subscribe((event) => this.#onEvent(name, event))
    }
  }

  async run(): Promise<FinishedReport> {
    const { scenario, seed, durationMs } = this.#init
    const scheduler = this.#scheduler
    const startedAt = scheduler.now
    const realStartedAt = this.#wall.now()
    await this.#start()
    await this.#mesh()
    const before = this.#measure()
    const meshedAt = scheduler.now
    this.#collector.meshed(meshedAt)
    const load = this.#makeLoad()
    for (const node of this.#nodes.values()) node.producer?.start()
    load.start()
    await this.#advance(durationMs)
    load.stop()
    for (const node of this.#nodes.values()) node.producer?.stop()
    const endedAt = scheduler.now
    await this.#until(() => isSettled(this.#collector), tcpEngineDefaults.drainMaxMs)
    const drainedAt = scheduler.now
    const realSeconds = (this.#wall.now() - realStartedAt) / 1000
    return finishRun({
      engine: 'virtual',
      collector: this.#collector,
      scenario,
      seed,
      times: { startedAt, endedAt, drainedAt, interrupted: false },
      traffic: sumTraffic(before, this.#measure()),
      eventsDropped: 0,
      load: { submitted: load.submitted, refused: load.refused, skipped: load.skipped },
      environment: {
        transport_model: scenario.links.tcp,
        real_seconds_per_virtual_second: Math.round((1e6 * realSeconds) / (drainedAt - startedAt)) / 1000,
        trace_sha256: this.#trace.digest('hex')
      }
    })
  }

  async #start(): Promise<void> {
    for (const [name, node] of this.#nodes) {
      const started = node.start()
      await this.#scheduler.runUntil(this.#scheduler.now)
      await started
      this.#collector.nodeUp(name, this.#scheduler.now)
    }
  }

  /** Connects the random graph, and waits until gossip reaches everyone. */
  async #mesh(): Promise<void> {
    const { scenario } = this.#init
    const edges = randomGraph(scenario.nodes, scenario.topology.degree, this.#random.fork('topology'))
    const nodes = [...this.#nodes.values()]
    for (const [dialer, listener] of edges) {
      const address = nodes[listener]?.host.addresses()[0]
      if (address !== undefined) nodes[dialer]?.peers.connectTo(address)
    }
    await this.#until(
      () => meshProgress(this.#measure(), edges, this.#nameOfPeer, this.#names).meshed,
      tcpEngineDefaults.meshWaitMaxMs
    )
  }

  #makeLoad(): Load {
    const { scenario, seed } = this.#init
    const sealers = this.#keys.map(({ publicKey }) => publicKey)
    const { loadKeys } = testnetGenesis(scenario, sealers, seed, 0)
    const random = this.#random.fork('load')
    const nodes = [...this.#nodes.values()]
    const [first] = nodes
    return new Load({
      network: first?.genesis.network ?? '',
      keys: loadKeys,
      ratePerSecond: scenario.load.rate,
      dataBytes: scenario.load.dataBytes,
      submit: async (transaction) => random.pick(nodes)?.submit(transaction),
      random: random.fork('senders'),
      timers: virtualRuntime(this.#scheduler, new RememberingVerifier(), 'load').timers,
      now: () => this.#scheduler.now
    })
  }

  async #advance(ms: number): Promise<void> {
    const end = this.#scheduler.now + ms
    while (this.#scheduler.now < end) {
      await this.#scheduler.runUntil(Math.min(end, this.#scheduler.now + 1000))
      this.#init.onProgress(ms - (end - this.#scheduler.now))
    }
  }

  async #until(done: () => boolean, limitMs: number): Promise<void> {
    const deadline = this.#scheduler.now + limitMs
    while (!done() && this.#scheduler.now < deadline) await this.#scheduler.runUntil(this.#scheduler.now + LOOK_MS)
  }

  #measure(): NodeMeasure[] {
    return [...this.#nodes].map(([name, node]) => measureNode(name, node))
  }

  #onEvent(node: string, event: NodeEvent): void {
    const named = { ...event, node }
    this.#collector.onEvent(named)
    this.#trace.update(JSON.stringify(named))
  }
}
