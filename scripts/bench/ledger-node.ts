// The part of a node that a block passes through, on a store on disk, without a network.
import { syncDefaults } from '../../src/config/index.ts'
import type { Chain, Genesis, Mempool } from '../../src/ledger/index.ts'
import type { Lane } from '../../src/node/importer-lanes.ts'
import { Importer } from '../../src/node/importer.ts'
import { openLedger } from '../../src/node/ledger.ts'
import { realRuntime, realYield } from '../../src/runtime/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import type { Block, Hex } from '../../src/wire/index.ts'

export class LedgerNode {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly store: Store
  readonly #events = new EventEmitter()
  #importer: Importer

  private constructor(genesis: Genesis, store: Store) {
    this.store = store
    const { chain, mempool } = openLedger({ genesis, store, runtime: realRuntime(), events: this.#events })
    this.chain = chain
    this.mempool = mempool
    this.#importer = this.#newImporter()
  }

  static async open(genesis: Genesis, directory: string): Promise<LedgerNode> {
    return new LedgerNode(genesis, await openStore(directory, genesis))
  }

  /** Forgets which signatures were verified and every imported key. */
  async forgetSignatures(): Promise<void> {
    await this.#importer.stop()
    this.#importer = this.#newImporter()
  }

  /**
   * Checks and imports blocks in order, as many at a time as a catch-up does, each received in a turn of the loop of
   * its own. `blocks` does what belongs to receiving one as it is asked for it. Resolves when the last is the head;
   * throws when one is refused.
   */
  async importAll(lane: Lane, blocks: Iterable<Block>): Promise<void> {
    const importing = new Set<Promise<void>>()
    let last = this.chain.head.hash
    for (const block of blocks) {
      last = block.header.hash
      // The next one's header needs this one's in the tree.
      await this.#importer.acceptHeader(block.header)
      const job = this.#import(block, lane).finally(() => importing.delete(job))
      importing.add(job)
      if (importing.size >= syncDefaults.importsInFlightMax) await Promise.race(importing)
      await realYield()
    }
    await Promise.all(importing)
    await this.#reach(last)
  }

  async close(): Promise<void> {
    await this.#importer.stop()
    await this.store.close()
  }

  async #import(block: Block, lane: Lane): Promise<void> {
    const outcome = await this.#importer.check(block)
    if (outcome.status !== 'checked') throw new Error(`block ${block.header.height} is ${outcome.status}`)
    const result = await this.#importer.import(outcome.block, lane)
    // A body that is ready before its parent's waits beside the chain.
    if (result.status === 'invalid') throw new Error(`block ${block.header.height} is invalid: ${result.code}`)
  }

  /** Resolves when `head` is on disk as the head. */
  #reach(head: Hex): Promise<void> {
    if (this.store.head.hash === head) return Promise.resolve()
    return new Promise((resolve) => {
      const unsubscribe = this.#events.subscribe((event) => {
        if (event.type !== 'head' || event.hash !== head) return
        unsubscribe()
        resolve()
      })
    })
  }

  #newImporter(): Importer {
    const { chain, mempool, store } = this
    return new Importer({ chain, mempool, store, runtime: realRuntime(), events: this.#events })
  }
}
