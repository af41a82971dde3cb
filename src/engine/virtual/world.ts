// A whole network in one thread and in virtual time: the same nodes as on real sockets, over virtual links. Imported
// only after the globals were taken over.
import { tcpEngineDefaults, virtualEngineDefaults } from '../../config/index.ts'
import { Collector } from '../../report/index.ts'
import { runClock, seededRandom, SharedInterner, takeClockOrigin } from '../../runtime/index.ts'
import type { Fault, Scenario } from '../../scenario/index.ts'
import type { FaultEvent, NodeEvent, TraceNode, TraceRecorder } from '../../trace/index.ts'
import type { Hex } from '../../wire/index.ts'
import { FaultRunner } from '../common/fault-runner.ts'
import { type FinishedReport, finishRun } from '../common/finish.ts'
import { type TestnetGenesis, testnetGenesis } from '../common/genesis.ts'
import { Load } from '../common/load.ts'
import { internedRecords } from '../common/membership.ts'
import { measureNode, type NodeMeasure, sumTraffic } from '../common/measure.ts'
import { meshProgress, unmeshed } from '../common/meshed.ts'
import { possibleEdges, wantedDegrees } from '../common/peers.ts'
import { planRun, type RunPlan } from '../common/plan.ts'
import { recordSimulation } from '../common/recording.ts'
import { isSettled } from '../common/settled.ts'
import { BlockLoad } from './block-load.ts'
import { VirtualFaults } from './faults.ts'
import { LinkFaults } from './link-faults.ts'
import { RememberingVerifier, virtualRuntime } from './runtime.ts'
import type { SimulationTrace } from './messages.ts'
import type { Scheduler } from './scheduler.ts'
import { Switchboard } from './switchboard.ts'
import { VirtualNode } from './virtual-node.ts'
import type { WorldWatch } from './watch.ts'

export interface WorldInit {
  readonly scenario: Scenario
  readonly seed: number
  /** Length of the measured part, ms of virtual time. */
  readonly durationMs: number
  /** Told about once per virtual second. */
  readonly onProgress: (virtualMs: number) => void
  readonly trace: SimulationTrace
  readonly directory?: string
  /** Absent: nobody looks, and the run ends as it is. */
  readonly watch?: WorldWatch
}

/** How often a watch looks, ms of virtual time. */
const INSPECT_MS = 1000
/** How often the world looks whether the network is meshed or settled, ms of virtual time. */
const LOOK_MS = 100

export async function runWorld(scheduler: Scheduler, init: WorldInit): Promise<FinishedReport> {
  return new World(scheduler, init).run()
}

const UP_AFTER: ReadonlySet<FaultEvent['fault']> = new Set(['start', 'resume'])
const DOWN_AFTER: ReadonlySet<FaultEvent['fault']> = new Set(['crash', 'stop', 'wipe', 'pause'])

class World {
  readonly #scheduler: Scheduler
  readonly #init: WorldInit
  readonly #plan: RunPlan
  readonly #nodes: VirtualNode[] = []
  readonly #nameOfPeer = new Map<string, string>()
  readonly #collector: Collector
  readonly #switchboard: Switchboard
  #faults: VirtualFaults | undefined
  /** Absent when there is nothing to break or heal: links need not ask then. */
  readonly #linkFaults: LinkFaults | undefined
  /** Last measures of nodes that have ended. */
  readonly #ended: NodeMeasure[] = []
  readonly #traced = new Map<string, TraceNode>()
  #recorder: TraceRecorder | undefined
  readonly #wall = runClock(takeClockOrigin())
  /** The ids in each block that are told of: those that were laid into mempools are load, not items. */
  readonly #told = new Map<Hex, readonly Hex[]>()
  #blockLoad: BlockLoad | undefined
  /** What went wrong in carrying out the scenario. */
  readonly #mishaps: string[] = []
  #height = 0
  #producing = false

