// The command as a process: launcher, exit codes, pipes. Few, because each costs a start.
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { useDirectory } from './support.ts'

const launcher = new URL('../../src/cli/starling.ts', import.meta.url).pathname
const node = [process.execPath, '--disable-warning=ExperimentalWarning'] as const

describe('the starling process', () => {
  it('ends with 2 after bad usage, without a stack', () => {
    const { status, stdout, stderr } = spawnSync(node[0], [node[1], launcher, 'stauts'], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.equal(stderr, "error: Unknown command 'stauts'.\nDid you mean status?\n")
  })

  it('ends with 0 after --version', () => {
    const { status, stdout } = spawnSync(node[0], [node[1], launcher, '--version'], { encoding: 'utf8' })
    assert.equal(status, 0)
    assert.match(stdout, /^\S+\n$/)
  })

  it('is quiet when the reader of its output goes away', async () => {
    const child = spawn(node[0], [node[1], launcher, 'completion', 'zsh'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(complaint, '')
    assert.equal(code, 0)
  })
})

describe('a simulation that Ctrl-C ends', () => {
  const directory = useDirectory()

  for (const { what, flags, says } of [
    { what: 'one run', flags: [], says: /^error: interrupted at \d+\.\d virtual s: no report\.$/m },
    { what: 'several seeds', flags: ['--runs', '2'], says: /^error: interrupted after 0 of 2 runs\.$/m }
  ]) {
    it(`says so, with exit code 130 and no directory left: ${what}`, async () => {
      const cwd = directory()
      const args = [node[1], launcher, 'sim', '--nodes', '20', '--duration', '1h', '--out', 'run', ...flags]
      const child = spawn(node[0], args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
      let complaint = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint += text
      })
      child.stdout.setEncoding('utf8').once('data', () => child.kill('SIGINT'))
      const [code] = (await once(child, 'close')) as [number | null]
      assert.equal(code, 130)
      assert.match(complaint, says)
      assert.equal(existsSync(join(cwd, 'run')), false)
    }).timeout(30_000)
  }
})

describe('a testnet whose reader goes away', () => {
  const directory = useDirectory()

  const ends: readonly [what: string, end: (child: ChildProcessByStdio<null, Readable, null>) => void][] = [
    ['the pipe is closed: testnet | head -1', (child) => child.stdout.destroy()],
    ['the terminal hangs up', (child) => child.kill('SIGHUP')]
  ]
  for (const [what, end] of ends) {
    it(`ends with its report when ${what}`, async () => {
      const cwd = directory()
      // A line per block is what meets the closed pipe.
      const quick = ['--nodes', '2', '--consensus', 'authority', '--set', 'block.interval=500ms']
      const args = [node[1], launcher, 'testnet', ...quick, '--duration', '60s', '--out', 'run']
      const child = spawn(node[0], args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('Ctrl-C: report')) end(child)
      })
      const [, signal] = (await once(child, 'exit')) as [number, string | null]
      assert.equal(signal, null)
      assert.ok(existsSync(join(cwd, 'run', 'report.json')))
      assert.equal(existsSync(join(cwd, '.starling', 'current')), false)
    })
  }
})

describe('the launcher on a Node too old', () => {
  const directory = useDirectory()

  /** As `dist/starling.js` in a checkout; this Node says that it is an old one, the pinned one tells what it was given. */
  function checkout(pinned?: string): string {
    const root = directory()
    mkdirSync(join(root, 'dist'))
    const file = join(root, 'dist', 'starling.ts')
    writeFileSync(file, readFileSync(launcher, 'utf8'))
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    const code = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } })"
    writeFileSync(join(root, 'old.mjs'), code)
    if (pinned !== undefined) {
      mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true })
      writeFileSync(join(root, 'node_modules', 'node', 'bin', 'node'), `#!/bin/sh\n${pinned}\n`, { mode: 0o755 })
    }
    return root
  }

  const commandIn = (root: string): string[] => [
    node[1],
    '--import',
    join(root, 'old.mjs'),
    join(root, 'dist/starling.ts')
  ]

  it('hands over to the pinned one next to it: arguments, streams, exit code', () => {
    const root = checkout('shift; echo "$@"; cat; echo complaint >&2; exit 3')
    const args = [...commandIn(root), 'tx', 'show', 'a b']
    const { status, stdout, stderr } = spawnSync(node[0], args, { encoding: 'utf8', cwd: '/', input: 'typed' })
    assert.deepEqual([status, stdout, stderr], [3, 'tx show a b\ntyped', 'complaint\n'])
  })

  it('passes signals on, and ends by the one that ended it', async () => {
    const root = checkout('trap "echo bye; trap - TERM; kill -TERM $$" TERM; echo up; while :; do sleep 0.05; done')
    const child = spawn(node[0], commandIn(root), { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (text === 'up\n') child.kill('SIGTERM')
    })
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    assert.deepEqual([said, code, signal], ['up\nbye\n', null, 'SIGTERM'])
  })

  it('passes on a signal that comes as soon as there is somebody to pass it to', async () => {
    // Ends by itself, so that a launcher that dies leaves nobody behind.
    const waits = 'i=0; while [ $i -lt 60 ]; do sleep 0.05; i=$((i+1)); done'
    const root = checkout(`trap "echo passed; exit 7" TERM; kill -TERM $PPID; ${waits}`)
    // Many at once get in each other's way, as on a busy machine: then the child is often ahead of its launcher.
    const launched = Array.from({ length: 16 }, async () => {
      const child = spawn(node[0], commandIn(root), { stdio: ['ignore', 'pipe', 'inherit'] })
      const said = textOf(child.stdout)
      const [status, signal] = (await once(child, 'close')) as [number | null, string | null]
      return [status, signal, await said]
    })
    for (const ended of await Promise.all(launched)) assert.deepEqual(ended, [7, null, 'passed\n'])
  })

  it('says what it needs when there is none', () => {
    const { status, stderr } = spawnSync(node[0], commandIn(checkout()), { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(
      stderr,
      /^error: Starling needs Node 22\.18 or newer, this is v\S+\. In a checkout, npm ci brings its own\.\n$/
    )
  })
})
