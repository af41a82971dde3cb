// The command as a process: launcher, exit codes, pipes. Few, because each costs a start.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

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
