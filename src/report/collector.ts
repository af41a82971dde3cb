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
import { ItemTrace, NO_NODE } from './item-trace.ts'
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

/** What a node did within the measured window. */
export interface NodeCounters {
  syncRounds: number
  syncFailures: number
  blocksFetched: number
  transactionsFetched: number
  repairBytes: number
  rejected: number
  /** Compact blocks that became whole; of them without a request; whole blocks fetched; more than one peer asked. */
  rebuilt: number
  rebuiltAlone: number
  rebuiltFull: number
  rebuiltHedged: number
  /** Transactions that were asked for. */
  missing: number
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

const zeroCounters = (): NodeCounters => ({
  syncRounds: 0,
  syncFailures: 0,
  blocksFetched: 0,
  transactionsFetched: 0,
  repairBytes: 0,
  rejected: 0,
  rebuilt: 0,
  rebuiltAlone: 0,
  rebuiltFull: 0,
  rebuiltHedged: 0,
  missing: 0
})

export class Collector {
  readonly settings: ReportSettings
  readonly nodes: readonly string[]
  readonly histories: readonly NodeHistory[]
  readonly counters: readonly NodeCounters[]
  readonly itemsMax: number
  /** Items forgotten at the limit, by kind. */
  readonly forgotten: Record<ItemKind, number> = { block: 0, transaction: 0 }
  /** Events of nodes that are not part of the run; they are not used. */
  strangers = 0
  readonly #honest: readonly boolean[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #peerNames: ReadonlyMap<string, string>
  readonly #onBlock: (block: ItemTrace) => void
  readonly #items: Readonly<Record<ItemKind, Map<Hex, ItemTrace>>> = { block: new Map(), transaction: new Map() }
  readonly #byHeight = new Map<number, ItemTrace[]>()
  /** Blocks whose live line is still to come. */
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
    this.#indexes = new Map(init.nodes.map((name, index) => [name, index]))
    this.#peerNames = init.peerNames
    this.#onBlock = init.onBlock ?? (() => {})
  }

  /** When the network was meshed: the measured window starts. Undefined before. */
  get measuredFrom(): number | undefined {
    return this.#measuredFrom
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

  readonly onEvent = (event: NamedEvent): void => {
    if (event.type === 'fault') return
    const node = this.#indexes.get(event.node)
    if (node === undefined) this.strangers++
    else this.#apply(node, event)
  }

  /** Gives blocks that did not reach every node their live line; call about once a second. */
  flush(now: number): void {
    for (const block of this.#awaited) {
      if (block.published && now - block.publishedAt >= this.settings.blockLineWaitMs) this.#announce(block)
    }
  }

  item(id: Hex): ItemTrace | undefined {
    return this.#items.block.get(id) ?? this.#items.transaction.get(id)
  }

  /** Published items, newest first. */
  items(kind: ItemKind, limit = Number.POSITIVE_INFINITY): ItemTrace[] {
    const published = [...this.#items[kind].values()].filter((item) => item.published)
    published.sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? -1 : 1))
    return published.slice(0, limit)
  }

