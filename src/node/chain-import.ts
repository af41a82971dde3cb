// Imports a chain file through the importer's replay lane: headers enter in order, everything else is checked side by
// side. What is there
// already is skipped, so an import that was interrupted continues; everything sound before a damage is kept.
import { chainImportDefaults } from '../config/index.ts'
import { LedgerError } from '../ledger/index.ts'
import { type ChainFileBlock, ChainFileReader, damaged } from '../store/index.ts'
import { type Block, decodeBlock, type SealedHeader, WireError } from '../wire/index.ts'
import type { OfflineLedger } from './offline.ts'

export interface ChainImportProgress {
  /** Blocks read. */
  readonly blocks: number
  /** Of them, those that were not there before, and those that were. */
  readonly imported: number
  readonly known: number
  /** Bytes of the file read. */
  readonly bytes: number
}

export interface ChainImportResult extends ChainImportProgress {
  /** Height of the file's first block. */
  readonly from: number
  /** Why it ended before the file did: everything before it was imported. */
  readonly problem?: Error
}

export interface ChainImportInit {
  /** The file's bytes, in any pieces. */
  readonly source: AsyncIterable<Uint8Array>
  readonly onProgress?: (progress: ChainImportProgress) => void
  /** Ends it after the blocks under way; the result's problem is the signal's reason. */
  readonly signal?: AbortSignal
}

/** A block of the file that can't be part of this chain, though the file is as it was written. */
class ChainImportError extends Error {
  readonly code: 'gap' | 'invalid' | 'future'
  constructor(code: 'gap' | 'invalid' | 'future', message: string) {
    super(message)
    this.name = 'ChainImportError'
    this.code = code
  }
}

/**
 * Resolves when all that could be imported is on disk. Rejects with `ChainFileError` for a file that is none of ours,
 * or of another network, and with `ImporterError` when the store fails.
 */
export async function importChain(ledger: OfflineLedger, init: ChainImportInit): Promise<ChainImportResult> {
  const reader = new ChainFileReader(init.source)
  const { from } = await reader.preamble(ledger.store.genesis.hash)
  return new ChainImport(ledger, reader, init).run(from)
}

/** A failure and where, so that of several under way the first in the file is told. */
interface Failure {
  readonly height: number
  readonly error: Error
}

class ChainImport {
  readonly #ledger: OfflineLedger
  readonly #reader: ChainFileReader
  readonly #init: ChainImportInit
  readonly #inFlight = new Set<Promise<void>>()
  /** Settles when the latest header has entered the tree. */
  #headers: Promise<void> = Promise.resolve()
  #failure: Failure | undefined
  #blocks = 0
  #imported = 0
  #known = 0

  constructor(ledger: OfflineLedger, reader: ChainFileReader, init: ChainImportInit) {
    this.#ledger = ledger
    this.#reader = reader
    this.#init = init
  }

  async run(from: number): Promise<ChainImportResult> {
    let height = from
    try {
      for await (const block of this.#reader.blocks()) {
        height = block.header.height
        this.#init.signal?.throwIfAborted()
        await this.#take(block)
        if (this.#failure !== undefined) break
      }
    } catch (error) {
      this.#fail(height, error)
    }
    await Promise.all(this.#inFlight)
    const problem = this.#failure?.error
    return { ...this.#progress(), from, ...(problem === undefined ? {} : { problem }) }
  }

  async #take({ header, bytes }: ChainFileBlock): Promise<void> {
    this.#blocks++
    if (this.#isHere(header)) this.#known++
    else {
      const block = decode(bytes, header.height)
      this.#headers = this.#takeHeader(header, this.#headers)
      const job = this.#headers.then(() => this.#import(block)).catch((error) => this.#fail(header.height, error))
      this.#inFlight.add(job)
      job.then(() => this.#inFlight.delete(job))
      if (this.#inFlight.size >= chainImportDefaults.blocksInFlightMax) await Promise.race(this.#inFlight)
    }
    this.#init.onProgress?.(this.#progress())
  }

  #isHere({ hash }: SealedHeader): boolean {
    const status = this.#ledger.chain.status(hash)
    return status === 'applied' || status === 'side'
  }

  /** Its seal is verified while those before it are: one after the other, the wait for the pool would be most of it. */
  async #takeHeader(header: SealedHeader, before: Promise<void>): Promise<void> {
    const { chain, importer } = this.#ledger
    const early = importer.acceptHeader(header)
    early.catch(() => {})
    await before
    let outcome = await early
    if (outcome === 'orphan') outcome = await importer.acceptHeader(header)
    if (outcome === 'added' || outcome === 'known') return
    const { height } = chain.head
    throw new ChainImportError(
      'gap',
      `The file begins at block ${header.height}, on a block that is not here: this chain ends at ${height}.`
    )
  }

  async #import(block: Block): Promise<void> {
    const { importer } = this.#ledger
    const outcome = await importer.check(block)
    if (outcome.status === 'known') return
    if (outcome.status !== 'checked') throw invalid(block.header.height, outcome.status)
    const result = await importer.import(outcome.block, 'replay')
    if (result.status === 'invalid') throw invalid(block.header.height, result.code)
    this.#imported++
  }

  #fail(height: number, error: unknown): void {
    if (this.#failure !== undefined && this.#failure.height <= height) return
    this.#failure = { height, error: problemOf(height, error) }
  }

  #progress(): ChainImportProgress {
    return { blocks: this.#blocks, imported: this.#imported, known: this.#known, bytes: this.#reader.bytesRead }
  }
}

function decode(bytes: Uint8Array, height: number): Block {
  try {
    return decodeBlock(bytes)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw damaged(`block ${height} can't be read (${error.message})`, error)
  }
}

function problemOf(height: number, error: unknown): Error {
  if (!(error instanceof LedgerError)) return error instanceof Error ? error : new Error(String(error))
  switch (error.code) {
    case 'future':
      return new ChainImportError('future', `Block ${height} is from the future: check this machine's clock.`)
    // Nobody could have exported these: the bytes were changed since.
    case 'wrong-root':
    case 'bad-seal':
    case 'bad-signature':
    case 'insufficient-work':
      return damaged(`block ${height}: ${error.message}`, error)
    default:
      return invalid(height, error.code)
  }
}

function invalid(height: number, code: string): ChainImportError {
  return new ChainImportError('invalid', `Block ${height} of the file breaks a rule of the chain (${code}).`)
}
