// Consensus as an interface: who may produce, how much a header counts, what its ancestors demand of it.
import type { Header, Hex, SealedHeader } from '../../wire/index.ts'

/** A header in its place in the block tree. */
export interface HeaderNode {
  readonly hash: Hex
  readonly height: number
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Work of this header and all before it. */
  readonly work: bigint
  /** `undefined` for genesis. */
  readonly parent: HeaderNode | undefined
  /** Whole; far below the head it is read from the store, so prefer the fields above. */
  readonly header: SealedHeader
}

export interface Consensus {
  readonly kind: 'pow' | 'authority'
  /**
   * Everything about a header that needs only its ancestors: network, height, time, bits, hash under target or the
   * sealer's turn. Not the seal's signature, not the local clock. Throws `LedgerError`.
   */
  checkHeader(header: SealedHeader, parent: HeaderNode): void
  /**
   * What of that needs no ancestors: network, bits that make sense, hash under the target that they stand for, or the
   * sealer's place and the slot's opening. For headers whose parent is unknown. Throws `LedgerError`.
   */
  checkAlone(header: SealedHeader): void
  /** The work this header adds: at least 1. */
  work(header: Header): bigint
  /** The bits that a header on `parent` with this `time` (ms) by `producer` must carry. */
  bitsFor(parent: HeaderNode, time: number, producer: Hex): number
  /**
   * Authority: the earliest time (ms, not before `now`) at which `producer` may seal on `parent`; `undefined` when it
   * is no sealer. Proof of work has no such member: any time later than the parent's will do.
   */
  sealTime?(parent: HeaderNode, producer: Hex, now: number): number | undefined
  /** Authority: the slot that `time` (ms) lies in; one sealer must not fill a slot twice. */
  slotOf?(time: number): number
}

/** Two different headers that one sealer made for one slot: proof of misbehaviour, though each is valid alone. */
export interface Equivocation {
  readonly producer: Hex
  readonly slot: number
  readonly first: SealedHeader
  readonly second: SealedHeader
}
