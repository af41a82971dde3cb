// What a node did, in numbers: its rounds of anti-entropy, what it refused, and the compact blocks that it rebuilt.
import type { RebuiltEvent, RejectedEvent, SyncRoundEvent } from '../trace/index.ts'

/** What a node did within the measured window. */
export interface NodeCounters {
  syncRounds: number
  syncFailures: number
  blocksFetched: number
  transactionsFetched: number
  repairBytes: number
  rejected: number
  /** Compact blocks that became whole; of them without a request; whole blocks fetched; more than one peer asked. */
  rebuilt: number
  rebuiltAlone: number
  rebuiltFull: number
  rebuiltHedged: number
  /** Transactions that were asked for. */
  missing: number
}

export const zeroCounters = (): NodeCounters => ({
  syncRounds: 0,
  syncFailures: 0,
  blocksFetched: 0,
  transactionsFetched: 0,
  repairBytes: 0,
  rejected: 0,
  rebuilt: 0,
  rebuiltAlone: 0,
  rebuiltFull: 0,
  rebuiltHedged: 0,
  missing: 0
})

/** Adds what an event tells. */
export function count(counters: NodeCounters, event: SyncRoundEvent | RejectedEvent | RebuiltEvent): void {
  switch (event.type) {
    case 'rejected':
      counters.rejected++
      break
    case 'sync':
      counters.syncRounds++
      if (event.outcome === 'failed') counters.syncFailures++
      counters.blocksFetched += event.blocksFetched
      counters.transactionsFetched += event.transactionsFetched
      counters.repairBytes += event.bytes
      break
    case 'rebuilt':
      counters.rebuilt++
      counters.missing += event.missing
      if (event.missing === 0 && !event.full) counters.rebuiltAlone++
      if (event.full) counters.rebuiltFull++
      if (event.hedged) counters.rebuiltHedged++
  }
}
