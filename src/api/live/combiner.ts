// Folds what nodes tell into few updates: what is about one item or one moment becomes one change, and what no view
// shows one by one (duplicates, refusals, most transactions of a busy network) is counted. Pure: time is passed in.
import { liveDefaults } from '../../config/index.ts'
import type {
  DeliveredEvent,
  FaultEvent,
  ImportedEvent,
  ItemKind,
  NamedEvent,
  PublishedEvent,
  SyncRoundEvent,
  TrafficByKind
} from '../../trace/index.ts'
import { Chooser } from './chooser.ts'
import {
  type ArrivalsChange,
  type Change,
  type FaultChange,
  type LiveRun,
  type NodeState,
  type Update,
  VIAS
} from './types.ts'

export interface CombinerInit {
  readonly run: LiveRun
  /** Peer id → node name. Read at each event, so it may still grow. */
  readonly peerNames: ReadonlyMap<string, string>
  /** Transactions followed per second; default as in config. */
  readonly followedPerSecond?: number
}

/** Hundredths of a millisecond: what clocks are worth, and short in JSON. */
const cents = (ms: number): number => Math.round(ms * 100) / 100

export class Combiner {
  readonly #indexes: ReadonlyMap<string, number>
  readonly #peerNames: ReadonlyMap<string, string>
  readonly #chooser: Chooser
  readonly #counts = { transactions: 0, included: 0, duplicates: 0, rejected: 0, unfollowed: 0 }
  /** Blocks whose first import was told, and by it what is included; rivals include the same. */
  readonly #imported = new Set<string>()
  readonly #included = new Set<string>()
  #run: LiveRun
  #isNewRun = true
  #changes: Change[] = []
  #arrivals = new Map<string, ArrivalsChange>()
  #faults = new Map<string, FaultChange>()
  #remarks = 0
  #countsChanged = false
  #seq = 0

  constructor({ run, peerNames, followedPerSecond }: CombinerInit) {
    this.#run = run
    this.#indexes = new Map(run.nodes.map((name, node) => [name, node]))
    this.#peerNames = peerNames
    this.#chooser = new Chooser(followedPerSecond ?? liveDefaults.followedPerSecond)
  }

  get run(): LiveRun {
    return this.#run
  }

  /** Something about the run itself is different now. */
  describe(change: Partial<LiveRun>): void {
    this.#run = { ...this.#run, ...change }
    this.#isNewRun = true
  }

  /** This transaction is followed from node to node, however busy the network is. */
  follow(id: string): void {
    this.#chooser.follow(id)
  }

  nodeState(name: string, state: NodeState, at: number): void {
    const node = this.#indexes.get(name)
    if (node === undefined) return
    this.#changes.push({ type: 'state', node, at: cents(at), state })
  }

  sample(at: number, sent: TrafficByKind): void {
    this.#changes.push({ type: 'sample', at: cents(at), sent })
  }

  readonly onEvent = (event: NamedEvent): void => {
    const node = this.#indexes.get(event.node)
    if (node !== undefined) this.#apply(node, event)
  }

