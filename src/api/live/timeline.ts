// What is known of a run, by time: updates folded into lists of facts, from which every view of any moment is made,
// live or long after. Bounded: the oldest is forgotten. A snapshot is the updates that make the same timeline again.
import { liveDefaults, type TimelineLimits } from '../../config/index.ts'
import type { ItemKind } from '../../trace/index.ts'
import { LiveItem } from './item.ts'
import { type Link, Links } from './links.ts'
import { MemberChanges } from './members.ts'
import type {
  ArrivalsChange,
  BlockChange,
  Change,
  CountsChange,
  FaultChange,
  HeadChange,
  LiveRun,
  MemberChange,
  NodeState,
  RemarkChange,
  RoundChange,
  SampleChange,
  StateChange,
  Update
} from './types.ts'

/** One node over time; both lists oldest first. */
export interface NodeTimeline {
  readonly states: StateChange[]
  readonly heads: HeadChange[]
}

const NO_COUNTS: CountsChange = {
  type: 'counts',
  transactions: 0,
  included: 0,
  duplicates: 0,
  rejected: 0,
  unfollowed: 0
}

export class Timeline {
  run: LiveRun | undefined
  /** The run's clock when the last update was made. */
  now = 0
  seq = 0
  nodes: readonly NodeTimeline[] = []
  counts: CountsChange = NO_COUNTS
  readonly rounds: RoundChange[] = []
  readonly faults: FaultChange[] = []
  readonly remarks: RemarkChange[] = []
  readonly samples: SampleChange[] = []
  readonly #limits: TimelineLimits
  #items: Readonly<Record<ItemKind, Map<string, LiveItem>>> = { block: new Map(), transaction: new Map() }
  #links: Links
  #members: MemberChanges
  readonly #early = new Map<string, ArrivalsChange[]>()

  constructor(limits: TimelineLimits) {
    this.#limits = limits
    this.#links = new Links(limits.changes)
    this.#members = new MemberChanges(limits.changes)
  }

  /** Oldest first, in the order in which they were heard of. */
  get blocks(): ReadonlyMap<string, LiveItem> {
    return this.#items.block
  }

  get transactions(): ReadonlyMap<string, LiveItem> {
    return this.#items.transaction
  }

  /** Connections and meshes, those that have ended too. */
  get links(): readonly Link[] {
    return this.#links.all
  }

  /** Connections of two nodes, as both tell of them, those that have ended too. */
  connectionsBetween(a: number, b: number): Iterable<Link> {
    return this.#links.between(a, b)
  }

  /** What nodes told of each other, oldest first. */
  get members(): readonly MemberChange[] {
    return this.#members.all
  }

  /** Changes whenever a connection or mesh begins or ends. */
  get linksVersion(): number {
    return this.#links.version
  }

  item(id: string): LiveItem | undefined {
    return this.#items.block.get(id) ?? this.#items.transaction.get(id)
  }

  /** From here on everything is known: where a slider begins. */
  get from(): number {
    const startedAt = this.run?.startedAt ?? this.now
    for (const block of this.blocks.values()) {
      // With the first block of the chain nothing was forgotten.
      if (block.isPublished) return block.height === 1 ? Math.min(startedAt, block.at) : block.at
    }
    return startedAt
  }

  apply(update: Update): void {
    if (update.reset === true) this.#forget()
    if (update.run !== undefined) this.#describe(update.run)
    this.now = Math.max(this.now, update.now)
    this.seq = update.seq
    for (const change of update.changes) this.#fold(change)
  }

  /** At least one; together they make this timeline. None is larger than a reader takes at once. */
  snapshot(): Update[] {
    const { seq, now, run } = this
    const updates: Update[] = []
    let rows = 0
    let changes: Change[] = []
    const close = (): void => {
      const isFirst = updates.length === 0
      updates.push({ seq, now, ...(isFirst ? { reset: true } : {}), ...(isFirst && run ? { run } : {}), changes })
      rows = 0
      changes = []
    }
    for (const change of this.#allChanges()) {
      changes.push(change)
      rows +=
        change.type === 'arrivals' ? change.nodes.length : change.type === 'block' ? change.included.length + 1 : 1
      if (rows >= liveDefaults.rowsPerMessageMax) close()
    }
    if (changes.length > 0 || updates.length === 0) close()
    return updates
  }

