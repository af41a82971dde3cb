// One block or transaction and where it has arrived: a column per fact, a row per node.
import type { ItemKind } from '../../trace/index.ts'
import { type ArrivalsChange, type BlockChange, type ItemChange, VIAS } from './types.ts'

/** No node of the run. */
export const NOBODY = -1

/** A block that contains a transaction. */
export interface Inclusion {
  readonly block: string
  /** The block's first import anywhere. */
  readonly at: number
}

export class LiveItem {
  readonly id: string
  readonly kind: ItemKind
  /** Who made it; `NOBODY` until that is told. */
  origin = NOBODY
  /** When it was made; NaN until that is told. */
  at = Number.NaN
  bytes = 0
  height: number | undefined
  parent: string | undefined
  transactions: number | undefined
  /** Blocks: its first import anywhere. NaN: not yet. */
  importedAt = Number.NaN
  /** Transactions: the blocks they are in; rivals include the same. */
  inclusions: readonly Inclusion[] = []
  /** By node, ms since the epoch; NaN where it has not arrived. */
  readonly arrivedAt: Float64Array
  readonly from: Int16Array
  readonly #via: Uint8Array
  /** Nodes that hold it, in the order of arrival times. */
  #order: number[] | undefined

  constructor(kind: ItemKind, id: string, nodes: number) {
    this.kind = kind
    this.id = id
    this.arrivedAt = new Float64Array(nodes).fill(Number.NaN)
    this.from = new Int16Array(nodes).fill(NOBODY)
    this.#via = new Uint8Array(nodes)
  }

  get isPublished(): boolean {
    return !Number.isNaN(this.at)
  }

  /** Nodes that hold it, earliest first; the origin among them. */
  get holders(): readonly number[] {
    this.#order ??= [...this.arrivedAt.keys()]
      .filter((node) => !Number.isNaN(this.arrivedAt[node] ?? Number.NaN))
      .sort((a, b) => (this.arrivedAt[a] ?? 0) - (this.arrivedAt[b] ?? 0))
    return this.#order
  }

  /** Until the last arrival so far, ms. */
  get spreadMs(): number {
    const last = this.holders.at(-1)
    return last === undefined || !this.isPublished ? 0 : Math.max(0, (this.arrivedAt[last] ?? 0) - this.at)
  }

  holds(node: number): boolean {
    return !Number.isNaN(this.arrivedAt[node] ?? Number.NaN)
  }

  via(node: number): (typeof VIAS)[number] {
    return VIAS[this.#via[node] ?? 0] ?? 'own'
  }

  /** The first one counts; whoever made it had it then, whatever came back to it before. */
  publish({ origin, at, bytes, height, parent, transactions }: ItemChange): void {
    if (this.isPublished) return
    this.origin = origin
    this.at = at
    this.bytes = bytes
    this.height = height ?? this.height
    this.parent = parent ?? this.parent
    this.transactions = transactions ?? this.transactions
    if (this.holds(origin)) this.arrivedAt[origin] = Number.NaN
    this.#arrive(origin, at, NOBODY, 0)
  }

  arrive({ nodes, at, after, from, via }: ArrivalsChange): void {
    for (const [row, node] of nodes.entries()) {
      this.#arrive(node, at + (after[row] ?? 0), from[row] ?? NOBODY, via[row] ?? 0)
    }
  }

  import({ at, height, parent, transactions }: BlockChange): void {
    this.importedAt = at
    this.height = height
    this.parent = parent ?? this.parent
    this.transactions = transactions ?? this.transactions
  }

  /** As changes that make the same item. `included`: of a block, ids of the transactions in it that are known. */
  changes(included: readonly string[]): (ItemChange | ArrivalsChange | BlockChange)[] {
    const { kind, id, origin, at, bytes, height, parent, transactions, importedAt } = this
    const made: (ItemChange | ArrivalsChange | BlockChange)[] = []
    const ofParent = parent === undefined ? {} : { parent }
    if (this.isPublished) {
      const ofBlock = {
        ...(height === undefined ? {} : { height }),
        ...ofParent,
        ...(transactions === undefined ? {} : { transactions })
      }
      made.push({ type: 'item', kind, id, origin, at, bytes, ...ofBlock })
    }
    if (kind === 'block' && height !== undefined && !Number.isNaN(importedAt)) {
      made.push({ type: 'block', id, at: importedAt, height, ...ofParent, transactions: transactions ?? 0, included })
    }
    const nodes = [...this.holders]
    const [first] = nodes
    if (first !== undefined) {
      const base = this.arrivedAt[first] ?? 0
      const after = nodes.map((node) => Math.round(((this.arrivedAt[node] ?? 0) - base) * 100) / 100)
      const from = nodes.map((node) => this.from[node] ?? NOBODY)
      const via = nodes.map((node) => this.#via[node] ?? 0)
      made.push({ type: 'arrivals', kind, id, at: base, nodes, after, from, via })
    }
    return made
  }

  /** The first arrival counts; a node that lost its data and got it again had it before. */
  #arrive(node: number, at: number, from: number, via: number): void {
    if (node < 0 || node >= this.arrivedAt.length || this.holds(node)) return
    this.arrivedAt[node] = at
    this.from[node] = from
    this.#via[node] = via
    this.#order = undefined
  }
}
