// Completion scripts: complete, and accepted by the shells they are for.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { SHELLS, type Shell } from '../../src/cli/completion.ts'
import { starling } from './support.ts'

const scriptFor = async (shell: Shell): Promise<string> => (await starling(['completion', shell], { cwd: '/' })).out

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0
}

/** What bash would offer after these words; the last one is being typed. */
function offers(script: string, ...words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const program = `${script}\nCOMP_WORDS=(${quoted})\nCOMP_CWORD=${words.length - 1}\n_starling\nprintf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--noprofile', '--norc', '-c', program], { encoding: 'utf8', cwd: '/' })
    .split('\n')
    .filter((word) => word !== '')
}

describe('completion', () => {
  for (const shell of SHELLS) {
    it(`for ${shell} names every command and its flags`, async () => {
      const script = await scriptFor(shell)
      const words = [
        'testnet',
        'runs',
        'clean',
        'send',
        'account',
        'completion',
        'nodes-per-process',
        'genesis',
        'wait'
      ]
      for (const word of words) assert.ok(script.includes(word), word)
    })

    it(`for ${shell} is a valid script`, async function () {
      if (!isInstalled(shell)) this.skip()
      const { status, stderr } = spawnSync(shell, ['-n'], { input: await scriptFor(shell), encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    })
  }

  it('offers commands, then their commands, then their flags', async () => {
    const script = await scriptFor('bash')
    assert.deepEqual(offers(script, 'starling', 'tes'), ['testnet'])
    assert.deepEqual(offers(script, 'starling', 'tx', 's'), ['send', 'show'])
    assert.deepEqual(offers(script, 'starling', 'chain', ''), ['export', 'import', '--help'])
    assert.deepEqual(offers(script, 'starling', 'chain', 'export', '--f'), ['--from', '--force'])
    assert.deepEqual(offers(script, 'starling', 'node', '--c'), ['--check'])
    assert.deepEqual(offers(script, 'starling', 'tx', 'send', '--am'), ['--amount'])
    assert.deepEqual(offers(script, 'starling', 'tx', 'send', '--from', 'alice', '--t'), ['--to', '--timeout'])
  })

  it('offers files where it knows nothing better', async () => {
    const script = await scriptFor('bash')
    assert.ok(offers(script, 'starling', 'testnet', 'et').includes('etc'))
  })
})
