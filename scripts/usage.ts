// What was typed after `npm run SCRIPT --`: flags, or one sentence that lists them and exit code 2.
import { type ParseArgsConfig, parseArgs } from 'node:util'

const BAD_USAGE = 2

/** The flags and names that were typed. Ends the process when they are not those of `config`. */
export function parseUsage<T extends ParseArgsConfig>(config: T, usage: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    // Node's first sentence says what is wrong, its second guesses.
    return refuse(`${error instanceof Error ? error.message.split(/\.|\n/)[0] : String(error)}.`, usage)
  }
}

/** Ends the process: what was typed, and what can be. */
export function refuse(what: string, usage: string): never {
  process.stderr.write(`${what} ${usage}\n`)
  process.exit(BAD_USAGE)
}
