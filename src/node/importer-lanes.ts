// Blocks on their way into the tree: tip before sync before replay, first come first served within a lane.
import type { Block } from '../wire/index.ts'
import { ImporterError } from './importer-errors.ts'

/** `tip`: mined here or heard by gossip. `sync`: a catch-up. `replay`: from a file. */
export type Lane = 'tip' | 'sync' | 'replay'

export type ImportResult =
  /** `head`: on the best chain. `side`: kept, but the best chain counts more. `known`: was there before. */
  { readonly status: 'head' | 'side' | 'known' } | { readonly status: 'invalid'; readonly code: string }

/** A block and those who wait for it. */
export interface Ticket {
  readonly block: Block
  readonly done: PromiseWithResolvers<ImportResult>
}

export class Lanes {
  readonly #lanes: Record<Lane, Ticket[]> = { tip: [], sync: [], replay: [] }
  readonly #maxBlocks: number

  constructor(maxBlocks: number) {
    this.#maxBlocks = maxBlocks
  }

  get isEmpty(): boolean {
    return Object.values(this.#lanes).every(({ length }) => length === 0)
  }

  /** Throws `ImporterError` (`lane-full`) at the limit. */
  push(lane: Lane, ticket: Ticket): void {
    if (this.#lanes[lane].length >= this.#maxBlocks) {
      throw new ImporterError('lane-full', `${this.#maxBlocks} blocks are waiting for import already`)
    }
    this.#lanes[lane].push(ticket)
  }

  /** All of the tip, or up to `max` of the first other lane that holds any. */
  take(max: number): Ticket[] {
    const { tip, sync, replay } = this.#lanes
    if (tip.length > 0) return tip.splice(0)
    return sync.length > 0 ? sync.splice(0, max) : replay.splice(0, max)
  }

  drain(): Ticket[] {
    return Object.values(this.#lanes).flatMap((lane) => lane.splice(0))
  }
}
