// The items of a run by id, and blocks by height. Bounded: at the limit the oldest of a kind is forgotten, and counted.
// What nobody published yet has a part of the room and no more: a node that replays an old chain tells of everything that
// was forgotten, and must not push out what is younger.
import type { ItemKind } from '../trace/index.ts'
import type { Hex } from '../wire/index.ts'
import { ItemTrace } from './item-trace.ts'

export interface ItemStoreInit {
  /** Nodes of the run. */
  readonly nodes: number
  /** Of each kind. */
  readonly itemsMax: number
  readonly onForgotten: (item: ItemTrace) => void
}

/** Part of the room that items have before their publication is known. */
const UNPUBLISHED_SHARE = 1 / 8

type Items = Readonly<Record<ItemKind, Map<Hex, ItemTrace>>>

export class ItemStore {
  /** Published items forgotten at the limit, by kind. */
  readonly forgotten: Record<ItemKind, number> = { block: 0, transaction: 0 }
  readonly #init: ItemStoreInit
  readonly #unpublishedMax: number
  readonly #published: Items = { block: new Map(), transaction: new Map() }
  readonly #unpublished: Items = { block: new Map(), transaction: new Map() }
  readonly #byHeight = new Map<number, ItemTrace[]>()

  constructor(init: ItemStoreInit) {
    this.#init = init
    this.#unpublishedMax = Math.max(1, Math.floor(init.itemsMax * UNPUBLISHED_SHARE))
  }

  /** Oldest first. */
  published(kind: ItemKind): Iterable<ItemTrace> {
    return this.#published[kind].values()
  }

  unpublished(kind: ItemKind): Iterable<ItemTrace> {
    return this.#unpublished[kind].values()
  }

  get(kind: ItemKind, id: Hex): ItemTrace | undefined {
    return this.#published[kind].get(id) ?? this.#unpublished[kind].get(id)
  }

  /** The item, from now on if it was not known. */
  obtain(kind: ItemKind, id: Hex): ItemTrace {
    const known = this.get(kind, id)
    if (known !== undefined) return known
    const item = new ItemTrace(id, kind, this.#init.nodes)
    this.#unpublished[kind].set(id, item)
    if (this.#published[kind].size + this.#unpublished[kind].size > this.#init.itemsMax) this.#forgetOldest(kind)
    return item
  }

  /** Its publication is known. */
  setPublished(item: ItemTrace): void {
    this.#unpublished[item.kind].delete(item.id)
    this.#published[item.kind].set(item.id, item)
  }

  /** Blocks known to be at a height. */
  atHeight(height: number): readonly ItemTrace[] {
    return this.#byHeight.get(height) ?? []
  }

  /** The first that is told of a block counts. */
  setHeight(item: ItemTrace, height: number | undefined): void {
    if (item.kind !== 'block' || height === undefined || item.height !== undefined) return
    item.height = height
    const rivals = this.#byHeight.get(height)
    if (rivals === undefined) this.#byHeight.set(height, [item])
    else rivals.push(item)
  }

  #forgetOldest(kind: ItemKind): void {
    const isCrowded = this.#unpublished[kind].size > this.#unpublishedMax
    const from = isCrowded ? this.#unpublished[kind] : this.#published[kind]
    const oldest = from.values().next().value
    if (oldest === undefined) return
    from.delete(oldest.id)
    if (!isCrowded) this.forgotten[kind]++
    this.#init.onForgotten(oldest)
    if (oldest.height === undefined) return
    const rest = this.#byHeight.get(oldest.height)?.filter((block) => block !== oldest) ?? []
    if (rest.length > 0) this.#byHeight.set(oldest.height, rest)
    else this.#byHeight.delete(oldest.height)
  }
}
