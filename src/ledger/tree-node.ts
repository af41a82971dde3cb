// One header in the block tree. A long chain keeps one of these per block, so it is small: children are a linked
// list, and the header itself is let go once the store has it and it lies far below the head.
import type { Hex, SealedHeader } from '../wire/index.ts'
import type { HeaderNode } from './consensus/types.ts'
import { LedgerError } from './errors.ts'
import type { BlockReader, Head } from './types.ts'

export class TreeNode implements HeaderNode {
  readonly hash: Hex
  readonly height: number
  readonly time: number
  readonly work: bigint
  readonly parent: TreeNode | undefined
  /** The body is here. */
  hasBody = false
  /** The bodies of this block and all before it are here. */
  complete = false
  firstChild: TreeNode | undefined = undefined
  nextSibling: TreeNode | undefined = undefined
  readonly #reader: BlockReader
  #header: SealedHeader | undefined

  constructor(header: SealedHeader, parent: TreeNode | undefined, ownWork: bigint, reader: BlockReader) {
    this.hash = header.hash
    this.height = header.height
    this.time = header.time
    this.work = (parent?.work ?? 0n) + ownWork
    this.parent = parent
    this.#header = header
    this.#reader = reader
  }

  /** Throws `LedgerError` (`bad-state`) when it was let go and the store does not have it. */
  get header(): SealedHeader {
    const header = this.#header ?? this.#reader.header(this.hash)
    if (header === undefined) throw new LedgerError('bad-state', `the store has lost header ${this.hash}`)
    return header
  }

  /** Lets the decoded header go if the reader has it. `stored`: it came from there, no need to look. */
  releaseHeader(stored = false): void {
    if (stored || this.#reader.header(this.hash) !== undefined) this.#header = undefined
  }

  *children(): Iterable<TreeNode> {
    for (let child = this.firstChild; child !== undefined; child = child.nextSibling) yield child
  }

  addChild(child: TreeNode): void {
    child.nextSibling = this.firstChild
    this.firstChild = child
  }

  removeChild(child: TreeNode): void {
    if (this.firstChild === child) {
      this.firstChild = child.nextSibling
      return
    }
    for (const sibling of this.children()) {
      if (sibling.nextSibling !== child) continue
      sibling.nextSibling = child.nextSibling
      return
    }
  }
}

export function headOf({ hash, height, work, time }: TreeNode): Head {
  return { hash, height, work, time }
}

/** The fork choice: most cumulative work, then lowest hash. A total order, so any order of arrival ends the same. */
export function isBetter(a: TreeNode, b: TreeNode): boolean {
  return a.work !== b.work ? a.work > b.work : a.hash < b.hash
}

/** For sorting, best first. */
export function byForkChoice(a: TreeNode, b: TreeNode): number {
  if (a === b) return 0
  return isBetter(a, b) ? -1 : 1
}