  /** Items that arrived somewhere although nobody in the run published them. */
  unpublished(kind: ItemKind): number {
    let count = 0
    for (const item of this.#items[kind].values()) if (!item.published && item.holders > 0) count++
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
      const block = this.#items.block.get(hash)
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
    const all = [...this.histories.keys()].filter((node) => this.isHonest(node))
    const up = all.filter((node) => this.histories[node]?.upAt(at))
    const candidates = up.length > 0 ? up : all
    return candidates.reduce(
      (best, node) => (beats(this.histories[node]?.headAt(at), this.histories[best]?.headAt(at)) ? node : best),
      candidates[0] ?? 0
    )
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
    for (const items of Object.values(this.#items)) {
      for (const item of items.values()) {
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
        this.#obtain(event.kind, event.id).hear(node, event.at)
        break
      case 'delivered':
        this.#deliver(node, event)
        break
      case 'duplicate':
        this.#obtain(event.kind, event.id).duplicate(node)
        break
      case 'rebuilt':
        this.#countRebuild(node, event)
        break
      case 'imported':
        this.#import(node, event)
        break
      case 'head':
        this.histories[node]?.changeHead(headChange(event))
        break
      case 'sync':
      case 'rejected':
        this.#count(node, event)
        break
      case 'peer':
        this.histories[node]?.peer(event.peer, event.state === 'connected', event.at)
        break
      case 'banned':
      case 'mesh':
      case 'member':
        break
    }
  }

  #publish(node: number, event: PublishedEvent): void {
    const item = this.#obtain(event.kind, event.id)
    item.publish(node, event.at)
    item.bytes = event.bytes
    item.wireBytes = event.wireBytes ?? event.bytes
    item.transactions = event.transactions
    this.#setHeight(item, event.height)
    this.#announceIfComplete(item)
  }

  #deliver(node: number, event: DeliveredEvent): void {
    const item = this.#obtain(event.kind, event.id)
    item.deliver(node, event.at, event.via, this.#indexOfPeer(event.from), event.block !== undefined)
    this.#setHeight(item, event.height)
    this.#announceIfComplete(item)
  }

  #count(node: number, event: SyncRoundEvent | RejectedEvent): void {
    const counters = this.counters[node]
    if (counters === undefined || event.at < (this.#measuredFrom ?? Number.NEGATIVE_INFINITY)) return
    if (event.type === 'rejected') {
      counters.rejected++
      return
    }
    counters.syncRounds++
    if (event.outcome === 'failed') counters.syncFailures++
    counters.blocksFetched += event.blocksFetched
    counters.transactionsFetched += event.transactionsFetched
    counters.repairBytes += event.bytes
  }

  #countRebuild(node: number, { at, missing, full, hedged }: RebuiltEvent): void {
    const counters = this.counters[node]
    if (counters === undefined || at < (this.#measuredFrom ?? Number.NEGATIVE_INFINITY)) return
    counters.rebuilt++
    counters.missing += missing
    if (missing === 0 && !full) counters.rebuiltAlone++
    if (full) counters.rebuiltFull++
    if (hedged) counters.rebuiltHedged++
  }

  #indexOfPeer(peer: string | undefined): number {
    const name = peer === undefined ? undefined : this.#peerNames.get(peer)
    return (name === undefined ? undefined : this.#indexes.get(name)) ?? NO_NODE
  }

  #obtain(kind: ItemKind, id: Hex): ItemTrace {
    const known = this.#items[kind].get(id)
    if (known !== undefined) return known
    const item = new ItemTrace(id, kind, this.nodes.length)
    this.#items[kind].set(id, item)
    if (kind === 'block') this.#awaited.add(item)
    if (this.#items[kind].size > this.itemsMax) this.#forgetOldest(kind)
    return item
  }

  #forgetOldest(kind: ItemKind): void {
    const oldest = this.#items[kind].values().next().value
    if (oldest === undefined) return
    this.#items[kind].delete(oldest.id)
    this.#awaited.delete(oldest)
    this.forgotten[kind]++
    if (oldest.height === undefined) return
    const rest = this.#byHeight.get(oldest.height)?.filter((block) => block !== oldest) ?? []
    if (rest.length > 0) this.#byHeight.set(oldest.height, rest)
    else this.#byHeight.delete(oldest.height)
  }

  #setHeight(item: ItemTrace, height: number | undefined): void {
    if (item.kind !== 'block' || height === undefined || item.height !== undefined) return
    item.height = height
    const rivals = this.#byHeight.get(height)
    if (rivals === undefined) this.#byHeight.set(height, [item])
    else rivals.push(item)
  }

  #import(node: number, { id, height, transactions, at }: ImportedEvent): void {
    const block = this.#obtain('block', id)
    this.#setHeight(block, height)
    for (const rival of this.#byHeight.get(height) ?? []) rival.onChain[node] = 0
    const isFirst = block.importedAt.every(Number.isNaN)
    block.import(node, at)
    // Once per block: nodes that replay an old chain must not bring forgotten transactions back.
    if (isFirst) for (const transaction of transactions) this.#obtain('transaction', transaction).blocks.push(id)
  }

  #announceIfComplete(item: ItemTrace): void {
    if (!item.published || !this.#awaited.has(item)) return
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

/** Fork choice as the nodes do it: most work, then the lowest hash; any head over none. */
function beats(head: HeadState | undefined, best: HeadState | undefined): boolean {
  if (head === undefined || best === undefined) return head !== undefined
  return head.work > best.work || (head.work === best.work && head.hash < best.hash)
}
