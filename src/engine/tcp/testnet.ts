// A testnet: nodes in worker processes, connected as a random graph, under load, watched by one controller.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PageFiles, RunningApi } from '../../api/index.ts'
import { tcpEngineDefaults } from '../../config/index.ts'
import { DEVELOPMENT_ACCOUNTS, type Genesis } from '../../ledger/index.ts'
import { Collector, type ItemTrace, writeReport } from '../../report/index.ts'
import {
  freshSeed,
  type LoopLag,
  measureLoopLag,
  type Runtime,
  type TimerHandle,
  realRuntime,
  seededRandom,
  takeClockOrigin
} from '../../runtime/index.ts'
import { type Scenario, ScenarioError, scenarioFields, virtualOnly } from '../../scenario/index.ts'
import { type NamedEvent, TRACES } from '../../trace/index.ts'
import { FaultRunner } from '../common/fault-runner.ts'
import { testnetGenesis } from '../common/genesis.ts'
import { LinkState } from '../common/link-state.ts'
import { Load } from '../common/load.ts'
import { meshProgress, unmeshed } from '../common/meshed.ts'
import { type NodeMeasure, sumTraffic } from '../common/measure.ts'
import { planRun, type RunPlan } from '../common/plan.ts'
import { type FinishedReport, finishRun } from '../common/finish.ts'
import { aloneIn, Faults } from './faults.ts'
import { Fleet } from './fleet.ts'
import { sumTraces } from '../common/recording.ts'
import { membershipSettings } from '../common/membership.ts'
import { peerTargetsOf, wantedDegrees } from '../common/peers.ts'
import { isSettled } from '../common/settled.ts'
import { startControllerApi } from './controller-api.ts'
import { ControllerService } from './controller-service.ts'
import { Live } from './live.ts'
import { ANY_PORT } from './messages.ts'
import type { FleetNode, FleetState } from './remote-node.ts'

export interface TestnetOptions {
  /** Run directory; made if missing. */
  readonly directory: string
  readonly version: string
  /** Preferred port of the first node's API; the system chooses when it is taken. */
  readonly apiPort?: number
  /** Preferred port of the controller's API and the dashboard, likewise. */
  readonly controllerPort?: number
  /** Record every node's events into `traces` of the run directory (default: yes). */
  readonly trace?: boolean
  /** The dashboard, which the controller serves; none when absent. */
  readonly page?: PageFiles | undefined
  readonly onProgress?: (progress: TestnetProgress) => void
  /** A worker died, the mesh is incomplete: one sentence for the person who watches. */
  readonly onWarning?: (message: string) => void
}

export interface TestnetProgress {
  readonly step: 'keys' | 'listening' | 'meshed'
  readonly done: number
  readonly total: number
  /** Since the start, ms; when the step is complete. */
  readonly ms?: number
}

/** `drain`: as at the end of the duration. `interrupt`: no drain, with a report. `kill`: at once, no report. */
export type StopMode = 'drain' | 'interrupt' | 'kill'

export interface FinishedRun extends FinishedReport {
  readonly directory: string
}

export interface TestnetRun {
  readonly nodes: readonly FleetNode[]
  /** URL of the controller's API. */
  readonly controller: string
  readonly genesis: Genesis
  readonly scenario: Scenario
  readonly seed: number
  readonly directory: string
  readonly collector: Collector
  /** Events of all nodes as they arrive. Returns the function that unsubscribes, like the next. */
  subscribe(sink: (event: NamedEvent) => void): () => void
  /** A block has reached every node that is up, or some did not get it in time. */
  onBlock(sink: (block: ItemTrace) => void): () => void
  /** Resolves when the run is over and its report written; rejects after `stop('kill')`. */
  readonly finished: Promise<FinishedRun>
  stop(how: StopMode): Promise<void>
}

