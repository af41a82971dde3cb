// What testnets leave behind: runs, `latest`, and the note about the one that runs.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  currentIn,
  findCurrent,
  isAlive,
  newRunDirectory,
  pointLatest,
  removeCurrent,
  whileRunning,
  writeCurrent
} from '../../src/cli/runs.ts'
import { starling, useDirectory } from './support.ts'

const GONE_PID = 2 ** 22 + 12_345

function current(directory: string, pid = process.pid) {
  return { controller: 'http://127.0.0.1:1', nodes: [], directory, pid, startedAt: 5 }
}

function makeRun(cwd: string, name: string, content: Record<string, string> = {}): string {
  const directory = join(cwd, '.starling', 'runs', name)
  mkdirSync(directory, { recursive: true })
  for (const [file, text] of Object.entries(content)) writeFileSync(join(directory, file), text)
  return directory
}

describe('runs', () => {
  const directory = useDirectory()

  it('get directories of their own, even within a second', () => {
    const home = join(directory(), '.starling')
    const first = newRunDirectory(home, 'local', 0)
    mkdirSync(first, { recursive: true })
    const second = newRunDirectory(home, 'local', 0)
    assert.match(first, /runs\/(1970-01-01|1969-12-31)-\d{6}-local$/)
    assert.equal(second, `${first}-2`)
  })

  it('are listed with their state', async () => {
    const cwd = directory()
    makeRun(cwd, '1-a', { 'report.json': '{}' })
    makeRun(cwd, '2-b')
    writeCurrent(join(cwd, '.starling'), current(makeRun(cwd, '3-c')))
    const { out } = await starling(['runs', 'list', '--json'], { cwd })
    const entries = JSON.parse(out) as { name: string; state: string }[]
    assert.deepEqual(
      entries.map(({ name, state }) => [name, state]),
      [
        ['1-a', 'finished'],
        ['2-b', 'unfinished'],
        ['3-c', 'running']
      ]
    )
  })

  it('are removed but for the one that runs and those to keep', async () => {
    const cwd = directory()
    const [first, second] = [makeRun(cwd, '1-a', { 'report.json': '{}' }), makeRun(cwd, '2-b')]
    const running = makeRun(cwd, '3-c')
    writeCurrent(join(cwd, '.starling'), current(running))
    pointLatest(join(cwd, '.starling'), first)
    const { out } = await starling(['runs', 'clean', '--keep', '1'], { cwd })
    assert.equal(out, '1 run removed, 2 B freed\n')
    assert.deepEqual([first, second, running].map(existsSync), [false, true, true])
    assert.throws(() => readlinkSync(join(cwd, '.starling', 'runs', 'latest')))
  })

  it('stay while a process works in them, also one that no command reaches', async () => {
    const cwd = directory()
    const [simulated, killed] = [makeRun(cwd, '1-sim'), makeRun(cwd, '2-local', { running: `${GONE_PID}\n` })]
    await whileRunning(simulated, async () => {
      const { out } = await starling(['runs', 'list', '--json'], { cwd })
      const states = (JSON.parse(out) as { state: string }[]).map(({ state }) => state)
      assert.deepEqual(states, ['running', 'unfinished'])
      await starling(['runs', 'clean'], { cwd })
      assert.deepEqual([simulated, killed].map(existsSync), [true, false])
    })
    await starling(['runs', 'clean'], { cwd })
    assert.ok(!existsSync(simulated))
  })

  it('leave no directory behind when they fail before they wrote anything', async () => {
    const [fresh, filled] = ['fresh', 'filled'].map((name) => join(directory(), name)) as [string, string]
    await assert.rejects(whileRunning(fresh, () => Promise.reject(new Error('no'))))
    assert.ok(!existsSync(fresh))
    const fail = async (): Promise<void> => {
      writeFileSync(join(filled, 'log'), 'why')
      throw new Error('no')
    }
    await assert.rejects(whileRunning(filled, fail))
    assert.deepEqual(readdirSync(filled), ['log'])
  })

  it('are none where nothing ran', async () => {
    assert.equal((await starling(['runs', 'list'], { cwd: directory() })).out, 'no runs\n')
  })

  it('without a report: one sentence', async () => {
    const cwd = directory()
    const { code, err } = await starling(['report'], { cwd })
    assert.equal(code, 1)
    assert.match(err, /There is no run here yet\./)
    makeRun(cwd, '1-a')
    const empty = await starling(['report', '.starling/runs/1-a'], { cwd })
    assert.match(empty.err, /runs\/1-a holds no report\.json; a run that was killed leaves none\./)
  })
})

