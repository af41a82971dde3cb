// Gathers what the nodes of a run tell into one trace per item and one history per node. Events of one node come in
// order; between nodes any order will do (they travel in batches): a delivery may come before its publication.
import { REPORT_DEFAULTS, type ReportSettings } from '../config/index.ts'
import type {
  DeliveredEvent,
  DeliveredVia,
  HeadEvent,
  ImportedEvent,
  ItemKind,
  NamedEvent,
  NodeEvent,
  PublishedEvent,
  RebuiltEvent,
  RejectedEvent,
  SyncRoundEvent
} from '../trace/index.ts'
import type { Hex } from '../wire/index.ts'
import { nodeWithBestHead } from './fork-choice.ts'
import { ItemStore } from './item-store.ts'
import { type ItemTrace, NO_NODE } from './item-trace.ts'
import { count, type NodeCounters, zeroCounters } from './node-counters.ts'
import { type HeadChange, type HeadState, NodeHistory } from './node-history.ts'

export interface CollectorInit {
  /** Names of all nodes that will ever take part, in the order they are shown. */
  readonly nodes: readonly string[]
  /** Peer id → node name. Read at each event, so it may still grow. */
  readonly peerNames: ReadonlyMap<string, string>
  /** By node: false for those that misbehave on purpose, which nothing is measured on. Absent: all are honest. */
  readonly honest?: readonly boolean[]
  readonly settings?: Partial<ReportSettings>
  /** Called once per block: when every node that is up holds it, or by `flush` when that takes too long. */
  readonly onBlock?: (block: ItemTrace) => void
}

export interface Delivery {
  readonly node: string
  /** Milliseconds since publication; 0 for the origin. */
  readonly latencyMs: number
  readonly via: DeliveredVia
  /** Node it came from; absent for own items and peers outside the run. */
  readonly from?: string
}

export interface Inclusion {
  readonly hash: Hex
  readonly height: number
  /** First import of the block anywhere, milliseconds since the epoch. */
  readonly at: number
}

const KINDS: readonly ItemKind[] = ['block', 'transaction']

export class Collector {
  readonly settings: ReportSettings
  readonly nodes: readonly string[]
  readonly histories: readonly NodeHistory[]
  readonly counters: readonly NodeCounters[]
  readonly itemsMax: number
  /** Events of nodes that are not part of the run; they are not used. */
  strangers = 0
  readonly #honest: readonly boolean[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #peerNames: ReadonlyMap<string, string>
  readonly #onBlock: (block: ItemTrace) => void
  readonly #items: ItemStore
  /** Published blocks whose live line is still to come. */
  readonly #awaited = new Set<ItemTrace>()
  #measuredFrom: number | undefined

