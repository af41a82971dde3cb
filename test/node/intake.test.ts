import { deepEqual, equal } from 'node:assert/strict'
import { overriding } from '../../src/network/index.ts'
import { ImporterError, type ImporterErrorCode } from '../../src/node/importer-errors.ts'
import { Importer } from '../../src/node/importer.ts'
import { Intake } from '../../src/node/intake.ts'
import { openLedger } from '../../src/node/ledger.ts'
import { realRuntime, silentLogger } from '../../src/runtime/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import { genesis, makeBlock } from '../store/sealed-chain.ts'

describe('a block whose import is given up', () => {
  const rules: readonly { readonly code: ImporterErrorCode; readonly errors: readonly string[] }[] = [
    { code: 'stopped', errors: [] },
    { code: 'failed', errors: ['could not import a block'] }
  ]
  for (const { code, errors } of rules) {
    it(`is ${errors.length === 0 ? 'no' : 'an'} error when the importer has ${code}`, async () => {
      const logged: string[] = []
      const logger = { ...silentLogger, error: (message: string) => void logged.push(message) }
      const runtime = realRuntime({ logger })
      const store = memoryStore(genesis)
      const events = new EventEmitter(() => {})
      const { chain, mempool } = openLedger({ genesis, store, runtime, events })
      const importer = overriding(new Importer({ chain, mempool, store, runtime, events }), {
        import: () => Promise.reject(new ImporterError(code, code))
      })
      const intake = new Intake({ chain, mempool, importer, store, events, runtime })
      const outcome = await intake.offer(makeBlock(genesis.header), { via: 'own', lane: 'tip' })
      equal(outcome.status, 'checked')
      if (outcome.status === 'checked') await outcome.imported
      deepEqual(logged, errors)
    })
  }
})
