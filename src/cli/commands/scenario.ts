// starling scenario: list, check.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { CliError } from '../errors.ts'
import { examples } from '../help.ts'
import { pairs } from '../output.ts'
import { abbreviate } from '../parse.ts'

const SCENARIO_ENDING = /\.ya?ml$/

export function registerScenario(program: Command, cli: Cli): void {
  const scenario = program.command('scenario').description('descriptions of runs')

  const list = scenario
    .command('list')
    .description('the scenarios that come with Starling')
    .option('--json', 'data and nothing else on stdout')
  examples(list, 'scenario list').action((flags: JsonOption) => {
    const found = shippedScenarios()
    answer(cli, flags, found, () =>
      found.length === 0
        ? 'none\n'
        : pairs(
            found.map(({ name, about }) => [cli.paint('bold', name), about]),
            (_style, text) => text
          )
    )
  })

  const check = scenario
    .command('check <file>')
    .description('say what is wrong with a scenario, or print it with every default filled in')
    .option('--json', 'data and nothing else on stdout')
  examples(check, 'scenario check my.yaml').action(async (file: string, flags: JsonOption) => {
    const { formatScenario, loadScenario, scenarioFields } = await import('../../scenario/index.ts')
    const filled = loadScenario({ file: readScenario(file, cli.cwd) })
    answer(cli, flags, scenarioFields(filled), () => formatScenario(filled))
  })
}

/** A scenario's text by path or by the name of a shipped one. Throws `no-scenario`. */
export function readScenario(text: string, cwd: string): { name: string; text: string } {
  const shipped = shippedScenarios().find(({ name }) => name === text)
  const path = existsSync(resolve(cwd, text)) || shipped === undefined ? resolve(cwd, text) : shipped.file
  try {
    return { name: text, text: readFileSync(path, 'utf8') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CliError('no-scenario', `There is no scenario "${abbreviate(text)}": neither a file nor one of ours.`, {
      hint: 'See ours: npx starling scenario list',
      exitCode: 2
    })
  }
}

interface ShippedScenario {
  readonly name: string
  readonly file: string
  /** The first sentence of the comment that it begins with. */
  readonly about: string
}

/** The package's `testnet/` directory, seen from the bundle in `dist/` or from the source. */
function shippedScenarios(): ShippedScenario[] {
  const directory = ['../testnet/', '../../../testnet/']
    .map((path) => new URL(path, import.meta.url).pathname)
    .find((path) => existsSync(path) && readdirSync(path).some((name) => SCENARIO_ENDING.test(name)))
  if (directory === undefined) return []
  return readdirSync(directory)
    .filter((name) => SCENARIO_ENDING.test(name))
    .sort()
    .map((entry) => {
      const file = join(directory, entry)
      return { name: basename(entry).replace(SCENARIO_ENDING, ''), file, about: aboutOf(readFileSync(file, 'utf8')) }
    })
}

/** The first sentence of a scenario's opening comment, without its line breaks. */
export function aboutOf(text: string): string {
  const comment = /^(?:#.*\n?)*/.exec(text)?.[0].replaceAll(/^#\s*/gm, '') ?? ''
  const words = comment.trim().replaceAll(/\s+/g, ' ')
  return /^.*?[.!?](?= |$)/.exec(words)?.[0] ?? words
}
