// What is told of a simulation: every event of a node to the collector, into the trace, and to whoever watches.
import { Collector } from '../../report/index.ts'
import type { FaultEvent, NodeEvent, TraceNode, TraceRecorder } from '../../trace/index.ts'
import type { Hex } from '../../wire/index.ts'
import type { RunPlan } from '../common/plan.ts'
import type { BlockLoad } from './block-load.ts'
import type { WorldWatch } from './watch.ts'

const UP_AFTER: ReadonlySet<FaultEvent['fault']> = new Set(['start', 'resume'])
const DOWN_AFTER: ReadonlySet<FaultEvent['fault']> = new Set(['crash', 'stop', 'wipe'])

export interface ObserverInit {
  readonly plan: Pick<RunPlan, 'names' | 'roles'>
  /** Absent: there is no trace. */
  readonly recorder: TraceRecorder | undefined
  readonly watch: WorldWatch | undefined
}

export class Observer {
  readonly collector: Collector
  readonly #recorder: TraceRecorder | undefined
  readonly #watch: WorldWatch | undefined
  readonly #nameOfPeer = new Map<string, string>()
  readonly #traced = new Map<string, TraceNode>()
  #load: BlockLoad | undefined
  /** The ids in each block that are told of: those that were laid into mempools are load, not items. */
  readonly #told = new Map<Hex, readonly Hex[]>()
  #height = 0

  constructor({ plan, recorder, watch }: ObserverInit) {
    this.#recorder = recorder
    this.#watch = watch
    this.collector = new Collector({
      nodes: plan.names,
      peerNames: this.#nameOfPeer,
      honest: plan.roles.map((role) => role === undefined)
    })
  }

  /** Of the nodes that were named so far. */
  get nameOfPeer(): ReadonlyMap<string, string> {
    return this.#nameOfPeer
  }

  /** Says whose events will come. */
  name(node: string, peerId: string, at: number): void {
    this.#nameOfPeer.set(peerId, node)
    if (this.#recorder !== undefined) this.#traced.set(node, this.#recorder.node(node, peerId, at))
  }

  /** From now on, imports are told of without this load's transactions, and it hears of every new height. */
  leaveOut(load: BlockLoad): void {
    this.#load = load
  }

  readonly onEvent = (node: string, event: NodeEvent): void => {
    this.#watch?.onEvent(node, event)
    const told = this.#withoutLoad(event)
    this.collector.onEvent({ ...told, node })
    const traced = this.#traced.get(node)
    if (traced !== undefined) this.#recorder?.write(traced, told)
    if (event.type !== 'head' || event.height <= this.#height) return
    this.#height = event.height
    this.#load?.onNewHeight()
  }

  readonly onFault = (event: FaultEvent & { readonly node: string }): void => {
    this.#watch?.onEvent(event.node, event)
    if (UP_AFTER.has(event.fault)) this.collector.nodeUp(event.node, event.at)
    else if (event.fault === 'pause') this.collector.nodePaused(event.node, event.at)
    else if (DOWN_AFTER.has(event.fault)) this.collector.nodeDown(event.node, event.at, true)
  }

  #withoutLoad(event: NodeEvent): NodeEvent {
    const load = this.#load
    if (event.type !== 'imported' || load === undefined || load.laid === 0) return event
    let transactions = this.#told.get(event.id)
    if (transactions === undefined) {
      transactions = event.transactions.filter((id) => !load.has(id))
      this.#told.set(event.id, transactions)
    }
    return { ...event, transactions }
  }
}
