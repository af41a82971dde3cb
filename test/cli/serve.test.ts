// starling report --serve as a process: it says where the page is, serves it, and ends with Ctrl-C.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { simulate } from '../../src/index.ts'
import { starling, useDirectory } from './support.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('starling report --serve', () => {
  const directory = useDirectory()

  it('serves a finished run until Ctrl-C', async () => {
    const cwd = directory()
    const run = join(cwd, 'run')
    mkdirSync(run)
    await simulate({ nodes: 3, duration: '2s', seed: 1 }, { directory: run, trace: 'file' })
    const child = spawn(process.execPath, [main, 'report', 'run', '--serve'], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const url = await new Promise<string>((resolve, reject) => {
      let out = ''
      child.stdout.on('data', (bytes) => {
        out += bytes
        const found = /^3 nodes, \d+ blocks?: (http:\S+) {3}Ctrl-C ends it\n$/.exec(out)
        if (found?.[1] !== undefined) resolve(found[1])
      })
      child.once('exit', () => reject(new Error(`it ended: ${out}`)))
    })
    const page = await (await fetch(url)).text()
    assert.match(page, /<meta name="starling-page" content="">/)
    assert.equal((await fetch(`${url}/v1/faults`, { method: 'POST' })).status, 404)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGINT')
    assert.equal(await ended, 0)
  })

  it('shows one run, not several, and goes with no comparison', async () => {
    const cwd = directory()
    for (const args of [
      ['report', 'a', '--serve', '--compare', 'b'],
      ['report', 'a', '--serve', '--json'],
      ['report', '--open']
    ]) {
      const { code, err } = await starling(args, { cwd })
      assert.equal(code, 2)
      assert.match(err, /--serve/)
    }
  })
})
