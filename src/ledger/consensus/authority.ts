// Proof of authority, after Clique (EIP-225) and Aura: time since genesis is cut into slots of fixed length, which the
// sealers named in genesis fill in turn. `bits` is the weight: 2 in turn, 1 out of turn. Out of turn a sealer must
// wait for half a slot and its place in the queue, so that a missing sealer costs a delay but does not stop the chain.
import type { Header, Hex, SealedHeader } from '../../wire/index.ts'
import { LedgerError } from '../errors.ts'
import type { AuthorityParameters, Genesis } from '../genesis.ts'
import { checkPlace } from './place.ts'
import type { Consensus, HeaderNode } from './types.ts'

export const IN_TURN_WEIGHT = 2
export const OUT_OF_TURN_WEIGHT = 1

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
    const turn = this.#turns.get(header.producer)
    if (turn === undefined) throw new LedgerError('not-a-sealer', `${header.producer} is no sealer of this network`)
    const slot = this.slotOf(header.time)
    if (slot <= this.slotOf(parent.time)) {
      throw new LedgerError('slot-taken', `slot ${slot} is not after the parent's`)
    }
    const bits = this.#weight(slot, turn)
    if (header.bits !== bits) throw new LedgerError('wrong-bits', `weight ${header.bits}, due is ${bits}`)
    if (header.time < this.#opensAt(slot, turn)) {
      throw new LedgerError(
        'out-of-turn',
        `sealed ${this.#opensAt(slot, turn) - header.time} ms too early for its turn`
      )
    }
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
    const slot = Math.max(this.slotOf(earliest), this.slotOf(parent.time) + 1)
    // Every slot opens to every sealer before it ends, so the later of the two lies in this slot.
    return Math.max(earliest, this.#opensAt(slot, turn))
  }

  slotOf(time: number): number {
    return Math.floor((time - this.#genesisTime) / this.#slotMs)
  }

  #weight(slot: number, turn: number): number {
    return this.#delay(slot, turn) === 0 ? IN_TURN_WEIGHT : OUT_OF_TURN_WEIGHT
  }

  /** How many places after the sealer in turn this one stands: 0 is in turn. */
  #delay(slot: number, turn: number): number {
    const sealers = this.#turns.size
    return (((turn - slot) % sealers) + sealers) % sealers
  }

  /** When a slot opens for a sealer: at its start in turn, else spread over its second half. */
  #opensAt(slot: number, turn: number): number {
    const start = this.#genesisTime + slot * this.#slotMs
    const place = this.#delay(slot, turn)
    if (place === 0) return start
    const half = Math.floor(this.#slotMs / 2)
    return start + half + Math.floor(((place - 1) * (this.#slotMs - half)) / this.#turns.size)
  }
}
