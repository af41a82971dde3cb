// npm run swarm -- [--seeds 100] [--first N] [--json] [--verbose] [--save FILE] [--break RULE]: seeded networks under
// faults and liars must stay safe, and once healed agree on everything (after TigerBeetle's VOPR). Exit code 1 when one
// does not; its seed is printed and replays exactly.
import { writeFileSync } from 'node:fs'
import { availableParallelism, platform, release } from 'node:os'
import { formatScenario } from '../src/scenario/index.ts'
import { realClock } from '../src/runtime/index.ts'
import { breakNames } from './swarm/breaks.ts'
import { planOf } from './swarm/plan.ts'
import { type RunResult, runSwarm } from './swarm/run.ts'
import type { ViolationInit } from './swarm/violation.ts'
import { parseUsage, refuse } from './usage.ts'

const USAGE =
  'Usage: npm run swarm -- [--seeds 100] [--first 1] [--json] [--verbose] [--save FILE] [--break RULE]; ' +
  `RULE is ${breakNames.join(', ')}; --save writes the plan of the first seed as a scenario and runs nothing.`
/** Seeds are 32 bits. */
const SEED_END = 2 ** 32
/** Runs at a time: a thread takes one core and some hundred MB. */
const AT_A_TIME_MAX = 8
const LINES_OF_TAIL = 60

const { values } = parseUsage(
  {
    options: {
      seeds: { type: 'string', default: '100' },
      first: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      save: { type: 'string' },
      break: { type: 'string' }
    }
  },
  USAGE
)
const [seeds, first] = [Number(values.seeds), Number(values.first)]
if (!Number.isInteger(seeds) || seeds < 1) refuse(`No number of seeds: "${values.seeds}".`, USAGE)
if (!Number.isInteger(first) || first < 0 || first + seeds > SEED_END) refuse(`No seed: "${values.first}".`, USAGE)
const breaks = breakNames.find((name) => name === values.break)
if (values.break !== undefined && breaks === undefined) refuse(`No rule to break: "${values.break}".`, USAGE)

const clock = realClock()
const startedAt = clock.now()
const seconds = (): number => Math.round((clock.now() - startedAt) / 100) / 10
const progress = (text: string): void => {
  const { isTTY } = process.stderr
  process.stderr.write(isTTY ? `\r\u001b[2K${text}` : `${text}\n`)
}

if (values.save !== undefined) {
  writeFileSync(values.save, formatScenario(planOf(first)))
  process.stderr.write(`Plan of seed ${first}: ${values.save}\n`)
} else {
  process.exitCode = await run()
}

async function run(): Promise<number> {
  if (values.verbose) process.stderr.write(`${formatScenario(planOf(first))}\n`)
  const atATime = Math.min(AT_A_TIME_MAX, seeds, availableParallelism())
  let done = 0
  const onResult = ({ seed, nodes, faults, virtualMs }: RunResult): void => {
    done++
    const left = Math.round((seconds() / done) * (seeds - done))
    const facts = `${nodes} nodes, ${faults} faults, ${(virtualMs / 1000).toFixed(0)} s virtual`
    progress(`${done}/${seeds}  seed ${seed}: ${facts}; ${seconds()} s, about ${left} s left`)
  }
  const order = { first, seeds, verbose: values.verbose, atATime, onResult }
  const results = await runSwarm(breaks === undefined ? order : { ...order, breaks })
  if (process.stderr.isTTY) progress('')
  const broken = results.find(({ violation }) => violation !== undefined)
  if (values.json) process.stdout.write(`${JSON.stringify(asJson(results, broken), null, 2)}\n`)
  else print(results, broken)
  return broken === undefined ? 0 : 1
}

function print(results: readonly RunResult[], broken: RunResult | undefined): void {
  const sum = (of: (result: RunResult) => number): number => results.reduce((total, each) => total + of(each), 0)
  const lines = [
    `seeds         ${results.length} from ${first}, in ${seconds()} s`,
    `simulated     ${Math.round(sum(({ virtualMs }) => virtualMs) / 1000)} s, ${sum(({ faults }) => faults)} faults planned`,
    `judged        ${sum(({ blocks }) => blocks)} blocks, ${sum(({ heads }) => heads)} heads of nodes`,
    `acknowledged  ${sum(({ acknowledged }) => acknowledged)} transactions`
  ]
  if (broken?.violation === undefined) lines.push('Every network stayed safe, and agreed once it was healed.')
  else lines.push(...(values.verbose ? broken.tail.slice(-LINES_OF_TAIL) : []), failure(broken.seed, broken.violation))
  process.stdout.write(`${lines.join('\n')}\n`)
}

function failure(seed: number, { rule, phase, node, atMs, what }: ViolationInit): string {
  const where = node === undefined ? '' : ` on ${node}`
  return [
    `BROKEN        seed ${seed}, phase ${phase}: ${rule}${where} after ${(atMs / 1000).toFixed(3)} s of virtual time`,
    `              ${what}`,
    `Again:        ${againOf(seed)} --verbose`
  ].join('\n')
}

function againOf(seed: number): string {
  return `npm run swarm -- --first ${seed} --seeds 1${breaks === undefined ? '' : ` --break ${breaks}`}`
}

function asJson(results: readonly RunResult[], broken: RunResult | undefined): object {
  const environment = { node: process.version, os: `${platform()} ${release()}`, cpus: availableParallelism() }
  const rows = results.map(({ seed, nodes, faults, virtualMs, blocks, heads, acknowledged, traceHash, violation }) => ({
    seed,
    nodes,
    faults,
    virtual_s: virtualMs / 1000,
    blocks,
    heads,
    transactions_acknowledged: acknowledged,
    trace_sha256: traceHash ?? null,
    violation: violation === undefined ? null : { ...violation, node: violation.node ?? null }
  }))
  const failed = broken === undefined ? null : { seed: broken.seed, again: againOf(broken.seed) }
  return { name: 'swarm', environment: { ...environment, seconds: seconds() }, rows, failed }
}
