// npm run membership -- [--only tcp|virtual] [--seed 7] [--json]: twenty nodes under load notice exactly those three that
// are killed, have them back when they start again, and let one go that says goodbye: a minute with real processes and
// SIGKILL, then ten minutes of virtual time. Exit code 1 when something of that does not hold.
import { type EngineName, type MembershipRun, runMembership } from './membership/runs.ts'
import { parseUsage, refuse } from './usage.ts'

const USAGE = 'Usage: npm run membership -- [--only tcp|virtual] [--seed 7] [--json].'
const ENGINES: readonly EngineName[] = ['tcp', 'virtual']

const { values } = parseUsage(
  {
    options: {
      only: { type: 'string' },
      seed: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false }
    }
  },
  USAGE
)
const seed = Number(values.seed)
if (!Number.isInteger(seed) || seed < 0) refuse(`No seed: "${values.seed}".`, USAGE)
const engines = ENGINES.filter((engine) => values.only === undefined || engine === values.only)
if (engines.length === 0) refuse(`No engine: "${values.only}".`, USAGE)

function linesOf({ engine, durationS, findings, report }: MembershipRun): string {
  const { environment } = report
  const lag = engine === 'tcp' ? ` · loop lag p99 ${environment.event_loop_lag_p99_ms} ms` : ''
  const lines = findings.map(({ what, held, found }) => `${held ? '✔' : '✘'} ${what}: ${found}`)
  return [`${engine}   20 nodes · ${durationS} s · seed ${seed}${lag}`, ...lines, ''].join('\n')
}

const runs: MembershipRun[] = []
for (const engine of engines) {
  process.stderr.write(`${engine} …\n`)
  const run = await runMembership(engine, seed)
  runs.push(run)
  if (!values.json) process.stdout.write(`${linesOf(run)}\n`)
}
if (values.json) {
  const rows = runs.map(({ engine, durationS, findings }) => ({ engine, seed, duration_s: durationS, findings }))
  process.stdout.write(
    `${JSON.stringify({ name: 'membership', environment: runs[0]?.report.environment, rows }, null, 2)}\n`
  )
}
process.exitCode = runs.every(({ findings }) => findings.every(({ held }) => held)) ? 0 : 1
