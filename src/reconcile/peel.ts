// Peeling (as in Goodrich and Mitzenmacher, "Invertible Bloom Lookup Tables", 2011): a cell whose check fits its sum
// holds one symbol; taking that symbol out of its other cells uncovers more. Cells come from a peer, so nothing here may
// loop, grow or be believed beyond what was sent.
import { type Cells, Checks, xorInto } from './cells.ts'
import { CellWalk } from './mapping.ts'
import type { SymbolTable } from './symbol-table.ts'

/** A symbol's two halves. */
export type SymbolHalves = readonly [low: number, high: number]

export interface Difference {
  /** Ids that only this side has. */
  readonly ours: readonly string[]
  /** Symbols that only the other side has. */
  readonly theirs: readonly SymbolHalves[]
}

/**
 * What differs, given the cells of the difference from cell 0 on; `undefined` when they are too few (or lies: no honest
 * difference peels the same symbol twice).
 */
export function peel(difference: Cells, table: SymbolTable): Difference | undefined {
  const words = Uint32Array.from(difference.words)
  const length = difference.length
  const checks = new Checks(table.key)
  const walk = new CellWalk()
  const ours: string[] = []
  const theirs: SymbolHalves[] = []
  const seen = new Set<string>()
  const waiting = Array.from({ length }, (_, i) => length - 1 - i)
  for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
    const low = words[3 * cell] ?? 0
    const high = words[3 * cell + 1] ?? 0
    const check = words[3 * cell + 2] ?? 0
    if ((low | high | check) === 0 || checks.of(low, high) !== check) continue
    const name = `${low} ${high}`
    if (seen.has(name)) return undefined
    seen.add(name)
    const id = table.find(low, high)
    if (id === undefined) theirs.push([low, high])
    else ours.push(id)
    for (walk.start(low, high); walk.index < length; walk.next()) {
      xorInto(words, walk.index, low, high, check)
      waiting.push(walk.index)
    }
  }
  return words.every((word) => word === 0) ? { ours, theirs } : undefined
}
