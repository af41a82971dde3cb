// The search for a nonce: plain hashing, in counted slices, so that whoever calls decides how much CPU it may take.
import { sha256d } from '../crypto/index.ts'
import { HEADER_NONCE_OFFSET, viewOf } from '../wire/index.ts'

/** Tries nonces of one header, continuing where the last slice ended. */
export class NonceSearch {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #target: Uint8Array
  #counter: number

  /**
   * `header`: encoded, changed in place. `target`: the hash, read as a big-endian integer, must not exceed it.
   * `start`: upper half of the nonce; a miner's own number keeps two miners of one key apart.
   */
  constructor(header: Uint8Array, target: bigint, start: number) {
    this.#bytes = header
    this.#view = viewOf(header)
    this.#target = new Uint8Array(Buffer.from(target.toString(16).padStart(64, '0'), 'hex'))
    this.#view.setUint32(HEADER_NONCE_OFFSET, start)
    this.#counter = 0
  }

  /** Tries `count` nonces. Returns the header whose hash is low enough, or `undefined`. */
  run(count: number): Uint8Array | undefined {
    for (let i = 0; i < count; i++) {
      this.#view.setUint32(HEADER_NONCE_OFFSET + 4, this.#counter)
      this.#counter = (this.#counter + 1) >>> 0
      if (this.#counter === 0) {
        this.#view.setUint32(HEADER_NONCE_OFFSET, (this.#view.getUint32(HEADER_NONCE_OFFSET) + 1) >>> 0)
      }
      if (Buffer.compare(sha256d(this.#bytes), this.#target) <= 0) return this.#bytes
    }
    return undefined
  }
}
