// All symbols of a set under one key, as of one moment: computed when a round finds a difference, and given up after
// it. Finds the id of a symbol, and computes any run of cells, in slices so that large sets do not hold up the loop.
import { type SipKey, sipHashHexIds } from '../crypto/index.ts'
import { Cells, Checks } from './cells.ts'
import { DifferenceEstimator } from './estimator.ts'
import { CellWalk } from './mapping.ts'

/** Ids hashed, or symbols walked, in one slice: about 5 ms. */
const SLICE_IDS = 8192

export class SymbolTable {
  readonly key: SipKey
  readonly #ids: readonly string[]
  readonly #symbols: Uint32Array
  readonly #checks: Checks
  /** Open addressing by the low half: position in `#ids` + 1, or 0. */
  readonly #slots: Uint32Array

  private constructor(key: SipKey, ids: readonly string[], symbols: Uint32Array) {
    this.key = key
    this.#ids = ids
    this.#symbols = symbols
    this.#checks = new Checks(key)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * ids.length + 2)))
  }

  /** Of ids of 64 hex digits, each once. Yields between slices. */
  static *of(key: SipKey, ids: readonly string[]): Generator<void, SymbolTable> {
    const table = new SymbolTable(key, ids, new Uint32Array(2 * ids.length))
    for (let from = 0; from < ids.length; from += SLICE_IDS) {
      const slice = ids.slice(from, from + SLICE_IDS)
      table.#symbols.set(sipHashHexIds(key, slice), 2 * from)
      for (let i = 0; i < slice.length; i++) table.#index(from + i)
      yield
    }
    return table
  }

  get size(): number {
    return this.#ids.length
  }

  get ids(): readonly string[] {
    return this.#ids
  }

  /** The id that has this symbol; undefined when none has. */
  find(low: number, high: number): string | undefined {
    const mask = this.#slots.length - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = (this.#slots[slot] ?? 0) - 1
      if (at < 0) return undefined
      if (this.#symbols[2 * at] === low && this.#symbols[2 * at + 1] === high) return this.#ids[at]
    }
  }

  /** All symbols, in no order that means anything. */
  symbols(): [low: number, high: number][] {
    return Array.from(this.#ids, (_, i) => [this.#symbols[2 * i] ?? 0, this.#symbols[2 * i + 1] ?? 0])
  }

  /** Cells `from` … `to − 1`. Yields between slices. */
  *cells(from: number, to: number): Generator<void, Cells> {
    const cells = new Cells(from, to - from)
    const walk = new CellWalk()
    for (let i = 0; i < this.#ids.length; i++) {
      const low = this.#symbols[2 * i] ?? 0
      const high = this.#symbols[2 * i + 1] ?? 0
      cells.toggle(low, high, this.#checks.of(low, high), walk)
      if (i % SLICE_IDS === SLICE_IDS - 1) yield
    }
    return cells
  }

  estimator(): DifferenceEstimator {
    const estimator = new DifferenceEstimator()
    for (let i = 0; i < this.#ids.length; i++) {
      estimator.toggle(this.#symbols[2 * i] ?? 0, this.#symbols[2 * i + 1] ?? 0)
    }
    return estimator
  }

  #index(at: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#symbols[2 * at] ?? 0) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = at + 1
  }
}
