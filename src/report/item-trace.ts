// What is known of one block or transaction on its way: when each node heard of it, held it, imported it, and from
// whom. One typed array per column, indexed by node, because a run has nodes × items of these.
import type { DeliveredVia, ItemKind } from '../trace/index.ts'
import type { Hex } from '../wire/index.ts'

/** Index of "no node": not known, or a peer outside the run. */
export const NO_NODE = -1

const VIAS: readonly (DeliveredVia | undefined)[] = [undefined, 'own', 'gossip', 'requested', 'repair']
const VIA_MASK = 0x0f
const INSIDE_BLOCK = 0x10
const DUPLICATES_MAX = 0xffff

export class ItemTrace {
  readonly id: Hex
  readonly kind: ItemKind
  /** Milliseconds since the epoch; NaN until the publication is known. */
  publishedAt = Number.NaN
  /** Node that published it first. */
  origin: number = NO_NODE
  bytes = 0
  /** Bytes of the message that brings it to a node that lacks nothing else; `bytes` until told otherwise. */
  wireBytes = 0
  height: number | undefined
  /** Blocks: number of transactions. */
  transactions: number | undefined
  /** Nodes that hold it, the origin included. */
  holders = 0
  /** Milliseconds since the epoch by node; NaN for never. `importedAt` is empty for transactions. */
  readonly heardAt: Float64Array
  readonly deliveredAt: Float64Array
  readonly importedAt: Float64Array
  /** Blocks: 1 where the block is on that node's best chain now. */
  readonly onChain: Uint8Array
  /** Who delivered it, by node; NO_NODE for unknown. */
  readonly from: Int16Array
  /** Copies after the first, by node; stops counting at 65,535. */
  readonly duplicates: Uint16Array
  /** Transactions: blocks that contain it (more than one when the chain forked). */
  readonly blocks: Hex[] = []
  readonly #via: Uint8Array

  constructor(id: Hex, kind: ItemKind, nodes: number) {
    const blockNodes = kind === 'block' ? nodes : 0
    this.id = id
    this.kind = kind
    this.heardAt = new Float64Array(nodes).fill(Number.NaN)
    this.deliveredAt = new Float64Array(nodes).fill(Number.NaN)
    this.importedAt = new Float64Array(blockNodes).fill(Number.NaN)
    this.onChain = new Uint8Array(blockNodes)
    this.from = new Int16Array(nodes).fill(NO_NODE)
    this.duplicates = new Uint16Array(nodes)
    this.#via = new Uint8Array(nodes)
  }

  /** True once the publication is known: only then can times be told. */
  get published(): boolean {
    return !Number.isNaN(this.publishedAt)
  }

  holds(node: number): boolean {
    return this.#via[node] !== 0
  }

  via(node: number): DeliveredVia | undefined {
    return VIAS[(this.#via[node] ?? 0) & VIA_MASK]
  }

  /** A transaction that first came as part of a block. */
  insideBlock(node: number): boolean {
    return ((this.#via[node] ?? 0) & INSIDE_BLOCK) !== 0
  }

  /** Milliseconds from publication until the node held it; Infinity for not (yet). Never negative. */
  latencyMs(node: number): number {
    const latency = (this.deliveredAt[node] ?? Number.NaN) - this.publishedAt
    return Number.isNaN(latency) ? Number.POSITIVE_INFINITY : Math.max(0, latency)
  }

  /** The earliest publication wins (then the lower node), so that the order of arrival does not matter. */
  publish(node: number, at: number): void {
    if (!this.published || at < this.publishedAt || (at === this.publishedAt && node < this.origin)) {
      this.publishedAt = at
      this.origin = node
    }
    this.deliver(node, at, 'own', NO_NODE, false)
  }

  /** The first announcement on a node counts. */
  hear(node: number, at: number): void {
    if (Number.isNaN(this.heardAt[node])) this.heardAt[node] = at
  }

  /** The first delivery on a node counts. */
  deliver(node: number, at: number, via: DeliveredVia, from: number, insideBlock: boolean): void {
    if (this.holds(node)) return
    this.#via[node] = VIAS.indexOf(via) | (insideBlock ? INSIDE_BLOCK : 0)
    this.deliveredAt[node] = at
    this.from[node] = from
    this.holders++
  }

  duplicate(node: number): void {
    const count = this.duplicates[node] ?? 0
    if (count < DUPLICATES_MAX) this.duplicates[node] = count + 1
  }

  /** The first import on a node is its time; `onChain` follows the latest. */
  import(node: number, at: number): void {
    if (Number.isNaN(this.importedAt[node])) this.importedAt[node] = at
    this.onChain[node] = 1
  }
}
