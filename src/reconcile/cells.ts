// Cells: each holds the exclusive or of the symbols in it and of their checks. The cells of two sets, combined by
// exclusive or, are the cells of the difference. There is no count: a cell that holds one symbol shows it by its check.
import { type SipKey, sipHashInto } from '../crypto/index.ts'
import type { CellWalk } from './mapping.ts'

/** Encoded: symbol (8 bytes), check (4 bytes), little-endian. */
export const CELL_BYTES = 12
const WORDS = 3

/** A run of cells, `from` … `from + length − 1` of the sequence. */
export class Cells {
  readonly from: number
  /** Low half of the sum, high half, check; for each cell. */
  readonly words: Uint32Array

  /** All empty. */
  constructor(from: number, length: number) {
    this.from = from
    this.words = new Uint32Array(WORDS * length)
  }

  /** Reads encoded cells. Throws `RangeError` when the bytes are not a whole number of cells. */
  static decode(from: number, bytes: Uint8Array): Cells {
    if (bytes.length % CELL_BYTES !== 0) throw new RangeError(`cells have ${CELL_BYTES} bytes, got ${bytes.length}`)
    const cells = new Cells(from, bytes.length / CELL_BYTES)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < cells.words.length; i++) cells.words[i] = view.getUint32(4 * i, true)
    return cells
  }

  get length(): number {
    return this.words.length / WORDS
  }

  /** `length` × 12 bytes. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(4 * this.words.length)
    const view = new DataView(bytes.buffer)
    for (const [i, word] of this.words.entries()) view.setUint32(4 * i, word, true)
    return bytes
  }

  /** Puts a symbol in, or takes it out: exclusive or does both. `walk` is left somewhere beyond the end. */
  toggle(low: number, high: number, check: number, walk: CellWalk): void {
    const { words, from } = this
    const end = from + words.length / WORDS
    for (walk.start(low, high); walk.index < end; walk.next()) {
      if (walk.index < from) continue
      xorInto(words, walk.index - from, low, high, check)
    }
  }

  /** The cells of the difference of both sets. Throws `RangeError` when the runs are not the same. */
  minus(other: Cells): Cells {
    if (other.from !== this.from || other.length !== this.length) throw new RangeError('not the same run of cells')
    const difference = new Cells(this.from, this.length)
    for (let i = 0; i < this.words.length; i++) {
      difference.words[i] = (this.words[i] ?? 0) ^ (other.words[i] ?? 0)
    }
    return difference
  }

  /** This run and the one that follows it. Throws `RangeError` when it does not follow. */
  followedBy(next: Cells): Cells {
    if (next.from !== this.from + this.length) throw new RangeError('the runs do not follow each other')
    const joined = new Cells(this.from, this.length + next.length)
    joined.words.set(this.words)
    joined.words.set(next.words, this.words.length)
    return joined
  }

  /** A part of the run: cells `from` … `to − 1` of the sequence. */
  slice(from: number, to: number): Cells {
    const part = new Cells(from, to - from)
    part.words.set(this.words.subarray(WORDS * (from - this.from), WORDS * (to - this.from)))
    return part
  }

  /** No symbol is left in any cell. */
  get isEmpty(): boolean {
    return this.words.every((word) => word === 0)
  }
}

/** Combines one symbol with cell `i` of a run. */
export function xorInto(words: Uint32Array, i: number, low: number, high: number, check: number): void {
  const at = WORDS * i
  words[at] = (words[at] ?? 0) ^ low
  words[at + 1] = (words[at + 1] ?? 0) ^ high
  words[at + 2] = (words[at + 2] ?? 0) ^ check
}

/** The keyed check of a symbol: the lower half of SipHash-2-4 of its 8 bytes, low half first, little-endian. */
export class Checks {
  readonly #key: SipKey
  readonly #view = new DataView(new ArrayBuffer(8))
  readonly #hash = new Uint32Array(2)

  constructor(key: SipKey) {
    this.#key = key
  }

  of(low: number, high: number): number {
    this.#view.setUint32(0, low, true)
    this.#view.setUint32(4, high, true)
    sipHashInto(this.#key, this.#view, this.#hash)
    return this.#hash[0] ?? 0
  }
}