describe('starling report', () => {
  const directory = useDirectory()
  const golden = readFileSync(new URL('../report/golden-report.json', import.meta.url), 'utf8')
  const report = JSON.parse(golden) as object

  it('names the run in its first line', async () => {
    const cwd = directory()
    makeRun(cwd, '1-a', { 'report.json': golden })
    const { out, err } = await starling(['report'], { cwd })
    assert.match(out, /^Run \.starling\/runs\/1-a\n/)
    assert.equal(err, '')
  })

  it('shows what finished last when two testnets ran here, and what ran before one that was killed', async () => {
    const cwd = directory()
    const first = makeRun(cwd, '1-a', { 'report.json': golden })
    const second = makeRun(cwd, '2-b', { 'report.json': golden })
    utimesSync(join(first, 'report.json'), 2000, 2000)
    utimesSync(join(second, 'report.json'), 1000, 1000)
    assert.match((await starling(['report'], { cwd })).out, /^Run \.starling\/runs\/1-a\n/)
    const killed = makeRun(cwd, '3-c')
    pointLatest(join(cwd, '.starling'), killed)
    const { out, err } = await starling(['report'], { cwd })
    assert.match(out, /^Run \.starling\/runs\/1-a\n/)
    assert.equal(err, '3-c has no report; this is the last one that finished.\n')
    const asked = await starling(['report', '.starling/runs/3-c'], { cwd })
    assert.match(asked.err, /\nThe last one that finished: npx starling report \.starling\/runs\/1-a\n$/)
  })

  it('takes a run by the name that the list gives it, and says when there is none', async () => {
    const cwd = directory()
    makeRun(cwd, '1-a', { 'report.json': golden })
    makeRun(cwd, '2-b', { 'report.json': golden })
    assert.match((await starling(['report', '1-a'], { cwd })).out, /^Run \.starling\/runs\/1-a\n/)
    assert.match((await starling(['report', 'nowhere'], { cwd })).err, /^error: There is nothing at nowhere\./)
  })

  it('takes the run and not a directory of the same name in which there is none', async () => {
    const cwd = directory()
    for (const name of ['1-a', '2-b']) {
      makeRun(cwd, name, { 'report.json': golden })
      mkdirSync(join(cwd, name))
    }
    assert.match((await starling(['report', '1-a'], { cwd })).out, /^Run \.starling\/runs\/1-a\n/)
    assert.equal((await starling(['report', '--compare', '1-a', '2-b'], { cwd })).code, 0)
    makeRun(cwd, '3-c')
    mkdirSync(join(cwd, '3-c'))
    assert.match((await starling(['report', '3-c'], { cwd })).err, /^error: 3-c holds no report\.json;/)
  })

  it('takes a run by the path of its report, which is the last line that the run printed', async () => {
    const cwd = directory()
    makeRun(cwd, '1-a', { 'report.json': golden, 'report.html': '' })
    for (const file of ['report.html', 'report.json']) {
      assert.match(
        (await starling(['report', `.starling/runs/1-a/${file}`], { cwd })).out,
        /^Run \.starling\/runs\/1-a\n/
      )
    }
    const { err } = await starling(['report', '.starling/runs/2-b/report.html'], { cwd })
    assert.match(err, /^error: There is nothing at \.starling\/runs\/2-b\/report\.html\./)
  })

  it('says of the only run that it has not ended', async () => {
    const cwd = directory()
    writeCurrent(join(cwd, '.starling'), current(makeRun(cwd, '1-a')))
    const { code, err } = await starling(['report'], { cwd })
    assert.equal(code, 1)
    assert.match(err, /This run has not ended, so it has no report yet\./)
  })

  it('fails for figures that mean nothing, also when an expectation did not hold', async () => {
    const cwd = directory()
    const expectations = [{ text: 'blocks.delivery_ratio = 1', held: false, value: 0 }]
    const run = (name: string, changes: object): string =>
      makeRun(cwd, name, { 'report.json': JSON.stringify({ ...report, ...changes }) })
    const invalid = { ok: false, reasons: ['no block was published'] }
    const codes = []
    for (const changes of [{}, { expectations }, { validity: invalid }, { validity: invalid, expectations }]) {
      codes.push((await starling(['report', run(`${codes.length}`, changes)], { cwd })).code)
    }
    assert.deepEqual(codes, [0, 3, 1, 1])
  })
})

describe('the note about a running testnet', () => {
  const directory = useDirectory()

  it('is stale once its process is gone', () => {
    const cwd = directory()
    writeCurrent(join(cwd, '.starling'), current(cwd, GONE_PID))
    assert.equal(findCurrent(cwd)?.stale, true)
    writeCurrent(join(cwd, '.starling'), current(cwd))
    assert.equal(findCurrent(cwd)?.stale, false)
    assert.equal(isAlive(process.pid), true)
  })

  it('is removed by its own testnet only', () => {
    const cwd = directory()
    const file = writeCurrent(join(cwd, '.starling'), current(cwd))
    removeCurrent(file, process.pid + 1)
    assert.ok(existsSync(file))
    removeCurrent(file, process.pid)
    assert.ok(!existsSync(file))
  })

  it('gives way to the one it replaced when that still runs', () => {
    const cwd = directory()
    const home = join(cwd, '.starling')
    const file = writeCurrent(home, current(cwd, GONE_PID + 1))
    removeCurrent(file, GONE_PID + 1, current('/first'))
    assert.equal(currentIn(home)?.directory, '/first')
    writeCurrent(home, current(cwd, GONE_PID + 1))
    removeCurrent(file, GONE_PID + 1, current('/gone', GONE_PID))
    assert.equal(currentIn(home), undefined)
  })

  it('is tidied up by stop when it is stale', async () => {
    const cwd = directory()
    const file = writeCurrent(join(cwd, '.starling'), current(cwd, GONE_PID))
    const { code, out } = await starling(['stop'], { cwd })
    assert.equal(code, 0)
    assert.match(out, /no longer running/)
    assert.ok(!existsSync(file))
  })

  it('is missing: stop says so', async () => {
    const { code, err } = await starling(['stop'], { cwd: directory() })
    assert.equal(code, 1)
    assert.match(err, /No testnet is running here\./)
  })

  it('names a process that is another program by now: stop leaves that alone', async () => {
    const cwd = directory()
    const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'testnet'])
    try {
      await once(innocent, 'spawn')
      writeCurrent(join(cwd, '.starling'), current(cwd, innocent.pid))
      const { code, err } = await starling(['stop'], { cwd })
      assert.equal(code, 1)
      assert.match(err, /is another program by now/)
      assert.equal(isAlive(innocent.pid ?? 0), true)
    } finally {
      innocent.kill()
    }
  })
})
