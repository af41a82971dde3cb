// The items of a run by id, and blocks by height. Bounded: at the limit the oldest of a kind is forgotten, and counted.
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

export class ItemStore {
  /** Items forgotten at the limit, by kind. */
  readonly forgotten: Record<ItemKind, number> = { block: 0, transaction: 0 }
  readonly #init: ItemStoreInit
  readonly #items: Readonly<Record<ItemKind, Map<Hex, ItemTrace>>> = { block: new Map(), transaction: new Map() }
  readonly #byHeight = new Map<number, ItemTrace[]>()

  constructor(init: ItemStoreInit) {
    this.#init = init
  }

  /** Oldest first. */
  all(kind: ItemKind): Iterable<ItemTrace> {
    return this.#items[kind].values()
  }

  get(kind: ItemKind, id: Hex): ItemTrace | undefined {
    return this.#items[kind].get(id)
  }

  /** The item, from now on if it was not known. */
  obtain(kind: ItemKind, id: Hex): ItemTrace {
    const known = this.#items[kind].get(id)
    if (known !== undefined) return known
    const item = new ItemTrace(id, kind, this.#init.nodes)
    this.#items[kind].set(id, item)
    if (this.#items[kind].size > this.#init.itemsMax) this.#forgetOldest(kind)
    return item
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
    const oldest = this.#items[kind].values().next().value
    if (oldest === undefined) return
    this.#items[kind].delete(oldest.id)
    this.forgotten[kind]++
    this.#init.onForgotten(oldest)
    if (oldest.height === undefined) return
    const rest = this.#byHeight.get(oldest.height)?.filter((block) => block !== oldest) ?? []
    if (rest.length > 0) this.#byHeight.set(oldest.height, rest)
    else this.#byHeight.delete(oldest.height)
  }
}
