// Makes the parts of a testnet's controller and joins them. Nothing runs yet.
import { tcpEngineDefaults } from '../../config/index.ts'
import { DEVELOPMENT_ACCOUNTS } from '../../ledger/index.ts'
import { Collector, type ItemTrace } from '../../report/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import { FaultRunner } from '../common/fault-runner.ts'
import { LinkState } from '../common/link-state.ts'
import { Load } from '../common/load.ts'
import type { TestnetOptions } from './contract.ts'
import { ControllerService } from './controller-service.ts'
import { aloneIn, Faults } from './faults.ts'
import { Fleet } from './fleet.ts'
import type { Ground } from './ground.ts'
import { Live } from './live.ts'
import type { FleetState } from './remote-node.ts'
import { Subscribers } from './subscribers.ts'

export interface TestnetParts {
  readonly fleet: Fleet
  readonly faults: FaultRunner
  readonly load: Load
  readonly collector: Collector
  readonly live: Live
  readonly service: ControllerService
  /** Events of all nodes as they arrive. */
  readonly events: Subscribers<NamedEvent>
  /** Blocks that have reached every node that is up, or did not in time. */
  readonly blocks: Subscribers<ItemTrace>
}

export interface ComposeInit {
  readonly options: Pick<TestnetOptions, 'directory' | 'version' | 'onWarning'>
  /** The API is asked for the end; resolves when the run is over. */
  readonly stop: () => Promise<void>
  /** The process of the last node that ran ended unasked. */
  readonly onNobodyLeft: () => void
}

/** What the fleet tells: those who hear it are made after it, for they ask it. */
interface Told {
  readonly events: Subscribers<NamedEvent>
  readonly states: Subscribers<StateChange>
}

interface StateChange {
  readonly name: string
  readonly state: FleetState
  readonly at: number
  /** Somebody did that to the node on purpose. */
  readonly wanted: boolean
}

export function composeTestnet(ground: Ground, init: ComposeInit): TestnetParts {
  const told: Told = { events: new Subscribers(), states: new Subscribers() }
  const blocks = new Subscribers<ItemTrace>()
  const links = new LinkState(ground.plan.links)
  const fleet = makeFleet(ground, init, links, told)
  const faults = makeFaults(ground, init, links, told, fleet)
  const collector = makeCollector(ground, told, fleet, (block) => blocks.tell(block))
  const honest = new Set(ground.plan.names.filter((_, i) => ground.plan.roles[i] === undefined))
  // A misbehaving node's users have themselves to blame, and nobody waits for it.
  const honestUp = (): string[] => fleet.running.filter((name) => honest.has(name))
  const load = makeLoad(ground, (transaction) => {
    const name = ground.runtime.random.pick(honestUp())
    if (name === undefined) return Promise.reject(new Error('no node is up'))
    return fleet.remote(name).submit(transaction)
  })
  const live = makeLive(ground, init, told, fleet)
  const service = new ControllerService({
    ...describe(ground, init),
    live,
    fleet,
    honestUp,
    faults,
    collector,
    subscribe: told.events.subscribe,
    stop: init.stop
  })
  told.states.subscribe(({ name, state }) => {
    if (state === 'down') service.forget(name)
  })
  return { fleet, faults, load, collector, live, service, events: told.events, blocks }
}

function makeFleet(
  { scenario, plan, origin, runtime: { clock } }: Ground,
  { options, onNobodyLeft }: ComposeInit,
  links: LinkState,
  { events, states }: Told
): Fleet {
  const fleet: Fleet = new Fleet({
    names: plan.names,
    edges: plan.edges,
    nodesPerProcess: scenario.nodesPerProcess ?? tcpEngineDefaults.nodesPerProcess,
    alone: aloneIn(plan.faults),
    links,
    directory: options.directory,
    origin,
    onEvents: (batch) => batch.forEach(events.tell),
    onState: (name, state) => states.tell({ name, state, at: clock.now(), wanted: true }),
    onDown: (names, what) => {
      const at = clock.now()
      for (const name of names) states.tell({ name, state: 'down', at, wanted: false })
      if (names.length === 0) return
      const are = names.length > 1 ? 'are' : 'is'
      options.onWarning?.(`${what} ended unexpectedly; ${names.join(', ')} ${are} down.`)
      if (fleet.running.length === 0) onNobodyLeft()
    }
  })
  return fleet
}

function makeFaults(
  { plan, runtime }: Ground,
  { options }: ComposeInit,
  links: LinkState,
  { events }: Told,
  fleet: Fleet
): FaultRunner {
  const faults = new Faults({
    names: plan.names,
    fleet,
    links,
    clock: runtime.clock,
    onEvents: (batch) => batch.forEach(events.tell)
  })
  return new FaultRunner({
    apply: faults.apply,
    runtime,
    onFailed: (fault, error) => options.onWarning?.(`The fault ${fault.kind} failed: ${messageOf(error)}`)
  })
}

function makeCollector(
  { plan }: Ground,
  { events, states }: Told,
  { nameOfPeer }: Fleet,
  onBlock: (block: ItemTrace) => void
): Collector {
  const collector = new Collector({
    nodes: plan.names,
    peerNames: nameOfPeer,
    honest: plan.roles.map((role) => role === undefined),
    onBlock
  })
  events.subscribe(collector.onEvent)
  states.subscribe(({ name, state, at, wanted }) => {
    if (state === 'up') collector.nodeUp(name, at)
    else if (state === 'paused') collector.nodePaused(name, at)
    else collector.nodeDown(name, at, wanted)
  })
  return collector
}

function makeLoad(
  { scenario, genesis, loadKeys, random, runtime }: Ground,
  submit: (transaction: Uint8Array) => Promise<unknown>
): Load {
  return new Load({
    network: genesis.network,
    keys: loadKeys,
    ratePerSecond: scenario.load.rate,
    dataBytes: scenario.load.dataBytes,
    submit,
    random: random.fork('load'),
    timers: runtime.timers,
    now: () => runtime.clock.now()
  })
}

function makeLive(ground: Ground, init: ComposeInit, { events, states }: Told, fleet: Fleet): Live {
  const { plan, runtime } = ground
  const live = new Live({
    run: {
      ...describe(ground, init),
      engine: 'tcp',
      state: 'starting',
      nodes: plan.names,
      roles: plan.roles.map((role) => role ?? null),
      accounts: DEVELOPMENT_ACCOUNTS
    },
    fleet,
    runtime
  })
  events.subscribe((event) => live.onEvent(event))
  states.subscribe(({ name, state, at }) => live.onState(name, state, at))
  return live
}

/** What the API and live views say of the run as a whole. */
function describe({ scenario, seed, startedAt, genesis }: Ground, { options: { version, directory } }: ComposeInit) {
  return { version, scenario: scenario.name, seed, directory, startedAt, network: genesis.network }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
