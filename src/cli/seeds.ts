// starling sim --runs N: one scenario with N seeds, each a simulation of its own with its own report, and above them
// the medians with their intervals.
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import type { SimulationTrace } from '../engine/virtual/index.ts'
import type { Report, Runs, SeedRun } from '../report/index.ts'
import type { Scenario } from '../scenario/index.ts'
import type { Cli } from './context.ts'
import { CliError, EXIT, interrupted, usageError } from './errors.ts'
import { plural } from './format.ts'
import { json, painter, paletteOf, table } from './output.ts'
import { ProgressBar } from './progress-bar.ts'
import { makeRunDirectory } from './runs.ts'
import { listenForInterrupts } from './testnet/interrupts.ts'

/** Runs of one command. Each is some kB in runs.json, which has to stay readable as a whole. */
export const RUNS_MAX = 1000
const SEED_MAX = 0xffffffff
/** Memory that a simulation may take, MB: 1,000 nodes about one gigabyte and a half, 10,000 under nine. */
const MB_PER_RUN = 700
const MB_PER_NODE = 0.8
/** Simulations at once leave at least this share of the memory that there is. */
const MEMORY_SHARE_MAX = 0.6

export interface SeedsInit {
  readonly scenario: Scenario
  /** Of the first run; the others follow it. */
  readonly seed: number
  readonly count: number
  readonly directory: string
  readonly json: boolean
  readonly trace: SimulationTrace
  /** The summary is in the directory; what it says may still be an error. */
  readonly onWritten: () => void
}

/** How many simulations to run at once: one per processor but for memory, at most two. */
export function simulationsAtOnce(nodes: number, availableMb: number, processors: number): number {
  const fitting = Math.floor((availableMb * MEMORY_SHARE_MAX) / (MB_PER_RUN + MB_PER_NODE * nodes))
  return Math.max(1, Math.min(2, processors, fitting))
}

/** Throws when a run's figures mean nothing, or an expectation did not hold in one of them. */
export async function runSeeds(cli: Cli, init: SeedsInit): Promise<void> {
  const { scenario, seed, count, directory } = init
  if (seed + count - 1 > SEED_MAX)
    throw usageError(`${count} runs from seed ${seed} on end beyond the last seed, ${SEED_MAX}.`)
  const human = init.json ? cli.err : cli.out
  const paint = painter(human, cli.env)
  const atOnce = simulationsAtOnce(scenario.nodes, process.availableMemory() / 1e6, availableParallelism())
  const pace = atOnce > 1 ? `${atOnce} at a time` : 'one after the other'
  const { simulate, SIMULATION_MS } = await import('../engine/virtual/index.ts')
  const { formatMs } = await import('../report/index.ts')
  const found = new Map<number, SeedRun>()
  const durationMs = scenario.duration ?? SIMULATION_MS
  const progress = new ProgressBar(cli, count * durationMs)
  /** Virtual time of each run, ms. */
  const passed = new Map<number, number>()
  const showProgress = (own: number, ms: number): void => {
    passed.set(own, Math.min(ms, durationMs))
    progress.show([...passed.values()].reduce((sum, each) => sum + each, 0))
  }
  let next = seed
  const failed = new AbortController()
  const simulateOne = async (own: number, to: string): Promise<Report> => {
    const removeOne = makeRunDirectory(to)
    try {
      const onProgress = (ms: number): void => showProgress(own, ms)
      const order = { directory: to, trace: init.trace, signal: failed.signal, onProgress }
      return (await simulate({ ...scenario, seed: own }, order)).report
    } catch (error) {
      removeOne()
      throw error
    }
  }
  const work = async (): Promise<void> => {
    for (let own = next++; own < seed + count && !failed.signal.aborted; own = next++) {
      const name = `seed-${own}`
      const report = await simulateOne(own, join(directory, name))
      found.set(own, { seed: own, directory: name, report })
      const { blocks, consistency } = report
      const head = consistency.converged ? '' : paint('yellow', '  not converged')
      const failure = failures(report)
      progress.end()
      human.write(
        `seed ${own}  blocks ${blocks.delivered}/${blocks.eligible}  t50 ${formatMs(blocks.coverage_ms.t50)}  t95 ${formatMs(
          blocks.coverage_ms.t95
        )} ms  (${found.size} of ${count})${head}${failure === undefined ? '' : paint('red', `  ✘ ${failure}`)}\n`
      )
    }
  }
  let interruption: CliError | undefined
  const unlisten = listenForInterrupts(cli.clock, () => {
    interruption ??= interrupted(`interrupted after ${found.size} of ${plural(count, 'run')}.`)
    failed.abort(interruption)
  })
  human.write(
    `${paint('bold', 'Starling sim')}   ${plural(scenario.nodes, 'node')} · virtual time · ${plural(count, 'run')}, seeds ${seed}–${seed + count - 1}, ${pace}\n`
  )
  const works = Array.from({ length: Math.min(atOnce, count) }, work)
  try {
    await Promise.all(works)
  } catch (error) {
    // The other simulation ends too.
    failed.abort(error)
    await Promise.allSettled(works)
    if (error !== interruption || found.size === 0) throw error
  } finally {
    unlisten()
    progress.end()
  }
  const { buildRuns, renderRunsHtml, writeRuns } = await import('../report/index.ts')
  const ordered = [...found.values()].sort((a, b) => a.seed - b.seed)
  const runs = buildRuns(ordered)
  await writeRuns(directory, runs, renderRunsHtml(runs))
  init.onWritten()
  if (init.json) cli.out.write(json(runs))
  else human.write(await runsText(cli, runs, relative(cli.cwd, join(directory, 'report.html'))))
  if (interruption !== undefined) throw interruption
  requireGoodRuns(runs)
}

