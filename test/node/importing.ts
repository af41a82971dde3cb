// An importer for tests, with what tests of importing and of submitting share.
import type { MempoolLimits } from '../../src/config/index.ts'
import { Chain, createConsensus, Mempool } from '../../src/ledger/index.ts'
import type { ImportResult, Lane } from '../../src/node/importer-lanes.ts'
import { Importer, type ImporterInit } from '../../src/node/importer.ts'
import { realRuntime, type Runtime, type SignatureCheck } from '../../src/runtime/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { EventEmitter, type NodeEvent } from '../../src/trace/index.ts'
import { type Block, decodeTransaction, type Transaction } from '../../src/wire/index.ts'
import { genesis, transfer } from '../store/sealed-chain.ts'

export const base = realRuntime({ seed: 1 })

export interface SetUp extends ImporterInit {
  readonly store?: Store
  readonly runtime?: Partial<Runtime>
  readonly mempool?: Partial<MempoolLimits>
}

/** An importer with everything around it, in memory, and what it verified and told. */
export function setUp(init: SetUp = {}) {
  const store = init.store ?? memoryStore(genesis)
  const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
  const mempool = new Mempool({ chain }, { network: genesis.network, limits: init.mempool ?? {} })
  const verified: SignatureCheck[] = []
  const runtime: Runtime = {
    ...base,
    verifier: {
      verify: (check, urgent) => base.verifier.verify(check, urgent),
      verifyAll: (checks, urgent) => {
        verified.push(...checks)
        return base.verifier.verifyAll(checks, urgent)
      }
    },
    ...init.runtime
  }
  const events = new EventEmitter((error) => {
    throw error
  })
  const seen: NodeEvent[] = []
  events.subscribe((event) => void seen.push(event))
  const importer = new Importer({ chain, mempool, store, runtime, events }, init)
  const give = async (block: Block, lane: Lane = 'tip'): Promise<ImportResult | { status: string }> => {
    const outcome = await importer.check(block)
    return outcome.status === 'checked' ? importer.import(outcome.block, lane) : outcome
  }
  return { store, chain, mempool, importer, seen, verified, give }
}

export const hasCode = (code: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === code
export const payment = (nonce = 0): Transaction => transfer('p0', 'p1', nonce)

/** The same transaction with one bit of its signature changed: another id. */
export function badlySigned(transaction: Transaction): Transaction {
  const bytes = transaction.bytes.slice()
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
  return decodeTransaction(bytes)
}

/** Ids of what would survive a crash. */
export async function journaledIn(store: Store): Promise<string[]> {
  const ids = []
  for await (const { id } of store.journaled()) ids.push(id)
  return ids
}
