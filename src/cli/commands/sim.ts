// starling sim: a scenario in virtual time, repeatable from its seed.
import { join, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import type { Cli } from '../context.ts'
import { interrupted } from '../errors.ts'
import { plural } from '../format.ts'
import { examples } from '../help.ts'
import { json, painter, paletteOf } from '../output.ts'
import { pointLatest, runDirectory, whileRunning } from '../runs.ts'
import { listenForInterrupts } from '../testnet/interrupts.ts'
import { ProgressBar } from '../progress-bar.ts'
import { addScenarioOptions, scenarioOf, type TestnetFlags } from '../testnet/options.ts'
import { wholeNumber } from '../parse.ts'
import { RUNS_MAX, runSeeds } from '../seeds.ts'
import { requireGood } from './report.ts'

export function registerSim(program: Command, cli: Cli): void {
  const sim = program
    .command('sim')
    .usage('[options] [scenario]')
    .description('run a scenario in virtual time: the same nodes over virtual links, the same result for the same seed')
    .argument('[scenario]', 'a YAML file, or one of: npx starling scenario list')
    .option('--nodes <n>', 'number of nodes (default 10, up to 10000)')
    .option('--duration <time>', '30s, 5m, … of virtual time (default 60s)')
    .option(
      '--runs <n>',
      'that many seeds, one after the other: medians with intervals',
      wholeNumber('--runs', 1, RUNS_MAX)
    )
  addScenarioOptions(sim)
    .addOption(
      new Option('--trace <state>', 'record what every node did into the run, for starling trace')
        .choices(['on', 'off'])
        .default('off')
    )
    .option('--json', 'the report as JSON, and nothing else on stdout')
  examples(
    sim,
    'sim --nodes 100 --latency 50ms --duration 30s',
    'sim --nodes 20 --consensus authority --seed 7 --json',
    'sim --nodes 100 --latency 50ms --seed 1 --runs 10'
  ).action((scenario: string | undefined, flags: SimFlags) => runSim(cli, scenario, flags))
}

interface SimFlags extends TestnetFlags {
  readonly runs?: number
}

async function runSim(cli: Cli, file: string | undefined, flags: SimFlags): Promise<void> {
  const { scenario } = await scenarioOf(file, flags, { cwd: cli.cwd, attended: true })
  const { freshSeed } = await import('../../runtime/index.ts')
  const seed = scenario.seed ?? freshSeed()
  const home = resolve(cli.cwd, cliDefaults.directory)
  const directory = runDirectory(home, `${scenario.name}-sim`, { out: flags.out, cwd: cli.cwd, at: cli.clock.now() })
  if (flags.runs !== undefined) {
    const { runs: count, json: isJson = false } = flags
    const trace = flags.trace === 'on' ? 'file' : 'hash'
    const onWritten = (): void => pointLatest(home, directory)
    return whileRunning(directory, () =>
      runSeeds(cli, { scenario, seed, count, directory, json: isJson, trace, onWritten })
    )
  }
  const { simulate, SIMULATION_MS } = await import('../../engine/virtual/index.ts')
  const durationMs = scenario.duration ?? SIMULATION_MS
  const human = flags.json === true ? cli.err : cli.out
  const paint = painter(human, cli.env)
  const stopped = new AbortController()
  let passedMs = 0
  const unlisten = listenForInterrupts(cli.clock, () => {
    stopped.abort(interrupted(`interrupted at ${(passedMs / 1000).toFixed(1)} virtual s: no report.`))
  })
  human.write(`${paint('bold', 'Starling sim')}   ${plural(scenario.nodes, 'node')} · virtual time · seed ${seed}\n`)
  const progress = new ProgressBar(cli, durationMs)
  let result: Awaited<ReturnType<typeof simulate>>
  try {
    result = await whileRunning(directory, () =>
      simulate(
        { ...scenario, seed },
        {
          directory,
          trace: flags.trace === 'on' ? 'file' : 'hash',
          signal: stopped.signal,
          onProgress: (ms) => {
            passedMs = ms
            progress.show(ms)
          }
        }
      )
    )
  } finally {
    unlisten()
    progress.end()
  }
  pointLatest(home, directory)
  const { report, details } = result
  const path = relative(cli.cwd, join(directory, 'report.html'))
  if (flags.json === true) cli.out.write(json(report))
  else human.write(`${renderedSpeed(report.environment)}\n`)
  if (flags.json !== true) {
    const { renderSummary } = await import('../../report/index.ts')
    human.write(`${renderSummary(report, { details, path, palette: paletteOf(paint) })}\n`)
  }
  requireGood(report)
}

function renderedSpeed(environment: Readonly<Record<string, unknown>>): string {
  return `${String(environment.real_seconds_per_virtual_second)} real seconds per virtual second`
}
