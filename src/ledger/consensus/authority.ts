// Proof of authority, after Clique (EIP-225) and Aura: time since genesis is cut into slots of fixed length, which the
// sealers named in genesis fill in turn. `bits` is the weight: 2 in turn, 1 out of turn. The next two in the queue may
// step in, after half and after three quarters of the slot, so that a missing sealer costs a delay but does not stop
// the chain; nobody else may, because a crowd that steps in within milliseconds only makes stale blocks.
import type { Header, Hex, SealedHeader } from '../../wire/index.ts'
import { LedgerError } from '../errors.ts'
import type { AuthorityParameters, Genesis } from '../genesis.ts'
import { checkNetwork, checkPlace } from './place.ts'
import type { Consensus, HeaderNode } from './types.ts'

const IN_TURN_WEIGHT = 2
const OUT_OF_TURN_WEIGHT = 1
/** Places in the queue behind the sealer in turn that may step in for it. */
const BACKUPS = 2

export class AuthorityConsensus implements Consensus {
  readonly kind = 'authority'
  readonly #network: Hex
  readonly #genesisTime: number
  readonly #slotMs: number
  /** Key → turn. */
  readonly #turns: ReadonlyMap<Hex, number>

  constructor(genesis: Genesis, parameters: AuthorityParameters) {
    this.#network = genesis.network
    this.#genesisTime = genesis.file.time
    this.#slotMs = parameters.slotMs
    this.#turns = new Map(parameters.sealers.map((sealer, turn) => [sealer, turn]))
  }

  checkHeader(header: SealedHeader, parent: HeaderNode): void {
    checkPlace(header, parent, this.#network)
    const slot = this.slotOf(header.time)
    if (this.#turns.has(header.producer) && slot <= this.slotOf(parent.time)) {
      throw new LedgerError('slot-taken', `slot ${slot} is not after the parent's`)
    }
    this.checkAlone(header)
  }

  checkAlone(header: SealedHeader): void {
    checkNetwork(header, this.#network)
    const turn = this.#turns.get(header.producer)
    if (turn === undefined) throw new LedgerError('not-a-sealer', `${header.producer} is no sealer of this network`)
    const slot = this.slotOf(header.time)
    const bits = this.#weight(slot, turn)
    if (header.bits !== bits) throw new LedgerError('wrong-bits', `weight ${header.bits}, due is ${bits}`)
    const place = this.#place(slot, turn)
    if (place > BACKUPS) throw new LedgerError('out-of-turn', `${place} places behind the sealer in turn`)
    const early = this.#opensAt(slot, place) - header.time
    if (early > 0) throw new LedgerError('out-of-turn', `sealed ${early} ms too early for its turn`)
  }

  work(header: Header): bigint {
    return BigInt(header.bits)
  }

  bitsFor(_parent: HeaderNode, time: number, producer: Hex): number {
    const turn = this.#turns.get(producer)
    return turn === undefined ? OUT_OF_TURN_WEIGHT : this.#weight(this.slotOf(time), turn)
  }

  sealTime(parent: HeaderNode, producer: Hex, now: number): number | undefined {
    const turn = this.#turns.get(producer)
    if (turn === undefined) return undefined
    const earliest = Math.ceil(now)
    const next = Math.max(this.slotOf(earliest), this.slotOf(parent.time) + 1)
    // With every slot a sealer moves up one place.
    const slot = next + Math.max(0, this.#place(next, turn) - BACKUPS)
    return Math.max(earliest, this.#opensAt(slot, this.#place(slot, turn)))
  }

  slotOf(time: number): number {
    return Math.floor((time - this.#genesisTime) / this.#slotMs)
  }

  #weight(slot: number, turn: number): number {
    return this.#place(slot, turn) === 0 ? IN_TURN_WEIGHT : OUT_OF_TURN_WEIGHT
  }

  /** How many places after the sealer in turn this one stands: 0 is in turn. */
  #place(slot: number, turn: number): number {
    const sealers = this.#turns.size
    return (((turn - slot) % sealers) + sealers) % sealers
  }

  /** When a slot opens for a place in the queue: at its start in turn, then a half and three quarters through. */
  #opensAt(slot: number, place: number): number {
    const start = this.#genesisTime + slot * this.#slotMs
    return place === 0 ? start : start + Math.floor((this.#slotMs * (1 + place)) / (2 + BACKUPS))
  }
}
