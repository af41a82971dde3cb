// starling stop: end the testnet that runs here, and wait for its report.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { CliError, timedOut } from '../errors.ts'
import { duration } from '../format.ts'
import { examples } from '../help.ts'
import { paletteOf } from '../output.ts'
import { type FoundCurrent, findCurrent, isAlive, removeCurrent } from '../runs.ts'

export function registerStop(program: Command, cli: Cli): void {
  const stop = program
    .command('stop')
    .description('end the testnet that runs here, with its report')
    .option('--json', 'data and nothing else on stdout')
  examples(stop, 'stop').action((flags: JsonOption) => stopTestnet(cli, flags))
}

async function stopTestnet(cli: Cli, flags: JsonOption): Promise<void> {
  const current = findCurrent(cli.cwd)
  if (current === undefined) {
    throw new CliError('no-testnet', 'No testnet is running here.', { hint: 'Start one with: npx starling testnet' })
  }
  if (current.stale) {
    removeCurrent(current.file, current.pid)
    const { directory } = current
    return answer(cli, flags, { stopped: false, directory }, () => 'It was no longer running; its note is removed.\n')
  }
  await askToEnd(cli, current)
  await waitForEnd(cli, current)
  removeCurrent(current.file, current.pid)
  await showEnd(cli, flags, current)
}

/** Through the controller; by a signal when that does not answer. */
async function askToEnd(cli: Cli, current: FoundCurrent): Promise<void> {
  const { createTestnetClient } = await import('../../api/client/index.ts')
  try {
    await createTestnetClient(current.controller, { timers: cli.timers }).stop()
  } catch (error) {
    if (!isAlive(current.pid)) return
    // A number alone may belong to someone else by now.
    if (!isTestnet(current.pid)) {
      removeCurrent(current.file, current.pid)
      throw new CliError('stale-testnet', `The testnet is gone, and process ${current.pid} is another program by now.`)
    }
    try {
      process.kill(current.pid, 'SIGTERM')
    } catch {
      throw error
    }
  }
}

async function waitForEnd(cli: Cli, { pid }: FoundCurrent): Promise<void> {
  const end = cli.clock.now() + cliDefaults.stopTimeoutMs
  while (isAlive(pid)) {
    if (cli.clock.now() >= end) {
      const hint = `End it without a report: kill -9 ${pid}`
      throw timedOut(`The testnet (process ${pid}) did not end within ${duration(cliDefaults.stopTimeoutMs)}.`, hint)
    }
    await cli.timers.sleep(cliDefaults.stopPollMs)
  }
}

async function showEnd(cli: Cli, flags: JsonOption, { directory }: FoundCurrent): Promise<void> {
  if (!existsSync(join(directory, 'report.json'))) {
    return answer(cli, flags, { stopped: true, directory, report: null }, () => 'Stopped, without a report.\n')
  }
  const { readReport, renderSummary } = await import('../../report/index.ts')
  const report = await readReport(directory)
  const path = join(directory, 'report.html')
  answer(cli, flags, { stopped: true, directory, report }, () => {
    return `${renderSummary(report, { path, palette: paletteOf(cli.paint) })}\n`
  })
}

/** `node …/starling.js testnet …`; words of a command line are parted by NUL in /proc and by blanks in ps. */
const TESTNET_COMMAND = /(starling|main)(\.[jt]s)?[\0 ]testnet([\0 ]|$)/

/** Whether a process is a testnet of ours, by its command line. */
function isTestnet(pid: number): boolean {
  const commandLine = (): string => {
    if (existsSync(`/proc/${pid}/cmdline`)) return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  }
  try {
    return TESTNET_COMMAND.test(commandLine())
  } catch {
    return false
  }
}
