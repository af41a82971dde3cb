// starling report: the figures of a run that has ended.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Report } from '../../report/index.ts'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { plural } from '../format.ts'
import { examples } from '../help.ts'
import { paletteOf } from '../output.ts'
import { findCurrent, findHome } from '../runs.ts'

export function registerReport(program: Command, cli: Cli): void {
  const report = program
    .command('report [dir]')
    .description('the figures of a run; the latest one without DIR')
    .option('--json', 'data and nothing else on stdout')
  examples(report, 'report', 'report --json').action((directory: string | undefined, flags: JsonOption) =>
    showReport(cli, directory, flags)
  )
}

async function showReport(cli: Cli, given: string | undefined, flags: JsonOption): Promise<void> {
  const directory = given === undefined ? latestRun(cli) : resolve(cli.cwd, given)
  if (!existsSync(join(directory, 'report.json'))) throw noReport(cli, directory)
  const { readReport, renderSummary } = await import('../../report/index.ts')
  const report = await readReport(directory)
  answer(cli, flags, report, () => {
    const path = join(directory, 'report.html')
    return `${renderSummary(report, { palette: paletteOf(cli.paint), ...(existsSync(path) ? { path } : {}) })}\n`
  })
  requireExpectations(report)
}

/** Throws with exit code 3 when something that the scenario expects did not hold. */
export function requireExpectations({ expectations }: Report): void {
  const failed = expectations.filter(({ held }) => !held)
  if (failed.length === 0) return
  const [first] = failed
  const more = failed.length === 1 ? '' : ` (and ${plural(failed.length - 1, 'other')})`
  throw new CliError('expectation', `An expectation did not hold: ${first?.text}${more}.`, {
    exitCode: EXIT.expectation
  })
}

function latestRun(cli: Cli): string {
  const home = findHome(cli.cwd)
  const latest = home === undefined ? undefined : join(home, 'runs', 'latest')
  if (latest !== undefined && existsSync(latest)) return latest
  throw new CliError('no-run', 'There is no run here yet.', { hint: 'Make one: npx starling testnet --duration 30s' })
}

function noReport(cli: Cli, directory: string): CliError {
  const current = findCurrent(cli.cwd)
  const isRunning =
    current?.stale === false && existsSync(directory) && resolve(current.directory) === resolve(directory)
  if (isRunning || (current?.stale === false && directory.endsWith('latest'))) {
    return new CliError('running', 'This run has not ended, so it has no report yet.', {
      hint: 'End it: Ctrl-C in its terminal, or npx starling stop'
    })
  }
  return new CliError('no-report', `${directory} holds no report.json.`, {
    hint: 'A run that was killed leaves none. See the others: npx starling runs list'
  })
}
