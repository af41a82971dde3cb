// Opens the ledger over a store: genesis for an empty one, what it holds for any other.
import { Chain, type Consensus, createConsensus, type Genesis, Mempool } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { EventEmitter } from '../trace/index.ts'

export interface LedgerParts {
  readonly genesis: Genesis
  readonly store: Store
  readonly runtime: Runtime
  readonly events: EventEmitter
}

export interface OpenedLedger {
  readonly chain: Chain
  readonly consensus: Consensus
  readonly mempool: Mempool
}

/** Throws `LedgerError` (`bad-state`) or `StoreError` (`corrupt`) when what is stored does not hang together. */
export function openLedger({ genesis, store, runtime, events }: LedgerParts): OpenedLedger {
  const consensus = createConsensus(genesis)
  const { logger, clock } = runtime
  const restored = store.restore()
  const chain = new Chain(
    { genesis, consensus, blocks: store, interner: runtime.interner },
    {
      ...(restored === undefined ? {} : { restored }),
      onForgotten: (hash) => {
        store
          .forgetSide([hash])
          .catch((error) => logger.warn('could not delete a side block', { error: String(error) }))
      },
      // Each of the two blocks is valid alone; that there are two is the sealer's offence.
      onEquivocation: ({ producer, slot, second }) => {
        logger.warn('a sealer filled a slot twice', { producer, slot })
        events.emit({ type: 'rejected', kind: 'block', id: second.hash, code: 'equivocation', at: clock.now() })
      }
    }
  )
  const mempool = new Mempool({ chain }, { network: genesis.network })
  return { chain, consensus, mempool }
}
