// The indexes of a step that is being written, for readers who already follow the new head. Pure.
import type { ChainUpdate } from '../ledger/index.ts'
import type { Hex } from '../wire/index.ts'
import type { Location } from './history.ts'

/** `undefined` values: no longer there. */
export interface PendingIndex {
  /** On the best chain, by height. */
  readonly hashes: ReadonlyMap<number, Hex | undefined>
  /** Of transactions, by id. */
  locations(): ReadonlyMap<Hex, Location | undefined>
}

export function pendingIndex(update: ChainUpdate): PendingIndex {
  const hashes = new Map<number, Hex | undefined>()
  for (const { header } of update.disconnected) hashes.set(header.height, undefined)
  for (const { block } of update.connected) hashes.set(block.header.height, block.header.hash)
  // Seldom asked for before the commit is done.
  let locations: ReadonlyMap<Hex, Location | undefined> | undefined
  return {
    hashes,
    locations: () => {
      locations ??= locationsAfter(update)
      return locations
    }
  }
}

function locationsAfter({ disconnected, connected }: ChainUpdate): Map<Hex, Location | undefined> {
  const locations = new Map<Hex, Location | undefined>()
  for (const { transactions } of disconnected) for (const { id } of transactions) locations.set(id, undefined)
  for (const { block } of connected) {
    const { height } = block.header
    block.transactions.forEach(({ id }, position) => void locations.set(id, { height, position }))
  }
  return locations
}
