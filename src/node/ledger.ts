// Opens the ledger over a store: genesis for an empty one, what it holds for any other.
import { Chain, type Consensus, createConsensus, type Genesis, Mempool } from '../ledger/index.ts'
import type { Store } from '../store/index.ts'

export interface OpenedLedger {
  readonly chain: Chain
  readonly consensus: Consensus
  readonly mempool: Mempool
}

/** Rejects with `LedgerError` (`bad-state`) or `StoreError` (`corrupt`) when what is stored does not hang together. */
export async function openLedger({ genesis, store }: { genesis: Genesis; store: Store }): Promise<OpenedLedger> {
  const consensus = createConsensus(genesis)
  const chain = new Chain({ genesis, consensus, blocks: store }, { restored: await store.restore() })
  const mempool = new Mempool({ chain }, { network: genesis.network })
  return { chain, consensus, mempool }
}
