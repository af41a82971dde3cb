// starling runs: list, clean.
import { readlinkSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { bytes, plural } from '../format.ts'
import { examples } from '../help.ts'
import { table } from '../output.ts'
import { wholeNumber } from '../parse.ts'
import { findCurrent, findHome, listRuns, type RunEntry, sizeOf } from '../runs.ts'

export function registerRuns(program: Command, cli: Cli): void {
  const runs = program.command('runs').description('what earlier testnets left behind')

  const list = runs
    .command('list')
    .description('runs under the nearest .starling, oldest first')
    .option('--json', 'data and nothing else on stdout')
  examples(list, 'runs list').action((flags: JsonOption) => {
    const { entries } = findRuns(cli)
    const sized = entries.map((entry) => ({ ...entry, bytes: sizeOf(entry.directory) }))
    const columns = [{ title: 'run' }, { title: 'state' }, { title: 'size', align: 'right' }] as const
    answer(cli, flags, sized, () => {
      const rows = sized.map((entry) => [entry.name, entry.state, bytes(entry.bytes)])
      return rows.length === 0 ? 'no runs\n' : table(columns, rows, cli.paint)
    })
  })

  const clean = runs
    .command('clean')
    .description('remove runs; one that is running stays')
    .option('--keep <n>', 'keep the newest n', wholeNumber('--keep'), 0)
    .option('--json', 'data and nothing else on stdout')
  examples(clean, 'runs clean --keep 3').action((flags: JsonOption & { keep: number }) => {
    const { home, entries } = findRuns(cli)
    const ended = entries.filter(({ state }) => state !== 'running')
    const removed = ended.slice(0, Math.max(0, ended.length - flags.keep))
    const freed = removed.reduce((sum, { directory }) => sum + sizeOf(directory), 0)
    for (const { directory } of removed) rmSync(directory, { recursive: true, force: true })
    if (home !== undefined) removeDanglingLatest(home, removed)
    answer(cli, flags, { removed: removed.map(({ name }) => name), bytes: freed }, () => {
      return `${plural(removed.length, 'run')} removed, ${bytes(freed)} freed\n`
    })
  })
}

function findRuns(cli: Cli): { home: string | undefined; entries: RunEntry[] } {
  const home = findHome(cli.cwd)
  if (home === undefined) return { home, entries: [] }
  return { home, entries: listRuns(home, findCurrent(cli.cwd)) }
}

function removeDanglingLatest(home: string, removed: readonly RunEntry[]): void {
  const link = join(home, 'runs', 'latest')
  try {
    const target = readlinkSync(link)
    if (removed.some(({ directory }) => relative(directory, target) === '')) rmSync(link)
  } catch {
    // No link, nothing to do.
  }
}
