// The few members of an abstract-level database that the store uses, and their twin in memory: a plain map that keeps
// the very arrays it is given, so that a thousand nodes of one process share the bytes of a block.

export interface LevelBatch {
  put(key: Uint8Array, value: Uint8Array): unknown
  del(key: Uint8Array): unknown
  /** All or nothing. With `sync`, resolves once the disk has it. */
  write(options: { readonly sync: boolean }): Promise<void>
}

export interface LevelRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

/** `ClassicLevel<Uint8Array, Uint8Array>` with `view` encodings is one. */
export interface Level {
  getSync(key: Uint8Array): Uint8Array | undefined
  batch(): LevelBatch
  /** Entries in ascending order of their keys. */
  iterator(range: LevelRange): AsyncIterable<[Uint8Array, Uint8Array]>
  close(): Promise<void>
}

/** One character for each byte: strings of it sort as the bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

/** A `Level` without a disk. */
export class MapLevel implements Level {
  readonly #entries = new Map<string, Uint8Array>()

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(textOf(key))
  }

  batch(): LevelBatch {
    const changes: (readonly [string, Uint8Array | undefined])[] = []
    return {
      put: (key, value) => changes.push([textOf(key), value]),
      del: (key) => changes.push([textOf(key), undefined]),
      write: async () => {
        for (const [key, value] of changes) {
          if (value === undefined) this.#entries.delete(key)
          else this.#entries.set(key, value)
        }
      }
    }
  }

  async *iterator({ gte, lt }: LevelRange): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const from = textOf(gte)
    const to = textOf(lt)
    const found = [...this.#entries].filter(([key]) => key >= from && key < to)
    found.sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [key, value] of found) yield [new Uint8Array(Buffer.from(key, 'latin1')), value]
  }

  async close(): Promise<void> {}
}
