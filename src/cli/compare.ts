// starling report --compare A B: two runs, or two sets of seeds, side by side.
import { existsSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Comparison, Measured, Side } from '../report/index.ts'
import { answer, type Cli, type JsonOption } from './context.ts'
import { CliError, usageError } from './errors.ts'
import { plural } from './format.ts'
import { table } from './output.ts'
import { abbreviatePath } from './parse.ts'
import { namedRun } from './runs.ts'

/** Writes compare.html beside the report of B; B over A. */
export async function compareRuns(cli: Cli, given: readonly string[], flags: JsonOption): Promise<void> {
  const [first, second, ...more] = given
  if (first === undefined || second === undefined || more.length > 0) {
    throw usageError('--compare takes two runs, like: report --compare A B.')
  }
  const [a, b] = [await measured(cli, first), await measured(cli, second)]
  const { compare, renderComparisonHtml, writeComparison } = await import('../report/index.ts')
  const comparison = compare(a.measured, b.measured)
  const page = await writeComparison(b.directory, renderComparisonHtml(comparison))
  const text = await comparisonText(cli, comparison, relative(cli.cwd, page))
  answer(cli, flags, comparison, () => text)
}

/** A directory, or the name of a run under the nearest .starling. */
async function measured(cli: Cli, given: string): Promise<{ measured: Measured; directory: string }> {
  const directory = directoryOf(cli, given)
  const { readReport, readRuns } = await import('../report/index.ts')
  const name = basename(directory)
  const label = /^seed-\d+$/.test(name) ? `${basename(dirname(directory))}/${name}` : name
  if (isRuns(directory)) return { directory, measured: { kind: 'runs', label, runs: await readRuns(directory) } }
  return { directory, measured: { kind: 'run', label, report: await readReport(directory) } }
}

/** Several seeds: the summary is above their reports. */
export function isRuns(directory: string): boolean {
  return existsSync(join(directory, 'runs.json')) && !existsSync(join(directory, 'report.json'))
}

function directoryOf(cli: Cli, given: string): string {
  const directory = namedRun(cli.cwd, given)
  if (existsSync(join(directory, 'report.json')) || isRuns(directory)) return directory
  throw new CliError(
    'no-report',
    `${abbreviatePath(given)} holds no report, neither as a directory nor as the name of a run.`,
    { hint: 'See what there is: npx starling runs list' }
  )
}

async function comparisonText(cli: Cli, comparison: Comparison, path: string): Promise<string> {
  const { formatFigure, formatInterval, MAIN_FIGURES, seedText } = await import('../report/index.ts')
  const { a, b, rows, differences, ratio_method: method } = comparison
  const side = (name: string, { label, scenario, nodes, seeds, engine, invalid }: Side): string => {
    const warning = invalid.length === 0 ? '' : cli.paint('red', `  ✘ not valid: ${invalid[0]}`)
    return `${cli.paint('bold', name)}  ${label}   ${scenario} · ${plural(nodes, 'node')} · seed ${seedText(seeds)} · ${engine}${warning}\n`
  }
  const cell = (figure: string, { value, interval }: Comparison['rows'][number]['a']): string => {
    const range = formatInterval(figure, interval)
    return `${formatFigure(figure, value)}${range === '' ? '' : ` (${range})`}`
  }
  const shown = rows.filter(({ figure, a: from, b: to }) => {
    return MAIN_FIGURES.includes(figure) && (from.value !== null || to.value !== null)
  })
  const body = shown.map(({ figure, a: from, b: to, ratio, ratio_interval: interval }) => [
    figure,
    cell(figure, from),
    cell(figure, to),
    ratio === null ? '–' : `× ${ratio}${interval === null ? '' : ` (${interval.map((end) => end ?? '–').join(' … ')})`}`
  ])
  const columns = [
    { title: 'figure' },
    { title: 'A', align: 'right' },
    { title: 'B', align: 'right' },
    { title: 'B / A', align: 'right' }
  ] as const
  const note =
    method === null ? 'Intervals of ratios take six seeds or more on both sides: npx starling sim --runs 6' : method
  const changed = differences.map(({ field, a: from, b: to }) => `  ${field}: ${from} → ${to}\n`)
  return [
    side('A', a),
    side('B', b),
    ...(changed.length === 0 ? ['the same configuration\n'] : ['differs in\n', ...changed]),
    table(columns, body, cli.paint),
    `${cli.paint('dim', note)}\n`,
    `report  ${path}\n`
  ].join('')
}