function failures({ validity, expectations }: Report): string | undefined {
  return validity.ok ? expectations.find(({ held }) => !held)?.text : validity.reasons[0]
}

/** The summary of several runs, for a person. */
export async function runsText(cli: Cli, runs: Runs, path?: string): Promise<string> {
  const { formatFigure, formatInterval, intervalNote, MAIN_FIGURES, seedText } = await import('../report/index.ts')
  const rows = MAIN_FIGURES.flatMap((name) => {
    const figure = runs.figures[name]
    if (figure === undefined || figure.median === null) return []
    return [[name, formatFigure(name, figure.median), formatInterval(name, figure.interval)]]
  })
  const palette = paletteOf(cli.paint)
  const expectations = runs.expectations.map(({ text, held, runs: of }) =>
    held === of ? palette.good(`✔ ${text} (${held} of ${of} runs)`) : palette.bad(`✘ ${text} (${held} of ${of} runs)`)
  )
  const converged = runs.runs.filter((run) => run.converged).length
  const invalid = runs.runs.flatMap(({ seed, validity }) =>
    validity.ok ? [] : [palette.bad(`✘ seed ${seed}: ${validity.reasons[0] ?? 'not valid'}`)]
  )
  return [
    `\n${plural(runs.runs.length, 'run')} of ${runs.scenario}, seeds ${seedText(runs.runs.map(({ seed }) => seed))} · converged in ${converged}\n`,
    table(
      [{ title: 'figure' }, { title: 'median', align: 'right' }, { title: 'interval', align: 'right' }],
      rows,
      cli.paint
    ),
    `${palette.dim(intervalNote(runs))}\n`,
    ...[...expectations, ...invalid].map((line) => `${line}\n`),
    ...(path === undefined ? [] : [`report  ${path}\n`])
  ].join('')
}

/** As for one run: 1 for figures that mean nothing, 3 for an expectation that did not hold. */
export function requireGoodRuns({ runs, expectations }: Runs): void {
  const invalid = runs.find(({ validity }) => !validity.ok)
  if (invalid !== undefined) {
    const reason = invalid.validity.reasons[0] ?? 'no reason given'
    throw new CliError('invalid-run', `The figures of seed ${invalid.seed} are not valid: ${reason}.`)
  }
  const failed = expectations.find((expectation) => expectation.held < expectation.runs)
  if (failed === undefined) return
  const missed = failed.runs - failed.held
  const more = expectations.filter(({ held, runs: of }) => held < of).length - 1
  const others = more === 0 ? '' : ` (and ${plural(more, 'other')})`
  throw new CliError(
    'expectation',
    `An expectation did not hold in ${missed} of ${plural(failed.runs, 'run')}: ${failed.text}${others}.`,
    {
      exitCode: EXIT.expectation
    }
  )
}
