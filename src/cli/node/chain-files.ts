// starling chain export and import: a data directory's chain to a file, and a file's into a data directory.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importChain, openOffline } from '../../node/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { shortHash } from '../../report/index.ts'
import { realRuntime } from '../../runtime/index.ts'
import { ChainFileReader, exportChain, openStore } from '../../store/index.ts'
import type { ExportFlags, ImportFlags } from './flags.ts'
import { answer, type Cli } from '../context.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { bytes, count, duration, plural } from '../format.ts'
import { ProgressLine } from '../progress.ts'
import { listenForInterrupts } from '../testnet/interrupts.ts'
import { genesisOf, genesisOfExisting, keepGenesis } from './genesis.ts'

/** Read in pieces of this size. */
const PIECE_BYTES = 1024 * 1024
/** At least what a file says of itself before its blocks. */
const PREAMBLE_MAX_BYTES = 1024

/** Rejects with one sentence; then there is no file, or the one that was there before. */
export async function exportToFile(cli: Cli, path: string, flags: ExportFlags): Promise<void> {
  checkTarget(path)
  const genesis = await genesisOfExisting(cli, flags.dataDir, flags.genesis)
  const store = await openStore(flags.dataDir, genesis, { asFound: true })
  const progress = new ProgressLine(cli, 'exporting')
  try {
    const { from, to } = rangeOf(flags, store.head.height)
    const total = to - from + 1
    const written = await interruptible(cli, 'Interrupted: nothing was written.', (signal) =>
      exportChain(store, path, {
        from,
        to,
        force: flags.force === true,
        signal,
        onProgress: (done) => progress.show({ ...done, share: done.blocks / total })
      })
    )
    const ms = progress.elapsedMs
    progress.end()
    const data = { file: path, from, to, blocks: total, bytes: written.bytes, seconds: Math.round(ms) / 1000 }
    answer(cli, flags, data, () => {
      const range = from === to ? `block ${count(from)}` : `blocks ${count(from)} to ${count(to)}`
      return `Wrote ${range} to ${path} (${bytes(written.bytes)} in ${duration(ms)}).\n`
    })
  } finally {
    progress.end()
    await store.close()
  }
}

/** A name that a file can have. */
function checkTarget(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    const hint = `Name the file to write, such as ${join(path, 'chain.starling')}`
    throw new CliError('bad-file', `${path} is a directory, not a file.`, { hint })
  }
  const parent = dirname(path)
  if (!existsSync(parent)) throw new CliError('bad-file', `Can't write ${path}: there is no directory ${parent}.`)
  if (statSync(parent).isDirectory()) return
  throw new CliError('bad-file', `Can't write ${path}: ${parent} is a file, not a directory.`)
}

function rangeOf({ from = 1, to }: ExportFlags, height: number): { from: number; to: number } {
  if (height === 0) throw new CliError('empty-chain', 'There is nothing to export: the chain has no block yet.')
  const last = to ?? height
  if (last > height) throw usageError(`--to ${last} is above the head, block ${height}.`)
  if (from > last) throw usageError(`--from ${from} is above the last block to export, ${last}.`)
  return { from, to: last }
}

/** Rejects with what was wrong with the file, after all that was right has been imported. */
export async function importFromFile(cli: Cli, path: string, flags: ImportFlags): Promise<void> {
  // A mistyped name, or a file that can't be meant, should not leave a directory behind.
  const file = statSync(path)
  if (file.isDirectory()) throw new CliError('not-a-chain-file', `${path} is a directory, not a chain file.`)
  const { size } = file
  const genesis = await genesisOf(cli, flags.dataDir, flags.genesis)
  await checkPreamble(path, genesis)
  const ledger = await openOffline({ genesis, directory: flags.dataDir, runtime: realRuntime() })
  const source = createReadStream(path, { highWaterMark: PIECE_BYTES })
  const progress = new ProgressLine(cli, 'importing')
  try {
    keepGenesis(flags.dataDir, genesis)
    const result = await interruptible(cli, 'Interrupted: the same command continues.', (signal) =>
      importChain(ledger, {
        source,
        signal,
        onProgress: (done) => progress.show({ ...done, share: size === 0 ? 1 : done.bytes / size })
      })
    )
    const ms = progress.elapsedMs
    progress.end()
    const { height, hash } = ledger.chain.head
    const { imported, known, problem } = result
    const data = { imported, known, head: { height, hash }, seconds: Math.round(ms) / 1000 }
    const done = `Imported ${plural(imported, 'block')}`
    const head = `the head is #${height} ${shortHash(hash)}`
    if (problem === undefined) {
      const there = known > 0 ? `, ${count(known)} were there already` : ''
      const rate = `${count(Math.round((imported / Math.max(ms, 1)) * 1000))} blocks/s`
      answer(cli, flags, data, () => `${done}${there}; ${head} (${duration(ms)}, ${rate}).\n`)
      return
    }
    answer(cli, flags, { ...data, problem: problem.message }, () => `${done}; ${head}.\n`)
    throw problem
  } finally {
    progress.end()
    source.destroy()
    await ledger.close()
  }
}

/** Rejects with `ChainFileError` for a file that is none of ours, or of another network. */
async function checkPreamble(path: string, genesis: Genesis): Promise<void> {
  const source = createReadStream(path, { end: PREAMBLE_MAX_BYTES - 1 })
  try {
    await new ChainFileReader(source).preamble(genesis.hash)
  } finally {
    source.destroy()
  }
}

/** Ctrl-C ends the work in order, with `message`; a second one ends the process. */
async function interruptible<T>(cli: Cli, message: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const unlisten = listenForInterrupts(cli.clock, (count) => {
    if (count > 1) process.exit(EXIT.failed)
    controller.abort(new CliError('interrupted', message))
  })
  try {
    return await work(controller.signal)
  } finally {
    unlisten()
  }
}