/** Starts a testnet and resolves once it is meshed and under load. Rejects after it has taken down what it started. */
export async function startTestnet(scenario: Scenario, options: TestnetOptions): Promise<TestnetRun> {
  const refusal = virtualOnly(scenario)
  if (refusal !== undefined) throw new ScenarioError(refusal)
  const testnet = new Testnet(scenario, options)
  try {
    await testnet.start()
    return testnet
  } catch (error) {
    await testnet.abandon()
    throw error
  }
}

const STRENGTH: Readonly<Record<StopMode, number>> = { drain: 0, interrupt: 1, kill: 2 }

class Testnet implements TestnetRun {
  readonly genesis: Genesis
  readonly scenario: Scenario
  readonly seed: number
  readonly directory: string
  readonly collector: Collector
  readonly #options: TestnetOptions
  readonly #runtime: Runtime
  readonly #origin = takeClockOrigin()
  readonly #startedAt: number
  readonly #plan: RunPlan
  readonly #fleet: Fleet
  readonly #load: Load
  readonly #faults: FaultRunner
  readonly #lag: LoopLag = measureLoopLag()
  readonly #sinks = new Set<(event: NamedEvent) => void>()
  readonly #blockSinks = new Set<(block: ItemTrace) => void>()
  readonly #service: ControllerService
  readonly #live: Live
  #flushing: TimerHandle | undefined
  readonly #finished = Promise.withResolvers<FinishedRun>()
  /** The strongest way of stopping that was asked for; it may grow during the drain. */
  #stopMode: StopMode | undefined
  #onStop: () => void = () => {}
  #api: RunningApi | undefined
  #measuresAtStart: readonly NodeMeasure[] = []
  /** What went wrong in carrying out the scenario. */
  readonly #mishaps: string[] = []

