// One node of a simulation and its life: what it is made of stays (name, key, place in the network), the node itself may
// be opened more than once.
import { gossipFor, nodeDefaults } from '../../config/index.ts'
import type { KeyPair } from '../../crypto/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { Node } from '../../node/index.ts'
import type { Interner, Verifier } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { memoryStore } from '../../store/index.ts'
import type { NodeEvent } from '../../trace/index.ts'
import { relayModeOf } from '../common/relay-mode.ts'
import { VirtualHost } from './host.ts'
import { virtualRuntime } from './runtime.ts'
import type { Scheduler } from './scheduler.ts'
import type { Switchboard } from './switchboard.ts'

export interface VirtualNodeComponents {
  readonly scheduler: Scheduler
  readonly switchboard: Switchboard
  readonly verifier: Verifier
  /** What is the same on every node is made once. */
  readonly interner: Interner
  readonly genesis: Genesis
  readonly onEvent: (name: string, event: NodeEvent) => void
}

export interface VirtualNodeInit {
  readonly name: string
  /** Its number in the run, from 0. */
  readonly index: number
  readonly key: KeyPair
  readonly produces: boolean
  readonly seed: number
  readonly scenario: Scenario
}

export class VirtualNode {
  readonly name: string
  readonly index: number
  readonly publicKey: Uint8Array
  readonly node: Node
  readonly #scheduler: Scheduler

  private constructor(node: Node, scheduler: Scheduler, { name, index, key }: VirtualNodeInit) {
    this.node = node
    this.name = name
    this.index = index
    this.publicKey = key.publicKey
    this.#scheduler = scheduler
  }

  /** Puts the node together; nothing of it is on the network before `start`. */
  static async open(components: VirtualNodeComponents, init: VirtualNodeInit): Promise<VirtualNode> {
    const { scheduler, switchboard, verifier, interner, genesis, onEvent } = components
    const { name, index, key, produces, seed, scenario } = init
    const host = await VirtualHost.create(key.secret, index, switchboard)
    const runtime = virtualRuntime(scheduler, verifier, `${seed}/${name}`, interner)
    const node = new Node(
      { genesis, host, store: memoryStore(genesis), runtime },
      {
        agent: nodeDefaults.agent,
        bootstrap: [],
        gossip: gossipFor(scenario.topology.degree, scenario.gossip.profile),
        relay: relayModeOf(scenario.relay),
        syncIntervalMs: scenario.sync.interval,
        blockMaxBytes: scenario.block.maxBytes,
        ...(produces ? { production: { key, hashRate: scenario.mining.hashRate } } : {})
      }
    )
    node.events.subscribe((event) => onEvent(name, event))
    return new VirtualNode(node, scheduler, init)
  }

  /** Resolves in the same instant of virtual time. */
  async start(): Promise<void> {
    const started = this.node.start()
    await this.#scheduler.runUntil(this.#scheduler.now)
    await started
  }
}
