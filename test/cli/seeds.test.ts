// Several seeds of one scenario, and runs side by side.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulationsAtOnce } from '../../src/cli/seeds.ts'
import type { Comparison, Report, Runs } from '../../src/report/index.ts'
import { starling, useDirectory } from './support.ts'

const SIM = 'sim --nodes 4 --degree 2 --consensus authority --set block.interval=1s --duration 4s --latency 20ms'.split(
  ' '
)

describe('sim --runs', () => {
  const directory = useDirectory()

  it('runs each seed as it runs alone, and puts medians above them', async () => {
    const cwd = directory()
    const several = await starling([...SIM, '--seed', '5', '--runs', '3', '--json', '--out', 'all'], { cwd })
    const alone = await starling([...SIM, '--seed', '6', '--json', '--out', 'one'], { cwd })
    assert.equal(several.code, 0, several.err)
    const runs = JSON.parse(several.out) as Runs
    assert.deepEqual(
      runs.runs.map(({ seed }) => seed),
      [5, 6, 7]
    )
    const { environment: _machine, ...own } = JSON.parse(
      readFileSync(join(cwd, 'all/seed-6/report.json'), 'utf8')
    ) as Report
    const { environment: _other, ...report } = JSON.parse(alone.out) as Report
    assert.deepEqual(own, report)
    assert.equal(existsSync(join(cwd, 'all/seed-7/report.html')), true)

    const shown = await starling(['report', 'all'], { cwd })
    assert.match(shown.out, /3 runs of local, seeds 5–7 · converged in 3/)
    const compared = await starling(['report', '--compare', 'all', 'one', '--json'], { cwd })
    const { a, b, rows } = JSON.parse(compared.out) as Comparison
    assert.deepEqual([a.seeds, b.seeds], [[5, 6, 7], [6]])
    assert.ok(rows.length > 40)
    assert.equal(existsSync(join(cwd, 'one/compare.html')), true)
  }).timeout(60_000)

  it('ends with exit code 3 when an expectation did not hold in one of them', async () => {
    const cwd = directory()
    const flags = ['--seed', '5', '--runs', '2', '--set', 'expect=["blocks.latency_ms.p50 < 1"]', '--out', 'x']
    const { code, err, out } = await starling([...SIM, ...flags], { cwd })
    assert.equal(code, 3, err)
    assert.match(err, /did not hold in 2 of 2 runs: blocks\.latency_ms\.p50 < 1\./)
    assert.match(out, /✘ blocks\.latency_ms\.p50 < 1 \(0 of 2 runs\)/)
  }).timeout(60_000)

  it('refuses seeds beyond the last, and a number of runs that is none', async () => {
    const cwd = directory()
    const beyond = await starling([...SIM, '--seed', '4294967295', '--runs', '2'], { cwd })
    assert.equal(beyond.code, 2)
    assert.match(beyond.err, /beyond the last seed/)
    assert.equal((await starling([...SIM, '--runs', '0'], { cwd })).code, 2)
  })

  it('does not mix a run with what is in its directory', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, 'used'))
    writeFileSync(join(cwd, 'used', 'notes'), '')
    for (const flags of [[], ['--runs', '2']]) {
      const { code, err } = await starling([...SIM, '--out', 'used', ...flags], { cwd })
      assert.equal(code, 2)
      assert.match(err, /used is not empty, and a run must not mix with what is there\./)
    }
  })

  it('runs two at a time where memory and processors allow', () => {
    assert.equal(simulationsAtOnce(10, 4000, 2), 2)
    assert.equal(simulationsAtOnce(10, 4000, 1), 1)
    assert.equal(simulationsAtOnce(10_000, 16_000, 8), 1)
    assert.equal(simulationsAtOnce(10_000, 100, 8), 1, 'one runs in any case')
  })
})

describe('report --compare', () => {
  const directory = useDirectory()

  it('takes two runs, which must be there', async () => {
    const cwd = directory()
    assert.equal((await starling(['report', '--compare', 'a'], { cwd })).code, 2)
    const missing = await starling(['report', '--compare', 'a', 'b'], { cwd })
    assert.equal(missing.code, 1)
    assert.match(missing.err, /a holds no report/)
  })
})
