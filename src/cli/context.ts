// What a command may know of the process it runs in. Tests run commands in their own process with one of these.
import type { Clock, Entropy, Timers } from '../runtime/index.ts'
import { json, type Paint, painter, type Sink } from './output.ts'
import type { OnReaderGone } from './streams.ts'
import type { Terminal } from './terminal.ts'

export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths and the search for `.starling` begin. */
  readonly cwd: string
  readonly out: Sink
  readonly err: Sink
  /** For commands that have something to put in order first; all others just end. */
  readonly onReaderGone: OnReaderGone
  /** Where both input and output are a person's terminal. */
  readonly terminal?: Terminal | undefined
  /** Colours for stdout. */
  readonly paint: Paint
  readonly clock: Clock
  readonly timers: Timers
  readonly entropy: Entropy
}

export type CliInit = Omit<Cli, 'paint' | 'onReaderGone'> & Partial<Pick<Cli, 'onReaderGone'>>

export function createCli(init: CliInit): Cli {
  return { onReaderGone: () => () => {}, ...init, paint: painter(init.out, init.env) }
}

/** Flags that every command with data has. */
export interface JsonOption {
  readonly json?: boolean
}

/** Prints a command's answer: data for a program with --json, else the text for a person. */
export function answer(cli: Cli, options: JsonOption, data: unknown, text: () => string): void {
  cli.out.write(options.json === true ? json(data) : text())
}

/** One object or line of a stream. */
export function answerLine(cli: Cli, options: JsonOption, data: unknown, text: () => string): void {
  cli.out.write(options.json === true ? json(data, 'line') : `${text()}\n`)
}

/** A remark beside the data: always stderr. */
export function remark(cli: Cli, text: string): void {
  cli.err.write(`${text}\n`)
}
