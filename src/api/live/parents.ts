// No event names a block's parent, but each node imports along its chain: what it has at the height below is the parent.

/** Heights remembered of each node. Deeper reorganisations leave a block without a known parent. */
const DEPTH_MAX = 64

export class Parents {
  readonly #chains: readonly Map<number, string>[]

  constructor(nodes: number) {
    this.#chains = Array.from({ length: nodes }, () => new Map())
  }

  /** A node imported a block; returns its parent, if that was imported too. */
  imported(node: number, id: string, height: number): string | undefined {
    const chain = this.#chains[node]
    if (chain === undefined) return undefined
    const parent = chain.get(height - 1)
    chain.set(height, id)
    chain.delete(height - DEPTH_MAX)
    return parent
  }
}
