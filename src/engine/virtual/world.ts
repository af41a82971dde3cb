// A whole network in one thread and in virtual time: the same nodes as on real sockets, over virtual links. What a run is,
// from the first key to its report. Imported only after the globals were taken over.
import { tcpEngineDefaults, virtualEngineDefaults } from '../../config/index.ts'
import type { LinkGraph } from '../../report/index.ts'
import { seededRandom } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { TraceRecorder } from '../../trace/index.ts'
import { FaultRunner } from '../common/fault-runner.ts'
import { type FinishedReport, type FinishInput, finishRun } from '../common/finish.ts'
import { type TestnetGenesis, testnetGenesis } from '../common/genesis.ts'
import { Load } from '../common/load.ts'
import { sumTraffic } from '../common/measure.ts'
import { possibleEdges } from '../common/peers.ts'
import { planRun, type RunPlan } from '../common/plan.ts'
import { recordSimulation } from '../common/recording.ts'
import { isSettled } from '../common/settled.ts'
import { BlockLoad } from './block-load.ts'
import { VirtualFaults } from './faults.ts'
import { healNetwork, watchUntilHealed } from './heal.ts'
import { LinkFaults } from './link-faults.ts'
import { meshNetwork } from './mesh.ts'
import type { SimulationTrace } from './messages.ts'
import { VirtualNetwork } from './network.ts'
import { Observer } from './observer.ts'
import { Pace } from './pace.ts'
import { RunCost } from './run-cost.ts'
import { RememberingVerifier, virtualRuntime } from './runtime.ts'
import type { Scheduler } from './scheduler.ts'
import { Switchboard } from './switchboard.ts'
import type { VirtualNode } from './virtual-node.ts'
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

export async function runWorld(scheduler: Scheduler, init: WorldInit): Promise<FinishedReport> {
  const cost = new RunCost()
  const { scenario, seed } = init
  const plan = planRun(scenario, seed, seededRandom(seed))
  const publicKeys = plan.keys.map(({ publicKey }) => publicKey)
  const made = testnetGenesis(scenario, publicKeys, seed, scheduler.now, virtualEngineDefaults.hashesPerBlockMax)
  const recorder = init.trace === 'none' ? undefined : await recordSimulation(made.genesis, init)
  return new World(scheduler, init, { plan, made, recorder, cost }).run()
}

interface Made {
  readonly plan: RunPlan
  readonly made: TestnetGenesis
  /** Absent: there is no trace. */
  readonly recorder: TraceRecorder | undefined
  readonly cost: RunCost
}

/** The faults of a run that has any, or that is healed in the end. */
interface Faulting {
  readonly faults: VirtualFaults
  readonly runner: FaultRunner
}

/** What only the run itself knows of its end. */
type RunFigures = Pick<FinishInput, 'times' | 'traffic' | 'mishaps' | 'load' | 'faults'>

class World {
  readonly #scheduler: Scheduler
  readonly #init: WorldInit
  readonly #plan: RunPlan
  readonly #made: TestnetGenesis
  readonly #recorder: TraceRecorder | undefined
  readonly #cost: RunCost
  readonly #observer: Observer
  readonly #pace: Pace
  /** Absent when there is nothing to break or heal: links need not ask then. */
  readonly #linkFaults: LinkFaults | undefined
  readonly #switchboard: Switchboard
  readonly #network: VirtualNetwork