  constructor(init: CollectorInit) {
    this.settings = { ...REPORT_DEFAULTS, ...init.settings }
    this.nodes = init.nodes
    this.histories = init.nodes.map((name) => new NodeHistory(name, this.settings))
    this.counters = init.nodes.map(zeroCounters)
    this.#honest = init.nodes.map((_, node) => init.honest?.[node] ?? true)
    this.itemsMax = Math.min(
      this.settings.itemsMax,
      Math.max(1, Math.floor(this.settings.pairsMax / Math.max(1, init.nodes.length)))
    )
    this.#items = new ItemStore({
      nodes: init.nodes.length,
      itemsMax: this.itemsMax,
      onForgotten: (item) => this.#awaited.delete(item)
    })
    this.#indexes = new Map(init.nodes.map((name, index) => [name, index]))
    this.#peerNames = init.peerNames
    this.#onBlock = init.onBlock ?? (() => {})
  }

  /** When the network was meshed: the measured window starts. Undefined before. */
  get measuredFrom(): number | undefined {
    return this.#measuredFrom
  }

  /** Published items forgotten at the limit, by kind. */
  get forgotten(): Readonly<Record<ItemKind, number>> {
    return this.#items.forgotten
  }

  isHonest(node: number): boolean {
    return this.#honest[node] ?? false
  }

  /** Histories of the honest nodes. */
  get honestHistories(): readonly NodeHistory[] {
    return this.histories.filter((_, node) => this.isHonest(node))
  }

  /** The network is meshed: from here on rounds, repairs and refusals count, and items published are measured. */
  meshed(at: number): void {
    this.#measuredFrom = at
    for (const counters of this.counters) Object.assign(counters, zeroCounters())
  }

  nodeUp(node: string, at: number): void {
    this.#history(node)?.up(at)
  }

  /** `planned` is true for a fault of the scenario and the end of the run, false for a node that died by itself. */
  nodeDown(node: string, at: number, planned = false): void {
    this.#history(node)?.down(at, !planned)
    for (const block of this.#awaited) this.#announceIfComplete(block)
  }

  /** It is not up until `nodeUp`, but keeps its peers. */
  nodePaused(node: string, at: number): void {
    this.#history(node)?.pause(at)
    for (const block of this.#awaited) this.#announceIfComplete(block)
  }

  readonly onEvent = (event: NamedEvent): void => {
    if (event.type === 'fault') return
    const node = this.#indexes.get(event.node)
    if (node === undefined) this.strangers++
    else this.#apply(node, event)
  }

  /** Gives blocks that did not reach every node their live line; call about once a second. */
  flush(now: number): void {
    for (const block of this.#awaited) {
      if (now - block.publishedAt >= this.settings.blockLineWaitMs) this.#announce(block)
    }
  }

  item(id: Hex): ItemTrace | undefined {
    return this.#items.get('block', id) ?? this.#items.get('transaction', id)
  }

  /** Published items, newest first. */
  items(kind: ItemKind, limit = Number.POSITIVE_INFINITY): ItemTrace[] {
    const published = [...this.#items.published(kind)]
    published.sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? -1 : 1))
    return published.slice(0, limit)
  }

  /** Items that arrived somewhere although nobody in the run published them, or they were forgotten before. */
  unpublished(kind: ItemKind): number {
    let count = 0
    for (const item of this.#items.unpublished(kind)) if (item.holders > 0) count++
    return count
  }

  /** Where an item has arrived so far, earliest first. */
  deliveries(item: ItemTrace): Delivery[] {
    const found: Delivery[] = []
    for (const [node, name] of this.nodes.entries()) {
      const via = item.via(node)
      if (via === undefined) continue
      const from = this.nodes[item.from[node] ?? NO_NODE]
      found.push({ node: name, latencyMs: item.latencyMs(node), via, ...(from === undefined ? {} : { from }) })
    }
    return found.sort((a, b) => a.latencyMs - b.latencyMs)
  }

  /** The block on the best chain that contains a transaction. */
  inclusion(transaction: ItemTrace): Inclusion | undefined {
    for (const hash of transaction.blocks) {
      const block = this.#items.get('block', hash)
      if (block?.height === undefined || !this.isOnBestChain(block)) continue
      const at = Math.min(...block.importedAt.filter((time) => !Number.isNaN(time)))
      return { hash, height: block.height, at }
    }
    return undefined
  }

  /** Current head of each node; undefined while it has none but genesis. */
  heads(): Map<string, HeadState | undefined> {
    return new Map(this.histories.map((history) => [history.name, history.head]))
  }

  /** The honest node whose head wins fork choice among those that are up (among all when none is), now or at a time. */
  bestNode(at = Number.POSITIVE_INFINITY): number {
    const honest = [...this.histories.keys()].filter((node) => this.isHonest(node))
    return nodeWithBestHead(this.histories, honest, at)
  }

  isOnBestChain(block: ItemTrace, bestNode = this.bestNode()): boolean {
    const head = this.histories[bestNode]?.head
    return block.onChain[bestNode] === 1 && block.height !== undefined && block.height <= (head?.height ?? 0)
  }

  /**
   * Pairs that a drain still waits for at `now`: measured items that an honest node does not hold, though up since they
   * came. A block that lost is waited for as long as gossip may take: no repair fetches it.
   */
  outstanding(now: number): number {
    const best = this.bestNode()
    const isLost = (item: ItemTrace): boolean =>
      item.kind === 'block' && now - item.publishedAt > this.settings.blockLineWaitMs && !this.isOnBestChain(item, best)
    const up = [...this.histories.keys()].filter((node) => this.isHonest(node) && this.histories[node]?.isUp)
    let pairs = 0
    for (const kind of KINDS) {
      for (const item of this.#items.published(kind)) {
        if (item.holders >= this.nodes.length || !(item.publishedAt >= (this.#measuredFrom ?? 0))) continue
        if (!this.isHonest(item.origin) || isLost(item)) continue
        for (const node of up) {
          if (!item.holds(node) && this.histories[node]?.upThroughout(item.publishedAt, Infinity)) pairs++
        }
      }
    }
    return pairs
  }

  #history(node: string): NodeHistory | undefined {
    const index = this.#indexes.get(node)
    return index === undefined ? undefined : this.histories[index]
  }

  #apply(node: number, event: NodeEvent): void {
    switch (event.type) {
      case 'published':
        this.#publish(node, event)
        break
      case 'heard':
        this.#items.obtain(event.kind, event.id).hear(node, event.at)
        break
      case 'delivered':
        this.#deliver(node, event)
        break
      case 'duplicate':
        this.#items.obtain(event.kind, event.id).duplicate(node)
        break
      case 'imported':
        this.#import(node, event)
        break
      case 'head':
        this.histories[node]?.changeHead(headChange(event))
        break
      case 'sync':
      case 'rejected':
      case 'rebuilt':
        this.#count(node, event)
        break
      case 'peer':
        this.histories[node]?.peer(event.peer, event.state === 'connected', event.at)
        break
      case 'validated':
      case 'request':
      case 'banned':
      case 'mesh':
      case 'member':
        break
      default:
        event satisfies never
    }
  }

  #publish(node: number, event: PublishedEvent): void {
    const item = this.#items.obtain(event.kind, event.id)
    if (!item.published) {
      this.#items.setPublished(item)
      if (item.kind === 'block') this.#awaited.add(item)
    }
    item.publish(node, event.at)
    item.bytes = event.bytes
    item.wireBytes = event.wireBytes ?? event.bytes
    item.transactions = event.transactions
    this.#items.setHeight(item, event.height)
    this.#announceIfComplete(item)
  }

  #deliver(node: number, event: DeliveredEvent): void {
    const item = this.#items.obtain(event.kind, event.id)
    item.deliver(node, event.at, event.via, this.#indexOfPeer(event.from), event.block !== undefined)
    this.#items.setHeight(item, event.height)
    this.#announceIfComplete(item)
  }

  #count(node: number, event: SyncRoundEvent | RejectedEvent | RebuiltEvent): void {
    const counters = this.counters[node]
    if (counters !== undefined && event.at >= (this.#measuredFrom ?? Number.NEGATIVE_INFINITY)) count(counters, event)
  }

  #indexOfPeer(peer: string | undefined): number {
    const name = peer === undefined ? undefined : this.#peerNames.get(peer)
    return (name === undefined ? undefined : this.#indexes.get(name)) ?? NO_NODE
  }

  #import(node: number, { id, height, transactions, at }: ImportedEvent): void {
    const block = this.#items.obtain('block', id)
    this.#items.setHeight(block, height)
    for (const rival of this.#items.atHeight(height)) rival.onChain[node] = 0
    const isFirst = block.importedAt.every(Number.isNaN)
    block.import(node, at)
    // Once per block: nodes that replay an old chain must not bring forgotten transactions back.
    if (isFirst) for (const transaction of transactions) this.#items.obtain('transaction', transaction).blocks.push(id)
  }

  #announceIfComplete(item: ItemTrace): void {
    if (!this.#awaited.has(item)) return
    const missing = this.histories.some((history, node) => history.isUp && this.isHonest(node) && !item.holds(node))
    if (!missing) this.#announce(item)
  }

  #announce(block: ItemTrace): void {
    this.#awaited.delete(block)
    this.#onBlock(block)
  }
}

function headChange({ hash, height, work, at, abandoned }: HeadEvent): HeadChange {
  return { hash, height, work: BigInt(work), at, abandoned }
}