  /** What has come since the last time; undefined for nothing. */
  take(now: number): Update | undefined {
    if (this.#countsChanged) this.#changes.push({ type: 'counts', ...this.#counts })
    if (this.#changes.length === 0 && !this.#isNewRun) return undefined
    const update: Update = {
      seq: ++this.#seq,
      now: cents(now),
      ...(this.#isNewRun ? { run: this.#run } : {}),
      changes: this.#changes
    }
    this.#changes = []
    this.#arrivals = new Map()
    this.#faults = new Map()
    this.#remarks = 0
    this.#countsChanged = false
    this.#isNewRun = false
    return update
  }

  #apply(node: number, event: NamedEvent): void {
    const at = cents(event.at)
    switch (event.type) {
      case 'published':
        this.#publish(node, event)
        break
      case 'delivered':
        this.#deliver(node, event)
        break
      case 'imported':
        this.#import(event)
        break
      case 'head':
        this.#changes.push({ type: 'head', node, at, id: event.hash, height: event.height, abandoned: event.abandoned })
        break
      case 'peer':
        this.#link('connection', node, event.peer, at, event.state === 'connected')
        break
      case 'mesh':
        this.#link(event.topic === 'block' ? 'block' : 'transaction', node, event.peer, at, event.change === 'graft')
        break
      case 'sync':
        this.#round(node, event)
        break
      case 'fault':
        this.#fault(node, event)
        break
      case 'member':
        this.#changes.push({ type: 'member', node, of: this.#indexOf(event.peer), at, change: event.change })
        break
      case 'rejected':
        this.#count('rejected')
        this.#remark(node, at, 'rejected', event.from, event.code)
        break
      case 'banned':
        this.#remark(node, at, 'banned', event.peer, event.reason)
        break
      case 'duplicate':
        this.#count('duplicates')
        break
    }
  }

  #publish(node: number, { kind, id, at, bytes, height, parent, transactions }: PublishedEvent): void {
    if (kind === 'transaction') this.#count('transactions')
    if (!this.#isFollowed(kind, id, at)) {
      this.#count('unfollowed')
      return
    }
    this.#changes.push({
      type: 'item',
      kind,
      id,
      origin: node,
      at: cents(at),
      bytes,
      ...(height === undefined ? {} : { height }),
      ...(parent === undefined ? {} : { parent }),
      ...(transactions === undefined ? {} : { transactions })
    })
  }

  #deliver(node: number, { kind, id, at, via, from }: DeliveredEvent): void {
    if (!this.#isFollowed(kind, id, at)) return
    let arrivals = this.#arrivals.get(id)
    if (arrivals === undefined) {
      arrivals = { type: 'arrivals', kind, id, at: cents(at), nodes: [], after: [], from: [], via: [] }
      this.#arrivals.set(id, arrivals)
      this.#changes.push(arrivals)
    }
    arrivals.nodes.push(node)
    arrivals.after.push(cents(at - arrivals.at))
    arrivals.from.push(this.#indexOf(from))
    arrivals.via.push(VIAS.indexOf(via))
  }

  #import({ id, parent, height, at, transactions }: ImportedEvent): void {
    if (this.#imported.has(id)) return
    remember(this.#imported, id)
    for (const transaction of transactions) {
      if (this.#included.has(transaction)) continue
      remember(this.#included, transaction)
      this.#counts.included++
    }
    this.#countsChanged = true
    this.#changes.push({
      type: 'block',
      id,
      at: cents(at),
      height,
      // A trace of others, or of before, does not say.
      ...(parent === '' ? {} : { parent }),
      transactions: transactions.length,
      included: transactions.filter((transaction) => this.#chooser.isFollowed(transaction))
    })
  }

  #link(kind: 'connection' | ItemKind, node: number, peerId: string, at: number, on: boolean): void {
    const peer = this.#indexOf(peerId)
    if (peer >= 0) this.#changes.push({ type: 'link', kind, node, peer, at, on })
  }

  #round(node: number, event: SyncRoundEvent): void {
    const { blocksFetched, transactionsFetched, transactionsSent, transactionsDiffer, bytes, outcome, code } = event
    this.#changes.push({
      type: 'round',
      node,
      peer: this.#indexOf(event.peer),
      at: cents(event.at),
      ours: event.ours.height,
      theirs: event.theirs.height,
      blocksFetched,
      transactionsFetched,
      transactionsSent,
      transactionsDiffer,
      bytes,
      durationMs: cents(event.durationMs),
      outcome,
      ...(code === undefined ? {} : { code })
    })
  }

  /** What was done to many nodes at one time is one fault. */
  #fault(node: number, { fault, at, group }: FaultEvent): void {
    const key = `${fault} ${at}`
    let change = this.#faults.get(key)
    if (change === undefined) {
      change = { type: 'fault', fault, at: cents(at), nodes: [], ...(group === undefined ? {} : { groups: [] }) }
      this.#faults.set(key, change)
      this.#changes.push(change)
    }
    change.nodes.push(node)
    change.groups?.push(group ?? 0)
  }

  #remark(node: number, at: number, what: 'rejected' | 'banned', peer: string | undefined, code: string): void {
    if (++this.#remarks > liveDefaults.remarksPerUpdateMax) return
    this.#changes.push({ type: 'remark', node, at, what, of: this.#indexOf(peer), code })
  }

  #count(what: 'transactions' | 'duplicates' | 'rejected' | 'unfollowed'): void {
    this.#counts[what]++
    this.#countsChanged = true
  }

  #isFollowed(kind: ItemKind, id: string, at: number): boolean {
    return kind === 'block' || this.#chooser.choose(id, at)
  }

  #indexOf(peer: string | undefined): number {
    const name = peer === undefined ? undefined : this.#peerNames.get(peer)
    return (name === undefined ? undefined : this.#indexes.get(name)) ?? -1
  }
}

/** Bounded: the oldest is forgotten. */
function remember(ids: Set<string>, id: string): void {
  ids.add(id)
  if (ids.size <= liveDefaults.choicesMax) return
  const [oldest] = ids
  if (oldest !== undefined) ids.delete(oldest)
}