  *#allChanges(): Generator<Change, void, undefined> {
    for (const { states, heads } of this.nodes) {
      yield* states
      yield* heads
    }
    yield* this.#links.changes()
    const included = Map.groupBy(
      [...this.transactions.values()].flatMap(({ id, inclusions }) => inclusions.map(({ block }) => ({ id, block }))),
      ({ block }) => block
    )
    for (const item of this.transactions.values()) yield* item.changes([])
    for (const item of this.blocks.values()) yield* item.changes((included.get(item.id) ?? []).map(({ id }) => id))
    yield* this.faults
    yield* this.members
    yield* this.rounds
    yield* this.remarks
    yield* this.samples
    // Last: who reads a snapshot in parts knows by it that it is whole.
    yield this.counts
  }

  #forget(): void {
    this.run = undefined
    this.now = 0
    this.nodes = []
    this.counts = NO_COUNTS
    this.#early.clear()
    this.#items = { block: new Map(), transaction: new Map() }
    this.#links = new Links(this.#limits.changes, this.#links.version + 1)
    this.#members = new MemberChanges(this.#limits.changes)
    for (const list of [this.rounds, this.faults, this.remarks, this.samples]) list.length = 0
  }

  #describe(run: LiveRun): void {
    this.run = run
    if (this.nodes.length === run.nodes.length) return
    this.nodes = run.nodes.map(() => ({ states: [], heads: [] }))
  }

  #fold(change: Change): void {
    const limits = this.#limits
    switch (change.type) {
      case 'state':
        push(this.nodes[change.node]?.states, change, limits.changes)
        if (change.state === 'down') this.#links.close(change.node, change.at)
        break
      case 'head':
        // One text for all nodes: each update brings its own.
        push(
          this.nodes[change.node]?.heads,
          { ...change, id: this.#items.block.get(change.id)?.id ?? change.id },
          limits.blocks
        )
        break
      case 'item':
        this.#obtain(change.kind, change.id).publish(change)
        break
      case 'arrivals':
        this.#arrive(change)
        break
      case 'block':
        this.#import(change)
        break
      case 'link':
        this.#links.change(change)
        break
      case 'round':
        push(this.rounds, change, limits.rounds)
        break
      case 'fault':
        push(this.faults, change, limits.faults)
        break
      case 'member':
        this.#members.add(change)
        break
      case 'remark':
        push(this.remarks, change, limits.remarks)
        break
      case 'sample':
        push(this.samples, change, limits.samples)
        break
      case 'counts':
        this.counts = change
        break
    }
  }

  /** Of an item that nobody made yet the news is early; of one that was forgotten it comes too late, and is dropped. */
  #arrive(change: ArrivalsChange): void {
    const item = this.#items[change.kind].get(change.id)
    if (item !== undefined) {
      item.arrive(change)
      return
    }
    const early = this.#early.get(change.id)
    if (early === undefined) this.#early.set(change.id, [change])
    else early.push(change)
    if (this.#early.size <= liveDefaults.earlyMax) return
    const [oldest] = this.#early.keys()
    if (oldest !== undefined) this.#early.delete(oldest)
  }

  #import(change: BlockChange): void {
    const block = this.#obtain('block', change.id)
    block.import(change)
    for (const id of change.included) {
      const transaction = this.#items.transaction.get(id)
      if (transaction === undefined || transaction.inclusions.some(({ block: known }) => known === change.id)) continue
      transaction.inclusions = [...transaction.inclusions, { block: change.id, at: change.at }]
    }
  }

  #obtain(kind: ItemKind, id: string): LiveItem {
    const items = this.#items[kind]
    const known = items.get(id)
    if (known !== undefined) return known
    const item = new LiveItem(kind, id, this.nodes.length)
    items.set(id, item)
    for (const arrivals of this.#early.get(id) ?? []) item.arrive(arrivals)
    this.#early.delete(id)
    const limit = kind === 'block' ? this.#limits.blocks : this.#limits.transactions
    if (items.size > limit) {
      const [oldest] = items.keys()
      if (oldest !== undefined) items.delete(oldest)
      if (oldest !== undefined && kind === 'block') this.#forgetIn(oldest)
    }
    return item
  }

  /** A block that is forgotten takes what is in it along: else that would seem to wait for a block. */
  #forgetIn(block: string): void {
    for (const transaction of this.transactions.values()) {
      const rest = transaction.inclusions.filter((inclusion) => inclusion.block !== block)
      if (rest.length === transaction.inclusions.length) continue
      transaction.inclusions = rest
      if (rest.length === 0) this.#items.transaction.delete(transaction.id)
    }
  }
}

/** The state that a node had at a time; a node nobody told of yet is down. */
export function stateAt({ states }: NodeTimeline, at: number): NodeState {
  return states.findLast((change) => change.at <= at)?.state ?? 'down'
}

/** The head that a node had at a time; undefined for genesis. */
export function headAt({ heads }: NodeTimeline, at: number): HeadChange | undefined {
  return heads.findLast((change) => change.at <= at)
}

/** In bulk, so that a full list costs no shift for each fact. */
function push<T>(list: T[] | undefined, fact: T, limit: number): void {
  if (list === undefined) return
  list.push(fact)
  if (list.length > limit + Math.max(8, limit >> 3)) list.splice(0, list.length - limit)
}
