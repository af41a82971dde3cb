// A level in memory. It keeps the very arrays it is given, and what named batches wrote lies in layers below the rest,
// which levels of one process share: a thousand nodes on the same chain hold its indexes once. Layers merge like a
// log-structured merge-tree's (O'Neil et al., 1996), so that a read looks at few of them.
import { type Interner, noInterner } from '../runtime/index.ts'
import type { Level, LevelBatch, LevelRange, NamedBatch } from './level.ts'

/** Never changed once it is in a level. `undefined` values: deleted, whatever lies below. */
type Layer = ReadonlyMap<string, Uint8Array | undefined>

/** A layer is merged into the one below as long as that is at most so many times its size. */
const MERGE_RATIO = 2

/** What two layers made, the older one's first: all levels that had both go on with one. */
const merged = new WeakMap<Layer, WeakMap<Layer, Layer>>()

/** A `Level` without a disk. With an interner, equal named batches of several levels are one layer. */
export class MapLevel implements Level {
  readonly #interner: Interner
  /** On top of all layers. */
  readonly #own = new Map<string, Uint8Array | undefined>()
  /** The oldest first. */
  readonly #layers: Layer[] = []

  constructor(interner: Interner = noInterner) {
    this.#interner = interner
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const text = textOf(key)
    const own = this.#own.get(text)
    if (own !== undefined || this.#own.has(text)) return own
    const layer = this.#layers.findLast((one) => one.has(text))
    return layer?.get(text)
  }

  batch(): LevelBatch {
    const changes: (readonly [string, Uint8Array | undefined])[] = []
    return {
      put: (key, value) => changes.push([textOf(key), value]),
      del: (key) => changes.push([textOf(key), undefined]),
      write: async () => {
        for (const [key, value] of changes) {
          if (value === undefined && this.#layers.length === 0) this.#own.delete(key)
          else this.#own.set(key, value)
        }
      }
    }
  }

  namedBatch(name: string): NamedBatch {
    const known = this.#interner.intern('layer', name, (): { layer?: Layer } => ({}))
    const { layer } = known
    const changes = new Map<string, Uint8Array | undefined>()
    return {
      isFilled: layer !== undefined,
      put: (key, value) => changes.set(textOf(key), value),
      del: (key) => changes.set(textOf(key), undefined),
      write: async () => {
        known.layer ??= changes
        this.#cover(known.layer)
      }
    }
  }

  async *iterator({ gte, lt }: LevelRange): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const from = textOf(gte)
    const to = textOf(lt)
    const entries = new Map<string, Uint8Array | undefined>()
    for (const layer of [...this.#layers, this.#own]) {
      for (const [key, value] of layer) if (key >= from && key < to) entries.set(key, value)
    }
    const found = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [key, value] of found) if (value !== undefined) yield [new Uint8Array(Buffer.from(key, 'latin1')), value]
  }

  async close(): Promise<void> {}

  /** Lays a layer over all that is there. */
  #cover(layer: Layer): void {
    for (const key of this.#own.keys()) if (layer.has(key)) this.#own.delete(key)
    let top = layer
    for (let below = this.#layers.at(-1); below !== undefined; below = this.#layers.at(-1)) {
      if (below.size > MERGE_RATIO * top.size) break
      this.#layers.pop()
      top = merge(below, top)
    }
    this.#layers.push(top)
  }
}

function merge(older: Layer, newer: Layer): Layer {
  let withNewer = merged.get(older)
  if (withNewer === undefined) {
    withNewer = new WeakMap()
    merged.set(older, withNewer)
  }
  let both = withNewer.get(newer)
  if (both === undefined) {
    both = new Map([...older, ...newer])
    withNewer.set(newer, both)
  }
  return both
}

/** One character for each byte: strings of it sort as the bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