  constructor(scheduler: Scheduler, init: WorldInit) {
    const { scenario } = init
    this.#scheduler = scheduler
    this.#init = init
    const plan = planRun(scenario, init.seed, this.#random)
    this.#plan = plan
    const isSteady = plan.faults.length === 0 && init.watch === undefined
    this.#linkFaults = isSteady ? undefined : new LinkFaults(plan.links)
    this.#switchboard = new Switchboard({ scheduler, random: this.#random.fork('pipes') }, plan.links, this.#linkFaults)
    this.#collector = new Collector({
      nodes: plan.names,
      peerNames: this.#nameOfPeer,
      honest: plan.roles.map((role) => role === undefined)
    })
  }

  get #random() {
    return seededRandom(this.#init.seed)
  }

  async run(): Promise<FinishedReport> {
    const { scenario, seed, durationMs } = this.#init
    const scheduler = this.#scheduler
    const startedAt = scheduler.now
    const realStartedAt = this.#wall.now()
    const cpuStartedAt = cpuSeconds()
    const made = await this.#build()
    await this.#start()
    await this.#mesh()
    const realMeshedAt = this.#wall.now()
    const before = this.#measure()
    this.#collector.meshed(scheduler.now)
    const faults = this.#startFaults()
    const load = this.#makeLoad(made)
    const blockLoad = this.#makeBlockLoad(made)
    this.#blockLoad = blockLoad
    this.#producing = true
    for (const { node } of this.#up) node.producer?.start()
    load.start()
    blockLoad.start()
    await this.#advance(durationMs)
    load.stop()
    blockLoad.stop()
    faults?.stop()
    const { watch } = this.#init
    if (watch !== undefined) await this.#heal(watch)
    this.#producing = false
    for (const { node } of this.#nodes) node.producer?.stop()
    const endedAt = scheduler.now
    if (watch !== undefined) await this.#watchUntilHealed(watch)
    await this.#until(() => isSettled(this.#collector, scheduler.now), tcpEngineDefaults.drainMaxMs)
    const drainedAt = scheduler.now
    const realEndedAt = this.#wall.now()
    const traceHash = await this.#recorder?.close()
    return finishRun({
      engine: 'virtual',
      collector: this.#collector,
      scenario: { ...scenario, duration: durationMs },
      seed,
      times: { startedAt, endedAt, drainedAt, interrupted: false },
      traffic: sumTraffic(before, [...this.#ended, ...this.#measure()]),
      eventsDropped: 0,
      mishaps: this.#mishaps,
      ...(this.#recorder === undefined || this.#init.trace !== 'file' ? {} : { trace: this.#recorder.counters() }),
      load: { submitted: load.submitted, refused: load.refused, skipped: load.skipped },
      links: this.#linkGraph(),
      ...(faults === undefined ? {} : { faults: faults.marks }),
      environment: {
        transport_model: scenario.links.tcp,
        // Of all that was simulated: connecting and meshing are part of it, on both sides of the division.
        real_seconds_per_virtual_second:
          Math.round((1e3 * (realEndedAt - realStartedAt)) / (drainedAt - startedAt)) / 1e3,
        start_up_real_seconds: Math.round((realMeshedAt - realStartedAt) / 100) / 10,
        cpu_seconds: Math.round(10 * (cpuSeconds() - cpuStartedAt)) / 10,
        peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
        ...(traceHash === undefined ? {} : { trace_sha256: traceHash })
      }
    })
  }

  async #build(): Promise<TestnetGenesis> {
    const { scenario, seed } = this.#init
    const scheduler = this.#scheduler
    const switchboard = this.#switchboard
    const { keys } = this.#plan
    const publicKeys = keys.map(({ publicKey }) => publicKey)
    const made = testnetGenesis(scenario, publicKeys, seed, scheduler.now, virtualEngineDefaults.hashesPerBlockMax)
    if (this.#init.trace !== 'none') this.#recorder = await recordSimulation(made.genesis, this.#init)
    const components = {
      scheduler,
      switchboard,
      verifier: new RememberingVerifier(),
      interner: new SharedInterner({
        entriesMax: virtualEngineDefaults.internedMax,
        entriesMaxOf: internedRecords(scenario.nodes)
      }),
      genesis: made.genesis,
      onEvent: (name: string, event: NodeEvent) => this.#onEvent(name, event),
      equip: this.#init.watch?.equip
    }
    const { produces, roles } = this.#plan
    for (const [index, key] of keys.entries()) {
      const name = this.#plan.names[index] ?? ''
      const role = roles[index]
      const hashRate = produces[index] === true || role !== undefined ? made.hashRate : 0
      const init = { name, index, key, hashRate, role, seed, scenario }
      const opened = VirtualNode.open(components, init)
      this.#nodes.push(opened)
      const { peerId } = opened.node.host
      this.#nameOfPeer.set(peerId, name)
      if (this.#recorder !== undefined) this.#traced.set(name, this.#recorder.node(name, peerId, scheduler.now))
    }
    this.#init.watch?.onBuilt({
      genesis: made.genesis,
      nodes: this.#nodes,
      now: () => scheduler.now
    })
    return made
  }

  get #up(): readonly VirtualNode[] {
    return this.#nodes.filter(({ state }) => state === 'up')
  }

  async #start(): Promise<void> {
    const { names, late } = this.#plan
    const isLate = new Set(late)
    for (const [i, node] of this.#nodes.entries()) {
      if (isLate.has(names[i] ?? '')) continue
      const started = node.start()
      await this.#scheduler.runUntil(this.#scheduler.now)
      await started
      await this.#recorder?.drained()
      this.#collector.nodeUp(node.name, this.#scheduler.now)
    }
  }

  #startFaults(): FaultRunner | undefined {
    const links = this.#linkFaults
    if (links === undefined) return undefined
    const scheduler = this.#scheduler
    const { timers, clock } = virtualRuntime(scheduler, new RememberingVerifier(), 'faults')
    const faults = new VirtualFaults({
      nodes: this.#nodes,
      links,
      switchboard: this.#switchboard,
      clock,
      onEvent: (event) => this.#onFault(event),
      start: (node) => this.#startAgain(node),
      onEnding: (node) => void this.#ended.push(measureNode(node.name, node.node))
    })
    const failed = (error: unknown): void => {
      throw error
    }
    this.#faults = faults
    const runner = new FaultRunner({ apply: faults.apply, runtime: { timers, clock }, onFailed: (_, e) => failed(e) })
    runner.start(this.#plan.faults)
    return runner
  }

  /** Undoes every fault, and lets production go on for a while. Nodes that misbehave are stopped for good. */
  async #heal({ healedProductionMs }: WorldWatch): Promise<void> {
    const faults = this.#faults
    if (faults === undefined) return
    const names = this.#plan.names
    const honest = this.#nodes.filter(({ isHonest }) => isHonest).map(({ name }) => name)
    const healing: Fault[] = [
      { kind: 'stop', nodes: names.filter((name) => !honest.includes(name)) },
      { kind: 'heal' },
      { kind: 'restore', nodes: names },
      { kind: 'resume', nodes: honest },
      { kind: 'start', nodes: honest }
    ]
    let isHealed = false
    const healed = Promise.all(healing.map(faults.apply)).finally(() => {
      isHealed = true
    })
    await this.#advance(healedProductionMs)
    await this.#until(() => isHealed, tcpEngineDefaults.workerStopMs)
    if (!isHealed) throw new Error('a node neither stops nor starts')
    await healed
  }

  async #watchUntilHealed(watch: WorldWatch): Promise<void> {
    do {
      await this.#scheduler.runUntil(this.#scheduler.now + INSPECT_MS)
      await watch.inspect()
    } while (!(await watch.isHealed()))
  }

  /** With the edges that it dialled before; the others dial it as they did. */
  async #startAgain(node: VirtualNode): Promise<void> {
    const isFirst = node.state === 'absent'
    await node.start()
    if (this.#producing) node.node.producer?.start()
    for (const [dialer, listener] of this.#plan.edges) {
      if (dialer === node.index || (isFirst && listener === node.index)) this.#connect(dialer, listener)
    }
  }

  #connect(dialer: number, listener: number): void {
    const from = this.#nodes[dialer]
    const to = this.#nodes[listener]
    if (from?.state !== 'up' || to === undefined || to.state === 'absent') return
    from.node.peers.connectTo(to.address)
  }

  /** Connects the network, and waits until gossip reaches everyone. */
  async #mesh(): Promise<void> {
    const { names } = this.#plan
    const up = this.#up
    const present = new Set(up.map(({ index }) => index))
    const edges = this.#plan.edges.filter(([dialer, listener]) => present.has(dialer) && present.has(listener))
    const degrees = wantedDegrees(this.#init.scenario, edges, present)
    for (const [dialer, listener] of edges) this.#connect(dialer, listener)
    const gossips = this.#init.scenario.relay !== 'rounds'
    const isReady = ({ node, index }: VirtualNode): boolean => {
      const wanted = degrees[index] ?? 0
      if (node.peers.peers().length < wanted) return false
      return (
        !gossips ||
        wanted === 0 ||
        (node.gossip.meshPeers('block').length > 0 && node.gossip.meshPeers('transaction').length > 0)
      )
    }
    // The whole is looked at only when each node by itself is ready, and those only until they are.
    let waiting = up.filter(({ isHonest }) => isHonest)
    const upNames = waiting.map(({ name }) => name)
    const isMeshed = (): boolean => {
      waiting = waiting.filter((node) => !isReady(node))
      if (waiting.length > 0) return false
      return meshProgress(this.#measure(), { degrees, names, gossips }, this.#nameOfPeer, upNames).meshed
    }
    const waitMs = tcpEngineDefaults.meshWaitMaxMs
    if (await this.#until(isMeshed, waitMs)) return
    const { ready } = meshProgress(this.#measure(), { degrees, names, gossips }, this.#nameOfPeer, upNames)
    const attacked = up.some(({ isHonest }) => !isHonest)
    const mishap = unmeshed({ ready, expected: upNames.length, attacked }, waitMs)
    if (mishap !== undefined) this.#mishaps.push(mishap)
  }

  #makeLoad({ genesis, loadKeys }: TestnetGenesis): Load {
    const { scenario } = this.#init
    const random = this.#random.fork('load')
    return new Load({
      network: genesis.network,
      keys: loadKeys,
      ratePerSecond: scenario.load.rate,
      dataBytes: scenario.load.dataBytes,
      submit: (transaction) => this.#submit(random.pick(this.#up.filter(({ isHonest }) => isHonest)), transaction),
      random: random.fork('senders'),
      timers: virtualRuntime(this.#scheduler, new RememberingVerifier(), 'load').timers,
      now: () => this.#scheduler.now
    })
  }

  async #submit(to: VirtualNode | undefined, bytes: Uint8Array): Promise<void> {
    if (to === undefined) throw new Error('no node is up')
    const { node } = to
    const transaction = await node.submit(bytes)
    // An answer that its node did not live to give is none.
    if (to.node === node && to.state === 'up') this.#init.watch?.onAcknowledged(to.name, transaction)
  }

  #makeBlockLoad({ genesis, blockLoadKeys }: TestnetGenesis): BlockLoad {
    const { perBlock, shared, dataBytes } = this.#init.scenario.load
    return new BlockLoad({
      genesis,
      keys: blockLoadKeys,
      perBlock,
      shared,
      dataBytes,
      nodes: this.#nodes,
      scheduler: this.#scheduler,
      random: this.#random.fork('block load')
    })
  }

  async #advance(ms: number): Promise<void> {
    const end = this.#scheduler.now + ms
    while (this.#scheduler.now < end) {
      const second = Math.min(end, this.#scheduler.now + 1000)
      while (this.#scheduler.now < second) {
        await this.#scheduler.runUntil(Math.min(second, this.#scheduler.now + LOOK_MS))
        await this.#recorder?.drained()
      }
      await this.#init.watch?.inspect()
      this.#init.onProgress(ms - (end - this.#scheduler.now))
    }
  }

  /** False when the time was over before. */
  async #until(done: () => boolean, limitMs: number): Promise<boolean> {
    const deadline = this.#scheduler.now + limitMs
    for (;;) {
      if (done()) return true
      if (this.#scheduler.now >= deadline) return false
      await this.#scheduler.runUntil(this.#scheduler.now + LOOK_MS)
      await this.#recorder?.drained()
    }
  }

  #measure(): NodeMeasure[] {
    return this.#nodes
      .filter(({ state }) => state === 'up' || state === 'paused')
      .map(({ name, node }) => measureNode(name, node))
  }

  #linkGraph() {
    const { nodes, delayMs } = this.#plan.links
    const regions = nodes.flatMap(({ region }) => (region === undefined ? [] : [region]))
    return {
      edges: possibleEdges(this.#init.scenario, this.#plan.edges).map(
        ([a, b]) => [a, b, delayMs(a, b), delayMs(b, a)] as const
      ),
      upBps: nodes.map(({ upBps }) => upBps),
      downBps: nodes.map(({ downBps }) => downBps),
      ...(regions.length === 0 ? {} : { regionOf: regions })
    }
  }

  #onEvent(node: string, event: NodeEvent): void {
    this.#init.watch?.onEvent(node, event)
    const told = this.#withoutLoad(event)
    this.#collector.onEvent({ ...told, node })
    const traced = this.#traced.get(node)
    if (traced !== undefined) this.#recorder?.write(traced, told)
    if (event.type !== 'head' || event.height <= this.#height) return
    this.#height = event.height
    this.#blockLoad?.onNewHeight()
  }

  #onFault(event: FaultEvent & { readonly node: string }): void {
    this.#init.watch?.onEvent(event.node, event)
    if (UP_AFTER.has(event.fault)) this.#collector.nodeUp(event.node, event.at)
    else if (DOWN_AFTER.has(event.fault)) this.#collector.nodeDown(event.node, event.at, true)
  }

  #withoutLoad(event: NodeEvent): NodeEvent {
    const load = this.#blockLoad
    if (event.type !== 'imported' || load === undefined || load.laid === 0) return event
    let transactions = this.#told.get(event.id)
    if (transactions === undefined) {
      transactions = event.transactions.filter((id) => !load.has(id))
      this.#told.set(event.id, transactions)
    }
    return { ...event, transactions }
  }
}

/** CPU time of this process so far, s: what a run costs, whatever else the machine does beside. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
