// A chain through the block tree, from genesis to a tip, addressable by height.
import type { TreeNode } from './tree-node.ts'

export class Path {
  readonly #nodes: TreeNode[]
  #tip: TreeNode

  constructor(genesis: TreeNode) {
    this.#nodes = [genesis]
    this.#tip = genesis
  }

  get tip(): TreeNode {
    return this.#tip
  }

  at(height: number): TreeNode | undefined {
    return this.#nodes[height]
  }

  includes(node: TreeNode): boolean {
    return this.#nodes[node.height] === node
  }

  /** The nodes between this path and `node`, ascending, `node` last; none when it is on the path. */
  stepsTo(node: TreeNode): TreeNode[] {
    const steps: TreeNode[] = []
    for (let at: TreeNode | undefined = node; at !== undefined && !this.includes(at); at = at.parent) steps.push(at)
    return steps.reverse()
  }

  /** Makes `node` the tip. Returns the height of the last node kept. Costs what the two tips differ by. */
  moveTo(node: TreeNode): number {
    const steps = this.stepsTo(node)
    const forkHeight = node.height - steps.length
    this.#nodes.length = forkHeight + 1
    for (const step of steps) this.#nodes.push(step)
    this.#tip = node
    return forkHeight
  }
}