  constructor(scenario: Scenario, options: TestnetOptions) {
    this.scenario = scenario
    this.#options = options
    this.directory = options.directory
    this.seed = scenario.seed ?? freshSeed()
    this.#runtime = realRuntime({ seed: this.seed, origin: this.#origin })
    this.#startedAt = this.#runtime.clock.now()
    const random = seededRandom(this.seed)
    const plan = planRun(scenario, this.seed, random)
    this.#plan = plan
    const sealers = plan.keys.map(({ publicKey }) => publicKey)
    const { genesis, loadKeys } = testnetGenesis(scenario, sealers, this.seed, this.#startedAt)
    this.genesis = genesis
    const { names } = plan
    const links = new LinkState(plan.links)
    this.#fleet = new Fleet({
      names,
      edges: plan.edges,
      nodesPerProcess: scenario.nodesPerProcess ?? tcpEngineDefaults.nodesPerProcess,
      alone: aloneIn(plan.faults),
      links,
      directory: this.directory,
      origin: this.#origin,
      onEvents: (events) => this.#onEvents(events),
      onState: (name, state) => this.#onState(name, state),
      onDown: (lost, what) => this.#onDown(lost, what)
    })
    const faults = new Faults({
      names,
      fleet: this.#fleet,
      links,
      clock: this.#runtime.clock,
      onEvents: (events) => this.#onEvents(events)
    })
    this.#faults = new FaultRunner({
      apply: faults.apply,
      runtime: this.#runtime,
      onFailed: (fault, error) => options.onWarning?.(`The fault ${fault.kind} failed: ${messageOf(error)}`)
    })
    this.collector = new Collector({
      nodes: names,
      peerNames: this.#fleet.nameOfPeer,
      honest: plan.roles.map((role) => role === undefined),
      onBlock: (block) => {
        for (const sink of this.#blockSinks) sink(block)
      }
    })
    this.#load = new Load({
      network: genesis.network,
      keys: loadKeys,
      ratePerSecond: scenario.load.rate,
      dataBytes: scenario.load.dataBytes,
      submit: (transaction) => this.#submitAnywhere(transaction),
      random: random.fork('load'),
      timers: this.#runtime.timers,
      now: () => this.#runtime.clock.now()
    })
    const run = {
      version: options.version,
      scenario: scenario.name,
      seed: this.seed,
      directory: this.directory,
      startedAt: this.#startedAt,
      network: genesis.network
    }
    this.#live = new Live({
      run: {
        ...run,
        engine: 'tcp',
        state: 'starting',
        nodes: names,
        roles: plan.roles.map((role) => role ?? null),
        accounts: DEVELOPMENT_ACCOUNTS
      },
      fleet: this.#fleet,
      runtime: this.#runtime
    })
    this.#service = new ControllerService({
      ...run,
      live: this.#live,
      fleet: this.#fleet,
      honestUp: () => this.#honestUp(),
      faults: this.#faults,
      collector: this.collector,
      subscribe: (sink) => this.subscribe(sink),
      stop: () => this.stop('interrupt')
    })
  }

  get nodes(): readonly FleetNode[] {
    return this.#fleet.nodes
  }

  get controller(): string {
    return this.#api?.url ?? ''
  }

  get finished(): Promise<FinishedRun> {
    return this.#finished.promise
  }

  async start(): Promise<void> {
    this.#writeDirectory()
    this.#progress('keys', this.#plan.names.length)
    await this.#startNodes()
    await this.#connect()
    this.#api = await startControllerApi({
      service: this.#service,
      port: this.#options.controllerPort ?? 0,
      runtime: this.#runtime,
      page: this.#options.page
    })
    await this.#fleet.begin()
    this.#lag.reset()
    this.#measuresAtStart = await this.#fleet.measureNodes()
    this.collector.meshed(this.#runtime.clock.now())
    this.#service.enter('running')
    await this.#fleet.produce(true)
    this.#load.start()
    this.#faults.start(this.#plan.faults)
    const { timers, clock } = this.#runtime
    this.#flushing = timers.every(this.collector.settings.blockLineWaitMs, () => this.collector.flush(clock.now()))
    this.#finished.promise.catch(() => {})
    this.#run().then(this.#finished.resolve, this.#finished.reject)
  }

  subscribe(sink: (event: NamedEvent) => void): () => void {
    this.#sinks.add(sink)
    return () => void this.#sinks.delete(sink)
  }

  onBlock(sink: (block: ItemTrace) => void): () => void {
    this.#blockSinks.add(sink)
    return () => void this.#blockSinks.delete(sink)
  }

  async stop(how: StopMode): Promise<void> {
    this.#requestStop(how)
    if (how === 'kill') await this.#fleet.kill()
    await this.finished.catch(() => {})
  }

  /** Takes down whatever was started. */
  async abandon(): Promise<void> {
    this.#flushing?.cancel()
    this.#load.stop()
    this.#faults.stop()
    this.#lag.stop()
    this.#live.stop()
    await this.#fleet.kill()
    await this.#api?.close()
  }

  #writeDirectory(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    const write = (name: string, value: unknown): void =>
      writeFileSync(join(this.directory, name), `${JSON.stringify(value, null, 2)}\n`)
    write('genesis.json', this.genesis.file)
    write('scenario.json', scenarioFields({ ...this.scenario, seed: this.seed }))
  }

  async #startNodes(): Promise<void> {
    const { scenario } = this
    const { roles, produces } = this.#plan
    let listening = 0
    const specs = this.#plan.names.map((name, i) => ({
      name,
      secret: this.#plan.keys[i]?.secret ?? new Uint8Array(32),
      directory: join(this.directory, 'nodes', name),
      genesis: JSON.stringify(this.genesis.file),
      ...(i === 0 && this.#options.apiPort !== undefined ? { apiPort: this.#options.apiPort } : {}),
      seed: `${this.seed}/${name}`,
      degree: scenario.topology.degree,
      produces: produces[i] === true,
      relay: scenario.relay,
      gossipProfile: scenario.gossip.profile,
      listen: ANY_PORT,
      syncIntervalMs: scenario.sync.interval,
      syncFanout: scenario.sync.fanout,
      membership: membershipSettings(scenario, produces[i] === true),
      peers: peerTargetsOf(scenario),
      blockMaxBytes: scenario.block.maxBytes,
      hashRate: scenario.mining.hashRate,
      ...(this.#options.trace === false ? {} : { traces: join(this.directory, TRACES) }),
      role: roles[i]
    }))
    await this.#fleet.start(specs, new Set(this.#plan.late), () => this.#progress('listening', ++listening))
  }

  async #connect(): Promise<void> {
    const { timers, clock } = this.#runtime
    await this.#fleet.connect()
    const { names, edges, late, roles } = this.#plan
    const isHere = (name: string | undefined): boolean => name !== undefined && !late.includes(name)
    const present = names.filter((name, i) => isHere(name) && roles[i] === undefined)
    const here = new Set(names.flatMap((name, i) => (isHere(name) ? [i] : [])))
    const degrees = wantedDegrees(this.scenario, edges, here)
    const deadline = clock.now() + tcpEngineDefaults.meshWaitMaxMs
    for (;;) {
      const nodes = await this.#fleet.measureNodes()
      const { ready, meshed } = meshProgress(
        nodes,
        { degrees, names, gossips: this.scenario.relay !== 'rounds' },
        this.#fleet.nameOfPeer,
        present
      )
      this.#progress('meshed', meshed ? present.length : Math.min(ready, present.length - 1))
      if (meshed) break
      if (clock.now() > deadline) {
        const attacked = roles.some((role) => role !== undefined)
        const mishap = unmeshed({ ready, expected: present.length, attacked }, tcpEngineDefaults.meshWaitMaxMs)
        this.#options.onWarning?.(`The mesh is incomplete: ${ready} of ${present.length} nodes are ready.`)
        if (mishap !== undefined) this.#mishaps.push(mishap)
        break
      }
      await timers.sleep(tcpEngineDefaults.meshPollMs)
    }
  }

  /** From meshed to the report. */
  async #run(): Promise<FinishedRun> {
    const { clock } = this.#runtime
    await this.#untilStopped()
    this.#service.enter('draining')
    this.#load.stop()
    this.#faults.stop()
    await this.#fleet.produce(false)
    const endedAt = clock.now()
    await this.#drain(endedAt)
    if (this.#stopMode === 'kill') {
      await this.abandon()
      throw new Error('The testnet was killed.')
    }
    const isDrained = this.#stopMode !== 'interrupt'
    // An answer comes after every event before it, so nothing that happened is missing from here on.
    const workers = await this.#fleet.measure()
    const counters = this.#fleet.counters()
    const drainedAt = isDrained ? clock.now() : endedAt
    const lagMs = Math.max(this.#lag.p99Ms(), ...workers.map(({ loopLagP99Ms }) => loopLagP99Ms))
    const finished = finishRun({
      engine: 'tcp',
      collector: this.collector,
      scenario: this.scenario,
      seed: this.seed,
      times: { startedAt: this.#startedAt, endedAt, drainedAt, interrupted: !isDrained },
      traffic: sumTraffic(this.#measuresAtStart, [
        ...this.#fleet.ended,
        ...this.#fleet.pausedNodes,
        ...workers.flatMap(({ nodes }) => nodes)
      ]),
      faults: this.#faults.marks,
      mishaps: [...this.#mishaps, ...this.#faults.failures],
      eventsDropped: counters.reduce((sum, { droppedEvents }) => sum + droppedEvents, 0),
      ...(this.#options.trace === false ? {} : { trace: sumTraces(counters.map(({ trace }) => trace)) }),
      load: { submitted: this.#load.submitted, refused: this.#load.refused, skipped: this.#load.skipped },
      environment: {
        event_loop_lag_p99_ms: Math.round(lagMs * 10) / 10,
        transport_model: isShaped(this.scenario.links) ? 'shaped' : 'loopback'
      }
    })
    await writeReport(this.directory, finished.report, finished.page)
    this.#service.enter('done')
    this.#flushing?.cancel()
    this.collector.flush(Number.POSITIVE_INFINITY)
    this.#lag.stop()
    this.#live.stop()
    await this.#fleet.stop()
    await this.#api?.close()
    return { ...finished, directory: this.directory }
  }

  #requestStop(how: StopMode): void {
    if (STRENGTH[how] > STRENGTH[this.#stopMode ?? 'drain'] || this.#stopMode === undefined) this.#stopMode = how
    this.#onStop()
  }

  /** Until the duration is over or someone asks for the end. */
  async #untilStopped(): Promise<void> {
    const { duration } = this.scenario
    const over = Promise.withResolvers<void>()
    this.#onStop = over.resolve
    const timer = duration === undefined ? undefined : this.#runtime.timers.after(duration, over.resolve)
    if (this.#stopMode !== undefined) over.resolve()
    await over.promise
    timer?.cancel()
  }

  /** Waits until every item is everywhere and all heads agree, the drain's time is over, or nobody wants to wait. */
  async #drain(endedAt: number): Promise<void> {
    const { clock, timers } = this.#runtime
    const deadline = endedAt + tcpEngineDefaults.drainMaxMs
    while (clock.now() < deadline && (this.#stopMode ?? 'drain') === 'drain') {
      // Order matters: the answer to `measure` brings the last events with it.
      await this.#fleet.measure()
      if (isSettled(this.collector, clock.now())) return
      await timers.sleep(tcpEngineDefaults.drainPollMs)
    }
  }

  /** A misbehaving node's users have themselves to blame, and nobody waits for it. */
  #honestUp(): string[] {
    const { names, roles } = this.#plan
    const honest = new Set(names.filter((_, i) => roles[i] === undefined))
    return this.#fleet.running.filter((name) => honest.has(name))
  }

  #submitAnywhere(transaction: Uint8Array): Promise<unknown> {
    const name = this.#runtime.random.pick(this.#honestUp())
    if (name === undefined) return Promise.reject(new Error('no node is up'))
    return this.#fleet.remote(name).submit(transaction)
  }

  #onEvents(events: readonly NamedEvent[]): void {
    for (const event of events) {
      this.collector.onEvent(event)
      this.#live.onEvent(event)
      for (const sink of this.#sinks) sink(event)
    }
  }

  #onState(name: string, state: FleetState): void {
    const at = this.#runtime.clock.now()
    this.#live.onState(name, state, at)
    if (state === 'up') this.collector.nodeUp(name, at)
    else this.collector.nodeDown(name, at, true)
    if (state === 'down') this.#service.forget(name)
  }

  #onDown(names: readonly string[], what: string): void {
    const at = this.#runtime.clock.now()
    for (const name of names) {
      this.collector.nodeDown(name, at)
      this.#live.onState(name, 'down', at)
      this.#service.forget(name)
    }
    if (names.length === 0) return
    this.#options.onWarning?.(
      `${what} ended unexpectedly; ${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} down.`
    )
    if (this.#fleet.running.length === 0) this.#requestStop('interrupt')
  }

  #progress(step: TestnetProgress['step'], done: number): void {
    const total = this.#plan.names.length - (step === 'keys' ? 0 : this.#plan.late.length)
    const ms = this.#runtime.clock.now() - this.#startedAt
    this.#options.onProgress?.({ step, done, total, ...(done === total ? { ms } : {}) })
  }
}

function isShaped({ latency, jitter, loss, bandwidth, regions }: Scenario['links']): boolean {
  return latency.max > 0 || jitter > 0 || loss > 0 || bandwidth !== undefined || regions !== undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
