// What the controller's API tells: the nodes, and for each item which nodes hold it and since when.
import { createNodeClient, type NodeClient } from '../../api/client/index.ts'
import type {
  FaultOrder,
  FaultView,
  ItemView,
  LiveFeed,
  TestnetNodeView,
  TestnetService,
  TestnetView
} from '../../api/index.ts'
import type { Collector, ItemTrace } from '../../report/index.ts'
import type { Fault } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { FaultRunner } from '../common/fault-runner.ts'
import { realTimers } from '../../runtime/index.ts'
import type { Fleet } from './fleet.ts'
import type { Live } from './live.ts'
import type { FleetState } from './remote-node.ts'

export interface ControllerInit {
  readonly version: string
  readonly scenario: string
  readonly seed: number
  readonly directory: string
  readonly startedAt: number
  readonly network: string
  readonly live: Live
  readonly fleet: Fleet
  /** Those that a wait is for. */
  readonly honestUp: () => readonly string[]
  readonly faults: FaultRunner
  readonly collector: Collector
  readonly subscribe: (sink: (event: NamedEvent) => void) => () => void
  readonly stop: () => Promise<void>
}

/** A node that can't be asked. */
class NodeError extends Error {
  readonly code: 'unknown-node' | 'node-down'
  readonly hint: string
  constructor(code: NodeError['code'], message: string, hint: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

export class ControllerService implements TestnetService {
  #state: TestnetView['state'] = 'starting'
  readonly subscribe: TestnetService['subscribe']
  readonly #init: ControllerInit
  /** Connected peers by node. */
  readonly #peers = new Map<string, Set<string>>()

  constructor(init: ControllerInit) {
    this.#init = init
    this.subscribe = init.subscribe
    init.subscribe((event) => {
      if (event.type !== 'peer') return
      const peers = this.#peers.get(event.node) ?? new Set()
      this.#peers.set(event.node, peers)
      if (event.state === 'connected') peers.add(event.peer)
      else peers.delete(event.peer)
    })
  }

  get live(): LiveFeed {
    return this.#init.live.feed
  }

  enter(state: TestnetView['state']): void {
    this.#state = state
    this.#init.live.describe({ state })
  }

  follow(id: string): void {
    this.#init.live.follow(id)
  }

  node(name?: string): NodeClient {
    const { fleet } = this.#init
    const wanted = name ?? fleet.running[0]
    const node = fleet.nodes.find((each) => each.name === wanted)
    if (node !== undefined && fleet.state(node.name) === 'up') return createNodeClient(node.api, { timers: realTimers })
    if (name !== undefined && node === undefined && fleet.state(name) === 'absent') {
      throw new NodeError('unknown-node', `there is no node ${name}`, 'See the others: npx starling status --all')
    }
    throw new NodeError('node-down', `${wanted ?? 'every node'} is down`, 'Start it: npx starling fault start NODE')
  }

  view(): TestnetView {
    const { version, scenario, seed, directory, startedAt, network } = this.#init
    return {
      version,
      scenario,
      seed,
      directory,
      state: this.#state,
      started_at: startedAt,
      network,
      nodes: this.#nodeViews()
    }
  }

  items({ kind, limit }: { kind: 'block' | 'transaction'; limit: number }): ItemView[] {
    return this.#init.collector.items(kind, limit).map((item) => this.#itemView(item))
  }

  item(id: string): ItemView | undefined {
    const item = this.#init.collector.item(id)
    return item?.published ? this.#itemView(item) : undefined
  }

  async waitForItem(id: string, wait: 'seen' | 'included', signal: AbortSignal): Promise<ItemView | undefined> {
    const done = (): boolean => {
      const item = this.item(id)
      if (item === undefined) return false
      const holders = new Set(item.deliveries.map(({ node }) => node))
      if (!this.#init.honestUp().every((node) => holders.has(node))) return false
      return wait === 'seen' || item.included !== undefined
    }
    if (!done() && !signal.aborted) {
      const over = Promise.withResolvers<void>()
      const unsubscribe = this.subscribe((event) => {
        if (WAITED_FOR.has(event.type) && done()) over.resolve()
      })
      const onAbort = (): void => over.resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      await over.promise
      signal.removeEventListener('abort', onAbort)
      unsubscribe()
    }
    return this.item(id)
  }

  async fault(order: FaultOrder): Promise<FaultView> {
    const { faults } = this.#init
    const notes: string[] = []
    let nodes: readonly string[] = []
    for (const { fault, forMs } of stepsOf(order)) {
      const outcome = await faults.perform(fault, forMs)
      nodes = [...new Set([...nodes, ...outcome.nodes])]
      notes.push(...outcome.notes)
    }
    return { kind: order.kind, nodes: [...nodes], notes }
  }

  /** A node is down: what it is connected to nobody tells any more. */
  forget(name: string): void {
    this.#peers.delete(name)
  }

  stop(): Promise<void> {
    return this.#init.stop()
  }

  #nodeViews(): TestnetNodeView[] {
    const { fleet, collector } = this.#init
    const heads = collector.heads()
    const running = new Set(fleet.running)
    return fleet.nodes.map((node) => ({
      name: node.name,
      peer: node.peer,
      api: node.api,
      addresses: [...node.addresses],
      pid: node.pid,
      state: stateOf(fleet.state(node.name)),
      height: heads.get(node.name)?.height ?? 0,
      head: heads.get(node.name)?.hash ?? '',
      peers: running.has(node.name) ? (this.#peers.get(node.name)?.size ?? 0) : 0
    }))
  }

  #itemView(item: ItemTrace): ItemView {
    const { collector } = this.#init
    const deliveries = collector.deliveries(item)
    const included = item.kind === 'transaction' ? collector.inclusion(item) : undefined
    return {
      id: item.id,
      kind: item.kind,
      origin: collector.nodes[item.origin] ?? '',
      published_at: item.publishedAt,
      ...(item.height === undefined ? {} : { height: item.height }),
      nodes: collector.nodes.length,
      holders: item.holders,
      spread_ms: deliveries.at(-1)?.latencyMs ?? null,
      ...(included === undefined
        ? {}
        : { included: { hash: included.hash, height: included.height, after_ms: included.at - item.publishedAt } }),
      deliveries: deliveries.map(({ node, latencyMs, via, from }) => ({
        node,
        latency_ms: latencyMs,
        via,
        ...(from === undefined ? {} : { from })
      }))
    }
  }
}

/** What an order comes to, one after the other. */
function stepsOf(order: FaultOrder): { readonly fault: Fault; readonly forMs?: number | undefined }[] {
  switch (order.kind) {
    case 'restart':
      return [{ fault: { kind: 'crash', nodes: order.nodes } }, { fault: { kind: 'start', nodes: order.nodes } }]
    case 'wipe': {
      const fault: Fault = { kind: 'wipe', nodes: order.nodes }
      if (order.for_ms !== undefined) return [{ fault, forMs: order.for_ms }]
      return [{ fault }, { fault: { kind: 'start', nodes: order.nodes } }]
    }
    case 'heal':
      return [{ fault: { kind: 'heal' } }]
    case 'partition':
      return [{ fault: { kind: 'partition', groups: order.groups }, forMs: order.for_ms }]
    case 'slow': {
      const { nodes, latency_ms: latencyMs, bandwidth_bps: bandwidth, loss, for_ms: forMs } = order
      return [
        { fault: { kind: 'slow', nodes, latencyMs, loss, ...(bandwidth === undefined ? {} : { bandwidth }) }, forMs }
      ]
    }
    case 'crash':
    case 'stop':
    case 'pause':
      return [{ fault: { kind: order.kind, nodes: order.nodes }, forMs: order.for_ms }]
    case 'start':
    case 'resume':
    case 'cut':
    case 'restore':
      return [{ fault: { kind: order.kind, nodes: order.nodes } }]
  }
}

function stateOf(state: FleetState): TestnetNodeView['state'] {
  return state === 'absent' ? 'starting' : state
}

const WAITED_FOR: ReadonlySet<NamedEvent['type']> = new Set(['published', 'delivered', 'imported', 'head'])
