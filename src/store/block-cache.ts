// Recently used blocks, decoded. Also what makes a block readable from the moment its commit starts.
import type { Block, Hex } from '../wire/index.ts'

export class BlockCache {
  readonly #maxBytes: number
  readonly #maxBlocks: number
  /** Least recently used first. */
  readonly #blocks = new Map<Hex, Block>()
  #bytes = 0

  /** At either limit the least recently used goes. */
  constructor(maxBytes: number, maxBlocks: number) {
    this.#maxBytes = maxBytes
    this.#maxBlocks = maxBlocks
  }

  get(hash: Hex): Block | undefined {
    const block = this.#blocks.get(hash)
    if (block === undefined) return undefined
    this.#blocks.delete(hash)
    this.#blocks.set(hash, block)
    return block
  }

  add(block: Block): void {
    const { hash } = block.header
    this.delete(hash)
    this.#blocks.set(hash, block)
    this.#bytes += block.bytes.length
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= this.#maxBytes && this.#blocks.size <= this.#maxBlocks) break
      this.delete(oldest)
    }
  }

  delete(hash: Hex): void {
    const block = this.#blocks.get(hash)
    if (block === undefined) return
    this.#blocks.delete(hash)
    this.#bytes -= block.bytes.length
  }
}
