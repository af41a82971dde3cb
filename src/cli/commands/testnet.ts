// starling testnet: a network of real nodes on this machine.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { type Cli, remark } from '../context.ts'
import { usageError } from '../errors.ts'
import { duration } from '../format.ts'
import { examples } from '../help.ts'
import { type FoundCurrent, findCurrent, runDirectory } from '../runs.ts'
import { runAttached } from '../testnet/attached.ts'
import { detachedRun, runDetached, tellFailure, tellReady } from '../testnet/detached.ts'
import { lostFlags } from '../testnet/lost-flags.ts'
import { addScenarioOptions, scenarioOf, type TestnetFlags } from '../testnet/options.ts'

export function registerTestnet(program: Command, cli: Cli): void {
  const testnet = program
    .command('testnet')
    .usage('[options] [scenario]')
    .description('run a network of real nodes on this machine; Ctrl-C prints the report')
    .argument('[scenario]', 'a YAML file, or one of: npx starling scenario list')
    .allowExcessArguments()
    .option('--nodes <n>', 'number of nodes (default 10)')
    .option('--nodes-per-process <n>', 'nodes that share a process; 1 gives each its own')
    .option('--duration <time>', '30s, 5m, …, or forever; counted from the moment the network is meshed')
  addScenarioOptions(testnet)
    .addOption(
      new Option('--trace <state>', 'record what every node did into the run, for starling trace')
        .choices(['on', 'off'])
        .default('on')
    )
    .option('--open', 'open the dashboard in a browser')
    .option('--no-dashboard', 'serve no dashboard')
    .option('--detach', 'run in the background; end it with: npx starling stop')
    .option('--json', 'at the end the report as JSON, and nothing else on stdout')
  examples(
    testnet,
    'testnet',
    'testnet --nodes 20 --latency 50ms --duration 30s',
    'testnet --consensus authority --set block.interval=2s --duration 30s --json'
  ).action(async (_scenario: string | undefined, flags: TestnetFlags, { args }: Command) => {
    try {
      await runTestnet(cli, args, flags)
    } catch (error) {
      if (detachedRun(cli) !== undefined) tellFailure(error)
      throw error
    }
  })
}

async function runTestnet(cli: Cli, words: readonly string[], flags: TestnetFlags): Promise<void> {
  const lost = lostFlags(cli.env, words)
  if (lost !== undefined) throw lost
  const [file, second] = words
  if (flags.open === true && flags.dashboard === false) {
    throw usageError('--open and --no-dashboard exclude each other.')
  }
  if (second !== undefined) throw usageError(`A testnet runs one scenario, but there is also "${second}".`)
  const ownRun = detachedRun(cli)
  const detached = ownRun !== undefined || flags.detach === true
  // In the background it runs until it is stopped; nobody watches a pipe.
  const attended = detached || cli.out.terminal
  const { scenario, unattended } = await scenarioOf(file, flags, { cwd: cli.cwd, attended })
  if (unattended) {
    const forHowLong = duration(cliDefaults.unattendedDurationMs)
    remark(cli, `Not a terminal and no --duration: running for ${forHowLong}.`)
  }
  const home = resolve(cli.cwd, cliDefaults.directory)
  const directory = ownRun ?? runDirectory(home, scenario.name, { out: flags.out, cwd: cli.cwd, at: cli.clock.now() })
  if (ownRun === undefined) warnOfOther(cli)
  if (flags.detach === true && ownRun === undefined) return runDetached(cli, directory, flags)
  await runAttached(cli, {
    scenario,
    directory,
    home,
    flags,
    ...(ownRun === undefined ? {} : { onReady: tellReady })
  })
}

/** Two testnets at a time are fine, but commands reach only the newer one. */
function warnOfOther(cli: Cli): void {
  let other: FoundCurrent | undefined
  try {
    other = findCurrent(cli.cwd)
  } catch (error) {
    // A note that nobody can read keeps nobody from running: the new one replaces it.
    if ((error as { code?: unknown }).code !== 'bad-current') throw error
    remark(cli, `${(error as Error).message} It will be replaced.`)
    return
  }
  if (other === undefined || other.stale) return
  remark(cli, `Another testnet runs here (process ${other.pid}); commands will reach this new one while it runs.`)
  remark(cli, `The other one's API stays at ${other.controller}, its run in ${other.directory}.`)
}
