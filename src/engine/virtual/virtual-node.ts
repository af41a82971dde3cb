// One node of a simulation and its life: what it is made of stays (name, key, data, place in the network), the node itself
// is put together anew each time that it starts.
import { composeAdversary } from '../../adversary/index.ts'
import { gossipFor, nodeDefaults } from '../../config/index.ts'
import type { KeyPair } from '../../crypto/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { Node, type NodeComponents } from '../../node/index.ts'
import type { Interner, Verifier } from '../../runtime/index.ts'
import type { Misbehaviour, Scenario } from '../../scenario/index.ts'
import { type Level, memoryLevel, memoryStore, reopenStore, type Store } from '../../store/index.ts'
import type { NodeEvent } from '../../trace/index.ts'
import { membershipSettings } from '../common/membership.ts'
import { peerTargetsOf } from '../common/peers.ts'
import { type Listeners, VirtualHost } from './host.ts'
import { withLabour } from './labour.ts'
import { virtualRuntime } from './runtime.ts'
import type { Scheduler } from './scheduler.ts'
import { Standstill } from './standstill.ts'
import type { Switchboard } from './switchboard.ts'

export interface VirtualNodeComponents {
  readonly scheduler: Scheduler
  readonly switchboard: Switchboard
  readonly listeners: Listeners
  readonly verifier: Verifier
  /** What is the same on every node is made once. */
  readonly interner: Interner
  readonly genesis: Genesis
  readonly onEvent: (name: string, event: NodeEvent) => void
  readonly equip?: ((name: string, components: NodeComponents) => NodeComponents) | undefined
}

export interface VirtualNodeInit {
  readonly name: string
  /** Its number in the run, from 0. */
  readonly index: number
  readonly key: KeyPair
  /** Hashes per second; 0: it never produces. */
  readonly hashRate: number
  /** How it misbehaves; absent: not at all. */
  readonly role?: Misbehaviour | undefined
  readonly seed: number
  readonly scenario: Scenario
}

/** `absent`: never started. */
export type VirtualNodeState = 'absent' | 'up' | 'paused' | 'down'

export class VirtualNode {
  readonly name: string
  readonly index: number
  readonly publicKey: Uint8Array
  readonly isHonest: boolean
  readonly #components: VirtualNodeComponents
  readonly #init: VirtualNodeInit
  readonly #standstill: Standstill | undefined
  #level: Level
  #host: VirtualHost
  #node: Node
  #state: VirtualNodeState = 'absent'
  /** Starts so far. */
  #lives = 0
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(components: VirtualNodeComponents, init: VirtualNodeInit, host: VirtualHost) {
    this.#components = components
    this.#init = init
    this.name = init.name
    this.index = init.index
    this.publicKey = init.key.publicKey
    this.isHonest = init.role === undefined
    this.#standstill = init.scenario.faults.some((fault) => fault.do === 'pause') ? new Standstill() : undefined
    this.#host = host
    this.#level = memoryLevel(components.interner)
    this.#node = this.#compose(memoryStore(components.genesis, {}, this.#level))
  }

  /** Puts the node together; nothing of it is on the network before `start`. */
  static open(components: VirtualNodeComponents, init: VirtualNodeInit): VirtualNode {
    const { switchboard, listeners } = components
    return new VirtualNode(components, init, VirtualHost.create(init.key, init.index, switchboard, listeners))
  }

  /** The node of this life, or of the last one. */
  get node(): Node {
    return this.#node
  }

  get address(): string {
    return this.#host.address
  }

  get state(): VirtualNodeState {
    return this.#state
  }

  /** Puts it on the network, after the first time with the data that is there. */
  async start(): Promise<void> {
    if (this.#lives > 0) {
      this.#host = this.#host.again()
      this.#node = this.#compose(await reopenStore(this.#level, this.#components.genesis))
    }
    this.#lives++
    this.#state = 'up'
    await this.#node.start()
  }

  /** `crash`: nobody is told, nothing more is kept. `wipe`: the data is lost, too, also that of a node which is down. */
  async end(how: 'stop' | 'crash' | 'wipe'): Promise<void> {
    const node = this.#node
    const wasDown = this.#state === 'down'
    this.#state = 'down'
    this.#standstill?.resume()
    if (wasDown) {
      if (how === 'wipe') this.#level = memoryLevel()
      return
    }
    if (how === 'stop') await node.stop()
    else await node.crash()
    if (how === 'wipe') this.#level = memoryLevel(this.#components.interner)
  }

  pause(): void {
    this.#state = 'paused'
    this.#standstill?.pause()
  }

  resume(): void {
    this.#state = 'up'
    this.#standstill?.resume()
  }

  /** One thing after the other happens to a node. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  #compose(store: Store): Node {
    const { scheduler, verifier, interner, genesis, onEvent, equip } = this.#components
    const { name, key, hashRate, role, seed, scenario } = this.#init
    const life = this.#lives === 0 ? '' : `/${this.#lives}`
    const idle = virtualRuntime(scheduler, verifier, `${seed}/${name}${life}`, interner)
    const runtime = withLabour(this.#standstill?.over(idle) ?? idle, scheduler, scenario.validation)
    const membership = membershipSettings(scenario, hashRate > 0)
    const components = { genesis, host: this.#host, store, runtime }
    const parts = [
      equip?.(name, components) ?? components,
      {
        agent: nodeDefaults.agent,
        bootstrap: [],
        targets: peerTargetsOf(scenario),
        gossip: gossipFor(scenario.topology.degree, scenario.gossip.profile),
        relay: scenario.relay,
        syncIntervalMs: scenario.sync.interval,
        syncFanout: scenario.sync.fanout,
        membership: membership === undefined ? undefined : { ...membership, key },
        blockMaxBytes: scenario.block.maxBytes,
        ...(hashRate > 0 ? { production: { key, hashRate, search: 'drawn' as const } } : {})
      }
    ] as const
    const node = role === undefined ? new Node(...parts) : composeAdversary(role)(...parts)
    // A node that was killed says nothing more.
    node.events.subscribe((event) => {
      if (this.#node === node && this.#state !== 'down') onEvent(name, event)
    })
    return node
  }
}
