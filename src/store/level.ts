// The few members of an abstract-level database that the store uses. `MapLevel` is their twin in memory.

export interface LevelBatch {
  put(key: Uint8Array, value: Uint8Array): unknown
  del(key: Uint8Array): unknown
  /** All or nothing. With `sync`, resolves once the disk has it. */
  write(options: { readonly sync: boolean }): Promise<void>
}

/** A batch whose name says all that it holds. */
export interface NamedBatch extends LevelBatch {
  /** Another level of this process has written it: there is nothing left to put in. */
  readonly isFilled: boolean
}

export interface LevelRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

/** `ClassicLevel<Uint8Array, Uint8Array>` with `view` encodings is one. */
export interface Level {
  getSync(key: Uint8Array): Uint8Array | undefined
  batch(): LevelBatch
  /** Absent where nothing is shared. A name stands for the same content on every level that shares. */
  namedBatch?(name: string): NamedBatch
  /** Entries in ascending order of their keys. */
  iterator(range: LevelRange): AsyncIterable<[Uint8Array, Uint8Array]>
  close(): Promise<void>
}
