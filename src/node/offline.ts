// A data directory without a network: what checks, exports and imports work on.
import { mkdirSync } from 'node:fs'
import type { Chain, Genesis } from '../ledger/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { openStore, type Store, type VerifyStep, verifyStore } from '../store/index.ts'
import { EventEmitter } from '../trace/index.ts'
import { type Block, sealSignatureCheck, transactionSignatureCheck } from '../wire/index.ts'
import { Importer } from './importer.ts'
import { openLedger } from './ledger.ts'

export interface OfflineLedger {
  readonly chain: Chain
  readonly importer: Importer
  readonly store: Store
  /** Ends the import under way and closes the store. */
  close(): Promise<void>
}

export interface OfflineInit {
  readonly genesis: Genesis
  /** Made if missing. */
  readonly directory: string
  readonly runtime: Runtime
}

/** Rejects with `StoreError` or `LedgerError` (`bad-state`). */
export async function openOffline({ genesis, directory, runtime }: OfflineInit): Promise<OfflineLedger> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const store = await openStore(directory, genesis)
  try {
    const events = new EventEmitter()
    const { chain, mempool } = openLedger({ genesis, store, runtime, events })
    const importer = new Importer({ chain, mempool, store, runtime, events })
    const close = async (): Promise<void> => {
      await importer.stop()
      await store.close()
    }
    return { chain, importer, store, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Checks hashes, links, signatures, state and indexes of every block: one step for each, see `verifyStore`. */
export async function* checkStore(store: Store, runtime: Runtime): AsyncGenerator<VerifyStep> {
  const signatures = ({ header, transactions }: Block): Promise<boolean> =>
    runtime.verifier.verifyAll([sealSignatureCheck(header), ...transactions.map(transactionSignatureCheck)])
  for await (const step of verifyStore(store, { signatures })) {
    yield step
    await runtime.yield()
  }
}
