// One line per block, once every node that is up holds it, or when that takes too long.
import type { blockLine, Collector } from '../../report/index.ts'
import type { NamedEvent } from '../../trace/index.ts'

type Block = Parameters<typeof blockLine>[1]

/** Blocks whose line is still to come; more than these are dropped unprinted. */
const AWAITED_MAX = 1024

export interface BlockLinesInit {
  readonly collector: Collector
  /** A block that did not reach every node is printed after this, ms. */
  readonly patienceMs: number
  readonly print: (block: Block) => void
}

export class BlockLines {
  readonly #init: BlockLinesInit
  readonly #awaited = new Map<string, Block>()

  constructor(init: BlockLinesInit) {
    this.#init = init
  }

  /** To be called with each event after the collector has seen it. */
  readonly onEvent = (event: NamedEvent): void => {
    if ((event.type !== 'published' && event.type !== 'delivered') || event.kind !== 'block') return
    const block = this.#awaited.get(event.id) ?? this.#init.collector.item(event.id)
    if (block === undefined) return
    if (event.type === 'published' && this.#awaited.size < AWAITED_MAX) this.#awaited.set(block.id, block)
    if (this.#awaited.has(block.id) && this.#isComplete(block)) this.#print(block)
  }

  /** Prints what has waited long enough; `now` in ms since the epoch, infinity prints all. */
  flush(now: number): void {
    for (const block of [...this.#awaited.values()]) {
      if (this.#isComplete(block) || now - block.publishedAt >= this.#init.patienceMs) this.#print(block)
    }
  }

  #isComplete(block: Block): boolean {
    return this.#init.collector.histories.every((history, node) => !history.isUp || block.holds(node))
  }

  #print(block: Block): void {
    this.#awaited.delete(block.id)
    this.#init.print(block)
  }
}
