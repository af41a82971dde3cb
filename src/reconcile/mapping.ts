// Which cells of the endless sequence a symbol is in (Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation",
// SIGCOMM 2024, section 4): cell i with probability 1 / (1 + i / 2), so every symbol is in cell 0, and later cells hold
// fewer and fewer. The gaps are drawn from a generator whose seed is the symbol, so both sides draw the same.

/** Walks the cells of one symbol upwards. Reused for many symbols: `start` takes the next. */
export class CellWalk {
  /** The cell the walk is at; 0 after `start`. */
  index = 0
  #low = 0
  #high = 0

  start(low: number, high: number): void {
    this.index = 0
    // The generator would stand still at 0.
    this.#low = (low | high) === 0 ? 1 : low | 0
    this.#high = high | 0
  }

  /** To the next cell: one step of xorshift64 (Marsaglia 2003; 13, 7, 17), whose upper half draws the gap. */
  next(): void {
    let low = this.#low
    let high = this.#high
    high ^= (high << 13) | (low >>> 19)
    low ^= low << 13
    low ^= (low >>> 7) | (high << 25)
    high ^= high >>> 7
    high ^= (high << 17) | (low >>> 15)
    low ^= low << 17
    this.#low = low
    this.#high = high
    const uniform = ((high >>> 0) + 1) / 2 ** 32
    const gap = Math.ceil((this.index + 1.5) * (1 / Math.sqrt(uniform) - 1))
    this.index += Math.max(1, gap)
  }
}
