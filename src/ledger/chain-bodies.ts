// The blocks of the tree: those that the reader can't give yet are kept here, all others it must have.
import type { Block, Hex } from '../wire/index.ts'
import { LedgerError } from './errors.ts'
import type { TreeNode } from './tree-node.ts'
import type { BlockReader, Undo } from './types.ts'

export class Bodies {
  readonly #reader: BlockReader
  readonly #kept = new Map<Hex, Block>()

  constructor(reader: BlockReader) {
    this.#reader = reader
  }

  keep(block: Block): void {
    this.#kept.set(block.header.hash, block)
  }

  /** The reader has it, or nobody needs it. */
  letGo(hash: Hex): void {
    this.#kept.delete(hash)
  }

  /** Throws `LedgerError` (`bad-state`) when the reader lacks a block it should have. */
  get(node: TreeNode): Block {
    const block = this.#kept.get(node.hash) ?? this.#reader.body(node.hash)
    if (block === undefined) throw new LedgerError('bad-state', `the store has lost block ${node.hash}`)
    return block
  }

  /** Of a connected block. Throws as `get` does. */
  undo({ hash, height }: TreeNode): Undo {
    const undo = this.#reader.undo(hash)
    if (undo === undefined) throw new LedgerError('bad-state', `the store has no undo data for height ${height}`)
    return undo
  }
}