  constructor(scheduler: Scheduler, init: WorldInit, { plan, made, recorder, cost }: Made) {
    const { scenario, seed, watch } = init
    this.#scheduler = scheduler
    this.#init = init
    this.#plan = plan
    this.#made = made
    this.#recorder = recorder
    this.#cost = cost
    this.#observer = new Observer({ plan, recorder, watch })
    this.#pace = new Pace(scheduler, recorder)
    const isSteady = plan.faults.length === 0 && watch === undefined
    this.#linkFaults = isSteady ? undefined : new LinkFaults(plan.links)
    this.#switchboard = new Switchboard({ scheduler, random: this.#random.fork('pipes') }, plan.links, this.#linkFaults)
    const { onEvent } = this.#observer
    this.#network = new VirtualNetwork(
      { scheduler, switchboard: this.#switchboard, onEvent, equip: watch?.equip },
      { plan, scenario, seed, made }
    )
    for (const { name, node } of this.#network.nodes) this.#observer.name(name, node.host.peerId, scheduler.now)
  }

  get #random() {
    return seededRandom(this.#init.seed)
  }

  async run(): Promise<FinishedReport> {
    const { scenario, durationMs, watch } = this.#init
    const scheduler = this.#scheduler
    const network = this.#network
    const { collector, nameOfPeer } = this.#observer
    const startedAt = scheduler.now
    watch?.onBuilt({ genesis: this.#made.genesis, nodes: network.nodes, now: () => scheduler.now })
    await this.#start()
    const mishap = await meshNetwork({ network, plan: this.#plan, scenario, nameOfPeer, pace: this.#pace })
    this.#cost.meshed()
    const before = network.measure()
    collector.meshed(scheduler.now)
    const faulting = this.#startFaults()
    const load = this.#makeLoad()
    const blockLoad = this.#makeBlockLoad()
    this.#observer.leaveOut(blockLoad)
    network.startProducing()
    load.start()
    blockLoad.start()
    await this.#advance(durationMs)
    load.stop()
    blockLoad.stop()
    faulting?.runner.stop()
    if (watch !== undefined && faulting !== undefined) {
      await healNetwork(faulting.faults, network.nodes, this.#pace, () => this.#advance(watch.healedProductionMs))
    }
    network.stopProducing()
    const endedAt = scheduler.now
    if (watch !== undefined) await watchUntilHealed(watch, scheduler)
    await this.#pace.until(() => isSettled(collector, scheduler.now), tcpEngineDefaults.drainMaxMs)
    return this.#report({
      times: { startedAt, endedAt, drainedAt: scheduler.now, interrupted: false },
      traffic: sumTraffic(before, [...network.ended, ...network.measure()]),
      mishaps: mishap === undefined ? [] : [mishap],
      load: { submitted: load.submitted, refused: load.refused, skipped: load.skipped },
      ...(faulting === undefined ? {} : { faults: faulting.runner.marks })
    })
  }

  /** One node after the other, those apart that come later. */
  async #start(): Promise<void> {
    const late = new Set(this.#plan.late)
    for (const node of this.#network.nodes) {
      if (late.has(node.name)) continue
      const started = node.start()
      await this.#scheduler.runUntil(this.#scheduler.now)
      await started
      await this.#recorder?.drained()
      this.#observer.collector.nodeUp(node.name, this.#scheduler.now)
    }
  }

  #startFaults(): Faulting | undefined {
    const links = this.#linkFaults
    if (links === undefined) return undefined
    const network = this.#network
    const { timers, clock } = virtualRuntime(this.#scheduler, new RememberingVerifier(), 'faults')
    const faults = new VirtualFaults({
      nodes: network.nodes,
      links,
      switchboard: this.#switchboard,
      clock,
      onEvent: this.#observer.onFault,
      start: (node) => network.startAgain(node),
      onEnding: (node) => network.noteEnd(node)
    })
    const failed = (error: unknown): void => {
      throw error
    }
    const runner = new FaultRunner({ apply: faults.apply, runtime: { timers, clock }, onFailed: (_, e) => failed(e) })
    runner.start(this.#plan.faults)
    return { faults, runner }
  }

  #makeLoad(): Load {
    const { genesis, loadKeys } = this.#made
    const { rate, dataBytes } = this.#init.scenario.load
    const network = this.#network
    const random = this.#random.fork('load')
    return new Load({
      network: genesis.network,
      keys: loadKeys,
      ratePerSecond: rate,
      dataBytes,
      submit: (transaction) => this.#submit(random.pick(network.up.filter(({ isHonest }) => isHonest)), transaction),
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

  #makeBlockLoad(): BlockLoad {
    const { genesis, blockLoadKeys } = this.#made
    const { perBlock, shared, dataBytes } = this.#init.scenario.load
    return new BlockLoad({
      genesis,
      keys: blockLoadKeys,
      perBlock,
      shared,
      dataBytes,
      nodes: this.#network.nodes,
      scheduler: this.#scheduler,
      random: this.#random.fork('block load')
    })
  }

  #advance(ms: number): Promise<void> {
    return this.#pace.advance(ms, async (passedMs) => {
      await this.#init.watch?.inspect()
      this.#init.onProgress(passedMs)
    })
  }

  async #report(run: RunFigures): Promise<FinishedReport> {
    const { scenario, seed, durationMs, trace } = this.#init
    const { startedAt, drainedAt } = run.times
    const cost = this.#cost.environment(drainedAt - startedAt)
    const traceHash = await this.#recorder?.close()
    return finishRun({
      ...run,
      engine: 'virtual',
      collector: this.#observer.collector,
      scenario: { ...scenario, duration: durationMs },
      seed,
      eventsDropped: 0,
      ...(this.#recorder === undefined || trace !== 'file' ? {} : { trace: this.#recorder.counters() }),
      links: linkGraph(scenario, this.#plan),
      environment: {
        transport_model: scenario.links.tcp,
        ...cost,
        ...(traceHash === undefined ? {} : { trace_sha256: traceHash })
      }
    })
  }
}

function linkGraph(scenario: Scenario, { links, edges }: RunPlan): LinkGraph {
  const { nodes, delayMs } = links
  const regions = nodes.flatMap(({ region }) => (region === undefined ? [] : [region]))
  return {
    edges: possibleEdges(scenario, edges).map(([a, b]) => [a, b, delayMs(a, b), delayMs(b, a)] as const),
    upBps: nodes.map(({ upBps }) => upBps),
    downBps: nodes.map(({ downBps }) => downBps),
    ...(regions.length === 0 ? {} : { regionOf: regions })
  }
}
