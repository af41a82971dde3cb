// The benchmarks in their smoke form: that they run, compare and print. Their figures are for machines at rest.
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needsChromium } from '../dashboard/browser.ts'
import { LoopPauses } from '../../scripts/bench/measure.ts'
import { type BenchResult, comparison, type Row, renderTable, row } from '../../scripts/bench/result.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url))
const bench = (...args: string[]) => run(process.execPath, [script, ...args])

async function quick(name: string): Promise<BenchResult> {
  const { stdout } = await bench(name, '--quick', '--json')
  return JSON.parse(stdout) as BenchResult
}

describe('npm run bench', () => {
  it('ledger: cold and warm beside bare verification, and a replay', async () => {
    const { name, environment, rows, ratios } = await quick('ledger')
    equal(name, 'ledger')
    equal(environment.node, process.version)
    deepEqual(Object.keys(ratios), ['cold_over_bare_pool', 'warm_over_bare_core'])
    for (const ratio of Object.values(ratios)) ok(ratio > 0)
    for (const { median, min, max } of rows) ok(min > 0 && min <= median && median <= max)
    const imported = rows.filter((each) => each.name.startsWith('imported'))
    equal(imported.length, 2)
    for (const { pause_p99_ms = Number.NaN, pause_max_ms = Number.NaN } of imported) ok(pause_p99_ms <= pause_max_ms)
    ok(rows.some(({ unit }) => unit === 'blocks/s') && rows.some(({ unit }) => unit === 'MB/s'))
  })

  it('dashboard: updates are combined and the page stays small while a hundred nodes stream', async function () {
    needsChromium(this)
    const { rows, ratios } = await quick('dashboard')
    const named = (name: string): number => rows.find((each) => each.name === name)?.max ?? Number.NaN
    // How long a frame may take is for the whole benchmark on a machine at rest: here other tests run beside it. And
    // memory is flat when the page is full, which takes longer than this.
    ok(named('scripting_p95_ms') > 0 && named('frames') > 0)
    ok(named('heap') < 60 && named('events') > 0 && named('updates') > 0 && named('updates') <= 10.5)
    ok((ratios.heap_growth ?? 0) > 0)
  })

  it('membership: bytes and rounds for networks of several sizes', async () => {
    const { rows, ratios } = await quick('membership')
    const named = (name: string): number[] =>
      rows.filter((each) => each.name.endsWith(name)).map(({ median }) => median)
    ok(named('bytes_per_second_per_node').every((bytes) => bytes > 0))
    ok(named('rounds_max').every((rounds) => rounds > 0))
    deepEqual(named('mistakes'), [0, 0])
    equal(Object.keys(ratios).length, 2)
  })

  it('mempool: a selection beside a sort', async () => {
    const { rows, ratios } = await quick('mempool')
    ok((ratios.select_over_sort ?? 0) > 0)
    equal(rows.filter(({ name }) => name.startsWith('select')).length, 2)
  })

  it('reconcile: what a round sends beside what it must', async () => {
    const { rows } = await quick('reconcile')
    const figures = rows as readonly (Row & Record<string, number>)[]
    deepEqual(
      figures.map(({ n, d }) => [n, d]),
      [
        [100, 0],
        [100, 5],
        [100, 50],
        [1_000, 500]
      ]
    )
    for (const { success_rate, cell_bytes_p95 = 0, wire_bytes_p95 = 0, floor_bytes = 0 } of figures) {
      equal(success_rate, 1)
      ok(wire_bytes_p95 > cell_bytes_p95 && cell_bytes_p95 > floor_bytes)
    }
  })

  it('relay-tcp: batches beside a message each and bare verification', async () => {
    const { rows, ratios } = await quick('relay-tcp')
    deepEqual(Object.keys(ratios), [
      'over_stock',
      'over_verify_limit',
      'over_stock_two_processes',
      'over_verify_limit_two_processes'
    ])
    for (const ratio of Object.values(ratios)) ok(ratio > 0)
    for (const { median } of rows) ok(median > 0)
    equal(rows.length, 10)
  })

  it('trace: what recording costs, as a whole and by itself', async () => {
    const { rows, ratios } = await quick('trace')
    ok((ratios.cpu_over_untraced ?? 0) > 0)
    ok((ratios.recorder_cpu_over_untraced ?? 0) > 1)
    equal(rows.length, 5)
  })

  for (const { title, args, says } of [
    {
      title: 'a name that is none',
      args: ['speed'],
      says: /^No benchmark is called "speed"\. .*ledger, membership, mempool, reconcile, relay-tcp, sync or trace\.\n$/
    },
    {
      title: 'no name',
      args: [],
      says: /^Which benchmark\? .*ledger, membership, mempool, reconcile, relay-tcp, sync or trace\.\n$/
    },
    {
      title: 'an unknown flag',
      args: ['ledger', '--fast'],
      says: /^Unknown option '--fast'\. .*ledger, membership, mempool, reconcile, relay-tcp, sync or trace\.\n$/
    }
  ]) {
    it(`answers ${title} with one sentence and exit code 2`, async () => {
      const failure = await bench(...args).then(
        () => undefined,
        (error: { code: number; stdout: string; stderr: string }) => error
      )
      equal(failure?.code, 2)
      equal(failure?.stdout, '')
      match(failure?.stderr ?? '', says)
    })
  }
})

describe('a benchmark row', () => {
  it('is the median of its rounds, with the extremes', () => {
    const { median, min, max, rounds } = row('x', 's', [3, 1, 2])
    deepEqual({ median, min, max, rounds }, { median: 2, min: 1, max: 3, rounds: 3 })
    throws(() => row('x', 's', []), RangeError)
  })

  it('says whether a goal is met', () => {
    equal(comparison(0.712, '× bare', { least: 0.7 }), '0.712 × bare (goal ≥ 0.7: met)')
    equal(comparison(0.69, '× bare', { least: 0.7 }), '0.69 × bare (goal ≥ 0.7: MISSED)')
    equal(comparison(3.1, '× sorting', { most: 3 }), '3.1 × sorting (goal ≤ 3: MISSED)')
  })

  it('stands in a table beside what it is compared with', () => {
    const environment = { version: '1', commit: 'c', node: 'v', os: 'o', cpus: 2, cpu_model: 'm' }
    const rows = [row('imported', 'tx/s', [1000, 2000, 3000], { comparison: '2 × bare' }), row('opened', 's', [0.5])]
    const lines = renderTable({ name: 'ledger', environment, rows, ratios: {} }).split('\n')
    match(lines.at(-3) ?? '', /^imported +2,000 +1,000 – 3,000 +tx\/s +2 × bare$/)
    match(lines.at(-2) ?? '', /^opened +0\.5 +s$/)
  })

  it('counts how long the event loop stood still', async () => {
    const pauses = new LoopPauses()
    await pauses.during(async () => {
      const end = performance.now() + 40
      while (performance.now() < end);
    })
    const { pause_max_ms = 0 } = pauses.summary()
    ok(pause_max_ms >= 30)
  })
})
