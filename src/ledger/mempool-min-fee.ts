// What a newcomer must pay for each kilobyte started: more than whatever was evicted last, the floor when there is room.
import type { Transaction } from '../wire/index.ts'
import { feeRate, feeWeight } from './mempool-order.ts'

export class MinFee {
  readonly floor: number
  #rate: number

  constructor(floor: number) {
    this.floor = floor
    this.#rate = floor
  }

  get rate(): number {
    return this.#rate
  }

  /** What a transaction of this size must pay at present. */
  of(transaction: Transaction): number {
    return this.#rate * feeWeight(transaction)
  }

  raiseAbove(evicted: Transaction): void {
    this.#rate = Math.max(this.#rate, Math.floor(feeRate(evicted)) + 1)
  }

  decay(): void {
    this.#rate = Math.max(this.floor, Math.floor(this.#rate / 2))
  }
}
