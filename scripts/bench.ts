// Benchmarks: npm run bench -- NAME [--json] [--quick]. The table or the JSON object is on stdout, progress on stderr.
import { parseArgs } from 'node:util'
import { environment } from './bench/environment.ts'
import { ledger } from './bench/ledger.ts'
import { mempool } from './bench/mempool.ts'
import { type Benchmark, type BenchResult, renderTable } from './bench/result.ts'

const BENCHMARKS: ReadonlyMap<string, Benchmark> = new Map(Object.entries({ ledger, mempool }))
const USAGE = `Usage: npm run bench -- NAME [--json] [--quick]; NAME is ${[...BENCHMARKS.keys()].join(' or ')}.`
const BAD_USAGE = 2

interface Command {
  readonly name: string
  readonly run: Benchmark
  readonly json: boolean
  /** A smoke test: small, its figures mean nothing. */
  readonly quick: boolean
}

/** The command, or what is wrong with it. */
function parse(args: readonly string[]): Command | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } }
    })
    const [name, ...rest] = positionals
    if (name === undefined) return 'Which benchmark?'
    const run = BENCHMARKS.get(name)
    if (run === undefined) return `No benchmark is called "${name}".`
    return rest.length > 0 ? 'One benchmark at a time.' : { name, run, ...values }
  } catch (error) {
    return `${error instanceof Error ? error.message.split('.')[0] : String(error)}.`
  }
}

const command = parse(process.argv.slice(2))
if (typeof command === 'string') {
  console.error(`${command} ${USAGE}`)
  process.exitCode = BAD_USAGE
} else {
  const { name, run, json, quick } = command
  const progress = (line: string): void => console.error(`${name}: ${line}`)
  const result: BenchResult = { name, environment: environment(), ...(await run({ quick, progress })) }
  console.log(json ? JSON.stringify(result) : renderTable(result))
}
