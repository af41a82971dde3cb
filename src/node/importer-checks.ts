// What may be forwarded: a block whose header, seal, root and signatures hold. Goes from cheap to costly and checks
// nothing twice; a header that holds enters the tree here, state is judged at import.
import type { ImporterLimits } from '../config/index.ts'
import { type Chain, type Consensus, createConsensus, type Genesis, LedgerError, rootMatches } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  BLOCK_MAX_BYTES,
  type Block,
  type Hex,
  type SealedHeader,
  sealSignatureCheck,
  toHex,
  WireError
} from '../wire/index.ts'
import { ImporterError } from './importer-errors.ts'
import type { Lane } from './importer-lanes.ts'
import type { SignatureChecks } from './importer-signatures.ts'

declare const checked: unique symbol
/** A block whose header, seal, root and signatures hold: what may be forwarded. State is judged at import. */
export interface CheckedBlock {
  readonly block: Block
  readonly [checked]: true
}

export type CheckOutcome =
  | { readonly status: 'checked'; readonly block: CheckedBlock }
  /** The body is here already, or on its way in. */
  | { readonly status: 'known' }
  /** The parent's header is unknown: nothing judged but form and seal. */
  | { readonly status: 'orphan'; readonly parent: Hex }
  /** Its time is too far ahead of the local clock: not judged. */
  | { readonly status: 'future' }
  /** The tree has no room for its header (too far ahead, or worse than all it holds): not judged. */
  | { readonly status: 'full' }
  /** At the tip: too far below our head, or too light to matter there (`Chain.isWorthHolding`). Its body was not judged. */
  | { readonly status: 'stale' }

export type HeaderOutcome = 'added' | 'known' | 'orphan' | 'full'

export interface BlockCheckComponents {
  readonly chain: Chain
  readonly genesis: Genesis
  readonly runtime: Runtime
  readonly signatures: SignatureChecks
  /** Whether a body is in the tree, or on its way there. */
  readonly isHere: (hash: Hex) => boolean
}

export class BlockChecks {
  readonly #components: BlockCheckComponents
  readonly #limits: Pick<ImporterLimits, 'checksMax'>
  readonly #consensus: Consensus
  /** Seals under check, by hash and seal. */
  readonly #sealing = new Map<string, Promise<boolean>>()
  /** Signatures of bodies under check. A body is named by its header once the root holds. */
  readonly #verifying = new Map<Hex, Promise<boolean>>()
  #checks = 0

  constructor(components: BlockCheckComponents, limits: Pick<ImporterLimits, 'checksMax'>) {
    this.#components = components
    this.#limits = limits
    this.#consensus = createConsensus(components.genesis)
  }

  /**
   * Size, network, header rules, seal, root, signatures of transactions not known to be good; the header enters the
   * tree. Rejects with `LedgerError` or `WireError` for what is provably wrong, with `ImporterError` (`busy`) when
   * the signatures of too many are under check. In lane `tip`, where blocks come unasked, only what is worth holding is
   * judged to the end.
   */
  async check(block: Block, lane: Lane = 'sync'): Promise<CheckOutcome> {
    const { hash, parent } = block.header
    if (block.bytes.length > BLOCK_MAX_BYTES) throw new WireError('oversize', `block of ${block.bytes.length} bytes`)
    if (this.#components.isHere(hash)) return { status: 'known' }
    const header = await this.#headerOutcome(block.header)
    if (header === 'orphan') return { status: 'orphan', parent }
    if (header === 'future' || header === 'full') return { status: header }
    if (lane === 'tip' && !this.#components.chain.isWorthHolding(block.header)) return { status: 'stale' }
    if (!rootMatches(block)) throw new LedgerError('wrong-root', `the body is not the one of header ${hash}`)
    // Only what took work or a turn to make counts: garbage must not keep the block itself out.
    if (this.#checks >= this.#limits.checksMax) throw new ImporterError('busy', 'too many blocks are being checked')
    this.#checks++
    try {
      await this.#components.runtime.yield()
      await this.#checkSignatures(block)
      await this.#components.runtime.blockChecked?.()
    } finally {
      this.#checks--
    }
    return this.#components.isHere(hash) ? { status: 'known' } : { status: 'checked', block: { block } as CheckedBlock }
  }

  /**
   * A header ahead of its body. Rejects with `LedgerError`: a broken rule, `bad-seal`, or `future` for one that is too
   * far ahead of the local clock. `seal`: of `verifySeal`, when it was asked for ahead.
   */
  async acceptHeader(header: SealedHeader, seal?: Promise<boolean>): Promise<HeaderOutcome> {
    const { chain, runtime, genesis } = this.#components
    if (header.network !== genesis.network && header.hash !== genesis.hash) {
      throw new LedgerError('wrong-network', `header of network ${header.network}`)
    }
    const held = chain.headerNode(header.hash)
    // A copy may carry another seal than the one that was checked, and must not be forwarded with a bad one.
    if (held !== undefined && Buffer.compare(held.header.seal, header.seal) === 0) return 'known'
    const invalid = chain.invalidCode(header.hash) ?? chain.invalidCode(header.parent)
    if (invalid !== undefined) throw new LedgerError('invalid-block', `block ${header.hash} is invalid: ${invalid}`)
    const parent = chain.headerNode(header.parent)
    if (held === undefined) {
      if (parent === undefined) this.#consensus.checkAlone(header)
      else this.#consensus.checkHeader(header, parent)
    }
    if (!(await (seal ?? this.verifySeal(header)))) {
      throw new LedgerError('bad-seal', `the seal of ${header.hash} is not its producer's signature`)
    }
    return chain.insertHeader(header, runtime.clock.now())
  }

  /** Whether the seal is its producer's signature. Several peers may show the same header at once: it is checked once. */
  verifySeal(header: SealedHeader): Promise<boolean> {
    const { chain, runtime } = this.#components
    const held = chain.headerNode(header.hash)
    if (held !== undefined && Buffer.compare(held.header.seal, header.seal) === 0) return Promise.resolve(true)
    const key = `${header.hash} ${toHex(header.seal)}`
    let sealing = this.#sealing.get(key)
    if (sealing === undefined) {
      sealing = runtime.verifier.verify(sealSignatureCheck(header), true).finally(() => this.#sealing.delete(key))
      this.#sealing.set(key, sealing)
    }
    return sealing
  }

  async #headerOutcome(header: SealedHeader): Promise<HeaderOutcome | 'future'> {
    try {
      return await this.acceptHeader(header)
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'future') return 'future'
      throw error
    }
  }

  /** The root holds, so a bad signature is in the one body this header can have: the header is invalid. */
  async #checkSignatures({ header, transactions }: Block): Promise<void> {
    const { hash } = header
    let verifying = this.#verifying.get(hash)
    if (verifying === undefined) {
      verifying = this.#components.signatures.verify(transactions, true).finally(() => this.#verifying.delete(hash))
      this.#verifying.set(hash, verifying)
    }
    if (await verifying) return
    this.#components.chain.markInvalid(hash, 'bad-signature')
    throw new LedgerError('bad-signature', `block ${hash} holds a transaction with a bad signature`)
  }
}
