// A testnet: nodes in worker processes, connected as a random graph, under load, watched by one controller. Here is its
// life, from the empty directory to the report.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningApi } from '../../api/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { type Collector, type ItemTrace, writeReport } from '../../report/index.ts'
import { type LoopLag, measureLoopLag, type TimerHandle } from '../../runtime/index.ts'
import { type Scenario, ScenarioError, scenarioFields, virtualOnly } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { NodeMeasure } from '../common/measure.ts'
import { composeTestnet, type TestnetParts } from './compose.ts'
import type { FinishedRun, StopMode, TestnetOptions, TestnetProgress, TestnetRun } from './contract.ts'
import { startControllerApi } from './controller-api.ts'
import { closingReport, lastAnswers } from './ending.ts'
import { type Ground, layGround } from './ground.ts'
import { untilMeshed } from './meshing.ts'
import { nodeSpecs } from './node-specs.ts'
import type { FleetNode } from './remote-node.ts'
import { StopRequest } from './stop-request.ts'

/** Starts a testnet and resolves once it is meshed and under load. Rejects after it has taken down what it started. */
export async function startTestnet(scenario: Scenario, options: TestnetOptions): Promise<TestnetRun> {
  const refusal = virtualOnly(scenario)
  if (refusal !== undefined) throw new ScenarioError(refusal)
  const testnet = new Testnet(layGround(scenario), options)
  try {
    await testnet.start()
    return testnet
  } catch (error) {
    await testnet.abandon()
    throw error
  }
}

class Testnet implements TestnetRun {
  readonly directory: string
  readonly #options: TestnetOptions
  readonly #ground: Ground
  readonly #parts: TestnetParts
  readonly #lag: LoopLag = measureLoopLag()
  readonly #stopRequest = new StopRequest()
  readonly #finished = Promise.withResolvers<FinishedRun>()
  #api: RunningApi | undefined
  #flushing: TimerHandle | undefined
  #measuresAtStart: readonly NodeMeasure[] = []
  /** What went wrong in carrying out the scenario. */
  readonly #mishaps: string[] = []

  constructor(ground: Ground, options: TestnetOptions) {
    this.directory = options.directory
    this.#options = options
    this.#ground = ground
    this.#parts = composeTestnet(ground, {
      options,
      stop: () => this.stop('interrupt'),
      onNobodyLeft: () => this.#stopRequest.make('interrupt')
    })
  }

  get nodes(): readonly FleetNode[] {
    return this.#parts.fleet.nodes
  }

  get controller(): string {
    return this.#api?.url ?? ''
  }

  get genesis(): Genesis {
    return this.#ground.genesis
  }

  get scenario(): Scenario {
    return this.#ground.scenario
  }

  get seed(): number {
    return this.#ground.seed
  }

  get collector(): Collector {
    return this.#parts.collector
  }

  get finished(): Promise<FinishedRun> {
    return this.#finished.promise
  }

  subscribe(sink: (event: NamedEvent) => void): () => void {
    return this.#parts.events.subscribe(sink)
  }

  onBlock(sink: (block: ItemTrace) => void): () => void {
    return this.#parts.blocks.subscribe(sink)
  }

  async start(): Promise<void> {
    const { fleet, collector, service, load, faults } = this.#parts
    const { plan, runtime } = this.#ground
    const { timers, clock } = runtime
    writeGround(this.directory, this.#ground)
    this.#progress('keys', plan.names.length, plan.names.length)
    await this.#bringUp()
    this.#api = await startControllerApi({
      service,
      port: this.#options.controllerPort ?? 0,
      runtime,
      page: this.#options.page
    })
    await fleet.begin()
    this.#lag.reset()
    this.#measuresAtStart = await fleet.measureNodes()
    collector.meshed(clock.now())
    service.enter('running')
    await fleet.produce(true)
    load.start()
    faults.start(plan.faults)
    this.#flushing = timers.every(collector.settings.blockLineWaitMs, () => collector.flush(clock.now()))
    this.#finished.promise.catch(() => {})
    const { resolve, reject } = this.#finished
    this.#run().then(resolve, (error: unknown) => this.abandon().then(() => reject(error), reject))
  }

  async stop(how: StopMode): Promise<void> {
    this.#stopRequest.make(how)
    if (how === 'kill') await this.#parts.fleet.kill()
    await this.finished.catch(() => {})
  }

  /** Takes down whatever was started. */
  async abandon(): Promise<void> {
    const { load, faults, live, fleet } = this.#parts
    this.#flushing?.cancel()
    load.stop()
    faults.stop()
    this.#lag.stop()
    live.stop()
    await fleet.kill()
    await this.#api?.close()
  }

  /** Until the nodes are meshed, or there was no more time for it. */
  async #bringUp(): Promise<void> {
    const { fleet } = this.#parts
    const { names, late } = this.#ground.plan
    const present = names.length - late.length
    let listening = 0
    await fleet.start(nodeSpecs(this.#ground, this.#options), new Set(late), () =>
      this.#progress('listening', ++listening, present)
    )
    await fleet.connect()
    const { meshed, ready, expected, mishap } = await untilMeshed({ ...this.#ground, fleet }, (...far) =>
      this.#progress('meshed', ...far)
    )
    if (!meshed) this.#options.onWarning?.(`The mesh is incomplete: ${ready} of ${expected} nodes are ready.`)
    if (mishap !== undefined) this.#mishaps.push(mishap)
  }

  /** From meshed to the report. */
  async #run(): Promise<FinishedRun> {
    const { fleet, collector, service, load, faults } = this.#parts
    const { scenario, seed, startedAt, runtime } = this.#ground
    const { clock, timers } = runtime
    await this.#stopRequest.wait(timers, scenario.duration)
    service.enter('draining')
    load.stop()
    faults.stop()
    await fleet.produce(false)
    const endedAt = clock.now()
    const { answers, interrupted } = await lastAnswers({ fleet, collector, runtime }, this.#stopRequest)
    const finished = closingReport({
      ...this.#parts,
      scenario,
      seed,
      times: { startedAt, endedAt, drainedAt: interrupted ? endedAt : clock.now(), interrupted },
      mishaps: this.#mishaps,
      lag: this.#lag,
      before: this.#measuresAtStart,
      after: answers,
      isTraced: this.#options.trace !== false
    })
    await writeReport(this.directory, finished.report, finished.page)
    await this.#takeDown()
    return { ...finished, directory: this.directory }
  }

  /** In good order, when the report is written. */
  async #takeDown(): Promise<void> {
    const { fleet, collector, service, live } = this.#parts
    service.enter('done')
    this.#flushing?.cancel()
    collector.flush(Number.POSITIVE_INFINITY)
    this.#lag.stop()
    live.stop()
    await fleet.stop()
    await this.#api?.close()
  }

  #progress(step: TestnetProgress['step'], done: number, total: number): void {
    const ms = this.#ground.runtime.clock.now() - this.#ground.startedAt
    this.#options.onProgress?.({ step, done, total, ...(done === total ? { ms } : {}) })
  }
}

/** What the run can be repeated from. */
function writeGround(directory: string, { genesis, scenario, seed }: Ground): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(directory, name), `${JSON.stringify(value, null, 2)}\n`)
  write('genesis.json', genesis.file)
  write('scenario.json', scenarioFields({ ...scenario, seed }))
}
