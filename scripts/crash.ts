// npm run test:crash -- [--rounds 200] [--seed S] [--json]: a node must lose nothing that it acknowledged, whenever it
// is killed. Exit code 1 when it did; the seed and the directory to look into are printed then.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, platform, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshSeed, realClock } from '../src/runtime/index.ts'
import { type CrashResult, runCrashes } from './crash/harness.ts'
import { parseUsage, refuse } from './usage.ts'

const USAGE = 'Usage: npm run test:crash -- [--rounds 200] [--seed S] [--json]; --rounds is a whole number from 1.'

const { values } = parseUsage(
  {
    options: {
      rounds: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(freshSeed()) },
      json: { type: 'boolean', default: false }
    }
  },
  USAGE
)
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) refuse(`No number of rounds: "${values.rounds}".`, USAGE)
const { seed } = values
const clock = realClock()
const startedAt = clock.now()
const seconds = (): number => Math.round((clock.now() - startedAt) / 100) / 10
const directory = mkdtempSync(join(tmpdir(), 'starling-crash-'))

function showProgress(round: number, { transactionsAcknowledged, reorganisations, height }: CrashResult): void {
  const { isTTY } = process.stderr
  if (!isTTY && round % 10 !== 0) return
  const facts = `${transactionsAcknowledged} transactions, ${reorganisations.count} reorganisations, height ${height}`
  process.stderr.write(
    `${isTTY ? '\r\u001b[2K' : ''}round ${round}/${rounds}  ${facts}, ${seconds()} s${isTTY ? '' : '\n'}`
  )
}

function print(result: CrashResult): void {
  const { kills, reorganisations, problems } = result
  if (values.json) {
    const environment = { node: process.version, os: `${platform()} ${release()}`, cpus: availableParallelism() }
    const losses = problems.length
    const rows = [
      {
        seed,
        rounds: result.rounds,
        kills,
        transactions_acknowledged: result.transactionsAcknowledged,
        heads_acknowledged: result.headsAcknowledged,
        reorganisations: { count: reorganisations.count, max_depth: reorganisations.maxDepth },
        height: result.height,
        seconds: seconds(),
        losses,
        problems
      }
    ]
    process.stdout.write(`${JSON.stringify({ name: 'crash', environment, rows, ratios: {} }, null, 2)}\n`)
    return
  }
  const all = `${kills.commit} during a commit, ${kills.journal} during a journal write, ${kills.start} while starting`
  process.stdout.write(
    [
      `rounds           ${result.rounds}   (seed ${seed}, ${seconds()} s)`,
      `kills            ${all}, ${kills.other} in between`,
      `acknowledged     ${result.transactionsAcknowledged} transactions, ${result.headsAcknowledged} heads`,
      `reorganisations  ${reorganisations.count}, the deepest of ${reorganisations.maxDepth} blocks`,
      `height           ${result.height}`,
      ...problems.map((problem) => `  ${problem}`),
      problems.length === 0
        ? 'Nothing that was acknowledged was lost, and no account was wrong.'
        : `LOST in round ${result.rounds}. Again: npm run test:crash -- --rounds ${rounds} --seed ${seed}. Data: ${directory}`,
      ''
    ].join('\n')
  )
}

try {
  const result = await runCrashes({ rounds, seed, directory, onRound: showProgress })
  if (process.stderr.isTTY) process.stderr.write('\n')
  print(result)
  process.exitCode = result.problems.length === 0 ? 0 : 1
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${String(error)}\nSeed ${seed}, data in ${directory}.\n`)
} finally {
  if (process.exitCode !== 1) rmSync(directory, { recursive: true, force: true })
}
