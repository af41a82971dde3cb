// starling doctor: whether this machine can run what Starling runs, before something fails halfway.
import type { Command } from 'commander'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { type Check, runChecks } from '../doctor.ts'
import { CliError } from '../errors.ts'
import { plural } from '../format.ts'
import { examples } from '../help.ts'

const MARKS = { ok: ['green', '✔'], warning: ['yellow', '⚠'], failure: ['red', '✖'] } as const

export function registerDoctor(program: Command, cli: Cli): void {
  const doctor = program
    .command('doctor')
    .description('check that this machine can run a testnet')
    .option('--json', 'data and nothing else on stdout')
  examples(doctor, 'doctor').action(async (flags: JsonOption) => {
    const checks = await runChecks(cli)
    answer(cli, flags, checks, () => checks.map((check) => lineOf(cli, check)).join(''))
    const failed = checks.filter(({ status }) => status === 'failure')
    if (failed.length > 0) throw new CliError('doctor', `${plural(failed.length, 'check')} failed.`)
  })
}

function lineOf({ paint }: Cli, { status, name, text, hint }: Check): string {
  const [style, mark] = MARKS[status]
  const advice = hint === undefined ? '' : `  ${paint('dim', hint)}`
  return `${paint(style, mark)} ${name.padEnd(10)} ${text}${advice}\n`
}
