// How many checks the thread pool is given at a time. Threads that never sleep need not be woken, and have something to
// do while the event loop is busy with something else. More than that only queue inside libuv, where an urgent one can't
// overtake, and the disk waits for its turn. So it grows while much of it is done in one turn of the loop. Pure.

/** Enough as long as the loop comes back within 30 ms: what two threads do in that time. */
export const IN_FLIGHT_MIN = 512
/** A turn of a loop under full load may last 0.2 s; what comes then waits for as long again. */
export const IN_FLIGHT_MAX = 4096
/** It doubles after a turn that found this share done, of all that it may be. Less: more waits in line. */
const SHARE_TO_GROW = 1 / 4
/** And is halved after one that found less than this; far enough from a half of the other that it stays. */
const SHARE_TO_SHRINK = 1 / 16

export class InFlight {
  #limit = IN_FLIGHT_MIN
  #given = 0
  #givenAtTurn = 0
  #doneInTurn = 0

  get given(): number {
    return this.#given
  }

  get hasRoom(): boolean {
    return this.#given < this.#limit
  }

  give(): void {
    this.#given++
  }

  /** True for the first in its turn of the loop: then `endTurn` is due when the turn ends. */
  done(): boolean {
    const isFirst = this.#doneInTurn++ === 0
    if (isFirst) this.#givenAtTurn = this.#given
    this.#given--
    return isFirst
  }

  endTurn(): void {
    const isFull = this.#givenAtTurn >= this.#limit
    const share = this.#doneInTurn / this.#limit
    if (isFull && share >= SHARE_TO_GROW) this.#limit = Math.min(IN_FLIGHT_MAX, 2 * this.#limit)
    else if (share < SHARE_TO_SHRINK) this.#limit = Math.max(IN_FLIGHT_MIN, this.#limit / 2)
    this.#doneInTurn = 0
  }
}
