// starling report: the figures of a run that has ended.
import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { Report } from '../../report/index.ts'
import { compareRuns, isRuns } from '../compare.ts'
import { answer, type Cli, type JsonOption, remark } from '../context.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { plural } from '../format.ts'
import { examples } from '../help.ts'
import { paletteOf } from '../output.ts'
import { findHome, listRuns, namedRun, newestFinished, type RunEntry } from '../runs.ts'
import { requireGoodRuns, runsText } from '../seeds.ts'
import { type ServeFlags, serveRun } from '../serve.ts'
import { liveNote } from '../target.ts'

export function registerReport(program: Command, cli: Cli): void {
  const report = program
    .command('report [run]')
    .description('the figures of a run, by directory or name; without one, of the run that finished last')
    .option('--compare <dirs...>', 'two runs side by side, by directory or name; writes compare.html beside the second')
    .option('--serve', 'the dashboard of the run, with a slider for its time, until Ctrl-C')
    .option('--open', 'with --serve: open it in a browser')
    .option('--json', 'data and nothing else on stdout')
  examples(report, 'report', 'report --json', 'report .starling/runs/latest --serve', 'report --compare A B').action(
    (directory: string | undefined, { compare, serve, open, ...flags }: ReportFlags) => {
      if (open === true && serve !== true) throw usageError('--open goes with --serve.')
      if (serve === true) {
        if (compare !== undefined) throw usageError('--serve shows one run, and --compare two.')
        if (flags.json === true) throw usageError('--serve shows a page, and --json prints figures.')
        return serveReport(cli, directory, { open: open === true })
      }
      if (compare === undefined) return showReport(cli, directory, flags)
      return compareRuns(cli, directory === undefined ? compare : [directory, ...compare], flags)
    }
  )
}

interface ReportFlags extends JsonOption {
  readonly compare?: readonly string[]
  readonly serve?: boolean
  readonly open?: boolean
}

async function serveReport(cli: Cli, given: string | undefined, flags: ServeFlags): Promise<void> {
  const directory = given === undefined ? newestRun(cli) : namedRun(cli.cwd, given)
  if (isRuns(directory)) {
    throw new CliError('many-runs', 'This directory holds several runs, and a page shows one.', {
      hint: `Choose one of them, such as ${shown(cli, join(directory, 'seed-1'))}`
    })
  }
  if (!existsSync(join(directory, 'report.json'))) throw noReport(cli, directory)
  return serveRun(cli, directory, flags)
}

async function showReport(cli: Cli, given: string | undefined, flags: JsonOption): Promise<void> {
  const directory = given === undefined ? newestRun(cli) : namedRun(cli.cwd, given)
  if (isRuns(directory)) return showRuns(cli, directory, flags)
  if (!existsSync(join(directory, 'report.json'))) throw noReport(cli, directory)
  const { readReport, renderSummary, runLine } = await import('../../report/index.ts')
  const report = await readReport(directory)
  answer(cli, flags, report, () => {
    const path = join(directory, 'report.html')
    const options = { palette: paletteOf(cli.paint), ...(existsSync(path) ? { path } : {}) }
    return `${cli.paint('bold', `Run ${shown(cli, directory)}`)}\n${runLine(report)}\n${renderSummary(report, options)}\n`
  })
  requireGood(report)
}

/** Several seeds of one scenario. */
async function showRuns(cli: Cli, directory: string, flags: JsonOption): Promise<void> {
  const { readRuns } = await import('../../report/index.ts')
  const runs = await readRuns(directory)
  const text = await runsText(cli, runs, shown(cli, join(directory, 'report.html')))
  answer(cli, flags, runs, () => `${cli.paint('bold', `Runs ${shown(cli, directory)}`)}${text}`)
  requireGoodRuns(runs)
}

/**
 * Throws with exit code 1 for a run whose figures mean nothing, with 3 when something that the scenario expects did
 * not hold.
 */
export function requireGood(report: Report): void {
  const { ok, reasons } = report.validity
  if (!ok) throw new CliError('invalid-run', `These figures are not valid: ${reasons[0] ?? 'no reason given'}.`)
  requireExpectations(report)
}

/** Throws with exit code 3 when something that the scenario expects did not hold. */
function requireExpectations({ expectations }: Report): void {
  const failed = expectations.filter(({ held }) => !held)
  if (failed.length === 0) return
  const [first] = failed
  const more = failed.length === 1 ? '' : ` (and ${plural(failed.length - 1, 'other')})`
  const why = first?.reason === undefined ? '' : `, because ${first.reason}`
  throw new CliError('expectation', `An expectation did not hold: ${first?.text}${why}${more}.`, {
    exitCode: EXIT.expectation
  })
}

/** The run that finished last. A newer one without a report is told of on stderr. */
function newestRun(cli: Cli): string {
  const runs = runsHere(cli)
  const newest = runs.at(-1)
  if (newest === undefined) {
    throw new CliError('no-run', 'There is no run here yet.', { hint: 'Make one: npx starling testnet --duration 30s' })
  }
  const finished = newestFinished(runs)
  if (finished === undefined) throw noReport(cli, newest.directory)
  if (newest.state === 'running') remark(cli, `${newest.name} is still running; this is the last one that finished.`)
  if (newest.state === 'unfinished') remark(cli, `${newest.name} has no report; this is the last one that finished.`)
  return finished.directory
}

function runsHere(cli: Cli): RunEntry[] {
  const home = findHome(cli.cwd)
  return home === undefined ? [] : listRuns(home, liveNote(cli))
}

function noReport(cli: Cli, directory: string): CliError {
  const current = liveNote(cli)
  if (current !== undefined && existsSync(directory) && realpathSync(current.directory) === realpathSync(directory)) {
    return new CliError('running', 'This run has not ended, so it has no report yet.', {
      hint: 'End it: Ctrl-C in its terminal, or npx starling stop'
    })
  }
  const finished = newestFinished(runsHere(cli))
  const others =
    finished === undefined
      ? 'See what there is: npx starling runs list'
      : `The last one that finished: npx starling report ${shown(cli, finished.directory)}`
  return new CliError(
    'no-report',
    existsSync(directory)
      ? `${shown(cli, directory)} holds no report.json; a run that was killed leaves none.`
      : `There is nothing at ${shown(cli, directory)}.`,
    {
      hint: others
    }
  )
}

/** A path as short as it can be typed here. */
function shown(cli: Cli, directory: string): string {
  const path = relative(cli.cwd, directory)
  return path === '' || path.startsWith('..') ? directory : path
}
