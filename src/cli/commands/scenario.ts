// starling scenario: list, check, schema.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Fault, PlannedFault, Scenario } from '../../scenario/index.ts'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { examples } from '../help.ts'
import { json, pairs } from '../output.ts'
import { abbreviatePath } from '../parse.ts'

const SCENARIO_ENDING = /\.ya?ml$/

export function registerScenario(program: Command, cli: Cli): void {
  const scenario = program.command('scenario').description('descriptions of runs')

  const list = scenario
    .command('list')
    .description('the scenarios that come with Starling')
    .option('--json', 'data and nothing else on stdout')
  examples(list, 'scenario list').action(async (flags: JsonOption) => {
    const { loadScenario, virtualOnly } = await import('../../scenario/index.ts')
    const found = shippedScenarios().map(({ name, file, about }) => {
      const text = readFileSync(file, 'utf8')
      return { name, file, about, engines: enginesOf(virtualOnly(loadScenario({ file: { name, text } }))) }
    })
    answer(cli, flags, found, () =>
      found.length === 0
        ? 'none\n'
        : pairs(
            found.map(({ name, about, engines }) => [
              cli.paint('bold', name),
              engines.length > 1 ? about : `${about} ${cli.paint('dim', '(sim)')}`
            ]),
            (_style, text) => text
          )
    )
  })

  const check = scenario
    .command('check <file>')
    .description(
      'say what is wrong with a scenario, or print it with every default filled in and its faults as they come'
    )
    .option('--seed <n>', "what random nodes are drawn from (default: the scenario's, or 1)")
    .option('--json', 'data and nothing else on stdout')
  examples(check, 'scenario check my.yaml', 'scenario check churn --seed 7').action(
    async (file: string, flags: JsonOption & { seed?: string }) => {
      const { formatScenario, loadScenario, scenarioFields, virtualOnly } = await import('../../scenario/index.ts')
      const overrides = flags.seed === undefined ? [] : [{ path: 'seed', value: flags.seed, name: '--seed' }]
      const source = { file: await readScenario(file, cli.cwd), overrides }
      const filled = allProblems(() => loadScenario(source))
      const seed = filled.seed ?? 1
      const faults = await planOf(filled, seed)
      const data = { scenario: scenarioFields(filled), engines: enginesOf(virtualOnly(filled)), seed, faults }
      answer(cli, flags, data, () => formatScenario(filled) + planComment(faults, seed))
    }
  )

  const schema = scenario.command('schema').description('the JSON Schema of scenarios, for editors')
  examples(schema, 'scenario schema > scenario.schema.json').action(async () => {
    const { scenarioJsonSchema } = await import('../../scenario/index.ts')
    cli.out.write(json(scenarioJsonSchema()))
  })
}

/** Throws all that is wrong with a scenario, a line each. */
function allProblems<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    const { problems = [] } = error as { problems?: readonly string[] }
    if (problems.length < 2) throw error
    throw new CliError('bad-scenario', problems.join('\n'), { exitCode: EXIT.usage, cause: error })
  }
}

function enginesOf(virtualOnly: string | undefined): readonly string[] {
  return virtualOnly === undefined ? ['tcp', 'virtual'] : ['virtual']
}

async function planOf(scenario: Scenario, seed: number): Promise<readonly PlannedFault[]> {
  const { nodeNames, planFaults } = await import('../../scenario/index.ts')
  const { seededRandom } = await import('../../runtime/index.ts')
  return planFaults(scenario, seededRandom(seed).fork('faults'), nodeNames(scenario.nodes))
}

/** The steps as a YAML comment, so that what is printed stays a scenario. */
function planComment(faults: readonly PlannedFault[], seed: number): string {
  if (faults.length === 0) return ''
  const lines = faults.slice(0, PLAN_LINES_MAX).map(({ atMs, fault }) => {
    const at = `${(atMs / 1000).toFixed(1)}s`.padStart(8)
    return `# ${at}  ${fault.kind.padEnd(9)} ${whom(fault)}`.trimEnd()
  })
  const more = faults.length - lines.length
  const rest = more > 0 ? [`# … and ${more} more (--json has all)`] : []
  return [`# The faults with seed ${seed}, since the network was meshed:`, ...lines, ...rest, ''].join('\n')
}

const PLAN_LINES_MAX = 200
const NAMES_SHOWN = 12

function whom(fault: Fault): string {
  if ('groups' in fault) return [...fault.groups.map(few), 'the others'].join(' | ')
  return 'nodes' in fault ? few(fault.nodes) : ''
}

function few(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN
  return more > 0 ? `${names.slice(0, NAMES_SHOWN).join(' ')} and ${more} more` : names.join(' ')
}

/** A scenario's text by path or by the name of a shipped one. Throws `no-scenario`. */
export async function readScenario(text: string, cwd: string): Promise<{ name: string; text: string }> {
  const ours = shippedScenarios()
  const shipped = ours.find(({ name }) => name === text)
  const path = existsSync(resolve(cwd, text)) || shipped === undefined ? resolve(cwd, text) : shipped.file
  try {
    return { name: text, text: readFileSync(path, 'utf8') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const { didYouMean } = await import('../../scenario/index.ts')
    const names = ours.map(({ name }) => name)
    const meant = didYouMean(basename(text, '.yaml'), names) || '.'
    throw new CliError(
      'no-scenario',
      `There is no scenario "${abbreviatePath(text)}": neither a file nor one of ours${meant}`,
      {
        hint: 'See ours: npx starling scenario list',
        exitCode: 2
      }
    )
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
