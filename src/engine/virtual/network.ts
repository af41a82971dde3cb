// The nodes of a simulation and the edges between them: who is there, who dials whom, who produces, what was sent.
import { virtualEngineDefaults } from '../../config/index.ts'
import { SharedInterner } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { TestnetGenesis } from '../common/genesis.ts'
import { measureNode, type NodeMeasure } from '../common/measure.ts'
import { internedRecords } from '../common/membership.ts'
import type { RunPlan } from '../common/plan.ts'
import { RememberingVerifier } from './runtime.ts'
import { VirtualNode, type VirtualNodeComponents } from './virtual-node.ts'

export interface VirtualNetworkInit {
  readonly plan: RunPlan
  readonly scenario: Scenario
  readonly seed: number
  readonly made: TestnetGenesis
}

export class VirtualNetwork {
  /** All, in the order of the scenario; also those that are not there yet. */
  readonly nodes: readonly VirtualNode[]
  readonly #plan: RunPlan
  /** Last measures of lives that have ended. */
  readonly #ended: NodeMeasure[] = []
  #producing = false

  /** Puts the nodes together; none is on the network before it is started. */
  constructor(
    components: Pick<VirtualNodeComponents, 'scheduler' | 'switchboard' | 'onEvent' | 'equip'>,
    { plan, scenario, seed, made }: VirtualNetworkInit
  ) {
    this.#plan = plan
    const shared: VirtualNodeComponents = {
      ...components,
      listeners: new Map(),
      verifier: new RememberingVerifier(),
      interner: new SharedInterner({
        entriesMax: virtualEngineDefaults.internedMax,
        entriesMaxOf: internedRecords(scenario.nodes)
      }),
      genesis: made.genesis
    }
    this.nodes = plan.keys.map((key, index) => {
      const name = plan.names[index] ?? ''
      const role = plan.roles[index]
      const hashRate = plan.produces[index] === true || role !== undefined ? made.hashRate : 0
      return VirtualNode.open(shared, { name, index, key, hashRate, role, seed, scenario })
    })
  }

  get up(): readonly VirtualNode[] {
    return this.nodes.filter(({ state }) => state === 'up')
  }

  /** Also those that are started later, until it is stopped. */
  startProducing(): void {
    this.#producing = true
    for (const { node } of this.up) node.producer?.start()
  }

  stopProducing(): void {
    this.#producing = false
    for (const { node } of this.nodes) node.producer?.stop()
  }

  dial(dialer: number, listener: number): void {
    const from = this.nodes[dialer]
    const to = this.nodes[listener]
    if (from?.state !== 'up' || to === undefined || to.state === 'absent') return
    from.node.peers.connectTo(to.address)
  }

  /** With the edges that it dialled before; the others dial it as they did. */
  async startAgain(node: VirtualNode): Promise<void> {
    const isFirst = node.state === 'absent'
    await node.start()
    if (this.#producing) node.node.producer?.start()
    for (const [dialer, listener] of this.#plan.edges) {
      if (dialer === node.index || (isFirst && listener === node.index)) this.dial(dialer, listener)
    }
  }

  /** Keeps the counters of a life that is about to end. */
  noteEnd({ name, node }: VirtualNode): void {
    this.#ended.push(measureNode(name, node))
  }

  /** Lives that have ended, by the time of their end. */
  get ended(): readonly NodeMeasure[] {
    return this.#ended
  }

  /** Those that are there. */
  measure(): NodeMeasure[] {
    return this.nodes
      .filter(({ state }) => state === 'up' || state === 'paused')
      .map(({ name, node }) => measureNode(name, node))
  }
}
