// Benchmarks: npm run bench -- NAME [--json] [--quick]. The table or the JSON object is on stdout, progress on stderr.
import { dashboard } from './bench/dashboard.ts'
import { environment } from './bench/environment.ts'
import { ledger } from './bench/ledger.ts'
import { membership } from './bench/membership.ts'
import { mempool } from './bench/mempool.ts'
import { reconcile } from './bench/reconcile.ts'
import { relayTcp } from './bench/relay-tcp.ts'
import { type Benchmark, type BenchResult, renderTable } from './bench/result.ts'
import { sync } from './bench/sync.ts'
import { trace } from './bench/trace.ts'
import { sizeThreadPool } from '../src/runtime/index.ts'
import { parseUsage, refuse } from './usage.ts'

// As the command line does: for what is measured, what it is measured against, and the processes of both.
sizeThreadPool()

const BENCHMARKS: ReadonlyMap<string, Benchmark> = new Map(
  Object.entries({ dashboard, ledger, membership, mempool, reconcile, 'relay-tcp': relayTcp, sync, trace })
)
const USAGE = `Usage: npm run bench -- NAME [--json] [--quick]; NAME is ${new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(BENCHMARKS.keys())}.`

const { values, positionals } = parseUsage(
  {
    allowPositionals: true,
    // `quick` is a smoke test: small, its figures mean nothing.
    options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } }
  },
  USAGE
)
const [name, ...rest] = positionals
if (name === undefined) refuse('Which benchmark?', USAGE)
const run = BENCHMARKS.get(name) ?? refuse(`No benchmark is called "${name}".`, USAGE)
if (rest.length > 0) refuse('One benchmark at a time.', USAGE)

const progress = (line: string): void => console.error(`${name}: ${line}`)
const result: BenchResult = { name, environment: environment(), ...(await run({ quick: values.quick, progress })) }
console.log(values.json ? JSON.stringify(result) : renderTable(result))
