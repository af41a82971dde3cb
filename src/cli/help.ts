// The examples that the help of every command ends with.
import type { Command } from 'commander'

/** Adds `Example:` with one command line each, written without the leading `npx starling`. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples'
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  npx starling ${line}`).join('\n')}`)
}
