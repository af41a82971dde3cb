// The block tree: all headers known, which bodies are here, the best header and the best block that could be
// connected. Knows nothing of accounts. Bounded by `limits`; what it forgets it reports.
import type { LedgerLimits } from '../config/index.ts'
import type { Hex, SealedHeader } from '../wire/index.ts'
import type { LedgerErrorCode } from './errors.ts'
import { Path } from './path.ts'
import { byForkChoice, isBetter, TreeNode } from './tree-node.ts'
import type { BlockReader } from './types.ts'

export class BlockTree {
  readonly #nodes = new Map<Hex, TreeNode>()
  readonly #leaves = new Set<TreeNode>()
  /** Invalid hash → the rule it broke, oldest first. */
  readonly #invalid = new Map<Hex, LedgerErrorCode>()
  readonly #reader: BlockReader
  readonly #limits: LedgerLimits
  readonly #onForgotten: (node: TreeNode) => void
  /** The best chain: blocks whose state is the accounts' state. Moved by the chain. */
  readonly applied: Path
  /** From genesis to the best header. */
  readonly headers: Path
  #bestComplete: TreeNode
  /** No body is missing on the header path below this height. */
  #missingFrom = 1

  constructor(
    genesis: TreeNode,
    reader: BlockReader,
    limits: LedgerLimits,
    onForgotten: (node: TreeNode) => void = () => {}
  ) {
    this.#reader = reader
    this.#limits = limits
    this.#onForgotten = onForgotten
    genesis.hasBody = true
    genesis.complete = true
    this.#nodes.set(genesis.hash, genesis)
    this.#leaves.add(genesis)
    this.applied = new Path(genesis)
    this.headers = new Path(genesis)
    this.#bestComplete = genesis
  }

  get(hash: Hex): TreeNode | undefined {
    return this.#nodes.get(hash)
  }

  get size(): number {
    return this.#nodes.size
  }

  /** The best block whose ancestors' bodies are all here: where `apply` goes. */
  get bestComplete(): TreeNode {
    return this.#bestComplete
  }

  /** Why a hash is known to be invalid. */
  invalidCode(hash: Hex): LedgerErrorCode | undefined {
    return this.#invalid.get(hash)
  }

  /** Adds a checked header. `undefined` when the tree is full of better ones: nothing was kept. */
  insert(header: SealedHeader, parent: TreeNode, ownWork: bigint): TreeNode | undefined {
    if (header.height > this.applied.tip.height + this.#limits.maxHeadersAhead) return undefined
    const node = this.restore(header, parent, ownWork)
    if (this.#sideHeaders() > this.#limits.maxSideHeaders) this.#evict(node)
    return this.#nodes.has(node.hash) ? node : undefined
  }

  /** Adds a header without a look at the limits: what a store gives back. */
  restore(header: SealedHeader, parent: TreeNode, ownWork: bigint): TreeNode {
    const node = new TreeNode(header, parent, ownWork, this.#reader)
    parent.addChild(node)
    this.#nodes.set(node.hash, node)
    this.#leaves.delete(parent)
    this.#leaves.add(node)
    if (isBetter(node, this.headers.tip)) this.#moveHeaders(node)
    return node
  }

  /** The body of `node` is here. */
  addBody(node: TreeNode): void {
    node.hasBody = true
    if (node.parent?.complete !== true) return
    // Depth first without recursion: a long run of bodies may have waited for this one.
    const waiting = [node]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      at.complete = true
      if (isBetter(at, this.#bestComplete)) this.#bestComplete = at
      for (const child of at.children()) if (child.hasBody) waiting.push(child)
    }
  }

  /** Removes `node` and its descendants (none of them applied) and remembers them as invalid. */
  invalidate(node: TreeNode, code: LedgerErrorCode): void {
    const doomed = [node]
    for (let i = 0; i < doomed.length; i++) doomed.push(...(doomed[i]?.children() ?? []))
    // Children first, so that each is a leaf when it goes.
    for (const each of doomed.reverse()) {
      this.#remove(each)
      this.#rememberInvalid(each.hash, each === node ? code : 'invalid-parent')
    }
    this.#chooseAnew()
  }

  /** Headers without a child, best first. */
  tips(): TreeNode[] {
    return [...this.#leaves].sort(byForkChoice)
  }

  /** At most `limit` nodes of the header path without their bodies, lowest first. */
  missingBodies(limit: number): TreeNode[] {
    const missing: TreeNode[] = []
    for (let height = this.#missingFrom; missing.length < limit; height++) {
      const node = this.headers.at(height)
      if (node === undefined) break
      if (!node.hasBody) missing.push(node)
      else if (missing.length === 0) this.#missingFrom = height + 1
    }
    return missing
  }

  #moveHeaders(tip: TreeNode): void {
    const forkHeight = this.headers.moveTo(tip)
    this.#missingFrom = Math.min(this.#missingFrom, forkHeight + 1)
  }

  #rememberInvalid(hash: Hex, code: LedgerErrorCode): void {
    this.#invalid.set(hash, code)
    if (this.#invalid.size <= this.#limits.maxInvalid) return
    for (const oldest of this.#invalid.keys()) {
      this.#invalid.delete(oldest)
      return
    }
  }

  /** After removals: only leaves (or, for bodies, their complete ancestors) can be best. */
  #chooseAnew(): void {
    let header = this.applied.tip
    let complete = this.applied.tip
    for (const leaf of this.#leaves) {
      if (isBetter(leaf, header)) header = leaf
      let at = leaf
      while (!at.complete && at.parent !== undefined) at = at.parent
      if (isBetter(at, complete)) complete = at
    }
    this.#bestComplete = complete
    if (header !== this.headers.tip) this.#moveHeaders(header)
  }

  /** Headers neither on the best chain nor on the way to the best header. */
  #sideHeaders(): number {
    const offHeaderPath = this.#nodes.size - this.headers.tip.height - 1
    if (offHeaderPath <= this.#limits.maxSideHeaders) return offHeaderPath
    return offHeaderPath - this.headers.stepsTo(this.applied.tip).length
  }

  /** Forgets the branches with the least work, a tenth of the limit at once; `newest` only if nothing else is left. */
  #evict(newest: TreeNode): void {
    let excess = this.#sideHeaders() - Math.floor(this.#limits.maxSideHeaders * 0.9)
    const branches = this.tips().filter((leaf) => leaf !== newest)
    for (let leaf = branches.pop(); leaf !== undefined && excess > 0; leaf = branches.pop()) {
      for (let at: TreeNode | undefined = leaf; at !== undefined && excess > 0; at = at.parent) {
        if (!this.#isForgettable(at)) break
        this.#remove(at)
        excess--
      }
    }
    if (this.#sideHeaders() > this.#limits.maxSideHeaders && this.#isForgettable(newest)) this.#remove(newest)
    if (!this.#nodes.has(this.#bestComplete.hash)) this.#chooseAnew()
  }

  #isForgettable(node: TreeNode): boolean {
    return node.firstChild === undefined && !this.headers.includes(node) && !this.applied.includes(node)
  }

  /** Takes a leaf out. */
  #remove(node: TreeNode): void {
    this.#nodes.delete(node.hash)
    this.#leaves.delete(node)
    const { parent } = node
    if (parent !== undefined) {
      parent.removeChild(node)
      if (parent.firstChild === undefined) this.#leaves.add(parent)
    }
    if (node.hasBody) this.#onForgotten(node)
  }
}
