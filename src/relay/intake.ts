// What relay and sync need of whoever takes blocks in: the node gives them its importer in this shape, so that every
// block, however it came, is checked, recorded and imported in one place.
import type { DeliveredVia } from '../trace/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'

export interface BlockSource {
  readonly via: DeliveredVia
  /** Peer id; absent for own blocks. */
  readonly from?: string
  /** Blocks at the tip overtake blocks of a catch-up. */
  readonly lane: 'tip' | 'sync'
  /** It is imported after this has settled: the offer of the block before it, which is checked at the same time. */
  readonly after?: Promise<unknown> | undefined
}

export type OfferOutcome =
  /** Header, seal, root and signatures hold: it may be forwarded. It is imported in another turn of the loop. */
  | { readonly status: 'checked'; readonly imported: Promise<void> }
  /** Here already, or on its way in. `same`: to the byte, so it is as good as ours. */
  | { readonly status: 'known'; readonly same: boolean; readonly imported?: undefined }
  /** The parent's header is unknown: nothing but form and seal was judged. */
  | { readonly status: 'orphan'; readonly parent: Hex; readonly imported?: undefined }
  /** Its time is too far ahead of our clock: not judged. */
  | { readonly status: 'future'; readonly imported?: undefined }
  /** The block tree has no room for its header: not judged. */
  | { readonly status: 'full'; readonly imported?: undefined }
  /** In lane `tip`: too old or too light a fork to be worth its body. Its body was not judged. */
  | { readonly status: 'stale'; readonly imported?: undefined }

export interface BlockIntake {
  /** Rejects with `LedgerError` or `WireError` for what is provably wrong. */
  offer(block: Block, source: BlockSource): Promise<OfferOutcome>
  /** `seal`: of `verifySeal`, when it was asked for ahead. */
  acceptHeader(header: SealedHeader, seal?: Promise<boolean>): Promise<'added' | 'known' | 'orphan' | 'full'>
  /** Whether the seal is the producer's signature. Those under check at the same time are checked once. */
  verifySeal(header: SealedHeader): Promise<boolean>
  /** Whether a block that comes unasked is recent and heavy enough to be kept and forwarded. Throws `LedgerError`. */
  isWorthHolding(header: SealedHeader): boolean
  /** The body is here or on its way in. */
  hasBody(hash: Hex): boolean
  /** The encoded block, if its body is here or on its way in. */
  blockBytes(hash: Hex): Uint8Array | undefined
  /** Height of the head. */
  readonly height: number
}
