// The flags of `starling testnet` as a scenario: the file's fields, then the short flags, then every --set.
import type { Command } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { readScenario } from '../commands/scenario.ts'
import type { JsonOption } from '../context.ts'
import { usageError } from '../errors.ts'
import { gather } from '../parse.ts'

export interface TestnetFlags extends JsonOption {
  readonly nodes?: string
  readonly nodesPerProcess?: string
  readonly duration?: string
  readonly seed?: string
  readonly latency?: string
  readonly consensus?: string
  readonly degree?: string
  readonly rate?: string
  readonly relay?: string
  readonly set?: readonly string[]
  readonly out?: string
  readonly detach?: boolean
  readonly trace?: 'on' | 'off'
  readonly open?: boolean
  /** False: `--no-dashboard`. */
  readonly dashboard?: boolean
}

/** Which field of the scenario a flag writes. The scenario's own schema judges the values. */
const FIELDS = {
  nodes: 'nodes',
  nodesPerProcess: 'nodesPerProcess',
  duration: 'duration',
  seed: 'seed',
  latency: 'links.latency',
  consensus: 'consensus',
  degree: 'topology.degree',
  rate: 'load.rate',
  relay: 'relay'
} as const

/** The flags that every engine takes. */
export function addScenarioOptions(command: Command): Command {
  return command
    .option('--seed <n>', 'what everything random is drawn from (default: a fresh one, printed)')
    .option('--latency <time>', 'constant one-way delay of every link (default none)')
    .option('--consensus <kind>', 'pow (default) or authority')
    .option('--degree <n>', 'connections per node (default 4)')
    .option('--rate <n>', 'transactions per second (default 5)')
    .option('--relay <how>', 'how blocks travel: compact (default), full or rounds')
    .option('--set <path=value>', 'any field of the scenario, such as block.interval=5s; may be repeated', gather)
    .option('--out <dir>', 'directory of this run (default .starling/runs/<time>-<scenario>)')
}

const FOREVER = 'forever'

export interface Surroundings {
  readonly cwd: string
  /** A person is there to end it. */
  readonly attended: boolean
}

/** The scenario to run. `unattended`: nobody said how long, and nobody is watching, so it was given a duration. */
export async function scenarioOf(
  file: string | undefined,
  flags: TestnetFlags,
  { cwd, attended }: Surroundings
): Promise<{ scenario: Scenario; unattended: boolean }> {
  const { loadScenario } = await import('../../scenario/index.ts')
  const overrides = overridesOf(flags)
  const forever = overrides.findLast(({ path }) => path === 'duration')?.value === FOREVER
  const loaded = loadScenario({
    ...(file === undefined ? {} : { file: await readScenario(file, cwd) }),
    overrides: overrides.filter(({ path, value }) => path !== 'duration' || value !== FOREVER)
  })
  if (forever) {
    const { duration: _duration, ...scenario } = loaded
    return { scenario, unattended: false }
  }
  const unattended = loaded.duration === undefined && !attended
  return { scenario: unattended ? { ...loaded, duration: cliDefaults.unattendedDurationMs } : loaded, unattended }
}

interface Assignment {
  readonly path: string
  readonly value: string
  /** The flag, for messages. */
  readonly name: string
}

function overridesOf(flags: TestnetFlags): Assignment[] {
  const short = Object.entries(FIELDS).flatMap(([flag, path]) => {
    const value = flags[flag as keyof typeof FIELDS]
    return value === undefined ? [] : [{ path, value, name: `--${dashed(flag)}` }]
  })
  return [...short, ...(flags.set ?? []).map(assignmentOf)]
}

/** `nodesPerProcess` → `nodes-per-process` */
function dashed(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function assignmentOf(text: string): Assignment {
  const at = text.indexOf('=')
  if (at < 1) throw usageError(`--set takes path=value, like block.interval=5s, not "${text}".`)
  const path = text.slice(0, at)
  return { path, value: text.slice(at + 1), name: `--set ${path}` }
}
