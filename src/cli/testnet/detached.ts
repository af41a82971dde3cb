// `--detach`: the same command once more as a process of its own, which answers when the testnet is up.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cliDefaults } from '../../config/index.ts'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { CliError, type Complaint, describeError, timedOut } from '../errors.ts'
import { duration } from '../format.ts'
import type { Current } from '../runs.ts'
import { listenForInterrupts } from './interrupts.ts'

/** Set for the process that was started to be the testnet; holds its run directory. */
const MARK = 'STARLING_DETACHED_RUN'

type Message =
  | { readonly type: 'ready'; readonly current: Current; readonly screen: string }
  | { readonly type: 'failed'; readonly complaint: Complaint }

/** The run directory, in the detached process; `undefined` everywhere else. */
export function detachedRun(cli: Cli): string | undefined {
  return cli.env[MARK]
}

/** In the detached process: tells the starter that the testnet is up, and lets go of it. */
export function tellReady(current: Current, screen: string): void {
  process.send?.({ type: 'ready', current, screen } satisfies Message, undefined, undefined, () => process.disconnect())
}

/** In the detached process: hands a failure before that to the starter. */
export function tellFailure(error: unknown): void {
  if (process.connected) process.send?.({ type: 'failed', complaint: describeError(error) } satisfies Message)
}

/** Starts the detached process and waits until its testnet is up. */
export async function runDetached(cli: Cli, directory: string, flags: JsonOption): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const logFile = join(directory, 'testnet.log')
  const log = openSync(logFile, 'a', 0o600)
  const [, script = '', ...args] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, script, ...args.filter((arg) => arg !== '--detach')], {
    cwd: cli.cwd,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...cli.env, [MARK]: directory, NO_COLOR: '1' }
  })
  closeSync(log)
  const where = `Its log: ${relative(cli.cwd, logFile)}`
  const answered = Promise.withResolvers<Message>()
  child.once('message', (message) => answered.resolve(message as Message))
  child.once('error', answered.reject)
  child.once('exit', (code) =>
    answered.reject(
      new CliError('testnet-ended', `The testnet ended before it was up (exit code ${code}).`, { hint: where })
    )
  )
  const unlisten = listenForInterrupts(cli.clock, () => {
    child.kill('SIGTERM')
    answered.reject(new CliError('interrupted', 'Interrupted before the testnet was up; it was ended.'))
  })
  try {
    const message = await cli.timers.within(cliDefaults.detachTimeoutMs, () => answered.promise)
    if (message.type === 'failed') throw failure(message.complaint)
    answer(cli, flags, message.current, () => message.screen)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'timeout' || error instanceof CliError) throw error
    child.kill('SIGTERM')
    throw timedOut(`The testnet was not up within ${duration(cliDefaults.detachTimeoutMs)} and was ended.`, where)
  } finally {
    unlisten()
    child.removeAllListeners()
    if (child.connected) child.disconnect()
    child.unref()
  }
}

function failure({ code, message, hint, exitCode }: Complaint): CliError {
  return new CliError(code, message, { exitCode, ...(hint === undefined ? {} : { hint }) })
}
