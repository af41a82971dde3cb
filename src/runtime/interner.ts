// Interners: of a node that has its process to itself, where nothing is shared, and of a process with many nodes.
import { RecentMap } from './recent-map.ts'
import type { Interner } from './types.ts'

/** Shares nothing: every node does its own work, as it would on a machine of its own. */
export const noInterner: Interner = { intern: (_kind, _key, make) => make(), ofBytes: (_kind, _bytes, make) => make() }

/** Below this, what can be told of bytes is told sooner than found. */
const REMEMBERED_FROM_BYTES = 1024

export interface SharedInternerInit {
  /** Values of one kind that are remembered; older ones are made again. */
  readonly entriesMax: number
  /** Of kinds that need another number. */
  readonly entriesMaxOf?: Readonly<Record<string, number>>
}

/** For nodes that share a process. Kinds are few and fixed. */
export class SharedInterner implements Interner {
  readonly #init: SharedInternerInit
  readonly #kinds = new Map<string, RecentMap<string, unknown>>()
  readonly #ofBuffers = new WeakMap<ArrayBufferLike, Map<string, unknown>>()

  constructor(init: SharedInternerInit) {
    this.#init = init
  }

  intern<T>(kind: string, key: string, make: () => T): T {
    let values = this.#kinds.get(kind)
    if (values === undefined) {
      values = new RecentMap(this.#init.entriesMaxOf?.[kind] ?? this.#init.entriesMax)
      this.#kinds.set(kind, values)
    }
    if (values.has(key)) return values.get(key) as T
    const value = make()
    values.set(key, value)
    return value
  }

  ofBytes<T>(kind: string, bytes: Uint8Array, make: () => T): T {
    if (bytes.length < REMEMBERED_FROM_BYTES) return make()
    let values = this.#ofBuffers.get(bytes.buffer)
    if (values === undefined) {
      values = new Map()
      this.#ofBuffers.set(bytes.buffer, values)
    }
    const key = `${kind} ${bytes.byteOffset} ${bytes.length}`
    if (values.has(key)) return values.get(key) as T
    const value = make()
    values.set(key, value)
    return value
  }
}
