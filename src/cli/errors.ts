// What goes wrong, as a person reads it: one sentence that says what happened, one that says what to do, and the exit
// code. Stack traces are for bugs only, and only when STARLING_DEBUG asks for them.
import { CommanderError } from 'commander'

/** Exit codes of every command; the last is what shells give to a command that Ctrl-C ended (128 + SIGINT). */
export const EXIT = { done: 0, failed: 1, usage: 2, expectation: 3, timedOut: 4, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error whose text is written for the person at the keyboard. */
export class CliError extends Error {
  /** Stable, for scripts: `{error:{code}}` with --json. */
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode

  constructor(code: string, message: string, options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'CliError'
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode ?? EXIT.failed
  }
}

/** A mistake in what was typed: exit code 2. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('usage', message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) })
}

/** A wait that ran out: exit code 4. */
export function timedOut(message: string, hint?: string): CliError {
  return new CliError('timeout', message, { exitCode: EXIT.timedOut, ...(hint === undefined ? {} : { hint }) })
}

/** Ctrl-C before there was a result: exit code 130. */
export function interrupted(message: string, hint?: string): CliError {
  return new CliError('interrupted', message, { exitCode: EXIT.interrupted, ...(hint === undefined ? {} : { hint }) })
}

export interface Complaint {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly exitCode: ExitCode
}

/** Codes of the rooms below that end in something other than 1. A scenario is typed, too: `--nodes many`. */
const OTHER_EXITS: Readonly<Record<string, ExitCode>> = {
  timeout: EXIT.timedOut,
  'bad-scenario': EXIT.usage,
  'unknown-node': EXIT.usage
}

const HELP = 'npx starling --help lists the commands; npx starling COMMAND --help its flags.'

/** Any thrown value as a complaint. `usageHint`: what to do after a mistake in what was typed. */
export function describeError(error: unknown, usageHint = HELP): Complaint {
  if (error instanceof CliError) {
    const { code, message, hint, exitCode } = error
    return { code, message, exitCode, ...(hint === undefined ? {} : { hint }) }
  }
  if (error instanceof CommanderError) return describeCommanderError(error, usageHint)
  if (!(error instanceof Error)) return { code: 'internal', message: String(error), exitCode: EXIT.failed }
  const system = describeSystemError(error)
  if (system !== undefined) return system
  const { code, hint } = error as { code?: unknown; hint?: unknown }
  // The rooms below throw classes with a `code` and a message meant to be read; anything without one is a bug.
  if (typeof code === 'string' && !code.startsWith('ERR_')) {
    const exitCode = OTHER_EXITS[code] ?? EXIT.failed
    return { code, message: error.message, exitCode, ...(typeof hint === 'string' ? { hint } : {}) }
  }
  return {
    code: 'internal',
    message: firstLine(error.message) || error.name,
    hint: 'This is a bug in Starling. STARLING_DEBUG=1 shows where it happened.',
    exitCode: EXIT.failed
  }
}

/** Commander's `error: unknown option '--foo'\n(Did you mean --food?)` as message and hint. */
function describeCommanderError(error: CommanderError, usageHint: string): Complaint {
  const [first = '', ...rest] = error.message.split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  const message = sentence(first.replace(/^error: /, ''))
  return { code: 'usage', message, hint: suggestion === '' ? usageHint : suggestion, exitCode: EXIT.usage }
}

const SYSTEM_ERRORS: Readonly<Record<string, (error: NodeJS.ErrnoException) => [message: string, hint?: string]>> = {
  ENOENT: (error) => [`No such file or directory: ${error.path ?? 'unknown'}.`],
  EACCES: (error) => [`Permission denied: ${error.path ?? error.message}.`],
  EPERM: (error) => [`Operation not permitted: ${error.path ?? error.message}.`],
  EISDIR: (error) => [`Expected a file, found a directory: ${error.path ?? 'unknown'}.`],
  ENOTDIR: (error) => [`Expected a directory, found a file: ${error.path ?? 'unknown'}.`],
  ENOSPC: () => ['The disk is full.'],
  EMFILE: () => ['Too many open files.', 'Raise the limit: ulimit -n 4096'],
  EADDRINUSE: (error) => {
    const { address, port } = error as { address?: string; port?: number }
    return [`Port ${port ?? '?'} on ${address ?? 'this machine'} is in use by another process.`, 'Choose another port.']
  },
  EADDRNOTAVAIL: (error) => [`This machine has no address ${(error as { address?: string }).address ?? ''}.`]
}

function describeSystemError(error: Error): Complaint | undefined {
  const code = (error as NodeJS.ErrnoException).code
  const describe = typeof code === 'string' ? SYSTEM_ERRORS[code] : undefined
  if (describe === undefined || code === undefined) return undefined
  const [message, hint] = describe(error)
  return { code: code.toLowerCase(), message, exitCode: EXIT.failed, ...(hint === undefined ? {} : { hint }) }
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
