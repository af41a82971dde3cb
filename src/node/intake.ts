// The one way in for a block: checked, recorded as delivered, then imported in another turn of the loop. Mined,
// gossiped and fetched blocks all come through here.
import type { BlockIntake, BlockSource, OfferOutcome } from '../relay/index.ts'
import type { Chain, Mempool } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'
import { ImporterError } from './importer-errors.ts'
import type { CheckedBlock, HeaderOutcome, Importer } from './importer.ts'

export interface IntakeComponents {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly importer: Importer
  readonly store: Store
  readonly events: EventEmitter
  readonly runtime: Runtime
}

export class Intake implements BlockIntake {
  readonly #components: IntakeComponents
  /** Checked, not yet in the store. Bounded by the importer's lanes. */
  readonly #arriving = new Map<Hex, Block>()

  constructor(components: IntakeComponents) {
    this.#components = components
  }

  async offer(block: Block, source: BlockSource): Promise<OfferOutcome> {
    const { hash } = block.header
    if (this.hasBody(hash)) return this.#known(block)
    const { events, importer, runtime } = this.#components
    const startedAt = runtime.clock.now()
    const outcome = await importer.check(block, source.lane)
    if (outcome.status === 'known') return this.#known(block)
    if (outcome.status !== 'checked') return outcome
    // While it was checked another copy may have come first.
    if (this.hasBody(hash)) return this.#known(block)
    if (source.via !== 'own') {
      const at = runtime.clock.now()
      const { length: transactions } = block.transactions
      events.emit({ type: 'validated', kind: 'block', id: hash, transactions, durationMs: at - startedAt, at })
    }
    this.#recordDelivery(block, source)
    return { status: 'checked', imported: this.#importLater(outcome.block, source) }
  }

  acceptHeader(header: SealedHeader, seal?: Promise<boolean>): Promise<HeaderOutcome> {
    return this.#components.importer.acceptHeader(header, seal)
  }

  verifySeal(header: SealedHeader): Promise<boolean> {
    return this.#components.importer.verifySeal(header)
  }

  isWorthHolding(header: SealedHeader): boolean {
    return this.#components.chain.isWorthHolding(header)
  }

  hasBody(hash: Hex): boolean {
    if (this.#arriving.has(hash)) return true
    const status = this.#components.chain.status(hash)
    return status === 'body' || status === 'applied' || status === 'side'
  }

  blockBytes(hash: Hex): Uint8Array | undefined {
    return this.#arriving.get(hash)?.bytes ?? this.#components.store.blockBytes(hash)
  }

  get height(): number {
    return this.#components.chain.head.height
  }

  /** Only what equals ours to the byte was checked: another body or seal under the same hash was not. */
  #known(block: Block): OfferOutcome {
    const { hash } = block.header
    const ours = this.blockBytes(hash)
    return { status: 'known', same: ours !== undefined && Buffer.compare(ours, block.bytes) === 0 }
  }

  async #importLater(checked: CheckedBlock, { lane, after }: BlockSource): Promise<void> {
    const { importer, events, runtime } = this.#components
    const { hash } = checked.block.header
    this.#arriving.set(hash, checked.block)
    try {
      await after
      // Forwarding comes first: whoever offered the block goes on before state is touched.
      await runtime.yield()
      const result = await importer.import(checked, lane)
      if (result.status !== 'invalid') return
      // Its state fails. That is its producer's fault: whoever relayed it could not know.
      events.emit({ type: 'rejected', kind: 'block', id: hash, code: result.code, at: runtime.clock.now() })
    } catch (error) {
      // A node that stops has blocks under way: nothing is wrong.
      if (error instanceof ImporterError && error.code === 'stopped') return
      runtime.logger.error('could not import a block', { hash, error: String(error) })
    } finally {
      this.#arriving.delete(hash)
    }
  }

  #recordDelivery(block: Block, { from, via, lane }: BlockSource): void {
    // Own items are delivered by their publication.
    if (via === 'own' || from === undefined) return
    const { events, runtime } = this.#components
    const at = runtime.clock.now()
    const { hash, height } = block.header
    // A message was heard before it was judged.
    if (lane === 'sync') events.emit({ type: 'heard', kind: 'block', id: hash, from, at })
    events.emit({ type: 'delivered', kind: 'block', id: hash, height, via, from, at })
    for (const id of this.#newTransactions(block)) {
      events.emit({ type: 'delivered', kind: 'transaction', id, via, from, block: hash, at })
    }
  }

  /** Those that this block brings: pending ones were here, and so were those that our chain, which it rivals, includes. */
  #newTransactions({ header, transactions }: Block): Hex[] {
    const { mempool, store } = this.#components
    const unknown = transactions.map(({ id }) => id).filter((id) => !mempool.has(id))
    // What extends our chain can hold nothing of it. Asking the store costs more than all the rest of a catch-up's check.
    if (unknown.length === 0 || this.#extendsHead(header)) return unknown
    const arriving = new Set([...this.#arriving.values()].flatMap((block) => block.transactions.map(({ id }) => id)))
    return unknown.filter((id) => !arriving.has(id) && store.locate(id) === undefined)
  }

  #extendsHead({ parent }: SealedHeader): boolean {
    const { chain } = this.#components
    let node = chain.headerNode(parent)
    while (node !== undefined && node.height > chain.head.height) node = node.parent
    return node?.hash === chain.head.hash
  }
}
