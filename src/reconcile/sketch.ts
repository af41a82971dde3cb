// The first cells of a set, kept current as the set changes: what a round begins with. Longer runs are computed from
// a `SymbolTable` when they are asked for.
import { type SipKey, sipHashHexIds } from '../crypto/index.ts'
import { Cells, Checks } from './cells.ts'
import { CellWalk } from './mapping.ts'

/** Ids taken in at a time: about 5 ms. */
const SLICE_IDS = 4096

export class Sketch {
  readonly key: SipKey
  readonly #cells: Cells
  readonly #checks: Checks
  readonly #walk = new CellWalk()

  constructor(key: SipKey, length: number) {
    this.key = key
    this.#cells = new Cells(0, length)
    this.#checks = new Checks(key)
  }

  /** Puts ids (64 hex digits) in that are not there, takes those out that are. */
  toggle(ids: readonly string[]): void {
    const symbols = sipHashHexIds(this.key, ids)
    for (let i = 0; i < ids.length; i++) {
      const low = symbols[2 * i] ?? 0
      const high = symbols[2 * i + 1] ?? 0
      this.#cells.toggle(low, high, this.#checks.of(low, high), this.#walk)
    }
  }

  /** `toggle` of many, in slices. */
  *fill(ids: readonly string[]): Generator<void, void> {
    for (let from = 0; from < ids.length; from += SLICE_IDS) {
      this.toggle(ids.slice(from, from + SLICE_IDS))
      yield
    }
  }

  /** The first `length` cells, or all that are kept. */
  first(length: number): Cells {
    return this.#cells.slice(0, Math.min(length, this.#cells.length))
  }
}
