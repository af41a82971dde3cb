// Which transactions touched an account. For each (account, block) one record names its positions in the block and the
// height of the account's record before it: a list that reads newest first, synchronously, and pops on disconnect.
import type { Block, Hex } from '../wire/index.ts'
import { historyKey } from './keys.ts'
import type { Level, LevelBatch } from './level.ts'
import { decodeIntegers, encodeIntegers } from './records.ts'

/** Where a transaction is on the best chain. */
export interface Location {
  readonly height: number
  /** Index in the block. */
  readonly position: number
}

/** Sender and recipient of each transaction, with the positions of theirs, ascending. */
export function positionsByAddress(block: Block): Map<Hex, number[]> {
  const positions = new Map<Hex, number[]>()
  const add = (address: Hex, position: number): void => {
    const held = positions.get(address)
    if (held === undefined) positions.set(address, [position])
    else held.push(position)
  }
  block.transactions.forEach(({ sender, recipient }, position) => {
    add(sender, position)
    if (recipient !== sender) add(recipient, position)
  })
  return positions
}

/** Height of the latest record of every account that one commit touches; what it starts from comes from `stored`. */
export class HistoryHeads {
  readonly #level: Level
  readonly #stored: (address: Hex) => number
  readonly changed = new Map<Hex, number>()

  constructor(level: Level, stored: (address: Hex) => number) {
    this.#level = level
    this.#stored = stored
  }

  get(address: Hex): number {
    return this.changed.get(address) ?? this.#stored(address)
  }

  connect(batch: LevelBatch, address: Hex, height: number, positions: readonly number[]): void {
    batch.put(historyKey(address, height), encodeIntegers([this.get(address), ...positions]))
    this.changed.set(address, height)
  }

  disconnect(batch: LevelBatch, address: Hex, height: number): void {
    const key = historyKey(address, height)
    const record = this.#level.getSync(key)
    const before = record === undefined ? 0 : (decodeIntegers(record)[0] ?? 0)
    batch.del(key)
    this.changed.set(address, before)
  }
}

/** Height of the latest record by address, of those that were written last. */
export class LastHeights {
  readonly #max: number
  /** Least recently written first. */
  readonly #heights = new Map<Hex, number>()

  /** At the limit the one written longest ago is forgotten: the disk has it. */
  constructor(max: number) {
    this.#max = max
  }

  get(address: Hex): number | undefined {
    return this.#heights.get(address)
  }

  remember(changed: ReadonlyMap<Hex, number>): void {
    for (const [address, height] of changed) {
      this.#heights.delete(address)
      this.#heights.set(address, height)
    }
    for (const oldest of this.#heights.keys()) {
      if (this.#heights.size <= this.#max) break
      this.#heights.delete(oldest)
    }
  }
}

/** Newest first, from the record at `height` down. */
export function* walkHistory(level: Level, address: Hex, height: number): Generator<Location> {
  for (let at = height; at > 0; ) {
    const record = level.getSync(historyKey(address, at))
    if (record === undefined) return
    const [before = 0, ...positions] = decodeIntegers(record)
    for (const position of positions.reverse()) yield { height: at, position }
    at = before < at ? before : 0
  }
}
