// The one way in for a block: checked, recorded as delivered, then imported in another turn of the loop. Mined,
// gossiped and fetched blocks all come through here.
import type { BlockIntake, BlockSource, OfferOutcome } from '../relay/index.ts'
import type { Chain, Mempool } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'
import type { CheckedBlock, HeaderOutcome, Importer } from './importer.ts'

export interface IntakeComponents {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly importer: Importer
  readonly events: EventEmitter
  readonly runtime: Runtime
}

export class Intake implements BlockIntake {
  readonly #components: IntakeComponents
  /** Checked, not yet in the tree. Bounded by the importer's lanes. */
  readonly #arriving = new Set<Hex>()

  constructor(components: IntakeComponents) {
    this.#components = components
  }

  async offer(block: Block, source: BlockSource): Promise<OfferOutcome> {
    const { hash } = block.header
    if (this.hasBody(hash)) return { status: 'known' }
    const outcome = await this.#components.importer.check(block)
    if (outcome.status !== 'checked') return outcome
    // While it was checked another copy may have come first.
    if (this.hasBody(hash)) return { status: 'known' }
    this.#recordDelivery(block, source)
    return { status: 'checked', imported: this.#importLater(outcome.block, source) }
  }

  acceptHeader(header: SealedHeader): Promise<HeaderOutcome> {
    return this.#components.importer.acceptHeader(header)
  }

  hasBody(hash: Hex): boolean {
    if (this.#arriving.has(hash)) return true
    const status = this.#components.chain.status(hash)
    return status === 'body' || status === 'applied' || status === 'side'
  }

  async #importLater(checked: CheckedBlock, { lane }: BlockSource): Promise<void> {
    const { importer, events, runtime } = this.#components
    const { hash } = checked.block.header
    this.#arriving.add(hash)
    try {
      // Forwarding comes first: whoever offered the block goes on before state is touched.
      await runtime.yield()
      const result = await importer.import(checked, lane)
      if (result.status !== 'invalid') return
      // Its state fails. That is its producer's fault: whoever relayed it could not know.
      events.emit({ type: 'rejected', kind: 'block', id: hash, code: result.code, at: runtime.clock.now() })
    } catch (error) {
      runtime.logger.error('could not import a block', { hash, error: String(error) })
    } finally {
      this.#arriving.delete(hash)
    }
  }

  #recordDelivery(block: Block, { from, via }: BlockSource): void {
    // Own items are delivered by their publication.
    if (via === 'own' || from === undefined) return
    const { events, mempool, runtime } = this.#components
    const at = runtime.clock.now()
    const { hash, height } = block.header
    if (via !== 'gossip') events.emit({ type: 'heard', kind: 'block', id: hash, from, at })
    events.emit({ type: 'delivered', kind: 'block', id: hash, height, via, from, at })
    for (const { id } of block.transactions) {
      if (!mempool.has(id)) events.emit({ type: 'delivered', kind: 'transaction', id, via, from, block: hash, at })
    }
  }
}
